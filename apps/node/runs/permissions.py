from django.utils.translation import gettext as _

from apps.core.accounts.identity import check_is_none_of
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed, WrongState
from apps.core.workflow.models import SignOff
from apps.node.custody.models import DataGrant
from apps.node.custody.permissions import check_role


def check_not_own(by, run) -> None:
    """Never your own run, nor your project's, by ORCID iD and e-mail address."""
    check_is_none_of(
        by, run.people(), run.email_key, _("You cannot decide on your own run, nor on your own project's.")
    )


def check_is_run_approver(by, run) -> None:
    check_role(by, run, Role.RUN_APPROVER, _("Only a run approver of this secure data centre decides on a run."))
    check_not_own(by, run)


def check_can_sign_off(by, run) -> None:
    """A run approver, not of the project, and not the custodian who granted the data: to start takes two."""
    check_is_run_approver(by, run)
    grants = DataGrant.objects.for_tre(run).filter(project=run.project).values("pk")
    if SignOff.objects.filter(subject_id__in=grants, by=by, outcome=SignOff.Outcome.APPROVED).exists():
        raise NotAllowed(_("You granted the use of the data, so another person signs off the run."))


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
