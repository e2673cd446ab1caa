from datetime import timedelta

from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.core.outbox.registry import hourly, work
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import NothingForm, step
from apps.node.custody.effects import Effect, relying
from apps.node.custody.models import AgreementPolicy
from apps.node.egress import permissions, result_crate
from apps.node.egress.forms import DiscussForm, ReleaseForm, ReviewForm
from apps.node.egress.models import EgressRequest, FileVote, OutputFile
from apps.node.egress.notices import tell_reviewed
from apps.node.egress.outcome import checkers, may_leave, outcome_of, reason_of, votes_of_round
from apps.node.egress.quarantine import check_bytes
from apps.node.runs.actions import hold, relying_runs
from apps.node.runs.actions import locked as locked_run
from apps.node.runs.permissions import check_not_held
from apps.node.runs.registry import waiting_outputs, when_resumed
from apps.node.runs.safes import missing
from apps.node.runs.statements import hub

KEPT_DAYS = 30


def locked(egress):
    """(run, egress request), locked in the node's order and read again."""
    run = locked_run(egress.run_id)
    return run, EgressRequest.objects.select_for_update(of=("self",)).select_related("run").get(pk=egress.pk)


def _move(egress, by, transition, *, check, verb, reason=""):
    """The five lines of a step that writes no votes."""
    with act():
        _run, egress = locked(egress)
        check(by, egress)
        steps.check_state(egress, transition)
        getattr(egress, transition)()
        egress.save()
        record(verb, by=by, subject=egress, reason=reason)


@step(
    EgressRequest,
    label=gettext_lazy("The context is there"),
    check=permissions.check_can_check,
    form=NothingForm,
    transition="open",
)
def open_to_checkers(*, egressrequest, by):
    """Outputs without a title in the workflow wait until a checker has asked for the context."""
    _move(egressrequest, by, "open", check=permissions.check_can_check, verb="egress.context_given")


def checked(egress: EgressRequest):
    """Who is next after a checker's votes."""
    if egress.state == EgressRequest.State.REVIEWED:
        return gettext_lazy("Your check is kept. Two have checked: one of the two lets out next what both approved.")
    return gettext_lazy("Your check is kept. A second checker looks at the files next.")


@step(
    EgressRequest,
    label=gettext_lazy("Check the files"),
    check=permissions.check_can_review,
    form=ReviewForm,
    done=checked,
)
def review(*, egressrequest, by, votes: dict, declared: bool):
    """One checker's votes on every file, written at once; the other's stay unseen until both are in."""
    with act():
        _run, egress = locked(egressrequest)
        permissions.check_can_review(by, egress)
        steps.check_state(egress, "review")
        check_not_held(egress.run)
        files = {str(file.pk): file for file in egress.files.all()}
        check_policy(egress, [file for pk, file in files.items() if votes[pk]["approves"]])
        for pk, file in files.items():
            FileVote.objects.create(file=file, checker=by, round=egress.round, **votes[pk])
        egress.review(checkers=len(checkers(votes_of_round(egress))))
        egress.save()
        approves = all(votes[pk]["approves"] for pk in files)
        outcome = SignOff.Outcome.APPROVED if approves else SignOff.Outcome.REFUSED
        sign(subject=egress, verb="egress.reviewed", by=by, outcome=outcome, reason="")
        record("egress.reviewed", by=by, subject=egress, declared=declared)
        if egress.state == EgressRequest.State.REVIEWED:
            tell_reviewed(egress, by)


def check_policy(egress: EgressRequest, approved: list[OutputFile]) -> None:
    """The TRE's published policy lets each of these files out. Raises BadInput with the sentence of the first that it does not."""
    policy = AgreementPolicy.objects.get(pk=egress.tre)
    for file in approved:
        why = policy.why_may_not_leave(file.media_type, file.size)
        if why:
            raise BadInput(f"{file.title}: {why}")


@step(EgressRequest, label=gettext_lazy("Talk it over"), check=permissions.check_can_release, form=DiscussForm)
def discuss(*, egressrequest, by, reason: str):
    """The two checkers want to talk before anything leaves."""
    check = permissions.check_can_release
    _move(egressrequest, by, "discuss", check=check, verb="egress.in_discussion", reason=reason)


@step(EgressRequest, label=gettext_lazy("Vote again"), check=permissions.check_can_check)
def vote_again(*, egressrequest, by, reason: str):
    """A new round; the votes of the earlier one stay in the record."""
    check = permissions.check_can_check
    _move(egressrequest, by, "vote_again", check=check, verb="egress.new_round", reason=reason)


@step(
    EgressRequest,
    label=gettext_lazy("Return for more context"),
    check=permissions.check_can_release,
    done=gettext_lazy("Returned for more context. A checker takes it up again when the context is there."),
)
def send_back(*, egressrequest, by, reason: str):
    check = permissions.check_can_release
    _move(egressrequest, by, "send_back", check=check, verb="egress.returned", reason=reason)


