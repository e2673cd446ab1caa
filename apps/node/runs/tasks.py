"""Dispatch, poll, cancel. Intent written, call, answer written: the executor is never called inside a transaction."""

from uuid import uuid4

from django.utils import timezone

from apps.core.audit.act import act, outbox, record
from apps.core.outbox.registry import TryLater, hourly, work
from apps.node.executors.contract import Ambiguous, Fault, Rejected, Snapshot, State
from apps.node.runs import jobs, standing
from apps.node.runs.actions import hold, locked, reconsider
from apps.node.runs.models import Attempt, Run
from apps.node.runs.registry import finished_work
from apps.node.runs.safes import missing
from apps.node.runs.statements import say

FIRST_POLL_SECONDS = 0.2
POLL_GROWTH = 1.5
LONGEST_POLL_SECONDS = 30.0
MOST_ATTEMPTS = 3


@work("runs.dispatch")
def dispatch(run: str) -> None:
    """Take a signed-off run to the executor. Safe to deliver twice, late, or after a worker was killed at any step."""
    attempt = intend(run)
    if attempt is None:
        return
    health = jobs.executor().probe()
    if not health.ok:
        say_held(run, health.sentence)
        raise TryLater
    try:
        reference = jobs.executor().find(attempt.pk) or start(attempt)
    except Rejected as problem:
        finish(run, attempt, Snapshot(State.FAILED, "rejected", Fault.WORKFLOW, detail=str(problem)))
        return
    except Ambiguous:
        raise TryLater
    note_started(run, attempt, reference)


def start(attempt: Attempt) -> str:
    """Lay the job out and submit it."""
    with jobs.job_for(attempt) as job:
        return jobs.executor().submit(job)


def intend(run: str) -> Attempt | None:
    """Write the intent down: the live attempt of a run that may go now, or None. The safes are asked again."""
    with act():
        found = locked(run)
        if found.held_at or found.state not in (Run.State.SIGNED_OFF, Run.State.DISPATCHING):
            return None
        if found.state == Run.State.SIGNED_OFF:
            why = missing(found)
            if why:
                hold(found, why)
                return None
            if standing.lapse(found):
                return None
            found.dispatch()
            found.save()
            record("run.dispatched", by="portal", subject=found)
        live = found.attempts.filter(ended_at=None).first()
        return live or Attempt.objects.create(id=uuid4(), run=found, number=found.attempts.count() + 1)


def say_held(run: str, why: str) -> None:
    """The executor cannot be used now: note it for the staff, once."""
    with act():
        found = locked(run)
        attempt = found.attempts.filter(ended_at=None).first()
        if attempt and attempt.detail != why:
            Attempt.objects.filter(pk=attempt.pk).update(detail=why)
            record("run.executor_unready", by="portal", subject=found)


def note_started(run: str, attempt: Attempt, reference: str) -> None:
    """Write the executor's answer down, and look again soon."""
    with act():
        found = locked(run)
        Attempt.objects.filter(pk=attempt.pk).update(backend_reference=reference, detail="")
        if found.state == Run.State.DISPATCHING:
            found.queue()
            found.save()
            record("run.queued", by="portal", subject=found)
        outbox(poll, run=found.pk, wait=str(FIRST_POLL_SECONDS), after=FIRST_POLL_SECONDS)


@work("runs.poll")
def poll(run: str, wait: str) -> None:
    """Ask the executor where an attempt stands; again later, by and by less often, until it has ended."""
    attempt = Attempt.objects.filter(run=run, ended_at=None).exclude(backend_reference="").first()
    if attempt is None:
        return
    snapshot = jobs.executor().poll(attempt.backend_reference)
    if snapshot.state in (State.QUEUED, State.RUNNING):
        note_running(run, snapshot)
        longer = min(float(wait) * POLL_GROWTH, LONGEST_POLL_SECONDS)
        with act():
            outbox(poll, run=run, wait=str(longer), after=longer)
    else:
        finish(run, attempt, snapshot)


def note_running(run: str, snapshot: Snapshot) -> None:
    """The first sight of a run that runs."""
    with act():
        found = locked(run)
        if snapshot.state == State.RUNNING and found.state == Run.State.QUEUED:
            begin(found, snapshot)


def begin(run: Run, snapshot: Snapshot) -> None:
    """A locked run has started."""
    run.start(at=snapshot.started or timezone.now())
    run.save()
    record("run.started", by="portal", subject=run)
    say(run, "running")


def finish(run: str, attempt: Attempt, snapshot: Snapshot) -> None:
    """An attempt has ended: the run succeeds, fails with whose fault it was, is stopped, or is tried again."""
    with act():
        found = locked(run)
        live = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if live.ended_at or found.state not in Run.LIVE:
            return
        live.raw_state, live.detail, live.ended_at = snapshot.raw_state, snapshot.detail, timezone.now()
        live.save()
        if found.state == Run.State.CANCELLING:
            end_stopped(found)
        elif snapshot.state == State.COMPLETE:
            succeed(found, snapshot)
        elif snapshot.fault == Fault.OURS and live.number < MOST_ATTEMPTS:
            try_again(found)
        else:
            fail(found, snapshot)


def end_stopped(run: Run) -> None:
    run.stop()
    run.save()
    record("run.cancelled", by="portal", subject=run)
    say(run, "failed")


def succeed(run: Run, snapshot: Snapshot) -> None:
    if run.state in (Run.State.DISPATCHING, Run.State.QUEUED):
        begin(run, snapshot)
    run.succeed(at=snapshot.ended or timezone.now())
    run.save()
    record("run.succeeded", by="portal", subject=run)
    say(run, "finished")
    for function in finished_work():
        outbox(function, run=run.pk)


def try_again(run: Run) -> None:
    """It was our fault, not the workflow's: a new attempt, with a new intent."""
    number = run.attempts.count() + 1
    attempt = Attempt.objects.create(id=uuid4(), run=run, number=number)
    record("run.tried_again", by="portal", subject=run, number=attempt.number)
    outbox(resubmit, run=run.pk)


@work("runs.resubmit")
def resubmit(run: str) -> None:
    """Start the live attempt of a run whose earlier one was lost."""
    attempt = Attempt.objects.filter(run=run, ended_at=None).select_related("run").first()
    if attempt is None or attempt.backend_reference:
        return
    reference = jobs.executor().find(attempt.pk) or start(attempt)
    note_started(run, attempt, reference)


def fail(run: Run, snapshot: Snapshot) -> None:
    run.fail(at=snapshot.ended or timezone.now(), fault=str(snapshot.fault))
    run.save()
    record("run.failed", by="portal", subject=run, fault=str(snapshot.fault))
    say(run, "failed", fault=str(snapshot.fault))


@work("runs.cancel")
def cancel(run: str) -> None:
    """Tell the executor to stop. The run has stopped when the executor says so."""
    attempt = Attempt.objects.filter(run=run, ended_at=None).first()
    if attempt is not None:
        reference = jobs.executor().find(attempt.pk)
        if reference:
            jobs.executor().cancel(reference)
            Attempt.objects.filter(pk=attempt.pk).update(backend_reference=reference)
            with act():
                outbox(poll, run=run, wait=str(FIRST_POLL_SECONDS), after=FIRST_POLL_SECONDS)
            return
        finish(run, attempt, Snapshot(State.CANCELLED, "stopped before it started"))


@hourly
def reconsider_all() -> None:
    """What a lapse held goes on when the day changes things, too."""
    for tre in Run.objects.filter(held_at__isnull=False).values_list("tre", flat=True).distinct():
        reconsider(tre)
