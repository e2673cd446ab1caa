import hashlib
from uuid import UUID

from django.core.files.storage import storages
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput
from apps.core.exchange import bodies
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Incoming
from apps.core.exchange.service import CHUNK
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, latest_sign_off, sign
from apps.core.workflow.steps import step
from apps.node.custody.actions import when_changed
from apps.node.custody.effects import SHOWN, Effect, relying
from apps.node.custody.models import AgreementPolicy, DataGrant, HubLapses, MemberAcceptance, WorkflowApproval
from apps.node.runs import permissions, receipt
from apps.node.runs.code import not_shown
from apps.node.runs.forms import DeclaredForm, SignOffForm
from apps.node.runs.models import Run, StandingSignOff
from apps.node.runs.notices import tell, tell_received
from apps.node.runs.registry import resumed_work, with_waiting_outputs
from apps.node.runs.safes import missing, told_lapses
from apps.node.runs.statements import say

OF_A_REQUEST = {"request": UUID}


def receive(*, document: Incoming) -> None:
    """An offer becomes a run; one that cannot be run here is answered with a refusal, and kept as refused."""
    body = document.body
    bodies.check(body, OF_A_REQUEST)  # else there is nobody to answer
    if Run.objects.for_tre(document.side).filter(request=UUID(body["request"])).exists():
        return
    try:
        bodies.check(body, receipt.OFFER)
        take(document)
    except BadInput as problem:
        Incoming.objects.filter(pk=document.pk).update(refused_why=str(problem.sentence))
        refusal = {
            "request": body["request"],
            "number": 1,
            "state": "refused",
            "fault": "",
            "reason": str(problem.sentence),
        }
        exchange.send(kind="statement", side=document.side, peer=document.peer, body=refusal)


def take(document: Incoming) -> None:
    """Check the crate ourselves, note what it asks for, make the run and ask the safes for the first time."""
    offered, workflow = (bodies.attachment(document, name) for name in ("crate.zip", "workflow.zip"))
    crate, report = receipt.look_into(offered["path"], offered["storage"], document.body)
    with storages[workflow["storage"]].open(workflow["path"]) as stream:
        sha512 = hashlib.sha512()
        while chunk := stream.read(CHUNK):
            sha512.update(chunk)
    if sha512.hexdigest() != document.body["workflow"]["sha512"]:
        raise BadInput(_("The workflow crate is not the one that was offered."))
    with act():
        found = {"sha512": sha512.hexdigest(), "path": workflow["path"]}
        approval = receipt.propose_all(document.side, document.body, found)
        run = receipt.make_run(document, crate, report, approval)
        tell_received(run)
        say(run, "received")
        say(run, "awaiting_approval")
        outbox("runs.use_standing", run=run.pk)


def locked(run) -> Run:
    """The run, locked and read again."""
    return (
        Run.objects.select_for_update(of=("self",)).select_related("workflow_approval").get(pk=getattr(run, "pk", run))
    )


def hold(run: Run, why: str, *, by=None) -> None:
    """Put a locked run on hold: a person, or a safe that lapsed. No step forward while it is held."""
    run.held_at, run.held_why, run.held_by = timezone.now(), why, by
    run.save(update_fields=["held_at", "held_why", "held_by"])
    record("run.held", by=by or "portal", subject=run, reason=why)
    say(run, "held")
    tell("run.held", run, Role.RUN_APPROVER, by=by)


def let_go(run: Run, *, by) -> None:
    """Take a locked run off hold, and say again where it stands."""
    run.held_at, run.held_why, run.held_by, run.resume_asked_by = None, "", None, None
    run.save(update_fields=["held_at", "held_why", "held_by", "resume_asked_by"])
    record("run.resumed", by=by, subject=run)
    say_again(run)


STANDS = {"awaiting_sign_off": "awaiting_approval", "running": "running", "succeeded": "being_checked"}


def say_again(run: Run) -> None:
    """Tell the hub once more where a locked run stands, also what was asked."""
    if run.state == Run.State.RETURNED:
        asked = latest_sign_off(run)
        say(run, "question", reason=asked.reason)
    else:
        say(run, STANDS.get(run.state, "queued"))


def signed(run: Run):
    """What comes of it; where a safe is missing nothing is signed."""
    if run.state == Run.State.AWAITING_SIGN_OFF:
        return gettext_lazy("Nothing was signed: this run is on hold. Its page says why.")
    return gettext_lazy(
        "Signed off: “%(thing)s”. It starts by itself. When it is done, two checkers look at the results."
    )


