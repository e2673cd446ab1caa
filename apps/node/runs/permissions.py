from django.utils.translation import gettext as _

from apps.core.accounts.identity import check_is_none_of
from apps.core.accounts.roles import Role
from apps.core.accounts.workplace import Workplace, check_works_elsewhere
from apps.core.errors import NotAllowed, WrongState
from apps.core.workflow.models import SignOff
from apps.node.custody.models import AgreementPolicy, DataGrant
from apps.node.custody.permissions import check_has_no_part, check_role


def check_not_own(by, run) -> None:
    """Never your own run, nor your project's, by ORCID iD and e-mail address."""
    check_is_none_of(
        by, run.people(), run.email_key, _("You cannot decide on your own run, nor on your own project's.")
    )


def check_works_elsewhere_than_its_researcher(by, run) -> None:
    """Where the TRE's policy says so: not a colleague of who asked for the run."""
    if AgreementPolicy.objects.filter(pk=run.tre, other_organisation=True).exists():
        check_works_elsewhere(by, Workplace.from_json(run.requester.get("organisation")))


def check_is_run_approver(by, run) -> None:
    check_role(by, run, Role.RUN_APPROVER, _("Only a run approver of this secure data centre decides on a run."))
    check_not_own(by, run)


def check_can_sign_off(by, run) -> None:
    """A run approver, not of the project, and not the custodian who granted the data: to start takes two."""
    check_is_run_approver(by, run)
    check_works_elsewhere_than_its_researcher(by, run)
    if has_granted(by, run):
        raise NotAllowed(_("You granted the use of the data, so another person signs off the run."))


def has_granted(by, thing) -> bool:
    """True where she granted a use of data to the project of a run, or of a sign-off in advance."""
    grants = DataGrant.objects.for_tre(thing).filter(project=thing.project).values("pk")
    return SignOff.objects.filter(subject_id__in=grants, by=by, outcome=SignOff.Outcome.APPROVED).exists()


def check_can_end_in_advance(by, standingsignoff) -> None:
    """Any one run approver of this TRE."""
    sentence = _("Only a run approver of this secure data centre signs off in advance.")
    check_role(by, standingsignoff, Role.RUN_APPROVER, sentence)


def check_can_propose_in_advance(by, standingsignoff) -> None:
    """A run approver, not of the project, and not a custodian who granted the data."""
    check_can_end_in_advance(by, standingsignoff)
    check_has_no_part(by, standingsignoff)
    if has_granted(by, standingsignoff):
        raise NotAllowed(_("You granted the use of the data, so another person signs off in advance."))


def check_can_confirm_in_advance(by, standingsignoff) -> None:
    """Another one than who proposed it."""
    check_can_propose_in_advance(by, standingsignoff)
    if standingsignoff.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this. A second run approver has to confirm it."))


def check_can_resume(by, run) -> None:
    """What a person stopped takes two to go on."""
    check_is_run_approver(by, run)
    if run.resume_asked_by_id == by.pk:
        raise NotAllowed(_("You asked to resume. A second person has to confirm it."))


def check_not_held(run) -> None:
    """No step forward while a run is held."""
    if run.held_at:
        raise WrongState(_("This is on hold: %(why)s") % {"why": run.held_why})


def check_is_staff(by, run) -> None:
    """Any one of the TRE's staff: one person may always stop."""
    if run.tre not in by.sides():
        raise NotAllowed(_("Only the staff of this secure data centre does this."))
