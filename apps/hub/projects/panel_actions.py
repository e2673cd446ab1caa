"""A project before its panel: taken up, decided as the votes say, appealed, taken back, held to its conditions."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act
from apps.core.errors import NotAllowed
from apps.core.outbox.registry import hourly
from apps.core.panels import actions as panels
from apps.core.panels import counting
from apps.core.panels.condition_actions import fall_due, set_conditions
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition
from apps.core.panels.permissions import check_can_be_named
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff
from apps.core.workflow.seen import SeenReasonForm
from apps.core.workflow.steps import NothingForm, step
from apps.hub.projects import deciding, permissions
from apps.hub.projects.actions import move
from apps.hub.projects.models import Project
from apps.hub.projects.panel_forms import ApproveForm, HearingForm
from apps.hub.projects.versions import check_is_as_handed_in

APPROVED, RETURNED = SignOff.Outcome.APPROVED, SignOff.Outcome.RETURNED
REFUSED, ENDED = SignOff.Outcome.REFUSED, SignOff.Outcome.ENDED


@step(
    Project,
    label=gettext_lazy("Take it to the panel"),
    check=permissions.check_can_coordinate,
    form=NothingForm,
    done=gettext_lazy("The vote on “%(thing)s” has begun. The members of the panel are asked to vote."),
)
def take_up(*, project, by):
    """The vote begins, under the panel's rule of this moment."""
    with act():
        move(project, by, "take_up", check=permissions.check_can_coordinate, verb="project.taken_up")
        panels.open_round(panel=project.panel, subject=Project.objects.get(pk=project.pk), by=by)


@step(
    Project,
    label=gettext_lazy("Begin a new vote"),
    check=deciding.check_can_vote_again,
    form=NothingForm,
    done=gettext_lazy("A new vote on “%(thing)s” has begun. The members of the panel are asked to vote."),
)
def vote_again(*, project, by):
    """After a vote that ended without enough votes, or that became void."""
    with act():
        move(project, by, "vote_again", check=deciding.check_can_vote_again, verb="project.vote_again")
        before = deciding.round_of(project)
        panels.open_round(
            panel=before.panel,
            subject=Project.objects.get(pk=project.pk),
            by=by,
            is_appeal=before.is_appeal,
            presided_by=before.presided_by,
        )


@step(
    Project,
    label=gettext_lazy("Sign for children and vulnerable groups"),
    check=deciding.check_can_safeguard,
    form=SeenReasonForm,
)
def safeguard(*, project, by, reason: str, seen: str | None = None):
    """The one more sign-off that a project with a special population needs."""
    check = deciding.check_can_safeguard
    move(project, by, "safeguard", check=check, verb="project.safeguarded", outcome=APPROVED, reason=reason, seen=seen)


def _decide(project, by, transition: str, *, check, verb: str, decision: str, outcome: str, reason: str, until=None):
    """What the votes came to, and the project's own step, in one act."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        check(by, project)
        steps.check_state(project, transition)
        made = panels.decide(round=deciding.round_of(project), by=by, outcome=decision, letter=reason)
        move(project, by, transition, check=_decided, verb=verb, outcome=outcome, reason=reason, until=until)
    return made


def _decided(by, project) -> None:
    """Who and whether was asked a moment ago, under the same lock; the round is decided since."""


@step(
    Project,
    label=gettext_lazy("Approve, as the votes say"),
    check=deciding.check_can_approve,
    form=ApproveForm,
    done=gettext_lazy("Approved: “%(thing)s”. Its team is told. Next, each secure data centre decides for itself."),
)
def approve(*, project, by, reason: str, conditions: list[str] | tuple = (), due=None):
    """Confirm a yes. Where the votes ask for conditions they are written down; where they do not there are none."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        deciding.check_can_approve(by, project)
        asked = deciding.outcome_of(project).decision
        if (asked == counting.CONDITIONS) != bool(conditions and due):
            raise NotAllowed(
                _("An approval has the conditions that the votes ask for, with a last day, and no others.")
            )
        made = _decide(
            project,
            by,
            "approve",
            check=deciding.check_can_approve,
            verb="project.approved",
            decision=asked,
            outcome=APPROVED,
            reason=reason,
            until=project.until,
        )
        set_conditions(decision=made, subject=project, owner=project.lead, by=by, texts=list(conditions), due=due)


