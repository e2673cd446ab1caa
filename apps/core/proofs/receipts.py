"""Receipts: what anyone needs to check, offline, that entries are in a log. Pure Python.

A file of receipts (JSON, `audit-receipts.json`) has `log` (origin), `keys` (verifier keys of the log), `checkpoint` (a signed
note) and `receipts`, each with `sequence`, `leaf` (the exact text that was hashed), `proof` (base64 hashes, from the leaf up)
and `opening`: {field: {salt, value}} of those fields that its reader may see.
"""

import base64
import binascii
from typing import Any

from apps.core.proofs import leaves, merkle, notes

Line = tuple[bool, str]


def receipt(sequence: int, leaf: bytes, proof: list[bytes], values: dict, salts: dict) -> dict:
    """One receipt that opens these values."""
    return {
        "sequence": sequence,
        "leaf": leaf.decode(),
        "proof": [base64.b64encode(each).decode() for each in proof],
        "opening": {field: {"salt": salts[field], "value": value} for field, value in values.items()},
    }


def check(given: Any, *, keys: list[str] | None = None) -> list[Line]:
    """(holds, sentence) for everything that a file of receipts says.

    `keys`: verifier keys that the reader got elsewhere; without them those in the file are used, and the first line says so.
    """
    try:
        return _check(given, keys)
    except (notes.BadNote, KeyError, TypeError, ValueError, AttributeError, binascii.Error, RecursionError) as problem:
        why = str(problem) if isinstance(problem, notes.BadNote) else "Something is missing or not as it should be."
        return [(False, f"The receipts cannot be used. {why}")]


def _check(given: dict, keys: list[str] | None) -> list[Line]:
    known = [notes.parse_verifier(each) for each in keys or given["keys"]]
    checkpoint = notes.open_checkpoint(given["checkpoint"], known)
    if checkpoint.origin != given["log"]:
        return [(False, f"The checkpoint is of the log {checkpoint.origin}, not of {given['log']}.")]
    signed = f"The checkpoint of {checkpoint.origin} with {checkpoint.size} entries is signed by its log"
    lines = [(True, f"{signed}." if keys else f"{signed}; the key is the one that lies beside it.")]
    if not given["receipts"]:
        lines.append((False, "There is no receipt in the file."))
    return lines + [line for each in given["receipts"] for line in _check_one(each, checkpoint)]


def _check_one(each: dict, checkpoint: notes.Checkpoint) -> list[Line]:
    sequence, leaf = each["sequence"], each["leaf"].encode()
    proof = [base64.b64decode(part, validate=True) for part in each["proof"]]
    included = merkle.is_included(merkle.leaf_hash(leaf), sequence, checkpoint.size, proof, checkpoint.root)
    if not included:
        return [(False, f"Entry {sequence} is not in the log of that checkpoint.")]
    values = {field: opened["value"] for field, opened in each["opening"].items()}
    salts = {field: opened["salt"] for field, opened in each["opening"].items()}
    read = leaves.read_once(leaf)
    wrong = leaves.differing(read, values, salts)
    if wrong:
        return [(False, f"Entry {sequence} does not say what is shown as its {', '.join(sorted(wrong))}.")]
    return [(True, f"Entry {sequence} is in the log{_what(values)}.")]


def _what(values: dict) -> str:
    return f", and says {', '.join(f'{field} = {values[field]}' for field in sorted(values))}" if values else ""
