"""The door between a hub and a TRE: who is on the other side, and every signed document that went through."""

import uuid

from django.db import models
from django.utils import timezone

from apps.core.audit.models import AppendOnlyModel

# What a document's own number can be: JSON is exact up to here (RFC 8259, section 6), and a column holds it.
NUMBERS = range(1, 2**53)


class Peer(models.Model):
    """The other side as `side` knows it, with the public key (JWK) that its documents must be signed with."""

    side = models.UUIDField()
    peer = models.UUIDField()
    name = models.CharField(max_length=200)
    public_key = models.JSONField()
    added_at = models.DateTimeField(default=timezone.now)
    told_size = models.PositiveBigIntegerField(default=0)  # how long our log was when the peer was last told
    cosigns_with = models.JSONField(default=list)  # the verifier keys with which the peer has cosigned our log
    ended_at = models.DateTimeField(null=True, blank=True)  # from then on nothing signed with the key counts

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "peer"], name="exchange_peer_once")]

    def __str__(self):
        return self.name


class Document(models.Model):
    """What both directions have in common. `attachments` are {name, sha256, size, storage, path}."""

    class Kind(models.TextChoices):
        OFFER = "offer"
        STATEMENT = "statement"
        RELEASE = "release"
        STOP = "stop"
        ANSWER = "answer"
        APPLICATION = "application"
        POLICY = "policy"
        LAPSES = "lapses"
        DECISIONS = "decisions"
        CHECKPOINT = "checkpoint"
        COSIGNED = "cosigned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.UUIDField()
    peer = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    signed = models.TextField()
    attachments = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.kind} {self.pk}"


class Outgoing(Document):
    """A document of `side` for `peer`. Its id is the document's own."""

    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)


class Incoming(Document):
    """A document that `side` received from `peer`. Kept as it was signed; handled once."""

    document = models.UUIDField()
    body = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    refused_why = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "document"], name="exchange_incoming_once")]


class Witnessed(AppendOnlyModel):
    """A checkpoint of `peer`'s log that `side` saw to continue the one before, unless `is_compared` says that it could not."""

    side = models.UUIDField()
    peer = models.UUIDField()
    size = models.PositiveBigIntegerField()
    note = models.TextField()
    is_compared = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["side", "peer", "size"], name="exchange_witnessed_once")]

    def __str__(self):
        return f"{self.peer} at {self.size}"
