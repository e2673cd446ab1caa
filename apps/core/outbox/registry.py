"""Which function does which work. Filled where the functions are defined, by `@work("runs.dispatch")`."""

from collections.abc import Callable

_functions: dict[str, Callable] = {}
_hourly: list[Callable] = []


def work(name: str) -> Callable[[Callable], Callable]:
    """Name a function as work for the worker. It takes plain keyword arguments and may run twice, late or never."""

    def register(function: Callable) -> Callable:
        function.work_name = name
        _functions[name] = function
        return function

    return register


def hourly(function: Callable) -> Callable:
    """Mark a function without arguments as hourly bookkeeping."""
    _hourly.append(function)
    return function


def function_for(name: str) -> Callable:
    """The function that does `name`. Raises KeyError."""
    return _functions[name]


def hourly_functions() -> list[Callable]:
    """All hourly bookkeeping, in the order of its registration."""
    return list(_hourly)


class TryLater(Exception):
    """Raised by work that cannot go on yet. Not an error: the row stays and comes round again soon."""
