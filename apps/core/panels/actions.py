"""A round of votes: opened, declared in, voted in, closed, decided. The thing voted on is locked before its round."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import NotAllowed, WrongState
from apps.core.outbox.registry import hourly
from apps.core.panels import (
    condition_actions,  # noqa: F401 - their steps are ours too
    meeting_actions,  # noqa: F401
    permissions,
    seat_actions,  # noqa: F401
)
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import (
    AcceptCorrectionForm,
    CorrectionForm,
    DeclareForm,
    DissentForm,
    PresidingForm,
    VoteForm,
)
from apps.core.panels.models import (
    Absence,
    Conflict,
    Correction,
    Decision,
    Declaration,
    Dissent,
    Panel,
    Revocation,
    Round,
    RoundSeat,
    Seat,
    Vote,
)
from apps.core.panels.notices import ask_for_votes, tell_outvoted
from apps.core.workflow import steps
from apps.core.workflow.models import last_minute
from apps.core.workflow.steps import NothingForm, step


def open_round(*, panel: Panel, subject, by, is_appeal: bool = False, presided_by=None) -> Round:
    """Begin a vote inside the act under way; `subject` is locked. Earlier open rounds on it are void.

    Its members are told. The round keeps the rule and the seats of this moment. Raises WrongState where the panel has no rule.
    """
    now = timezone.now()
    rule = panel.rule_at(now)
    if rule is None:
        raise WrongState(_("This panel has no rule yet, so it cannot decide."))
    end_rounds(subject, by)
    made = Round.objects.create(
        panel=panel,
        rule=rule,
        subject_type=subject._meta.label,
        subject_id=subject.pk,
        title=str(subject)[:300],
        content_sha256=subject.voted_sha256(),
        is_appeal=is_appeal,
        presided_by=presided_by,
        closes_at=last_minute(timezone.localdate(now) + timedelta(days=rule.voting_days)),
    )
    sitting = [seat for seat in Seat.objects.sitting().filter(panel=panel) if seat.has_vote]
    RoundSeat.objects.bulk_create(RoundSeat(round=made, seat=seat) for seat in sitting)
    record("panel.round_opened", by=by, subject=made, of=subject.pk, rule=rule.pk, content_sha256=made.content_sha256)
    ask_for_votes(made, subject, by)
    return made


def end_rounds(subject, by) -> None:
    """Make every vote under way on a thing void, inside the act under way: it was changed, or taken back."""
    for each in Round.objects.select_for_update().under_way().filter(subject_id=subject.pk):
        each.make_void(at=timezone.now())
        each.save()
        record("panel.round_void", by=by, subject=each)


def note_whether_all_voted(round: Round, subject) -> None:
    """After something was said in a locked round: whether it only waits to be closed."""
    all_voted = Deliberation(round, subject).all_have_voted
    round.all_voted_since = (round.all_voted_since or timezone.now()) if all_voted else None
    round.save()


def locked(round: Round) -> tuple[Round, Deliberation]:
    """The thing locked, then its round, both read again."""
    subject = round.subject_model().objects.select_for_update().get(pk=round.subject_id)
    round = Round.objects.select_for_update(of=("self",)).select_related("panel", "rule").get(pk=round.pk)
    return round, Deliberation(round, subject)


@step(
    Round,
    label=gettext_lazy("Say whether you have a conflict of interest"),
    check=permissions.check_can_declare,
    form=DeclareForm,
    done=gettext_lazy("What you said is kept. If you have no conflict of interest, you may now read it and vote."),
)
def declare(*, round, by, kind: str, words: str = ""):
    """Before the text opens, none or one. None may become one later: both stay, and a vote before a conflict is void."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_declare(by, round)
        steps.check_state(round, "declare")
        round.declare()
        round.save()
        number = len(deliberation.declarations) + 1
        Declaration.objects.create(round=round, by=by, number=number, kind=kind, words=words)
        note_whether_all_voted(round, deliberation.subject)
        record("panel.declared", by=by, subject=round, kind=kind, words=words)


