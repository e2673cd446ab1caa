"""Identifiers (spec sections 1.10 and 5: 5S-SEC-07, M-28)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from apps.core.crates.graph import ids
from apps.core.crates.rules import Subject
from apps.core.crates.rules.hosts import is_private
from apps.core.crates.table import finding

ABSOLUTE = re.compile(r"(https?://[^\s/\\]|urn:|arcp:)[^\s\x00-\x1f\\]*", re.IGNORECASE)
NEVER = re.compile(r"[\x00-\x1f\x7f\\]")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
USER_INFO = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)


def identifiers(subject: Subject):
    limits = subject.bag.limits
    named = set(all_ids(subject.graph.entities))
    bad = {each for each in named if not is_allowed(each, limits.identifier_characters)}
    for identifier in sorted(named - bad):
        if is_private(identifier, limits.own_hosts):
            yield finding("M-28", identifier, id=identifier)
    for identifier in sorted(bad):
        is_outside = ".." in unquote(identifier).split("/") and ":" not in identifier
        yield finding("5S-PKG-16" if is_outside else "5S-SEC-07", identifier, id=identifier)


def all_ids(entities: list[dict[str, Any]]) -> Iterator[str]:
    for entity in entities:
        yield from ids(entity)
        for value in entity.values():
            if not isinstance(value, str):
                yield from ids(value)


def is_allowed(identifier: str, longest: int) -> bool:
    """True for a fragment, blank node, http(s), urn or arcp address, or a relative path that stays inside."""
    plain = unquote(identifier)
    if len(identifier) > longest or NEVER.search(plain):
        return False
    if identifier.startswith(("#", "_:")):
        return True
    if SCHEME.match(plain):
        return bool(ABSOLUTE.fullmatch(identifier)) and not USER_INFO.match(plain)
    return not plain.startswith("/") and ".." not in plain.split("/")


RULES = (identifiers,)
