"""The bytes of a leaf and their check. Pure functions.

A leaf is canonical JSON (RFC 8785): `v` version, `day`, `verb` for public verbs only, and `c`, a sorted list of salted
commitments, one for each field: SHA-256(salt || canonical JSON of [field, value]), salt 32 random bytes, both in hex. More of
them, to an empty value each, fill the list up to a multiple of 8, 16 at the least: neither the names of the fields nor their
number can be read. Nothing personal is in it. In version 1, `c` was {field: commitment}; such leaves are still checked.

A dishonest log could commit to one field twice, and open another value to each reader. Whoever opens the leaf whole, as auditors
and `verify_log --openings` do, finds a commitment too many.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any

import rfc8785

from apps.core.proofs.merkle import LARGEST_ENTRY

VERSION = 2
STEP, FEWEST = 8, 16  # commitments in a leaf
SALT_BYTES = 32


def new_salts(fields: Iterable[str]) -> dict[str, str]:
    """A fresh salt (64 hex digits) for each field, and for the padding, which has no value."""
    fields = list(fields)
    room = max(FEWEST, -(-len(fields) // STEP) * STEP)
    padding = [f"padding {number}" for number in range(room - len(fields))]
    return {field: secrets.token_hex(SALT_BYTES) for field in [*fields, *padding]}


@lru_cache(4096)
def spelled(field: str) -> str:
    """The name of a field in canonical JSON. The same few come again and again."""
    return encode_basestring(field)


def canonical(field: str, value: Any) -> bytes:
    """Canonical JSON of [field, value]. Texts, and lists of texts, are spelled alike by Python's own writer, ten times as fast."""
    if isinstance(value, str):
        return f"[{spelled(field)},{encode_basestring(value)}]".encode()
    if value is True or value is False:
        return f"[{spelled(field)},{'true' if value else 'false'}]".encode()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return f"[{spelled(field)},[{','.join(map(encode_basestring, value))}]]".encode()
    return rfc8785.dumps([field, value])


@lru_cache(4096)
def empty(field: str) -> bytes:
    """Canonical JSON of [field, ""], as padding has it: the same few come again and again."""
    return canonical(field, "")


def commitment(salt: str, field: str, value: Any) -> str:
    """The commitment to one value, 64 hex digits."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(field, value)).hexdigest()


def leaf_bytes(*, day: date, values: dict, salts: dict[str, str], public_verb: str | None) -> bytes:
    """The exact bytes of a leaf. `values` are JSON values by field; `salts` are those of `new_salts` for these fields.

    Raises ValueError for a leaf that no entry bundle could carry: the act fails, and not the log.
    """
    committed = '","'.join(sorted(commitments(values, salts).values()))
    verb = f',"verb":{spelled(public_verb)}' if public_verb else ""
    written = f'{{"c":["{committed}"],"day":"{day.isoformat()}","v":{VERSION}{verb}}}'.encode()
    if len(written) > LARGEST_ENTRY:
        raise ValueError(f"An event of {len(values)} fields is too long for the log.")
    return written


def commitments(values: dict, salts: dict[str, str]) -> dict[str, str]:
    """The commitment of each field that has a salt; padding stands for an empty value."""
    sha256, from_hex = hashlib.sha256, bytes.fromhex
    return {
        field: sha256(
            from_hex(salt) + (canonical(field, values[field]) if field in values else empty(field))
        ).hexdigest()
        for field, salt in salts.items()
    }


def read_once(text: str | bytes) -> Any:
    """JSON in which no object names anything twice: of two values, two readers could take another one each.

    Raises ValueError.
    """
    return json.loads(text, object_pairs_hook=named_once)


def named_once(pairs: list[tuple[str, Any]]) -> dict:
    """The object of these names and values. Raises ValueError where a name comes twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("Something is named twice.")
    return made


def is_in_order(leaf: dict) -> bool:
    """True where the commitments of a leaf are a strictly sorted list, so that none of them is there twice."""
    told = leaf["c"]
    return leaf["v"] == 1 or (isinstance(told, list) and all(one < other for one, other in pairwise(told)))


def differing(leaf: dict, values: dict, salts: dict[str, str]) -> list[str]:
    """The fields whose value and salt are not what a leaf (as it was read from JSON) commits to, or that it does not know.

    A public leaf names its verb openly, too, and an opened verb must be that one.
    """
    told = leaf["c"]
    if not is_in_order(leaf):
        return ["list of commitments"]
    if "verb" in leaf and values.get("verb", leaf["verb"]) != leaf["verb"]:
        return ["verb"]
    made = {field: commitment(salts.get(field, ""), field, value) for field, value in values.items()}
    if leaf["v"] == 1:
        return [field for field, each in made.items() if told.get(field) != each]
    return [field for field, each in made.items() if each not in list(told)]


def unopened(leaf: dict, values: dict, salts: dict[str, str]) -> list[str]:
    """What a leaf commits to beside these values, which should be all: the names of fields as far as they can be told."""
    told = leaf["c"]
    if leaf["v"] == 1:
        return [field for field in told if field not in values]
    padding = {field: salt for field, salt in salts.items() if field not in values}
    wrong = [field for field, each in commitments({}, padding).items() if each not in told]
    return wrong or ["field without a name"] * (len(told) != len(salts))
