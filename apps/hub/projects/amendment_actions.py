"""Changes of a project in force: asked for by its lead, decided on for themselves, and then part of what was signed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import NotAllowed, WrongState
from apps.core.notices.service import notify
from apps.core.panels import actions as panels
from apps.core.panels import counting
from apps.core.panels.condition_actions import pass_on_conditions, set_conditions
from apps.core.panels.models import Decision
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.seen import SeenReasonForm, check_seen
from apps.core.workflow.steps import NothingForm, step
from apps.hub.projects import deciding, permissions
from apps.hub.projects.amending import apply, needs_vote
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.application_permissions import (
    check_can_agree_to_lead,
    check_can_approve_amendment,
    check_can_hand_in_amendment,
    check_can_reject_amendment,
    check_can_safeguard_amendment,
    check_can_take_back_amendment,
    check_can_vote_again_on_amendment,
    new_lead_of,
)
from apps.hub.projects.lengths import check_is_not_too_long
from apps.hub.projects.models import Project
from apps.hub.projects.panel_forms import ApproveForm
from apps.hub.projects.versions import freeze
from apps.hub.researchers import changes


def ask(*, project: Project, by, kind: str, reason: str, changes: dict) -> Amendment:
    """Write down what is to be changed, and why; nothing is decided on before it is handed in.

    Raises NotAllowed, WrongState, BadInput.
    """
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_can_ask_for_change(by, project, kind)
        check_can_be_amended(project, kind)
        check_is_not_too_long(project, changes)
        made = Amendment.objects.create(
            project=project,
            kind=kind,
            reason=reason,
            changes=changes,
            base_sha256=project.content_sha256(),
            asked_by=by,
        )
        record("amendment.drafted", by=by, subject=made, kind=kind)
    return made


def check_can_be_amended(project: Project, kind: str) -> None:
    """A project in force; one that ran out may be given more time, but never past a condition that is overdue.

    Raises WrongState, NotAllowed.
    """
    is_renewal = project.state == Project.State.EXPIRED and kind == Amendment.Kind.EXTENSION
    if project.state != Project.State.APPROVED and not is_renewal:
        told = {"state": project.get_state_display()}
        raise WrongState(_("The project is “%(state)s”, so this cannot be changed in it.") % told)
    if is_renewal:
        deciding.check_nothing_is_overdue(project)


def check_still_fits(amendment: Amendment, project: Project) -> None:
    """Raises WrongState where the project is no longer what the amendment was written for, or who is to join votes on
    another change of it; BadInput where it lasts too long."""
    check_can_be_amended(project, amendment.kind)
    if joining := amendment.changes.get("people"):
        deciding.check_none_votes(project, joining, besides=amendment)
    check_is_not_too_long(project, amendment.changes)
    if amendment.base_sha256 != project.content_sha256():
        raise WrongState(_("The project was changed since this was written. Take it back, and ask again."))


def _locked(amendment: Amendment) -> tuple[Project, Amendment]:
    """The project first, then the amendment."""
    project = Project.objects.select_for_update().get(pk=amendment.project_id)
    return project, Amendment.objects.select_for_update().get(pk=amendment.pk)


@step(Amendment, label=gettext_lazy("Hand it in"), check=check_can_hand_in_amendment, form=NothingForm)
def hand_in(*, amendment, by):
    with act():
        project, amendment = _locked(amendment)
        check_can_hand_in_amendment(by, amendment)
        steps.check_state(amendment, "hand_in")
        check_still_fits(amendment, project)
        amendment.hand_in()
        amendment.save()
        if needs_vote(amendment):
            panels.open_round(panel=project.panel, subject=amendment, by=by)
        if new_lead := new_lead_of(amendment):
            notify("amendment.lead_asked", to=new_lead, about=amendment, project=project.title)
        record("amendment.submitted", by=by, subject=amendment, **project.told())


def _sign(amendment: Amendment, by, transition: str, *, check, verb: str, reason: str, seen: str | None = None) -> None:
    """The five lines of a sign-off that an amendment needs besides its decision."""
    with act():
        project, amendment = _locked(amendment)
        check(by, amendment)
        steps.check_state(amendment, transition)
        check_seen(amendment, seen)
        getattr(amendment, transition)()
        amendment.save()
        sign(subject=amendment, verb=verb, by=by, outcome=SignOff.Outcome.APPROVED, reason=reason)
        record(verb, by=by, subject=amendment, reason=reason, **project.told())


@step(
    Amendment,
    label=gettext_lazy("Sign for children and vulnerable groups"),
    check=check_can_safeguard_amendment,
    form=SeenReasonForm,
)
def safeguard(*, amendment, by, reason: str, seen: str | None = None):
    """The one more sign-off of a change that concerns a special population."""
    check = check_can_safeguard_amendment
    _sign(amendment, by, "safeguard", check=check, verb="amendment.safeguarded", reason=reason, seen=seen)


@step(Amendment, label=gettext_lazy("Agree to lead it"), check=check_can_agree_to_lead, form=NothingForm)
def agree_to_lead(*, amendment, by):
    """The new lead's own yes, without which she does not come to lead."""
    _sign(amendment, by, "agree_to_lead", check=check_can_agree_to_lead, verb="amendment.lead_agreed", reason="")


