"""What a witness does: look at a log, see that it continues what it had seen, and say so (C2SP tlog-cosignature). Pure Python."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.core.proofs import merkle, notes, published
from apps.core.proofs.merkle import BadTile


class Broken(Exception):
    """A log that does not continue what it said before. `before` and `now` are its own signed words: the evidence."""

    def __init__(self, sentence: str, before: str, now: str):
        super().__init__(sentence)
        self.before, self.now = before, now


def continues(before: notes.Checkpoint, now: notes.Checkpoint, proof: list[bytes]) -> str:
    """Nothing where the proof shows that `now` continues `before`; else what is wrong, in a sentence."""
    if now.origin != before.origin:
        return f"The log calls itself {now.origin}; before, it was {before.origin}."
    if now.size < before.size:
        return f"The log went back: it had {before.size} entries, and now it has {now.size}."
    if not merkle.is_consistent(before.size, now.size, before.root, now.root, proof):
        return f"The first {before.size} entries of the log are not those that it signed before."
    return ""


def look(fetch: published.Fetch, keys: list[notes.Verifier], before: str) -> tuple[notes.Checkpoint, str]:
    """The newest checkpoint of a log and its note, if it continues `before` (a note, or nothing on the first look).

    Raises Broken, published.NotThere, notes.BadNote.
    """
    now, note = published.checkpoint_of(fetch, keys)
    if before:
        seen = notes.open_checkpoint(before, keys)
        try:
            proof = published.tree_of(fetch, now.size).consistency(seen.size) if seen.size < now.size else []
        except BadTile:
            raise Broken("The log's tiles are not those of its checkpoint.", before, note)
        wrong = continues(seen, now, proof)
        if wrong:
            raise Broken(wrong, before, note)
    return now, note


def cosigned(note: str, key: Ed25519PrivateKey, name: str, at: int) -> str:
    """The log's own part of a checkpoint's note with this witness's cosignature."""
    text, _signatures = notes.parse_note(note)
    return note + notes.cosign(text, key, name, at)
