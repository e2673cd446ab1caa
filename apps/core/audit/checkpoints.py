"""Checkpoints: signed statements of a log's size and root. Made every hour, and when one is asked for and the log has grown."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.core.audit import log_keys
from apps.core.audit.models import Checkpoint, Cosignature, LogHead
from apps.core.outbox.registry import hourly
from apps.core.proofs import merkle, notes

CLOCKS_APART_SECONDS = 300
_further_witnesses: list[Callable[[UUID], Iterable[str]]] = []


def newest(side: UUID) -> Checkpoint | None:
    """The newest checkpoint of a side that was made, with its cosignatures."""
    return Checkpoint.objects.filter(side=side).prefetch_related("cosignatures").order_by("-size").first()


def head_of(side: UUID) -> LogHead:
    """The head of a side's log; that of an empty log for a hub before its first event. Raises LogHead.DoesNotExist."""
    if settings.HAS_HUB and str(side) == settings.HUB_ID:
        return LogHead.objects.filter(side=side).first() or LogHead(side=side)
    return LogHead.objects.get(side=side)


def make(side: UUID) -> Checkpoint:
    """A checkpoint of a side's log as it is now. Raises LogHead.DoesNotExist where nothing was ever recorded."""
    head = head_of(side)
    root = merkle.root_of(merkle.split(bytes(head.edge)))
    keys = log_keys.signing_keys(side)
    text = notes.checkpoint_text(keys[0][1], head.size, root)
    note = text + "\n" + "".join(notes.sign(text, key, name) for key, name in keys)
    defaults = {"root": root, "edge": bytes(head.edge), "note": note}
    return Checkpoint.objects.get_or_create(side=side, size=head.size, defaults=defaults)[0]


def current(side: UUID, *, covers: int = -1) -> Checkpoint:
    """The newest checkpoint; a new one where that is over CHECKPOINT_SECONDS old and the log has grown since.

    A new one, too, where the newest does not cover entry `covers`. Raises LogHead.DoesNotExist.
    """
    found = newest(side)
    is_young = found and found.at > timezone.now() - timedelta(seconds=settings.CHECKPOINT_SECONDS)
    if found and is_young and covers < found.size:
        return found
    return make(side)


@hourly
def make_all() -> None:
    """One for each log that has grown."""
    for side in LogHead.objects.values_list("side", flat=True):
        make(side)


def served(checkpoint: Checkpoint) -> str:
    """The note as it is handed out: the log's signatures and then the witnesses'."""
    return checkpoint.note + "".join(each.line for each in checkpoint.cosignatures.all())


def also_witness(function: Callable[[UUID], Iterable[str]]) -> Callable[[UUID], Iterable[str]]:
    """Register a function that gives the verifier keys of further witnesses of a side's log."""
    _further_witnesses.append(function)
    return function


def witnesses(side: UUID) -> list[notes.Verifier]:
    """The witnesses that a log listens to: those of setting WITNESSES, and those that were registered for it."""
    further = (each for function in _further_witnesses for each in function(side))
    return [notes.parse_verifier(each) for each in (*settings.WITNESSES, *further)]


def add_cosignatures(side: UUID, note: str) -> int:
    """Keep the cosignatures of known witnesses that a checkpoint of ours carries. The number of new ones.

    Raises notes.BadNote, and Checkpoint.DoesNotExist where we never said what was cosigned.
    """
    found = notes.cosignatures(note, witnesses(side))
    if not found:
        raise notes.BadNote("No witness that this log knows has signed this.")
    if any(each.at > timezone.now().timestamp() + CLOCKS_APART_SECONDS for each in found):
        raise notes.BadNote("A cosignature is of the future.")
    said = notes.parse_checkpoint(notes.parse_note(note)[0])
    checkpoint = Checkpoint.objects.get(side=side, size=said.size, note__startswith=said.text + "\n")
    made = [
        Cosignature.objects.get_or_create(
            checkpoint=checkpoint,
            witness=each.witness.name,
            defaults={"line": each.line, "at": datetime.fromtimestamp(each.at, UTC)},
        )[1]
        for each in found
    ]
    return sum(made)
