"""Which action handles which kind of document. The hub fills statement and release, a node offer and stop."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Handler:
    handle: Callable
    inbox: str  # the storage that takes its attachments


_handlers: dict[str, Handler] = {}


def handles(kind: str, *, inbox: str) -> Callable[[Callable], Callable]:
    """Register `function(*, document)` for a kind; it runs inside act() and may raise TryLater or Problem."""

    def register(function: Callable) -> Callable:
        _handlers[kind] = Handler(function, inbox)
        return function

    return register


def handler_for(kind: str) -> Handler:
    """The handler of a kind. Raises KeyError: this process has no such side."""
    return _handlers[kind]
