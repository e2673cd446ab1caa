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
    """One row for each side's log. Whoever holds its lock may append.

    `size` is the number of events, `edge` the unfinished edge of their Merkle tree (apps.core.proofs.merkle): 32 bytes for each
    1 in the binary size.
    """

    side = models.UUIDField(primary_key=True)
    size = models.PositiveBigIntegerField(default=0)
    edge = models.BinaryField(default=b"")

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


class Tile(AppendOnlyModel):
    """256 hashes of a side's tree, written once they are all there; `root` is the hash over them, one of the level above."""

    side = models.UUIDField()
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "level", "index"], name="audit_tile_once")]

    def __str__(self):
        return f"{self.side} tile {self.level}/{self.index}"


class LogKey(AppendOnlyModel):
    """A key that signs, or signed, a side's checkpoints, as the verifier key that anyone may know. The newest signs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    side = models.UUIDField()
    number = models.PositiveSmallIntegerField(default=1)
    verifier = models.CharField(max_length=400)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "number"], name="audit_logkey_once")]

    def __str__(self):
        return self.verifier


class Checkpoint(AppendOnlyModel):
    """A signed statement of how many entries a side's log had and which root (C2SP tlog-checkpoint)."""

    side = models.UUIDField()
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    edge = models.BinaryField(default=b"")  # of the tree at that size: spares its proofs the unfinished tiles
    note = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "size"], name="audit_checkpoint_once")]

    def __str__(self):
        return f"{self.side} at {self.size}"


class Cosignature(AppendOnlyModel):
    """A witness's word that a checkpoint continues what it had seen before (C2SP tlog-cosignature)."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=400)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="audit_cosignature_once")]

    def __str__(self):
        return f"{self.witness} on {self.checkpoint_id}"


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


class PublicEntryQuerySet(models.QuerySet):
    def shown(self, side, at=None):
        """The entries of one side's log that everybody may read at that moment: no embargo on them."""
        return self.filter(side=side, public_from__lte=at or timezone.now())

    def hidden(self, side, at=None):
        """The entries under an embargo at that moment."""
        return self.filter(side=side, public_from__gt=at or timezone.now())


class PublicEntry(models.Model):
    """What public pages read: an opening that became public. Rebuilt from the openings by `rebuild_public_log`."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="public_entry")
    side = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    public_from = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    words = models.TextField()
    project = models.UUIDField(null=True)
    tre = models.UUIDField(null=True)
    request = models.UUIDField(null=True)
    organisation = models.UUIDField(null=True)
    organisation_kind = models.CharField(max_length=20, blank=True)
    commercial = models.BooleanField(default=False)

    objects = PublicEntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "sequence"], name="audit_publicentry_once")]
        indexes = [
            models.Index(fields=["side", "-sequence"], name="audit_publicentry_newest"),
            models.Index(fields=["side", "verb", "-sequence"], name="audit_publicentry_verb"),
            models.Index(fields=["side", "at"], name="audit_publicentry_at"),
            models.Index(fields=["side", "-public_from", "-sequence"], name="audit_publicentry_public"),
            models.Index(fields=["project", "-sequence"], name="audit_publicentry_project"),
            models.Index(fields=["tre", "-sequence"], name="audit_publicentry_tre"),
            models.Index(fields=["request", "-sequence"], name="audit_publicentry_request"),
            models.Index(fields=["organisation", "-sequence"], name="audit_publicentry_org"),
            models.Index(fields=["organisation", "organisation_kind", "-sequence"], name="audit_publicentry_orgkind"),
            models.Index(
                fields=["organisation", "-sequence"],
                name="audit_publicentry_orgtrade",
                condition=models.Q(commercial=True),
            ),
            models.Index(fields=["side", "organisation_kind", "-sequence"], name="audit_publicentry_kind"),
            models.Index(
                fields=["side", "-sequence"], name="audit_publicentry_commercial", condition=models.Q(commercial=True)
            ),
        ]

    def __str__(self):
        return self.sentence

    @property
    def sentence(self) -> str:
        """The entry in plain words (see apps.core.audit.verbs)."""
        from apps.core.audit.verbs import sentence

        return sentence(self.verb, self.facts)


# What readers filter the entries of a dataset by.
COPIED = ("verb", "project", "tre", "organisation", "organisation_kind", "commercial")


class PublicDataset(models.Model):
    """A dataset that a public entry is about, with a copy of what else the entry is found by.

    All of it stands in the index: filters that never meet, such as a dataset and a centre that does not hold it, are answered
    from there without a look at any entry.
    """

    entry = models.ForeignKey(PublicEntry, on_delete=models.CASCADE, related_name="datasets")
    dataset = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    verb = models.CharField(max_length=80)
    project = models.UUIDField(null=True)
    tre = models.UUIDField(null=True)
    organisation = models.UUIDField(null=True)
    organisation_kind = models.CharField(max_length=20, blank=True)
    commercial = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "-sequence"], include=["entry", *COPIED], name="audit_publicdataset_newest")
        ]

    def __str__(self):
        return f"{self.entry_id} {self.dataset}"


class AccessRecord(AppendOnlyModel):
    """Somebody looked at, or took away, something sensitive. Committed to by one event an hour."""

    side = models.UUIDField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.UUIDField()
    what = models.CharField(max_length=80)
    subject_id = models.UUIDField()

    def __str__(self):
        return f"{self.by} {self.what} {self.subject_id}"
