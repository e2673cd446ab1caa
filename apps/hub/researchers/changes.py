"""A project, a person's accreditation or a dataset changed, so that what was told of it may hold no longer.

The lowest app of the hub: each that decides says so here, and whoever tells others of it listens.
"""

from collections.abc import Callable
from uuid import UUID

from apps.core.audit.act import outbox
from apps.core.outbox.registry import work

PROJECT, PERSON, DATASET = "project", "person", "dataset"
_listeners: list[Callable] = []


def when_changed(function: Callable) -> Callable:
    """Register a function (what, pk), called by the worker after the commit: one of the three words, and whose."""
    _listeners.append(function)
    return function


def say_changed(what: str, pk) -> None:
    """Inside the act under way: let those who rely on it look again."""
    outbox(changed, what=what, pk=pk)


@work("hub.changed")
def changed(what: str, pk: str) -> None:
    """Something that the secure data centres were told of changed."""
    for function in _listeners:
        function(what, UUID(pk))