@step(Run, label=gettext_lazy("Sign off"), check=permissions.check_can_sign_off, form=SignOffForm, done=signed)
def sign_off(*, run, by, reason: str, declared: bool, read_code: bool = False, looked_at_suspicions: bool = False):
    """The TRE's yes to this very run. Where a safe is missing the run is held and nothing is signed.

    Raises BadInput where there is code that nobody says she has read, or a suspicion that nobody has looked at.
    """
    with act():
        run = locked(run)
        permissions.check_can_sign_off(by, run)
        steps.check_state(run, "sign_off")
        permissions.check_not_held(run)
        check_was_read(run, read_code=read_code, looked_at_suspicions=looked_at_suspicions)
        why = missing(run)
        if why:
            hold(run, why)
            return
        run.sign_off()
        run.save()
        until = None
        sign(subject=run, verb="run.signed_off", by=by, outcome=SignOff.Outcome.APPROVED, reason=reason, until=until)
        policy = AgreementPolicy.objects.get(pk=run.tre)
        said = {"declared": declared, "read_code": read_code, "looked_at_suspicions": looked_at_suspicions}
        record("run.signed_off", by=by, subject=run, reason=reason, policy=policy.name, **said)
        say(run, "queued")
        outbox("runs.dispatch", run=run.pk)


def check_was_read(run: Run, *, read_code: bool, looked_at_suspicions: bool) -> None:
    """What only a person can judge was looked at by one, and could be. Raises BadInput."""
    unread = not_shown(run)
    if unread:
        raise BadInput(_("Nobody can read what the crate gives for: %(names)s.") % {"names": ", ".join(unread)})
    if run.has_code() and not read_code:
        raise BadInput(_("This run brings code. Read it, and say so."))
    if run.suspicions and not looked_at_suspicions:
        raise BadInput(_("Something in the crate looks like a secret, or names a patient. Look at it, and say so."))


def _answer(name, label, outcome, verb, word, *, warning, done):
    """A run approver's question or refusal."""

    def answer(*, run, by, reason: str, declared: bool):
        with act():
            run = locked(run)
            permissions.check_is_run_approver(by, run)
            steps.check_state(run, name)
            getattr(run, name)()
            run.save()
            sign(subject=run, verb=verb, by=by, outcome=outcome, reason=reason)
            record(verb, by=by, subject=run, reason=reason, declared=declared)
            say(run, word, reason=reason)

    answer.__name__ = name
    check = permissions.check_is_run_approver
    return step(Run, label=label, check=check, form=DeclaredForm, warning=warning, done=done)(answer)


send_back = _answer(
    "send_back",
    gettext_lazy("Return with a question"),
    SignOff.Outcome.RETURNED,
    "run.returned",
    "question",
    warning=False,
    done=gettext_lazy("Your question is sent. The researcher answers it next, and then the run waits here again."),
)
refuse = _answer(
    "refuse",
    gettext_lazy("Refuse"),
    SignOff.Outcome.REFUSED,
    "run.refused",
    "refused",
    warning=True,
    done=gettext_lazy("Refused: “%(thing)s”. The researcher is told, with your reason."),
)


@step(Run, label=gettext_lazy("Look at it again"), check=permissions.check_is_run_approver)
def reopen(*, run, by, reason: str):
    """The question was answered: the run waits for its sign-off again."""
    with act():
        run = locked(run)
        permissions.check_is_run_approver(by, run)
        steps.check_state(run, "reopen")
        run.reopen()
        run.save()
        record("run.reopened", by=by, subject=run, reason=reason)
        say(run, "awaiting_approval")


def hear_answer(*, document: Incoming) -> None:
    """The researcher answered the question: the run waits for its sign-off again. A late answer changes nothing.

    Raises BadInput for what is no answer."""
    bodies.check(document.body, OF_A_REQUEST | {"answer": str})
    run = Run.objects.for_tre(document.side).filter(request=UUID(document.body["request"])).first()
    if run is None:
        return
    run = locked(run)
    if run.state == Run.State.RETURNED:
        run.reopen()
        run.save()
        record("run.answered", by=document.peer, subject=run, reason=document.body["answer"][:4000])
        tell("run.answered", run, Role.RUN_APPROVER)
        say(run, "awaiting_approval")


def halt(run: Run, *, by, reason: str) -> None:
    """Stop a locked run: at once where nothing runs, through the executor where something does."""
    if run.state in ("dispatching", "queued", "running"):
        run.cancel()
        run.save()
        record("run.cancelling", by=by, subject=run, reason=reason)
        outbox("runs.cancel", run=run.pk)
    else:
        run.stop()
        run.save()
        record("run.cancelled", by=by, subject=run, reason=reason)
        say(run, "refused", reason=_("The secure data centre stopped this run."))


@step(Run, label=gettext_lazy("Stop this run"), check=permissions.check_is_staff, transition="stop", warning=True)
def stop(*, run, by, reason: str):
    """Any one of the TRE's staff may always stop."""
    with act():
        run = locked(run)
        permissions.check_is_staff(by, run)
        steps.check_state(run, "stop")
        halt(run, by=by, reason=reason)


@step(Run, label=gettext_lazy("Stop this run"), check=permissions.check_is_staff, transition="cancel", warning=True)
def cancel(*, run, by, reason: str):
    """Any one of the TRE's staff may always stop, also what is running."""
    with act():
        run = locked(run)
        permissions.check_is_staff(by, run)
        steps.check_state(run, "cancel")
        halt(run, by=by, reason=reason)


