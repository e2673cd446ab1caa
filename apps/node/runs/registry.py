"""What later parts of the node add to a run: the verdict on its outputs, and what takes over when it has finished."""

from collections.abc import Callable

_outputs: list[Callable] = []
_finished: list[Callable] = []
_resumed: list[Callable] = []
_waiting: list[Callable] = []


def outputs_verdict(function: Callable) -> Callable:
    """Register function(run) -> Verdict on Safe Outputs. Egress does."""
    _outputs.append(function)
    return function


def when_finished(function: Callable) -> Callable:
    """Register outbox work (run=...) that takes over a succeeded run. Egress does."""
    _finished.append(function)
    return function


def when_resumed(function: Callable) -> Callable:
    """Register outbox work (run=...) that goes on with a succeeded run after a hold. Egress does."""
    _resumed.append(function)
    return function


def resumed_work() -> list[Callable]:
    """What goes on with a succeeded run after a hold."""
    return list(_resumed)


def waiting_outputs(function: Callable) -> Callable:
    """Register function(runs) -> those whose outputs have not left yet. Egress does."""
    _waiting.append(function)
    return function


def with_waiting_outputs(runs):
    """The runs, of these, whose outputs have not left yet."""
    return _waiting[0](runs)


def verdict_on_outputs(run):
    """Egress's verdict. The registry is filled when the node has started."""
    return _outputs[0](run)


def finished_work() -> list[Callable]:
    """What takes over a succeeded run."""
    return list(_finished)
