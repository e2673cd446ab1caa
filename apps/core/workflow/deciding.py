"""Views that decide. Whoever guards them (the second factor) registers here; the lower never imports the upper."""

from collections.abc import Callable
from functools import wraps

_guards: list[Callable] = []
_deciders: list[Callable] = []


def guards_decisions(function: Callable) -> Callable:
    """Register a function (request) -> a response that comes first, or None."""
    _guards.append(function)
    return function


def knows_deciders(function: Callable) -> Callable:
    """Register a function (user) -> True where she decides by something else than a role: a seat on a panel. One query."""
    _deciders.append(function)
    return function


def decides_without_a_role(user) -> bool:
    """True where any app knows her as somebody who decides."""
    return any(knows(user) for knows in _deciders)


def decides(view: Callable) -> Callable:
    """Mark a view whose page or POST decides: each guard is asked before it, also when a kept request is taken up again."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        for guard in _guards:
            response = guard(request)
            if response is not None:
                return response
        return view(request, *args, **kwargs)

    guarded.decides = True  # type: ignore[attr-defined]  # a test finds each view that changes something and lacks it
    return guarded
