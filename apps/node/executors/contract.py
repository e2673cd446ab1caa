"""What every executor can do. Plain values in and out; no models. Each call may be repeated without harm."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Fault(StrEnum):
    """Whose fault a failure is."""

    NONE = ""
    WORKFLOW = "workflow"
    OURS = "ours"
    LIMITS = "limits"


class Rejected(Exception):
    """The backend will not run this, now or ever: a sentence for the TRE's staff."""


class Ambiguous(Exception):
    """Nobody knows whether the submission arrived. Ask `find` before sending it again."""


@dataclass(frozen=True)
class Limits:
    """What one attempt may use: seconds, bytes, numbers."""

    wall_seconds: int = 600
    cpu_seconds: int = 600
    memory_bytes: int = 1024 * 1024 * 1024
    disk_bytes: int = 256 * 1024 * 1024
    processes: int = 128
    open_files: int = 1024
    log_bytes: int = 1024 * 1024


@dataclass(frozen=True)
class JobSpec:
    """One attempt. `inputs` is the workflow's input object; a file or dataset of it is named as {"file": name}.

    `workflow_dir` holds the workflow's files, `workflow` is the one to run, relative to it. `files` (name -> path) are the
    request's own input files, `datasets` (name -> path) are bound read-only where they lie.
    """

    attempt_id: UUID
    workflow_dir: Path
    workflow: str
    inputs: dict[str, Any]
    files: dict[str, Path] = field(default_factory=dict)
    datasets: dict[str, Path] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Health:
    """Whether the executor can be used now, and a sentence that says what to do where it cannot."""

    ok: bool
    sentence: str


@dataclass(frozen=True)
class Snapshot:
    """What the backend says of an attempt now. `raw_state` is its own word; `detail` is for the TRE's staff only."""

    state: State
    raw_state: str
    fault: Fault = Fault.NONE
    exit_code: int | None = None
    started: datetime | None = None
    ended: datetime | None = None
    detail: str = ""
    never_started: bool = False


@dataclass(frozen=True)
class Output:
    """One file that came out. `port` is the workflow output that it belongs to; empty for one that was not declared.

    `name` is the workflow's own for it, a plain relative path; it is a stranger's text.
    """

    port: str
    path: Path
    sha256: str
    size: int
    name: str = ""


@dataclass(frozen=True)
class Collected:
    """What came out, and what was refused: (name, why)."""

    outputs: list[Output]
    refused: list[tuple[str, str]]


class Executor(Protocol):
    def probe(self) -> Health:
        """Look whether it works; fail closed."""

    def submit(self, job: JobSpec) -> str:
        """Start exactly one attempt, or adopt the one that is there. Its reference. Raises Rejected, Ambiguous."""

    def find(self, attempt_id: UUID) -> str | None:
        """The reference of an attempt that the backend knows, or None."""

    def poll(self, reference: str) -> Snapshot:
        """What the backend says of it now."""

    def cancel(self, reference: str) -> None:
        """Ask it to stop. The state changes when `poll` says so."""

    def collect(self, reference: str, destination: Path) -> Collected:
        """Copy what came out into `destination`: regular files only, hashed here."""