@step(
    Round,
    label=gettext_lazy("Ask to take back a conflict that you declared"),
    check=permissions.check_can_ask_correction,
    form=CorrectionForm,
    is_rare=True,
)
def ask_correction(*, round, by, words: str):
    """She declared a conflict by mistake: a second person decides whether it falls away."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_ask_correction(by, round)
        steps.check_state(round, "ask_correction")
        round.ask_correction()
        round.save()
        Correction.objects.create(declaration=deliberation.member(by).declared, words=words)
        record("panel.correction_asked", by=by, subject=round, words=words)


@step(
    Round,
    label=gettext_lazy("Accept that a member has no conflict after all"),
    check=permissions.check_can_accept_correction,
    form=AcceptCorrectionForm,
    is_rare=True,
)
def accept_correction(*, round, by, user, reason: str):
    """The second person's yes. What she voted before her conflict stays void; she may vote anew."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_accept_correction(by, round)
        steps.check_state(round, "accept_correction")
        asked = deliberation.corrections.get(user.pk)
        if asked is None or user.pk == by.pk:
            raise NotAllowed(_("This member does not ask for it, or it is you. Another person decides on your own."))
        round.accept_correction()
        round.save()
        number = len(deliberation.declarations) + 1
        told = {"kind": Conflict.NONE, "words": asked.words, "accepted_by": by}
        Declaration.objects.create(round=round, by=user, number=number, **told)
        note_whether_all_voted(round, deliberation.subject)
        record("panel.correction_accepted", by=by, subject=round, user=user.pk, reason=reason)


@step(
    Round,
    label=gettext_lazy("Say that you are away"),
    check=permissions.check_can_say_absent,
    form=NothingForm,
    done=gettext_lazy("It is noted that you are away. Your deputy may vote in your stead, if you have one."),
)
def say_absent(*, round, by):
    """So that her deputy votes in her stead, where she has one."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_say_absent(by, round)
        steps.check_state(round, "say_absent")
        member = deliberation.member(by)
        if member.is_absent:
            raise WrongState(_("You said so already; nothing was changed."))
        round.say_absent()
        round.save()
        number = round.absences.count() + 1
        Absence.objects.create(round=round, by=by, number=number, seat=member.seat)
        note_whether_all_voted(round, deliberation.subject)
        record("panel.absent", by=by, subject=round)


@step(
    Round,
    label=gettext_lazy("Vote, or change your vote"),
    check=permissions.check_can_vote,
    form=VoteForm,
    done=gettext_lazy("Your vote is kept. You may change it until the vote closes."),
)
def vote(*, round, by, choice: str, reason: str, conditions: str = "") -> Vote:
    """One member's vote on what she was shown. It may be changed until the round closes; each stays."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_vote(by, round, deliberation)
        steps.check_state(round, "vote")
        permissions.check_is_open_yet(round)
        permissions.check_text_is_the_same(round, deliberation.subject)
        round.vote()
        round.save()
        made = Vote.objects.create(
            round=round,
            seat=deliberation.member(by).seat,
            by=by,
            number=len(deliberation.all_votes) + 1,
            content_sha256=deliberation.subject.voted_sha256(),
            choice=choice,
            conditions=conditions,
            reason=reason,
        )
        note_whether_all_voted(round, deliberation.subject)
        record("panel.voted", by=by, subject=round, choice=choice, conditions=conditions, reason=reason)
    return made


@step(
    Round,
    label=gettext_lazy("Name who presides in the chair's stead"),
    check=permissions.check_can_name_presiding,
    form=PresidingForm,
)
def name_presiding(*, round, by, user, reason: str):
    """Where who presides is away or in conflict, another member with a vote does. After the vote she concludes it, and breaks
    no tie."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_name_presiding(by, round, deliberation)
        steps.check_state(round, "name_presiding")
        permissions.check_can_be_named(by, user, deliberation)
        round.name_presiding(user=user)
        round.save()
        record("panel.presiding_named", by=by, subject=round, user=user.pk, reason=reason)


@step(
    Round,
    label=gettext_lazy("Close the vote"),
    check=permissions.check_can_close,
    form=NothingForm,
    done=gettext_lazy("The vote is closed. The chair concludes it next, if enough members voted."),
)
def close(*, round, by):
    """No vote is changed from now on. Early only where everybody who may vote has."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_close(by, round)
        steps.check_state(round, "close")
        _close(round, deliberation, by)


