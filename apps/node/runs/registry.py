"""What later parts of the node add to a run: the verdict on its outputs, and what takes over when it has finished."""

from collections.abc import Callable

_outputs: list[Callable] = []
_finished: list[Callable] = []


def outputs_verdict(function: Callable) -> Callable:
    """Register function(run) -> Verdict on Safe Outputs. Egress does."""
    _outputs.append(function)
    return function


def when_finished(function: Callable) -> Callable:
    """Register outbox work (run=...) that takes over a succeeded run. Egress does."""
    _finished.append(function)
    return function


def verdict_on_outputs(run):
    """Egress's verdict. The registry is filled when the node has started."""
    return _outputs[0](run)


def finished_work() -> list[Callable]:
    """What takes over a succeeded run."""
    return list(_finished)
