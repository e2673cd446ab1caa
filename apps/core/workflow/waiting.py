"""What waits on whom: each app registers a function that lists it. The home page shows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person: what to do, where, since when."""

    title: str
    url: str
    since: datetime


_lists: list[Callable] = []


def waiting_list(function: Callable[..., Iterable[Waiting]]) -> Callable:
    """Register a function (user) -> things that wait on that person; a constant number of queries."""
    _lists.append(function)
    return function


def waiting_on(user) -> list[Waiting]:
    """Everything that waits on `user`, oldest first."""
    return sorted((each for function in _lists for each in function(user)), key=lambda each: each.since)
