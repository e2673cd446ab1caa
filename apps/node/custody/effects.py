"""What would be held if the TRE ended something: told before it is ended. Later parts of the node say what relies on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20
_relying: list[Callable] = []


@dataclass(frozen=True)
class Effect:
    """One kind of thing that would be held: what it is, how many there are, and the first of them where they may be named."""

    label: str
    number: int
    first: list[Any] = field(default_factory=list)


def relying(function: Callable) -> Callable:
    """Register function(thing) -> Effect. Runs and egress do."""
    _relying.append(function)
    return function


def effects_of(thing) -> list[Effect]:
    """Everything that relies on what a TRE accepted and has not ended, one kind at a time; kinds without any are left out."""
    return [effect for effect in (function(thing) for function in _relying) if effect.number]
