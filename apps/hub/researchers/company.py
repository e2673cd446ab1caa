"""Who else has to hear when a person's access is about to end. Apps above this one register who: her project leads."""

from collections.abc import Callable, Iterable

_listeners: list[Callable] = []


def hears_of_ends(function: Callable[..., Iterable]) -> Callable:
    """Register a function (user) -> the people who rely on her."""
    _listeners.append(function)
    return function


def who_relies_on(user) -> list:
    """Everybody who has to hear besides herself, each once."""
    found = {each.pk: each for function in _listeners for each in function(user) if each.pk != user.pk}
    return list(found.values())
