"""Send, deliver, receive, handle. Delivery is by the worker from an outbox row, never inside the sender's transaction.

The envelope is canonical JSON: kind, id, from, to, at (to the minute, UTC), attachments (name, sha256, size), body.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from uuid import UUID, uuid4

from django.core.files import File
from django.core.files.storage import storages
from django.utils import timezone

from apps.core.audit.act import act, outbox
from apps.core.errors import Problem
from apps.core.exchange import keys, transports
from apps.core.exchange.models import Incoming, Outgoing, Peer
from apps.core.exchange.registry import handler_for
from apps.core.outbox.registry import work
from apps.core.proofs.signatures import open_document, sign_document

CHUNK = 1024 * 1024
LEFT = "It came after its sender had left: its key counts no longer."


class BadDocument(Exception):
    """A document that does not say what its envelope, its sender or its attachments make it out to be."""


@dataclass(frozen=True)
class Attachment:
    """A file of ours that goes with a document."""

    name: str
    storage: str
    path: str
    sha256: str
    size: int

    def public(self) -> dict:
        return {"name": self.name, "sha256": self.sha256, "size": self.size}

    def kept(self) -> dict:
        return self.public() | {"storage": self.storage, "path": self.path}


def know(*, side: UUID, peer: UUID, name: str, public_key: dict) -> Peer:
    """From now on `side` takes documents of `peer` that are signed with this key."""
    facts = {"name": name, "public_key": public_key, "ended_at": None}
    return Peer.objects.update_or_create(side=side, peer=peer, defaults=facts)[0]


def forget(*, side: UUID, peer: UUID) -> None:
    """From now on nothing that is signed with this peer's key counts for `side`. What came before stays as it was signed."""
    Peer.objects.filter(side=side, peer=peer, ended_at=None).update(ended_at=timezone.now())


def next_number(last: int) -> int:
    """The number of a telling that replaces all before it: larger than `last`, and than what was counted since a backup. Who
    was restored from one does not remember how far the count had come; the clock, in seconds since 1970, does."""
    return max(last + 1, int(timezone.now().timestamp()))


def to_the_minute(at: datetime) -> str:
    """A time as it may cross the border: UTC, to the minute, RFC 3339."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def send(*, kind: str, side: UUID, peer: UUID, body: dict, attachments: tuple[Attachment, ...] = ()) -> Outgoing:
    """Sign a document of `side` for `peer` inside the act under way; the worker delivers it after the commit."""
    document_id = uuid4()
    envelope = {
        "kind": kind,
        "id": str(document_id),
        "from": str(side),
        "to": str(peer),
        "at": to_the_minute(timezone.now()),
        "attachments": [each.public() for each in attachments],
        "body": body,
    }
    outgoing = Outgoing.objects.create(
        id=document_id,
        side=side,
        peer=peer,
        kind=kind,
        signed=sign_document(keys.key_of(side), envelope, kid=str(side)),
        attachments=[each.kept() for each in attachments],
    )
    outbox(deliver, document=document_id)
    return outgoing


@work("exchange.deliver")
def deliver(document: str) -> None:
    """Hand one document to the transport; delivering it twice changes nothing."""
    outgoing = Outgoing.objects.get(pk=document)
    if outgoing.delivered_at is None:
        transports.transport_to(outgoing.peer).deliver(outgoing)
        Outgoing.objects.filter(pk=document, delivered_at=None).update(delivered_at=timezone.now())


def receive(*, side: UUID, peer: UUID, signed: str, open_attachment: Callable[[str], IO[bytes]]) -> Incoming:
    """Take a document that `peer` hands to `side`: check who signed it, keep it and its files, plan its handling.

    What comes from a peer whose key counts no longer is kept as refused, without its files: its sender is not to try for ever.
    Raises BadSignature, BadDocument, Peer.DoesNotExist. The same document again is answered with the first one.
    """
    sender = Peer.objects.get(side=side, peer=peer)
    envelope = json.loads(open_document(signed, sender.public_key))
    if (envelope["from"], envelope["to"]) != (str(peer), str(side)):
        raise BadDocument("This document is for somebody else.")
    known = Incoming.objects.filter(side=side, document=envelope["id"]).first()
    if known:
        return known
    facts = {"peer": peer, "kind": envelope["kind"], "signed": signed, "body": envelope["body"]}
    if sender.ended_at:
        facts |= {"handled_at": timezone.now(), "refused_why": LEFT}
        return Incoming.objects.get_or_create(side=side, document=envelope["id"], defaults=facts)[0]
    inbox = handler_for(envelope["kind"]).inbox
    facts["attachments"] = [keep(each, inbox, envelope, open_attachment) for each in envelope["attachments"]]
    with act():
        incoming, made = Incoming.objects.get_or_create(side=side, document=envelope["id"], defaults=facts)
        if made:
            outbox(handle, document=incoming.pk)
    return incoming


def keep(described: dict, inbox: str, envelope: dict, open_attachment: Callable[[str], IO[bytes]]) -> dict:
    """Stream one attachment into the inbox, checking its size and hash. Raises BadDocument."""
    name = described["name"]
    if not name.replace(".", "").replace("-", "").isalnum() or name.startswith("."):
        raise BadDocument("An attachment has a name that is not allowed.")
    store = storages[inbox]
    with open_attachment(name) as source:
        path = store.save(f"{envelope['to']}/{envelope['id']}/{name}", File(source, name))
    with store.open(path) as kept:
        digest, size = digest_of(kept)
    if (digest, size) != (described["sha256"], described["size"]):
        store.delete(path)
        raise BadDocument("An attachment is not the one that was signed.")
    return described | {"storage": inbox, "path": path}


def digest_of(stream: IO[bytes]) -> tuple[str, int]:
    """SHA-256 (64 hex digits) and size in bytes of a stream, read in pieces."""
    total, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        total.update(chunk)
        size += len(chunk)
    return total.hexdigest(), size


def attach(name: str, storage: str, path: str) -> Attachment:
    """Describe a stored file as an attachment."""
    with storages[storage].open(path) as stored:
        digest, size = digest_of(stored)
    return Attachment(name, storage, path, digest, size)


@work("exchange.handle")
def handle(document: str) -> None:
    """Let the action of its kind act on a received document, once. A refusal is kept with its sentence."""
    try:
        with act():
            incoming = Incoming.objects.select_for_update().get(pk=document)
            if incoming.handled_at is None:
                handler_for(incoming.kind).handle(document=incoming)
                Incoming.objects.filter(pk=document).update(handled_at=timezone.now())
    except Problem as problem:
        Incoming.objects.filter(pk=document).update(handled_at=timezone.now(), refused_why=str(problem.sentence))


def open_kept(document, name: str) -> IO[bytes]:
    """Open an attachment of a document by its name. Raises KeyError."""
    kept = {each["name"]: each for each in document.attachments}[name]
    return storages[kept["storage"]].open(kept["path"])
