"""What a document has to say, looked at before anybody acts on it: what is malformed is refused once, with a sentence.

Only what was sent is judged here. What goes wrong in acting on it is a fault of ours, and is tried again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.errors import BadInput
from apps.core.exchange.models import NUMBERS


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters."""

    most: int


@dataclass(frozen=True)
class Each:
    """An object, each of whose values has this shape."""

    shape: Any


@dataclass(frozen=True)
class Maybe:
    """Nothing, or what has this shape; an object may leave it out."""

    shape: Any


class Number:
    """A document's own number."""


def check(told: Any, shape: Any, place: str = "") -> None:
    """Refuse what is not of this shape. Raises BadInput, which names the place.

    A shape is a type of JSON, `UUID` or `date` for a text that is one, one of those above, [shape] for a list of such, or
    {name: shape} for an object that has at least these names.
    """
    if isinstance(shape, Maybe):
        if not told:
            return
        shape = shape.shape
    if not _fits(told, shape):
        raise BadInput(_("This document does not say what it should: %(place)s.") % {"place": place or "body"})
    for name, inner, value in _parts(told, shape):
        check(value, inner, f"{place}.{name}" if place else name)


def attachment(document, name: str) -> dict:
    """The file of a received document that has this name. Raises BadInput where there is none."""
    for each in document.attachments:
        if each["name"] == name:
            return each
    raise BadInput(_("This document comes without its file %(name)s.") % {"name": name})


def exactly(told: Any, *names: str) -> list[Any]:
    """The values of a JSON object with these names and no other. Raises ValueError."""
    if not isinstance(told, dict) or set(told) != set(names):
        raise ValueError
    return [told[name] for name in names]


def identity(text: str) -> str:
    """A UUID as it is always written. Raises ValueError for anything else."""
    if str(UUID(text)) != text:
        raise ValueError
    return text


def words(told: Any, longest: int | None = None) -> str:
    """A text that a database can keep, of so many characters at most. Raises ValueError for anything else."""
    if not isinstance(told, str) or "\x00" in told or len(told) > (longest or len(told)):
        raise ValueError
    return told


def _fits(told: Any, shape: Any) -> bool:
    """True where the value itself is of the shape, whatever lies in it."""
    if shape is UUID or shape is date:
        return _reads_as(told, UUID if shape is UUID else date.fromisoformat)
    if shape is Number:
        return type(told) is int and told in NUMBERS
    if isinstance(shape, Text):
        return type(told) is str and len(told) <= shape.most
    if isinstance(shape, dict):
        return type(told) is dict and all(name in told or isinstance(inner, Maybe) for name, inner in shape.items())
    return type(told) is (list if isinstance(shape, list) else dict if isinstance(shape, Each) else shape)


def _reads_as(told: Any, read: Any) -> bool:
    try:
        read(told)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


def _parts(told: Any, shape: Any) -> Iterator[tuple[str, Any, Any]]:
    """(name, shape, value) of what lies in it."""
    if isinstance(shape, dict):
        yield from ((name, inner, told.get(name)) for name, inner in shape.items())
    elif isinstance(shape, list):
        yield from ((str(number), shape[0], value) for number, value in enumerate(told))
    elif isinstance(shape, Each):
        yield from ((name, shape.shape, value) for name, value in told.items())
