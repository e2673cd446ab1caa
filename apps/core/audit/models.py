"""What happened. Rows are added and never changed: refused here in Python and by triggers in the database."""

import uuid

from django.db import models
from django.utils import timezone

from apps.core.errors import AppendOnly


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **fields):
        raise AppendOnly("Rows of the log are never changed.")

    def delete(self):
        raise AppendOnly("Rows of the log are never deleted.")


class AppendOnlyModel(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options):
        if not self._state.adding:
            raise AppendOnly("Rows of the log are never changed.")
        super().save(*args, **options)

    def delete(self, *args, **options):
        raise AppendOnly("Rows of the log are never deleted.")


class LogHead(models.Model):
    """One row for each side's log. Whoever holds its lock may append; `size` is the number of events."""

    side = models.UUIDField(primary_key=True)
    size = models.PositiveBigIntegerField(default=0)

    def __str__(self):
        return f"{self.side}: {self.size}"


class Event(AppendOnlyModel):
    """One leaf of a side's log. `leaf` is the exact bytes that were hashed (RFC 8785 JSON)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    side = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    day = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "sequence"], name="audit_event_gapless")]

    def __str__(self):
        return f"{self.side} #{self.sequence}"


class Opening(AppendOnlyModel):
    """What the commitments of a leaf stand for. Deleted only by `erase`, which leaves an Erasure and an event."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="opening")
    at = models.DateTimeField()
    verb = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    values = models.JSONField()
    salts = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["subject_id", "at"], name="audit_opening_subject")]

    def __str__(self):
        return f"{self.verb} {self.subject_type} {self.subject_id}"


class Erasure(AppendOnlyModel):
    """The permission to delete one opening, and its tombstone. Written by `erase` in the same transaction."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"erased {self.event_id}"


class PublicEntry(models.Model):
    """What public pages read: an opening that became public. Rebuilt from the openings by `rebuild_public_log`."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="public_entry")
    side = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "sequence"], name="audit_publicentry_once")]
        indexes = [models.Index(fields=["side", "-sequence"], name="audit_publicentry_newest")]

    def __str__(self):
        return self.sentence

    @property
    def sentence(self) -> str:
        """The entry in plain words (see apps.core.audit.verbs)."""
        from apps.core.audit.verbs import sentence

        return sentence(self.verb, self.facts)


class AccessRecord(AppendOnlyModel):
    """Somebody looked at, or took away, something sensitive. Committed to by one event an hour."""

    side = models.UUIDField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.UUIDField()
    what = models.CharField(max_length=80)
    subject_id = models.UUIDField()

    def __str__(self):
        return f"{self.by} {self.what} {self.subject_id}"
