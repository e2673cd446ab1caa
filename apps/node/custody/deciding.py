"""A project, or a person in it, before this TRE's own panel: taken to it, and decided as the votes say. Nothing more of it
is told outside."""

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
from apps.node.custody.actions import ACCEPTED_VERBS, REFUSED_VERBS, move
from apps.node.custody.facts import shown_of
from apps.node.custody.models import Acceptance, MemberAcceptance, OwnPanel, ProjectAcceptance
from apps.node.custody.panel_forms import AsVotedForm, TakePersonForm
from apps.node.custody.requirements import ticked_so_far
from apps.node.custody.rounds import newest_round

APPROVED, REFUSED, RETURNED = SignOff.Outcome.APPROVED, SignOff.Outcome.REFUSED, SignOff.Outcome.RETURNED
ACCEPTANCES: tuple[type[Acceptance], ...] = (ProjectAcceptance, MemberAcceptance)


def step_of_both(**said):
    """Add an action to the steps of a project and of a person; it takes the one or the other by its name."""

    def register(action):
        for model in ACCEPTANCES:
            step(model, **said)(action)
        return action

    return register


def is_under_way(acceptance) -> bool:
    """True while a vote on it, as it is shown now, can still come to something. One that is closed does not where nobody is left
    to preside; nor does a yes to a person, while something that this TRE asks of her is not met."""
    round = newest_round(acceptance)
    if round is None or round.state not in (Round.State.OPEN, Round.State.CLOSED):
        return False
    if round.content_sha256 != acceptance.shown_sha256():
        return False
    deliberation = Deliberation.of(round, acceptance)
    if deliberation.outcome.missing or not deliberation.can_be_presided:
        return round.state == Round.State.OPEN
    has_ended = round.state == Round.State.CLOSED or deliberation.all_have_voted
    return not (has_ended and deliberation.outcome.decision in counting.YES and acceptance.unmet())


def is_over(acceptance) -> bool:
    """True where everybody has voted on it, or the vote is closed, and what it came to waits for who presides."""
    if not is_under_way(acceptance):
        return False
    round = newest_round(acceptance)
    return round.state == Round.State.CLOSED or Deliberation.of(round, acceptance).all_have_voted


def check_can_take_to_panel(by, acceptance):
    """A custodian, where this TRE has a panel of its own and no vote is under way."""
    sentence = _("Only a custodian of this secure data centre takes this to its panel.")
    permissions.check_role(by, acceptance, Role.CUSTODIAN, sentence)
    permissions.check_has_no_part(by, acceptance)
    if not OwnPanel.objects.for_tre(acceptance).in_force().exists():
        raise NotAllowed(_("This secure data centre has no panel of its own."))
    if is_under_way(acceptance):
        raise NotAllowed(_("A vote is under way on this."))


_TAKE = {
    "label": gettext_lazy("Take to our panel"),
    "check": check_can_take_to_panel,
    "done": gettext_lazy("The vote on “%(thing)s” has begun. The members of your panel are asked to vote."),
}


@step(MemberAcceptance, form=TakePersonForm, **_TAKE)
@step(ProjectAcceptance, form=NothingForm, **_TAKE)
def take_to_panel(*, by, met: dict | None = None, seen: str | None = None, **acceptance):
    """A vote begins, under the panel's rule of this moment; also a new one, after a vote that came to nothing. `met`: of a
    person, what is ticked off already, as `accept` takes it. From then on the panel decides, and no custodian alone."""
    (row,) = acceptance.values()
    with act():
        check_can_take_to_panel(by, row)
        arguments = {"by": by}
        if isinstance(row, MemberAcceptance):
            arguments["met"] = ticked_so_far(row, met or {}, by)
        said = {"verb": "custody.taken_to_panel", "outcome": "", "reason": "", "arguments": arguments, "seen": seen}
        move(row, by, "take_to_panel", check=check_can_take_to_panel, **said)
        own = OwnPanel.objects.for_tre(row).in_force().select_related("panel").get()
        panels.open_round(panel=own.panel, subject=type(row).objects.get(pk=row.pk), by=by)


def _check_votes_say(by, acceptance, *choices: str):
    """Who presides over the vote, has no part in the project, and did not ask to start it again."""
    round = newest_round(acceptance)
    if round is None or round.state not in (Round.State.OPEN, Round.State.CLOSED):
        raise NotAllowed(_("No vote is under way on this."))
    deliberation = Deliberation.of(round, acceptance)
    panel_permissions.check_presides(by, round, deliberation)
    permissions.check_has_no_part(by, acceptance)
    permissions.check_is_second(by, acceptance)
    panel_permissions.check_may_end(round, deliberation)
    if deliberation.outcome.missing:
        raise NotAllowed(deliberation.outcome.missing)
    if deliberation.outcome.decision not in choices:
        raise NotAllowed(_("The votes do not say this."))


