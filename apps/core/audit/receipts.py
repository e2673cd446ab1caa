"""Receipts of events: inclusion proof, opening and checkpoint (apps.core.proofs.receipts says how they are written)."""

from collections.abc import Callable
from uuid import UUID

from apps.core.audit import checkpoints, log_keys, tree
from apps.core.audit.models import Event, Opening
from apps.core.proofs import notes
from apps.core.proofs.receipts import receipt


def public_fields(field: str) -> bool:
    """The fields that anyone may see opened: those of the sentence. Never who, and no time finer than the page's."""
    return field == "verb" or field.startswith("public.")


def receipts_for(side: UUID, sequences: list[int], *, shows: Callable[[str], bool] = public_fields) -> dict:
    """The receipts of some entries of a side's log, all against one checkpoint.

    `shows(field)` says which fields this reader may see; an erased opening opens nothing. Raises Event.DoesNotExist.
    """
    events = list(Event.objects.filter(side=side, sequence__in=sequences).order_by("sequence"))
    if len(events) != len(set(sequences)):
        raise Event.DoesNotExist
    checkpoint = checkpoints.current(side, covers=max(sequences))
    whole = tree.tree_of(side, checkpoint.size, tree.stored(checkpoint.edge), sequences)
    openings = Opening.objects.filter(event__in=events).in_bulk()
    made = []
    for event in events:
        opening = openings.get(event.pk)
        values = {field: value for field, value in opening.values.items() if shows(field)} if opening else {}
        salts = opening.salts if opening else {}
        made.append(receipt(event.sequence, tree.stored(event.leaf), whole.inclusion(event.sequence), values, salts))
    return {
        "log": notes.parse_checkpoint(notes.parse_note(checkpoint.note)[0]).origin,
        "keys": [str(each) for each in log_keys.verifiers_of(side)],
        "checkpoint": checkpoints.served(checkpoint),
        "receipts": made,
    }