@step(EgressRequest, label=gettext_lazy("Take it up again"), check=permissions.check_can_check)
def take_up(*, egressrequest, by, reason: str):
    check = permissions.check_can_check
    _move(egressrequest, by, "take_up", check=check, verb="egress.new_round", reason=reason)


def let_out(egress: EgressRequest):
    """What comes of it; where a safe is missing nothing leaves."""
    if egress.state == EgressRequest.State.REVIEWED:
        return gettext_lazy("Nothing was let out: this run is on hold. Its page says why.")
    return gettext_lazy("Approved. What both of you approved is packed next, and sent to the researcher by itself.")


@step(
    EgressRequest,
    label=gettext_lazy("Let out what both approved"),
    check=permissions.check_can_release,
    form=ReleaseForm,
    done=let_out,
)
def release(*, egressrequest, by, note: str):
    """The third, separate act. The safes are asked once more; then the worker packs what may leave."""
    with act():
        run, egress = locked(egressrequest)
        permissions.check_can_release(by, egress)
        steps.check_state(egress, "release")
        check_not_held(run)
        why = missing(run)
        if why:
            hold(run, why)
            return
        for file in egress.files.all():
            check_bytes(file)
        egress.release(by=by, note=note)
        egress.save()
        outcome = outcome_of(list(egress.files.all()), votes_of_round(egress))
        sign(subject=egress, verb="egress.approved", by=by, outcome=SignOff.Outcome.APPROVED, reason=note)
        record("egress.approved", by=by, subject=egress, outcome=outcome)
        outbox(pack, egress=egress.pk)


@work("egress.pack")
def pack(egress: str) -> None:
    """Write the result crate, then hand it over with one signed document. Safe to repeat: the state decides."""
    found = EgressRequest.objects.select_related("run__workflow_approval").get(pk=egress)
    if found.state != EgressRequest.State.APPROVED:
        return
    hand_over(found, result_crate.build(found))


@when_resumed
@work("egress.pack_after_a_hold")
def pack_after_a_hold(run: str) -> None:
    """What was approved and kept back by a hold is packed when the run goes on."""
    for egress in EgressRequest.objects.filter(run=run, state=EgressRequest.State.APPROVED):
        pack(str(egress.pk))


def hand_over(egress: EgressRequest, result: str) -> None:
    """State, document and log in one act. A crate that lost the race, or whose run was held meanwhile, is deleted."""
    with act():
        run, egress = locked(egress)
        if egress.state != EgressRequest.State.APPROVED or run.held_at:
            storages["releases"].delete(result)
            return
        files, votes = list(egress.files.all()), votes_of_round(egress)
        outcome = outcome_of(files, votes)
        egress.result = result
        egress.hand_over(outcome=outcome)
        egress.save()
        run.statements += 1
        run.save(update_fields=["statements"])
        exchange.send(
            kind=Document.Kind.RELEASE,
            side=run.tre,
            peer=hub(),
            body={
                "request": str(run.request),
                "number": run.statements,
                "outcome": str(outcome),
                "files": [
                    {"name": file.name, "released": may_leave(file, votes), "reason": reason_of(file, votes)}
                    for file in files
                ],
                "note": egress.note,
            },
            attachments=(exchange.attach("result.zip", "releases", result),),
        )
        facts = {"tre": AgreementPolicy.objects.get(pk=run.tre).tre_name, "project": run.project_code}
        record(f"egress.{outcome}", by=egress.released_by, subject=egress, public=facts)


@step(EgressRequest, label=gettext_lazy("Recall"), check=permissions.check_can_check, warning=True)
def recall(*, egressrequest, by, reason: str):
    """Note that what was released should not have been. What is out cannot be taken back; the record says so."""
    _move(egressrequest, by, "recall", check=permissions.check_can_check, verb="egress.recalled", reason=reason)


HAS_LEFT = ("released", "partly_released", "withheld", "recalled")


@relying
def held_outputs(thing) -> Effect:
    """Outputs that have not left yet and would be held if a TRE ended this. Only their number: not all staff may see them."""
    waiting = EgressRequest.objects.filter(run__in=relying_runs(thing)).exclude(state__in=HAS_LEFT)
    return Effect(_("Results that wait to be checked or let out"), waiting.count())


@waiting_outputs
def not_left(runs):
    """The runs, of these, whose outputs have not left: also those that are not in quarantine yet."""
    return runs.exclude(pk__in=EgressRequest.objects.filter(state__in=HAS_LEFT).values("run"))


@hourly
def dispose_of_old_files() -> None:
    """Quarantine is emptied on the TRE's clock: KEPT_DAYS after the decision."""
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    old = OutputFile.objects.filter(disposed_at=None, egress__approved_at__lt=long_ago).exclude(
        egress__state="approved"
    )
    for file in old.select_related("egress__run"):
        with act():
            storages["quarantine"].delete(file.path)
            OutputFile.objects.filter(pk=file.pk).update(disposed_at=timezone.now(), path="")
            record("egress.file_disposed", by="portal", subject=file.egress, rule=f"after {KEPT_DAYS} days")
