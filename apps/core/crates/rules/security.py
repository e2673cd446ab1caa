"""Identifiers (spec sections 1.10 and 5: 5S-SEC-07, M-28)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from apps.core.crates.graph import many
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding

ABSOLUTE = re.compile(r"(https?|urn|arcp):[^\s\x00-\x1f\\]+")
USER_INFO = re.compile(r"https?://[^/]*@")


def identifiers(subject: Subject):
    bad = {
        each
        for each in all_ids(subject.graph.entities)
        if not is_allowed(each, subject.bag.limits.identifier_characters)
    }
    for identifier in sorted(bad):
        is_outside = ".." in unquote(identifier).split("/") and ":" not in identifier
        yield finding("5S-PKG-16" if is_outside else "5S-SEC-07", identifier, id=identifier)


def all_ids(entities: list[dict[str, Any]]) -> Iterator[str]:
    for entity in entities:
        for value in (entity, *(each for values in entity.values() for each in many(values))):
            if isinstance(value, dict) and isinstance(value.get("@id"), str):
                yield value["@id"]


def is_allowed(identifier: str, longest: int) -> bool:
    """True for a fragment, blank node, http(s), urn or arcp address, or a relative path that stays inside."""
    plain = unquote(identifier)
    if len(identifier) > longest or re.search(r"[\x00-\x1f\x7f\\]", plain):
        return False
    if identifier.startswith(("#", "_:")):
        return True
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", plain):
        return bool(ABSOLUTE.fullmatch(identifier)) and not USER_INFO.match(identifier)
    return not plain.startswith("/") and ".." not in plain.split("/")


RULES = (identifiers,)
