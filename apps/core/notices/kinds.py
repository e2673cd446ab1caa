"""The kinds of notices. Each app registers its own in its `notices.py`, as it does its verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Subject:
    """What several kinds are about. `roles`: whom they reach, everybody where there is none. `also`: asks of a person
    whether they reach her for another reason."""

    title: str | Promise
    roles: tuple[str, ...] = ()
    also: Callable[[Any], bool] | None = None


OTHER = Subject(_("Other things"))


@dataclass(frozen=True)
class Kind:
    """`name`: as the page of preferences lists it. `sentence`: with {facts}. `urgent`: mailed at once unless switched off.
    `roles`: whom it reaches, where that is not as its subject says."""

    key: str
    name: str | Promise
    sentence: str | Promise
    urgent: bool
    roles: tuple[str, ...] = ()

    @property
    def subject(self) -> Subject:
        """What it is about: the word before the dot of its key."""
        return _subjects.get(self.key.partition(".")[0], OTHER)


_subjects: dict[str, Subject] = {}
_kinds: dict[str, Kind] = {}


def about(*words: str, title, roles: tuple[str, ...] = (), also: Callable[[Any], bool] | None = None) -> None:
    """Say what the kinds are about whose keys begin with these words, and whom they reach."""
    _subjects.update(dict.fromkeys(words, Subject(title, roles, also)))


def register(kind: str, *, name, sentence, urgent: bool = False, roles: tuple[str, ...] = ()) -> None:
    """Add a kind, such as "project.returned". Raises ValueError where another app has it already."""
    new = Kind(kind, name, sentence, urgent, roles)
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
