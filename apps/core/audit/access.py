"""Who looked at what. Written without the log's lock; one event an hour commits to the batch."""

import hashlib
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import rfc8785
from django.db.models import Count
from django.utils import timezone

from apps.core.audit import verbs
from apps.core.audit.act import act, record
from apps.core.audit.models import AccessRecord, Opening
from apps.core.outbox.registry import hourly


class AccessBatch:
    """The subject of an `access.batch` event: the hour of one side. Not a table: its rows are the AccessRecords."""

    class _meta:
        label = "audit.AccessBatch"

    def __init__(self, side: UUID, hour: datetime):
        self.side, self.hour = side, hour
        self.pk = uuid5(NAMESPACE_URL, f"{side}/{hour.isoformat()}")


def record_access(*, by, what: str, subject) -> None:
    """Note that `by` saw or took `subject`; `what` is a word such as "download"."""
    AccessRecord.objects.create(side=subject.side, by=by.pk, what=what, subject_id=subject.pk)


def digest(records) -> str:
    """SHA-256 over the canonical rows of a batch, 64 hex digits."""
    total = hashlib.sha256()
    for each in records.order_by("pk").iterator():
        total.update(
            rfc8785.dumps([each.pk, each.at.isoformat(), str(each.by), each.what, str(each.subject_id)]) + b"\n"
        )
    return total.hexdigest()


@hourly
def commit_batches(now: datetime | None = None) -> None:
    """Write one event for each side and full hour that has accesses and no event yet (a day back)."""
    end = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    for back in range(24, 0, -1):
        commit_hour(end - timedelta(hours=back))


def commit_hour(hour: datetime) -> None:
    """Commit to the accesses from `hour` to an hour later, once."""
    rows = AccessRecord.objects.filter(at__gte=hour, at__lt=hour + timedelta(hours=1))
    for side in rows.order_by().values("side").annotate(number=Count("pk")):
        batch = AccessBatch(side["side"], hour)
        with act():
            if not Opening.objects.filter(subject_id=batch.pk).exists():
                its_rows = rows.filter(side=batch.side)
                record("access.batch", by="portal", subject=batch, count=side["number"], sha256=digest(its_rows))


verbs.register("access.batch", verbs.Audience.PRIVATE, "The portal committed to an hour of look-ups and downloads.")