def check_can_accept_as_voted(by, acceptance):
    """Where the votes say yes, or yes with conditions; of a person, where all that this TRE asks of her is met today."""
    _check_votes_say(by, acceptance, *counting.YES)
    if unmet := acceptance.unmet():
        sentence = _(
            "Asked of everybody here, and not met today: %(what)s. When it is met, take her to the panel again."
        )
        raise NotAllowed(sentence % {"what": ", ".join(unmet)})


def check_can_refuse_as_voted(by, acceptance):
    """Where the votes say no."""
    _check_votes_say(by, acceptance, counting.REFUSE)


def check_can_ask_for_changes(by, acceptance):
    """Where the votes ask for changes."""
    _check_votes_say(by, acceptance, counting.CHANGES)


def _locked(acceptance) -> Acceptance:
    return type(acceptance).objects.select_for_update().get(pk=acceptance.pk)


def _decided(by, thing) -> None:
    """Who and whether was asked a moment ago, under the same lock; the round is decided since."""


def _decide(acceptance, by, transition: str, *, check, decision: str, reason: str, **said):
    """What the votes came to, and the step of the project or the person, in one act."""
    with act():
        row = _locked(acceptance)
        check(by, row)
        steps.check_state(row, transition)
        made = panels.decide(round=newest_round(row), by=by, outcome=decision, letter=reason)
        move(row, by, transition, check=_decided, reason=reason, **said)
    return made


@step_of_both(
    label=gettext_lazy("Accept, as the votes say"),
    check=check_can_accept_as_voted,
    transition="accept",
    form=AsVotedForm,
)
def accept_as_voted(
    *, by, reason: str, until: date, conditions: list[str] | tuple = (), due=None, seen=None, **acceptance
):
    """Confirm a yes. The conditions that the votes ask for are for the custodian who took it to the panel to meet."""
    (row,) = acceptance.values()
    with act():
        row = _locked(row)
        check_can_accept_as_voted(by, row)
        asked = Deliberation.of(newest_round(row), row).outcome.decision
        if (asked == counting.CONDITIONS) != bool(conditions and due):
            raise BadInput(_("An approval has the conditions that the votes ask for, with a last day, and no others."))
        arguments = {"until": until} | ({"met": row.met} if isinstance(row, MemberAcceptance) else {})
        said = {"verb": ACCEPTED_VERBS[type(row)], "outcome": APPROVED, "until": until, "arguments": arguments}
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


@step_of_both(
    label=gettext_lazy("Refuse, as the votes say"),
    check=check_can_refuse_as_voted,
    transition="refuse",
    warning=True,
)
def refuse_as_voted(*, by, reason: str, **acceptance):
    """Confirm a no."""
    (row,) = acceptance.values()
    said = {"verb": REFUSED_VERBS[type(row)], "outcome": REFUSED}
    check = check_can_refuse_as_voted
    _decide(row, by, "refuse", check=check, decision=counting.REFUSE, reason=reason, **said)


@step_of_both(label=gettext_lazy("Ask for changes, as the votes say"), check=check_can_ask_for_changes)
def ask_for_changes(*, by, reason: str, **acceptance):
    """It waits, and the letter stays here: a custodian takes it up with the people of the project."""
    (row,) = acceptance.values()
    said = {"verb": "custody.changes_asked", "outcome": RETURNED}
    check = check_can_ask_for_changes
    _decide(row, by, "ask_for_changes", check=check, decision=counting.CHANGES, reason=reason, **said)


@paper_of(MemberAcceptance)
@paper_of(ProjectAcceptance)
def offered_paper(acceptance, round: Round) -> Paper:
    """What was offered, fact by fact; its summary alone where it was changed since."""
    if round.content_sha256 != acceptance.shown_sha256():
        return Paper(acceptance.lay_summary)
    read, for_machines = shown_of(acceptance)
    sections = [(str(acceptance), read), (_("Identities and checksums, for checking by machine"), for_machines)]
    told = [(heading, [(str(label), "\n".join(lines)) for label, lines in facts]) for heading, facts in sections]
    return Paper(acceptance.lay_summary, told)


@hourly
def end_for_conditions() -> None:
    """A condition for which nothing was shown until its last day ends the acceptance, as a person would."""
    labels = [model._meta.label for model in ACCEPTANCES]
    overdue = Condition.objects.due(timezone.localdate()).filter(subject_type__in=labels)
    for condition in overdue:
        with act():
            row = condition.subject_model().objects.select_for_update().get(pk=condition.subject_id)
            fall_due(condition)
            if steps.can_proceed(row, "expire"):
                reason = _("A condition was not met by its last day.")
                move(row, "portal", "expire", check=_decided, verb="custody.expired", outcome="", reason=reason)
