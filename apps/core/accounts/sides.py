"""What the sides of this portal are called. The hub tells the TREs that it knows, a node its own."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

_namers: list[Callable] = []


def names_sides(function: Callable[[], Iterable[tuple[UUID, str]]]) -> Callable:
    """Register a function without arguments that lists (side, name) pairs; one query."""
    _namers.append(function)
    return function


def names() -> dict[UUID, str]:
    """Every side that this portal can name, the hub first."""
    found = {UUID(settings.HUB_ID): _("The hub")} if settings.HAS_HUB else {}
    for function in _namers:
        for side, name in function():
            found.setdefault(UUID(str(side)), name)
    return found


def name_of(side) -> str:
    """The name of a side (a UUID or its text)."""
    return names().get(UUID(str(side)), _("A secure data centre"))
