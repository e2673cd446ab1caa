"""A project before this TRE's own panel: taken to it, and decided as the votes say. Nothing more of it is told outside."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.audit.act import act
from apps.core.errors import BadInput, NotAllowed
from apps.core.outbox.registry import hourly
from apps.core.panels import actions as panels
from apps.core.panels import counting
from apps.core.panels import permissions as panel_permissions
from apps.core.panels.condition_actions import fall_due, set_conditions
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Round
from apps.core.panels.papers import Paper, paper_of
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff
from apps.core.workflow.steps import NothingForm, step
from apps.node.custody import permissions
from apps.node.custody.actions import move
from apps.node.custody.facts import facts_of
from apps.node.custody.models import OwnPanel, ProjectAcceptance
from apps.node.custody.panel_forms import AsVotedForm
from apps.node.custody.rounds import newest_round

APPROVED, REFUSED, RETURNED = SignOff.Outcome.APPROVED, SignOff.Outcome.REFUSED, SignOff.Outcome.RETURNED


def is_under_way(projectacceptance) -> bool:
    """True while a vote on it can still come to something."""
    round = newest_round(projectacceptance)
    if round is not None and round.state == Round.State.CLOSED:
        return not Deliberation.of(round, projectacceptance).outcome.missing
    return round is not None and round.state == Round.State.OPEN


def check_can_take_to_panel(by, projectacceptance):
    """A custodian, where this TRE has a panel of its own and no vote is under way."""
    sentence = _("Only a custodian of this secure data centre takes a project to its panel.")
    permissions.check_role(by, projectacceptance, Role.CUSTODIAN, sentence)
    permissions.check_has_no_part(by, projectacceptance)
    if not OwnPanel.objects.for_tre(projectacceptance).in_force().exists():
        raise NotAllowed(_("This secure data centre has no panel of its own."))
    if is_under_way(projectacceptance):
        raise NotAllowed(_("A vote is under way on this."))


@step(ProjectAcceptance, label=gettext_lazy("Take it to our panel"), check=check_can_take_to_panel, form=NothingForm)
def take_to_panel(*, projectacceptance, by):
    """A vote begins, under the panel's rule of this moment; also a new one, after a vote that came to nothing."""
    with act():
        move(
            projectacceptance, by, "take_to_panel", check=check_can_take_to_panel, **_said("custody.taken_to_panel", by)
        )
        own = OwnPanel.objects.for_tre(projectacceptance).in_force().select_related("panel").get()
        panels.open_round(panel=own.panel, subject=ProjectAcceptance.objects.get(pk=projectacceptance.pk), by=by)


def _said(verb: str, by) -> dict:
    return {"verb": verb, "outcome": "", "reason": "", "arguments": {"by": by}}


def _check_votes_say(by, projectacceptance, *choices: str):
    """Who presides over the vote, has no part in the project, and did not ask to start it again."""
    round = newest_round(projectacceptance)
    if round is None or round.state not in (Round.State.OPEN, Round.State.CLOSED):
        raise NotAllowed(_("No vote is under way on this."))
    deliberation = Deliberation.of(round, projectacceptance)
    panel_permissions.check_presides(by, round, deliberation)
    permissions.check_has_no_part(by, projectacceptance)
    permissions.check_is_second(by, projectacceptance)
    panel_permissions.check_may_end(round, deliberation)
    if deliberation.outcome.missing:
        raise NotAllowed(deliberation.outcome.missing)
    if deliberation.outcome.decision not in choices:
        raise NotAllowed(_("The votes do not say this."))


def check_can_accept_as_voted(by, projectacceptance):
    """Where the votes say yes, or yes with conditions."""
    _check_votes_say(by, projectacceptance, counting.APPROVE, counting.CONDITIONS)


def check_can_refuse_as_voted(by, projectacceptance):
    """Where the votes say no."""
    _check_votes_say(by, projectacceptance, counting.REFUSE)


def check_can_ask_for_changes(by, projectacceptance):
    """Where the votes ask for changes."""
    _check_votes_say(by, projectacceptance, counting.CHANGES)