def obey_stop(*, document: Incoming) -> None:
    """The researcher took the request back. A run that has ended stays as it is. Raises BadInput for what is no stop."""
    bodies.check(document.body, OF_A_REQUEST)
    run = Run.objects.for_tre(document.side).filter(request=UUID(document.body["request"])).first()
    if run is None:
        return
    run = locked(run)
    record("run.stop_asked", by=document.peer, subject=run)
    if run.state in ("awaiting_sign_off", "returned", "signed_off", "dispatching", "queued", "running"):
        halt(run, by=document.peer, reason=_("The researcher took the request back."))


def put_on_hold(*, run, by, reason: str) -> None:
    """Any one of the staff puts a run on hold."""
    with act():
        run = locked(run)
        permissions.check_is_staff(by, run)
        permissions.check_not_held(run)
        hold(run, reason, by=by)


def resume(*, run, by) -> None:
    """Two people resume what a person stopped: the first asks, the second confirms."""
    with act():
        run = locked(run)
        permissions.check_can_resume(by, run)
        if run.resume_asked_by_id is None:
            run.resume_asked_by = by
            run.save(update_fields=["resume_asked_by"])
            record("run.resume_asked", by=by, subject=run)
            return
        let_go(run, by=by)
        go_on(run)


def go_on(run: Run) -> None:
    """After a hold: a run that was signed off is dispatched, and what was on its way out goes on."""
    if run.state == Run.State.SIGNED_OFF:
        outbox("runs.dispatch", run=run.pk)
    elif run.state == Run.State.SUCCEEDED:
        for function in resumed_work():
            outbox(function, run=run.pk)


BEFORE_THE_END = ("awaiting_sign_off", "returned", "signed_off", "dispatching", "queued", "running")


def open_runs(tre: UUID):
    """The runs of a TRE that have not ended, and those whose outputs have not left yet."""
    runs = Run.objects.for_tre(tre)
    ended = with_waiting_outputs(runs.filter(state=Run.State.SUCCEEDED)).values("pk")
    return runs.filter(Q(state__in=BEFORE_THE_END) | Q(pk__in=ended))


def relying_runs(thing):
    """The runs that rely on something that the TRE accepts: of its project, its person, its data or its workflow."""
    runs = Run.objects.for_tre(thing)
    if isinstance(thing, WorkflowApproval):
        return runs.filter(workflow_approval=thing)
    runs = runs.filter(project=thing.project)
    if isinstance(thing, MemberAcceptance):
        return runs.filter(requester__id=str(thing.member))
    if isinstance(thing, DataGrant):
        wanted = str(thing.dataset_version)
        rows = runs.values_list("pk", "datasets")
        return runs.filter(pk__in=[pk for pk, data in rows if wanted in {each["version"] for each in data.values()}])
    return runs


@relying
def held_runs(thing) -> Effect:
    """The runs that would be held if a TRE ended this."""
    runs = relying_runs(thing).filter(state__in=["awaiting_sign_off", "returned", "signed_off", *Run.LIVE])
    return Effect(_("Runs"), runs.count(), list(runs.order_by("received_at")[:SHOWN]))


@when_changed
def hold_what_lapsed(tre: UUID) -> None:
    """What the hub no longer stands behind holds each run that relies on it, and its outputs, wherever they are."""
    told = HubLapses.objects.for_tre(tre).values("project")
    for found in open_runs(tre).filter(project__in=told, held_at=None).order_by("pk"):
        with act():
            run = locked(found)
            if told_lapses(run) and not run.held_at and run.state not in Run.ENDED:
                hold(run, missing(run))


@when_changed
def reconsider(tre: UUID) -> None:
    """What a lapse held goes on by itself when it is mended; what waits may be one that was signed off in advance."""
    lapsed = Run.objects.for_tre(tre).filter(held_at__isnull=False, held_by=None).exclude(state__in=Run.ENDED)
    for held in lapsed:
        with act():
            look_again(locked(held))
    use_standing(tre)


def look_again(run: Run) -> None:
    """A locked run that a lapse held goes on where nothing is missing, and else says what is missing now."""
    is_lapse = bool(run.held_at) and run.held_by_id is None  # not what a person holds since
    why = missing(run) if is_lapse else run.held_why
    if is_lapse and not why:
        let_go(run, by="portal")
        go_on(run)
    elif why != run.held_why:
        run.held_why = why
        run.save(update_fields=["held_why"])
        record("run.held", by="portal", subject=run, reason=why)


def use_standing(tre: UUID) -> None:
    """What waits may be a run that was signed off in advance."""
    in_advance = StandingSignOff.objects.for_tre(tre).filter(state=StandingSignOff.State.IN_FORCE)
    waiting = Run.objects.for_tre(tre).filter(state=Run.State.AWAITING_SIGN_OFF, held_at=None)
    with act():
        for run in waiting.filter(project__in=in_advance.values("project")):
            outbox("runs.use_standing", run=run.pk)
