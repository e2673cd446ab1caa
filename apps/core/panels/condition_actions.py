"""What an approval asks for: evidence by its owner, judged by the chair or the coordinator."""

from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.panels import permissions
from apps.core.panels.forms import EvidenceForm, LackingForm
from apps.core.panels.models import Condition, Decision, EvidenceFile
from apps.core.panels.notices import tell_overdue, tell_owner
from apps.core.web.papers import keep_paper
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.seen import SeenReasonForm, check_seen
from apps.core.workflow.steps import step

APPROVED = SignOff.Outcome.APPROVED


def set_conditions(*, decision: Decision, subject, owner, by, texts: list[str], due) -> list[Condition]:
    """Write down what an approval asks for, inside the act under way."""
    made = []
    for text in texts:
        condition = Condition.objects.create(
            panel=decision.round.panel,
            decision=decision,
            subject_type=subject._meta.label,
            subject_id=subject.pk,
            text=text,
            owner=owner,
            due=due,
        )
        record("condition.set", by=by, subject=condition, text=text, due=due)
        tell_owner(condition)
        made.append(condition)
    return made


def pass_on_conditions(*, subject, to, by) -> None:
    """Whoever comes to lead a thing has its conditions to meet, those that are not decided yet, inside the act under way."""
    waiting = Condition.objects.select_for_update(of=("self",)).select_related("panel").order_by("pk")
    for condition in waiting.filter(subject_id=subject.pk, state__in=["open", "evidence_given", "overdue"]):
        before, condition.owner = condition.owner_id, to
        condition.save()
        record("condition.passed_on", by=by, subject=condition, before=before, owner=to.pk)
        if condition.state != Condition.State.EVIDENCE_GIVEN:
            tell_owner(condition)


def _move(condition, by, transition: str, *, check, verb: str, outcome="", reason="", seen: str | None = None, **moved):
    """The five lines of every step of a condition; the thing it belongs to is locked first. `seen`: the hash of what its decider
    was shown."""
    with act():
        condition.subject_model().objects.select_for_update().get(pk=condition.subject_id)
        condition = Condition.objects.select_for_update(of=("self",)).select_related("panel").get(pk=condition.pk)
        check(by, condition)
        steps.check_state(condition, transition)
        check_seen(condition, seen)
        getattr(condition, transition)(by=by, **moved)
        condition.save()
        if outcome:
            sign(subject=condition, verb=verb, by=by, outcome=outcome, reason=reason)
        record(verb, by=by, subject=condition, reason=reason, **moved)


@step(
    Condition,
    label=gettext_lazy("Show that it is met"),
    check=permissions.check_owns,
    form=EvidenceForm,
    done=gettext_lazy("Handed in. The chair or the coordinator says next whether the condition is met."),
)
def give_evidence(*, condition, by, evidence: str, files=()):
    """By its owner, until its last day or after, with files that show it."""
    with act():
        _move(condition, by, "give_evidence", check=permissions.check_owns, verb="condition.shown", evidence=evidence)
        for file in files:
            kept = EvidenceFile.objects.create(condition=condition, **keep_paper(file))
            record("condition.file_added", by=by, subject=condition, file=kept.sha256)


@step(Condition, label=gettext_lazy("It is met"), check=permissions.check_can_judge, form=SeenReasonForm)
def accept(*, condition, by, reason: str, seen: str | None = None):
    """The evidence is enough."""
    check = permissions.check_can_judge
    _move(condition, by, "accept", check=check, verb="condition.met", outcome=APPROVED, reason=reason, seen=seen)


@step(Condition, label=gettext_lazy("It is not met yet"), check=permissions.check_can_judge, form=LackingForm)
def find_lacking(*, condition, by, reason: str, due, seen: str | None = None):
    """The evidence is not enough: open again, until a new day."""
    check = permissions.check_can_judge
    _move(condition, by, "find_lacking", check=check, verb="condition.lacking", reason=reason, due=due, seen=seen)


@step(
    Condition,
    label=gettext_lazy("Ask that it falls away"),
    check=permissions.check_can_judge,
    form=SeenReasonForm,
    done=gettext_lazy("Asked. It waits on a second person to agree."),
)
def propose_waiver(*, condition, by, reason: str, seen: str | None = None):
    """The first of the two people that this takes."""
    check = permissions.check_can_judge
    _move(condition, by, "propose_waiver", check=check, verb="condition.waiver_proposed", reason=reason, seen=seen)


@step(
    Condition,
    label=gettext_lazy("Agree that it falls away"),
    check=permissions.check_can_waive,
    form=SeenReasonForm,
    warning=True,
)
def waive(*, condition, by, reason: str, seen: str | None = None):
    """The second person's yes: nothing has to be shown any more."""
    check = permissions.check_can_waive
    _move(condition, by, "waive", check=check, verb="condition.waived", outcome=APPROVED, reason=reason, seen=seen)


def fall_due(condition) -> None:
    """Its last day is over and nothing was shown. What follows for the thing is its own app's to say."""
    with act():
        _move(condition, "portal", "fall_due", check=_by_the_clock, verb="condition.overdue")
        tell_overdue(condition)


def _by_the_clock(by, condition) -> None:
    """Nobody is asked: the day is over."""