@step(
    Project,
    label=gettext_lazy("Return it, as the votes say"),
    check=deciding.check_can_send_back,
    done=gettext_lazy("Returned: “%(thing)s”. Its team is told. The lead changes it next, and hands it in again."),
)
def send_back(*, project, by, reason: str):
    """Confirm that the panel asks for changes."""
    _decide(
        project,
        by,
        "send_back",
        check=deciding.check_can_send_back,
        verb="project.returned",
        decision=counting.CHANGES,
        outcome=RETURNED,
        reason=reason,
    )


@step(
    Project,
    label=gettext_lazy("Reject, as the votes say"),
    check=deciding.check_can_reject,
    warning=True,
    done=gettext_lazy("Rejected: “%(thing)s”. Its team is told."),
)
def reject(*, project, by, reason: str):
    """Confirm a no."""
    _decide(
        project,
        by,
        "reject",
        check=deciding.check_can_reject,
        verb="project.rejected",
        decision=counting.REFUSE,
        outcome=REFUSED,
        reason=reason,
    )


@step(
    Project,
    label=gettext_lazy("Appeal"),
    check=deciding.check_can_appeal,
    done=gettext_lazy("Your appeal is handed in. The coordinator says next who hears it."),
)
def appeal(*, project, by, reason: str):
    """Within the days that the rule gives, once."""
    move(project, by, "appeal", check=deciding.check_can_appeal, verb="project.appealed", reason=reason)


@step(
    Project,
    label=gettext_lazy("Say who hears the appeal"),
    check=deciding.check_can_hear_appeal,
    form=HearingForm,
    done=gettext_lazy("The vote on the appeal has begun. The members of the panel are asked to vote."),
)
def hear_appeal(*, project, by, panel, reason: str, presiding=None):
    """To another panel, or to another chair. Who decided before has no vote in it."""
    with act():
        check = deciding.check_can_hear_appeal
        project = Project.objects.select_for_update().get(pk=project.pk)
        deciding.check_hears_afresh(project, panel, presiding)
        move(project, by, "hear_appeal", check=check, verb="project.appeal_heard", reason=reason)
        made = panels.open_round(panel=panel, subject=project, by=by, is_appeal=True, presided_by=presiding)
        if presiding is not None:
            check_can_be_named(by, presiding, Deliberation(made, project))


@step(
    Project,
    label=gettext_lazy("Take the decision back: it was a mistake"),
    check=deciding.check_can_revoke,
    warning=True,
)
def revoke_decision(*, project, by, reason: str):
    """By a second person. The project is in review again, a new vote begins, and both decisions stay in the record."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        deciding.check_can_revoke(by, project)
        steps.check_state(project, "revoke_decision")
        check_is_as_handed_in(project)
        decision = deciding.decision_on(project)
        panels.revoke(round=decision.round, by=by, reason=reason)
        verb = "project.decision_revoked"
        move(project, by, "revoke_decision", check=_decided, verb=verb, outcome=ENDED, reason=reason)
        again = Project.objects.get(pk=project.pk)
        before = decision.round
        panels.open_round(
            panel=before.panel,
            subject=again,
            by=by,
            is_appeal=before.is_appeal,
            presided_by=before.presided_by,
        )


@hourly
def suspend_for_conditions() -> None:
    """A condition for which nothing was shown until its last day suspends the project."""
    overdue = Condition.objects.due(timezone.localdate()).filter(subject_type=Project._meta.label)
    for condition in overdue:
        with act():
            project = Project.objects.select_for_update().get(pk=condition.subject_id)
            fall_due(condition)
            if steps.can_proceed(project, "suspend"):
                reason = _("A condition was not met by its last day.")
                move(project, "portal", "suspend", check=_decided, verb="project.suspended", reason=reason)