def _decided(by, thing) -> None:
    """Who and whether was asked a moment ago, under the same lock; the round is decided since."""


def _decide(projectacceptance, by, transition: str, *, check, decision: str, reason: str, **said):
    """What the votes came to, and the project's own step, in one act."""
    with act():
        row = ProjectAcceptance.objects.select_for_update().get(pk=projectacceptance.pk)
        check(by, row)
        steps.check_state(row, transition)
        made = panels.decide(round=newest_round(row), by=by, outcome=decision, letter=reason)
        move(row, by, transition, check=_decided, reason=reason, **said)
    return made


@step(
    ProjectAcceptance,
    label=gettext_lazy("Accept it, as the votes say"),
    check=check_can_accept_as_voted,
    transition="accept",
    form=AsVotedForm,
)
def accept_as_voted(
    *, projectacceptance, by, reason: str, until: date, conditions: list[str] | tuple = (), due=None, seen=None
):
    """Confirm a yes. The conditions that the votes ask for are for the custodian who took it to the panel to meet."""
    with act():
        row = ProjectAcceptance.objects.select_for_update().get(pk=projectacceptance.pk)
        check_can_accept_as_voted(by, row)
        asked = Deliberation.of(newest_round(row), row).outcome.decision
        if (asked == counting.CONDITIONS) != bool(conditions and due):
            raise BadInput(_("An approval has the conditions that the votes ask for, with a last day, and no others."))
        said = {"verb": "custody.project_accepted", "outcome": APPROVED, "until": until, "arguments": {"until": until}}
        made = _decide(
            row,
            by,
            "accept",
            check=check_can_accept_as_voted,
            decision=asked,
            reason=reason,
            seen=seen,
            **said,
        )
        set_conditions(decision=made, subject=row, owner=row.taken_by, by=by, texts=list(conditions), due=due)


@step(
    ProjectAcceptance,
    label=gettext_lazy("Refuse it, as the votes say"),
    check=check_can_refuse_as_voted,
    transition="refuse",
    warning=True,
)
def refuse_as_voted(*, projectacceptance, by, reason: str):
    """Confirm a no."""
    said = {"verb": "custody.project_refused", "outcome": REFUSED}
    check = check_can_refuse_as_voted
    _decide(projectacceptance, by, "refuse", check=check, decision=counting.REFUSE, reason=reason, **said)


@step(ProjectAcceptance, label=gettext_lazy("Ask for changes, as the votes say"), check=check_can_ask_for_changes)
def ask_for_changes(*, projectacceptance, by, reason: str):
    """The project waits, and the letter stays here: a custodian takes it up with the people of the project."""
    said = {"verb": "custody.changes_asked", "outcome": RETURNED}
    check = check_can_ask_for_changes
    _decide(projectacceptance, by, "ask_for_changes", check=check, decision=counting.CHANGES, reason=reason, **said)


@paper_of(ProjectAcceptance)
def offered_project(projectacceptance, round: Round) -> Paper:
    """What was offered, fact by fact; its summary alone where it was changed since."""
    if round.content_sha256 != projectacceptance.content_sha256():
        return Paper(projectacceptance.lay_summary)
    told = [(str(label), "\n".join(lines)) for label, lines in facts_of(projectacceptance)]
    return Paper(projectacceptance.lay_summary, [(str(projectacceptance), told)])


@hourly
def end_for_conditions() -> None:
    """A condition for which nothing was shown until its last day ends the acceptance, as a person would."""
    overdue = Condition.objects.due(timezone.localdate()).filter(subject_type=ProjectAcceptance._meta.label)
    for condition in overdue:
        with act():
            row = ProjectAcceptance.objects.select_for_update().get(pk=condition.subject_id)
            fall_due(condition)
            if steps.can_proceed(row, "expire"):
                reason = _("A condition was not met by its last day.")
                move(row, "portal", "expire", check=_decided, verb="custody.expired", outcome="", reason=reason)
