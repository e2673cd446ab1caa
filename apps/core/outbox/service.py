"""Claim, perform, sweep. Delivery is at least once: whatever a row asks for re-reads the state under its own lock."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.core.outbox.models import Work
from apps.core.outbox.registry import TryLater, function_for

logger = logging.getLogger(__name__)

LATER_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 300


def write(rows: list[tuple[str, dict, float]]) -> list[Work]:
    """Insert rows of (name, arguments, seconds from now) in the caller's transaction and nudge after its commit."""
    now = timezone.now()
    works = Work.objects.bulk_create(
        Work(name=name, arguments=arguments, due_at=now + timedelta(seconds=after)) for name, arguments, after in rows
    )
    for each, (_, _, after) in zip(works, rows, strict=True):
        transaction.on_commit(lambda pk=each.pk, after=after: nudge(pk, after))
    return works


def nudge(pk: int, after: float = 0) -> None:
    """Tell the worker. Every error is swallowed: the act is committed, and the sweep will find the row."""
    from apps.core.outbox.tasks import perform_work

    try:
        perform_work.apply_async([pk], countdown=after or None)
    except Exception as problem:
        logger.warning("The broker did not take a message (%s); the sweep will.", type(problem).__name__)


def waiting(now: datetime):
    """Rows that are due, not done, and that nobody works on."""
    return Work.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), done_at=None, due_at__lte=now)


def claim(pk: int) -> Work | None:
    """Take a row for OUTBOX_LEASE_SECONDS. None where it is done, not due, or somebody else's."""
    now = timezone.now()
    with transaction.atomic():
        rows = waiting(now).filter(pk=pk)
        row = rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
        if row:
            row.claimed_until = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
            row.attempts = F("attempts") + 1
            row.save(update_fields=["claimed_until", "attempts"])
            row = Work.objects.get(pk=pk)
    return row


def perform(pk: int) -> bool:
    """Do the work of one row. True where it was done now; a failure puts it off, longer each time."""
    row = claim(pk)
    if row is None:
        return False
    try:
        function_for(row.name)(**row.arguments)
    except TryLater:
        put_off(row, seconds=LATER_SECONDS, error="")
        return False
    except Exception as problem:
        logger.exception("Work %s (%s) failed.", row.pk, row.name)
        put_off(row, seconds=min(2**row.attempts, LONGEST_WAIT_SECONDS), error=type(problem).__name__)
        return False
    Work.objects.filter(pk=pk).update(done_at=timezone.now(), claimed_until=None, last_error="")
    return True


def put_off(row: Work, *, seconds: float, error: str) -> None:
    """Give the row back, due again in `seconds`."""
    due_at = timezone.now() + timedelta(seconds=seconds)
    Work.objects.filter(pk=row.pk).update(due_at=due_at, claimed_until=None, last_error=error[:100])
    nudge(row.pk, seconds)


def sweep() -> int:
    """Nudge every row that is due and that no worker holds. The number of rows found."""
    keys = list(waiting(timezone.now()).order_by("due_at").values_list("pk", flat=True)[:500])
    for pk in keys:
        nudge(pk)
    return len(keys)


def drain(limit: int = 1000) -> int:
    """Do all due work here and now, oldest first, until none is left. For tests and for a hub without a worker."""
    done = 0
    for _ in range(limit):
        pk = waiting(timezone.now()).order_by("due_at", "pk").values_list("pk", flat=True).first()
        if pk is None:
            break
        done += perform(pk)
    return done
