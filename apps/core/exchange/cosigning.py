"""What a peer says of our log once it has seen it continue: a cosignature (C2SP tlog-cosignature), as any witness gives.

A side cosigns with the newest key of its own log, as a witness's: its identifier, and what is signed, differ from those of a log's
signature. The document that brings it is signed by the peer, so its word on the key counts.
"""

import time
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.audit import checkpoints, log_keys
from apps.core.audit.models import Checkpoint
from apps.core.errors import BadInput
from apps.core.exchange import service
from apps.core.exchange.models import Document, Incoming, Peer, Witnessed
from apps.core.exchange.registry import handles
from apps.core.proofs import notes, witnessing

COSIGNED = Document.Kind.COSIGNED


def cosign(*, side: UUID, peer: UUID, note: str) -> None:
    """Send a peer its checkpoint with our cosignature, inside the act that has kept it.

    Not where we once went on from a checkpoint that we could not compare: we no longer know that its log only grew.
    """
    if Witnessed.objects.filter(side=side, peer=peer, is_compared=False).exists():
        return
    key, name = log_keys.signing_keys(side)[0]
    body = {
        "note": witnessing.cosigned(note, key, name, int(time.time())),
        "key": str(notes.verifier_of(key, name, notes.COSIGNATURE)),
    }
    service.send(kind=COSIGNED, side=side, peer=peer, body=body)


@handles(COSIGNED, inbox="hub_inbox" if settings.HAS_HUB else "node_inbox")
def take(*, document: Incoming) -> None:
    """Keep a peer's cosignature beside the checkpoint of ours that it stands for. It is served and shown from then on.

    Raises BadInput for what is no cosignature, for the name of another witness, and for what our log never said.
    """
    peer = Peer.objects.select_for_update().get(side=document.side, peer=document.peer)
    try:
        verifier = notes.parse_verifier(document.body["key"])
        if verifier.algorithm != notes.COSIGNATURE or verifier.name in names_of_others(peer):
            raise BadInput(_("This is not the peer's own key as a witness."))
        if str(verifier) not in peer.cosigns_with:
            peer.cosigns_with = [*peer.cosigns_with, str(verifier)]
            peer.save(update_fields=["cosigns_with"])
        checkpoints.add_cosignatures(document.side, document.body["note"])
    except (notes.BadNote, KeyError, TypeError, ValueError, AttributeError):
        raise BadInput(_("This is not a cosignature."))
    except Checkpoint.DoesNotExist:
        raise BadInput(_("This log never said what was cosigned."))


def names_of_others(peer: Peer) -> set[str]:
    """The names of this log itself and of its other witnesses, which a peer may not take."""
    others = Peer.objects.filter(side=peer.side).exclude(pk=peer.pk).values_list("cosigns_with", flat=True)
    told = [*settings.WITNESSES, *(each for keys in others for each in keys)]
    ours = {each.name for each in log_keys.known_verifiers(peer.side)}
    return ours | {notes.parse_verifier(each).name for each in told}


@checkpoints.also_witness
def peers(side: UUID) -> list[str]:
    """The verifier keys of the peers that have cosigned a side's log."""
    known = Peer.objects.filter(side=side).order_by("pk").values_list("cosigns_with", flat=True)
    return [each for keys in known for each in keys]