def _close(round: Round, deliberation: Deliberation, by) -> None:
    enough, now = not deliberation.outcome.missing, timezone.now()
    presiding = deliberation.presiding
    if enough:
        round.close(at=now, presided_by=presiding and presiding.seat.user, came_to=deliberation.outcome.decision)
    else:
        round.lapse(at=now)
    round.save()
    record("panel.round_closed" if enough else "panel.round_lapsed", by=by, subject=round)


def decide(*, round: Round, by, outcome: str, letter: str) -> Decision:
    """Confirm what the votes came to, inside the act under way; subject and round are locked here.

    Raises NotAllowed where she does not preside or the votes say otherwise, WrongState where the round is not over.
    """
    round, deliberation = locked(round)
    permissions.check_presides(by, round, deliberation)
    if round.state == Round.State.OPEN:
        permissions.check_may_end(round, deliberation)
        _check_outcome(deliberation, outcome)
        _close(round, deliberation, by)
    steps.check_state(round, "decide")
    permissions.check_text_is_the_same(round, deliberation.subject)
    _check_outcome(deliberation, outcome)
    round.decide()
    round.save()
    made = Decision.objects.create(round=round, outcome=outcome, letter=letter, counts=deliberation.counts(), by=by)
    record("panel.decided", by=by, subject=round, outcome=outcome, letter=letter, counts=made.counts)
    tell_outvoted(round, deliberation.votes, outcome)
    return made


def _check_outcome(deliberation: Deliberation, outcome: str) -> None:
    result = deliberation.outcome
    if result.missing:
        raise NotAllowed(result.missing)
    if result.decision != outcome:
        raise NotAllowed(
            _("The votes say “%(votes)s”, so this cannot be decided.") % {"votes": Vote.Choice(result.decision).label}
        )


def revoke(*, round: Round, by, reason: str) -> Revocation:
    """Take a decision back, inside the act under way: by a second person, with a reason. Nothing is erased."""
    round, _deliberation = locked(round)
    permissions.check_can_revoke(by, round)
    steps.check_state(round, "revoke")
    round.revoke()
    round.save()
    made = Revocation.objects.create(decision=round.decision, by=by, reason=reason)
    for condition in round.decision.conditions.select_for_update():
        condition.withdraw()
        condition.save()
        record("condition.withdrawn", by=by, subject=condition)
    record("panel.revoked", by=by, subject=round, reason=reason)
    return made


@step(
    Round,
    label=gettext_lazy("Publish that you did not agree"),
    check=permissions.check_can_dissent,
    transition="dissent",
    form=DissentForm,
)
def publish_dissent(*, round, by, words: str, named: bool = False):
    """A lay member's own words on a decision against her vote: under her name only where she wishes."""
    with act():
        round, deliberation = locked(round)
        permissions.check_can_dissent(by, round, deliberation)
        steps.check_state(round, "dissent")
        round.dissent()
        round.save()
        Dissent.objects.create(round=round, by=by, words=words, named=named)
        told = deliberation.subject.told() if hasattr(deliberation.subject, "told") else {"public": {"project": round}}
        who = by.name if named else _("A lay member")
        told["public"] = {**told["public"], "who": who, "words": words}
        record("panel.dissent", by=by, subject=round, named=named, **told)


@hourly
def close_overdue() -> None:
    """The days of a vote are over: it closes, or it lapses where too few voted."""
    for each in Round.objects.filter(state="open", closes_at__lt=timezone.now()):
        with act():
            round, deliberation = locked(each)
            if steps.can_proceed(round, "close"):
                _close(round, deliberation, "portal")
