"""The hub and each TRE are witnesses of each other's logs: checkpoints cross as signed documents, each with its proof.

A checkpoint says how many entries a log has and their root: nothing of what is in them. It is told once an hour at most.
"""

import base64
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.audit import checkpoints, log_keys, tree, triggers, verbs, verify
from apps.core.audit.act import act, record
from apps.core.audit.models import LogHead
from apps.core.errors import BadInput
from apps.core.exchange import cosigning, service
from apps.core.exchange.models import Document, Incoming, Outgoing, Peer, Witnessed
from apps.core.exchange.registry import handles
from apps.core.outbox.registry import TryLater, hourly
from apps.core.proofs import notes
from apps.core.proofs.witnessing import continues

triggers.append_only("exchange_witnessed")
verbs.register(
    "log.broken",
    verbs.Audience.PUBLIC,
    _("{who} told us of a log that does not continue the one that it told us of before."),
)
verbs.register(
    "log.not_compared",
    verbs.Audience.PUBLIC,
    _(
        "{who} told us of a log that had grown beyond what we remember. We could not compare the two, and go on from there."
    ),
)
CHECKPOINT = Document.Kind.CHECKPOINT
WAITS = timedelta(days=1)  # for a checkpoint that comes before another; later, it was heard and forgotten


@hourly
def tell_all() -> None:
    """Tell every peer whose key counts how long our logs are, where they have grown."""
    for pk in Peer.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True):
        tell(pk)


def tell(pk: int) -> None:
    """Tell one peer, unless the last word to it is still on its way."""
    with act():
        peer = Peer.objects.select_for_update().get(pk=pk)
        on_its_way = Outgoing.objects.filter(side=peer.side, peer=peer.peer, kind=CHECKPOINT, delivered_at=None)
        head = LogHead.objects.filter(side=peer.side, size__gt=peer.told_size).first()
        if head is None or on_its_way.exists():
            return
        checkpoint = checkpoints.make(peer.side)
        proof = tree.tree_of(peer.side, checkpoint.size).consistency(peer.told_size)
        body = {
            "note": checkpoint.note,
            "keys": [str(each) for each in log_keys.verifiers_of(peer.side)],
            "since": peer.told_size,
            "proof": [base64.b64encode(each).decode() for each in proof],
        }
        service.send(kind=CHECKPOINT, side=peer.side, peer=peer.peer, body=body)
        peer.told_size = checkpoint.size
        peer.save(update_fields=["told_size"])


@handles(CHECKPOINT, inbox="hub_inbox" if settings.HAS_HUB else "node_inbox")
def hear(*, document: Incoming) -> None:
    """Keep a peer's checkpoint where it continues the last one; else refuse it, and say so in our own log.

    One that goes on from a checkpoint that we do not know is waited for: it may be on its way. After a day we must have known it
    and lost it, as a database that was restored to an earlier state has. Then we go on from there, and our own log says so.
    What continues all that we had heard is cosigned.
    Raises BadInput for what is no checkpoint, TryLater where one before it is still on its way.
    """
    said, since, proof = read(document.body)
    last = Witnessed.objects.filter(side=document.side, peer=document.peer).order_by("-size").first()
    is_beyond = last is not None and since > last.size
    if is_beyond and document.received_at > timezone.now() - WAITS:
        raise TryLater
    wrong = not_continued(last, said, since, proof) if last and not is_beyond else ""
    who = Peer.objects.get(side=document.side, peer=document.peer).name
    if last and is_beyond:
        record(
            "log.not_compared", by=document.peer, subject=document, public={"who": who}, known=last.size, since=since
        )
    if last and wrong:
        evidence = {"before": last.note, "now": document.body["note"], "reason": wrong}
        record("log.broken", by=document.peer, subject=document, public={"who": who}, **evidence)
        Incoming.objects.filter(pk=document.pk).update(refused_why=wrong)
    elif last is None or said.size > last.size:
        note = document.body["note"]
        Witnessed.objects.create(
            side=document.side, peer=document.peer, size=said.size, note=note, is_compared=not is_beyond
        )
        cosigning.cosign(side=document.side, peer=document.peer, note=note)


def not_continued(last: Witnessed, said: notes.Checkpoint, since: int, proof: list[bytes]) -> str:
    """What is wrong with a checkpoint after the last one; nothing where it continues it."""
    before = notes.parse_checkpoint(notes.parse_note(last.note)[0])
    if since < before.size <= said.size and said.text != before.text:
        return f"It goes on from {since} entries, although it had told of {before.size}."
    return continues(before, said, proof if said.size > before.size else [])


def read(body: dict) -> tuple[notes.Checkpoint, int, list[bytes]]:
    """(checkpoint, since, proof) of a document's body. The document is signed, so its word on the log's keys counts."""
    try:
        said = notes.open_checkpoint(body["note"], [notes.parse_verifier(each) for each in body["keys"]])
        return said, int(body["since"]), [base64.b64decode(each, validate=True) for each in body["proof"]]
    except (notes.BadNote, KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise BadInput(_("This is not a checkpoint."))


@verify.also_kept
def kept_by_peers(side: UUID) -> list[tuple[str, str]]:
    """What other sides in this database have seen of a side's log (in `solo` they live here)."""
    seen = Witnessed.objects.filter(peer=side).order_by("size")
    return [(f"the checkpoint that {each.side} keeps", each.note) for each in seen]


@verify.also_seen
def seen_by_peers() -> set[UUID]:
    """The sides that live in this database and whose logs another side in it has seen."""
    ours = Peer.objects.values("side")
    return set(Witnessed.objects.filter(peer__in=ours).values_list("peer", flat=True))