@step(
    Amendment,
    label=gettext_lazy("Let the panel vote"),
    check=check_can_vote_again_on_amendment,
    form=NothingForm,
)
def vote_again(*, amendment, by):
    """After a vote that ended without enough votes; or on a small change, in place of the chair alone."""
    with act():
        project, amendment = _locked(amendment)
        check_can_vote_again_on_amendment(by, amendment)
        steps.check_state(amendment, "vote_again")
        check_still_fits(amendment, project)
        amendment.vote_again()
        amendment.save()
        before = deciding.round_of(amendment)
        presides = before.presided_by if before else None
        panels.open_round(panel=(before or project).panel, subject=amendment, by=by, presided_by=presides)
        record("amendment.vote_again", by=by, subject=amendment)


def _confirm(amendment: Amendment, by, reason: str) -> Decision | None:
    """Where the panel voted, its decision as the votes say, inside the act under way."""
    round = deciding.round_of(amendment)
    if round is None:
        return None
    return panels.decide(round=round, by=by, outcome=deciding.outcome_of(amendment).decision, letter=reason)


@step(Amendment, label=gettext_lazy("Approve"), check=check_can_approve_amendment, form=ApproveForm)
def approve(*, amendment, by, reason: str, conditions: list[str] | tuple = (), due=None):
    """It becomes part of the project: a new version, and a sign-off that binds to it, so that the project stays in force."""
    with act():
        project, amendment = _locked(amendment)
        check_can_approve_amendment(by, amendment)
        steps.check_state(amendment, "approve")
        check_still_fits(amendment, project)
        decision = _confirm(amendment, by, reason)
        if (decision is not None and decision.outcome == counting.CONDITIONS) != bool(conditions and due):
            raise NotAllowed(_("An approval has the conditions that the votes ask for, and no others."))
        if decision is not None:
            wanted = {"texts": list(conditions), "due": due}
            set_conditions(decision=decision, subject=project, owner=project.lead, by=by, **wanted)
        amendment.approve()
        amendment.save()
        apply(amendment, project, by)
        if new_lead := new_lead_of(amendment):
            pass_on_conditions(subject=project, to=new_lead, by=by)
        if project.state == Project.State.EXPIRED:
            project.renew()
        version = freeze(project, by)
        outcome = SignOff.Outcome.APPROVED
        sign(subject=amendment, verb="amendment.approved", by=by, outcome=outcome, reason=reason)
        sign(subject=project, verb="amendment.approved", by=by, outcome=outcome, reason=reason, until=project.until)
        record("amendment.approved", by=by, subject=amendment, reason=reason, version=version.number, **project.told())
        notify("amendment.approved", to=amendment.asked_by, about=amendment, project=project.title)
        changes.say_changed(changes.PROJECT, project.pk)


@step(Amendment, label=gettext_lazy("Reject"), check=check_can_reject_amendment, warning=True)
def reject(*, amendment, by, reason: str):
    """The project stays as it was."""
    with act():
        project, amendment = _locked(amendment)
        check_can_reject_amendment(by, amendment)
        steps.check_state(amendment, "reject")
        _confirm(amendment, by, reason)
        amendment.reject()
        amendment.save()
        outcome = SignOff.Outcome.REFUSED
        sign(subject=amendment, verb="amendment.rejected", by=by, outcome=outcome, reason=reason)
        record("amendment.rejected", by=by, subject=amendment, reason=reason, **project.told())
        notify("amendment.rejected", to=amendment.asked_by, about=amendment, project=project.title)


@step(
    Amendment, label=gettext_lazy("Take it back"), check=check_can_take_back_amendment, form=NothingForm, warning=True
)
def withdraw(*, amendment, by):
    with act():
        _project, amendment = _locked(amendment)
        check_can_take_back_amendment(by, amendment)
        steps.check_state(amendment, "withdraw")
        amendment.withdraw()
        amendment.save()
        panels.end_rounds(amendment, by)
        record("amendment.withdrawn", by=by, subject=amendment)
