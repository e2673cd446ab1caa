"""The kinds of notices. Each app registers its own in its `notices.py`, as it does its verbs."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Kind:
    """`name`: as the page of preferences lists it. `sentence`: with {facts}. `urgent`: mailed at once unless switched off."""

    key: str
    name: str | Promise
    sentence: str | Promise
    urgent: bool


_kinds: dict[str, Kind] = {}


def register(kind: str, *, name, sentence, urgent: bool = False) -> None:
    """Add a kind, such as "project.returned". Raises ValueError where another app has it already."""
    new = Kind(kind, name, sentence, urgent)
    if _kinds.setdefault(kind, new) != new:
        raise ValueError(f"The kind of notice {kind} is registered twice.")


def get(kind: str) -> Kind:
    """One kind. Raises KeyError."""
    return _kinds[kind]


def find(kind: str) -> Kind | None:
    """One kind, or None where no app here registers it (any more)."""
    return _kinds.get(kind)


def all_kinds() -> list[Kind]:
    """Every kind, by its key."""
    return [_kinds[key] for key in sorted(_kinds)]
