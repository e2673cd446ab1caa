"""Executors: one adapter for each kind of backend behind one contract. Plain values; imports no application."""

import os
from pathlib import Path

from apps.node.executors.contract import Executor
from apps.node.executors.local_cwl import LocalCwlExecutor


def home() -> Path:
    """The default folder of the local executor: not a home directory, which the sandbox's user could not pass."""
    return Path("/var/tmp") / f"trefx-portal-{os.getuid()}"


def executor_for(settings: dict) -> Executor:
    """The executor that the settings name. Raises ValueError for an unknown kind."""
    if settings["kind"] != "local-cwl":
        raise ValueError(f"EXECUTOR_KIND is {settings['kind']!r}. Set it to local-cwl.")
    return LocalCwlExecutor(
        root=Path(settings["root"] or home() / "attempts"), runtime=Path(settings["runtime"] or home() / "cwl")
    )
