"""CWL workflows on this machine, each in a sandbox of its own. The laptop's default."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from apps.node.executors import sandbox, supervisor
from apps.node.executors.contract import (
    Collected,
    Fault,
    Health,
    JobSpec,
    Limits,
    Output,
    Rejected,
    Snapshot,
    State,
)

SYSTEM_PYTHON = "/usr/bin/python3"
UIDS = range(20001, 20033)
DETAIL_BYTES = 10_000
MOST_FILES = 200
CHUNK = 1024 * 1024
BY_WHY = {
    "cancelled": (State.CANCELLED, Fault.NONE),
    "wall": (State.FAILED, Fault.LIMITS),
    "disk": (State.FAILED, Fault.LIMITS),
    "memory": (State.FAILED, Fault.LIMITS),
}
REFUSING = (
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
)
KILLED = "was terminated by signal"  # cwltool's words for a step that the kernel ended, as a limit makes it do
PROBE = """
import os
assert {line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]} == {"lo"}, "network"
assert not os.path.exists("/etc/shadow"), "host files"
assert not os.access("/usr", os.W_OK), "a writable /usr"
import cwltool.main
"""


class LocalCwlExecutor:
    """`root`: the folder of all attempts; `runtime`: the environment that has cwltool (see provision.py).

    Both lie where the sandbox's user can reach them. Run by root it drops to a user of a pool, one for each attempt.
    """

    def __init__(self, root: Path, runtime: Path):
        self.root, self.runtime = root, runtime

    def probe(self) -> Health:
        """Fails closed: no sandbox, no execution."""
        if shutil.which("bwrap") is None:
            return Health(False, "bubblewrap is missing. Run: sudo apt-get install bubblewrap")
        if not (self.runtime / "bin" / "python").exists():
            return Health(False, "cwltool is missing. Run: python manage.py provision_executor")
        uid = UIDS[0] if os.geteuid() == 0 else None
        walls = sandbox.walls([(self.runtime, "/opt/runner")], Limits())
        command = [*sandbox.as_user(uid), *walls, "/opt/runner/bin/python", "-I", "-c", PROBE]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if tried.returncode == 0:
            return Health(True, "The sandbox works.")
        return Health(False, why_not(tried.stderr))

    def folder(self, attempt_id: UUID | str) -> Path:
        return self.root / str(attempt_id)

    def submit(self, job: JobSpec) -> str:
        """Start the attempt unless it was started before, by whomever: the lock decides. Raises Rejected."""
        folder = self.folder(job.attempt_id)
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        with locked(folder / "lock") as lock:
            if lock is not None and not (folder / "started.json").exists():
                self.start(job, folder, lock)
        return str(job.attempt_id)

    def start(self, job: JobSpec, folder: Path, lock: int) -> None:
        """Lay out the folder and leave the sandbox to a supervisor that inherits the lock."""
        binds = lay_out(job, folder)
        with free_uid(self.root / "uids") as (uid, uid_lock):
            argv = sandbox.command(uid=uid, runtime=self.runtime, binds=binds, workflow=job.workflow, limits=job.limits)
            limits = job.limits
            spec = {"argv": argv, "wall_seconds": limits.wall_seconds, "memory_bytes": limits.memory_bytes}
            spec |= {"disk_bytes": limits.disk_bytes * 2, "log_bytes": limits.log_bytes}
            supervisor.write_atomically(str(folder / "spec.json"), spec)
            fds = [lock] if uid_lock is None else [lock, uid_lock]
            command = [SYSTEM_PYTHON, "-I", supervisor.__file__, str(folder), *map(str, fds)]
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(command, pass_fds=fds, check=True, **streams)

    def find(self, attempt_id: UUID) -> str | None:
        folder = self.folder(attempt_id)
        return str(attempt_id) if (folder / "started.json").exists() or is_locked(folder / "lock") else None

    def poll(self, reference: str) -> Snapshot:
        folder = self.folder(reference)
        held = is_locked(folder / "lock")  # asked before the code: whoever lets go of it has written the code
        if (folder / "code.json").exists():
            return self.ended(folder)
        started = read_json(folder / "started.json")
        if held:
            word, at = ("running", moment(started["at"])) if started else ("starting", None)
            return Snapshot(State.RUNNING if started else State.QUEUED, word, started=at)
        if started:
            return Snapshot(State.FAILED, "lost", Fault.OURS, detail="The supervisor ended without a code.")
        return Snapshot(State.FAILED, "never started", Fault.OURS, never_started=True)

    def ended(self, folder: Path) -> Snapshot:
        """What the exit code and the supervisor's reason come to."""
        code = read_json(folder / "code.json")
        state, fault = BY_WHY.get(code["why"], by_code(code["code"]))
        raw = code["why"] or f"exit {code['code']}"
        detail = tail(folder / "log")
        if fault == Fault.WORKFLOW and KILLED in detail:
            fault = Fault.LIMITS
        times = {"started": moment(code["started"]), "ended": moment(code["ended"])}
        return Snapshot(state, raw, fault, exit_code=code["code"], detail=detail, **times)

    def cancel(self, reference: str) -> None:
        folder = self.folder(reference)
        if folder.exists():
            (folder / "cancel").touch()

    def collect(self, reference: str, destination: Path) -> Collected:
        """Unpack the tar that the sandbox wrote. Links, devices and bad names are refused; files are hashed here."""
        destination.mkdir(parents=True, exist_ok=True)
        outputs: list[Output] = []
        refused: list[tuple[str, str]] = []
        with tarfile.open(self.folder(reference) / "result.tar") as tar:
            members = tar.getmembers()
            ports = ports_of(tar)
            for number, member in enumerate(members):
                if member.isdir() or member.name == "cwl.json":
                    continue
                why = why_refused(member) or ("too many files" if len(outputs) >= MOST_FILES else "")
                if why:
                    refused.append((member.name, why))
                    continue
                target = destination / f"{number:05d}"
                digest, size = extract(tar, member, target)
                name = member.name.removeprefix("results/")
                outputs.append(Output(ports.get(member.name, ""), target, digest, size, name))
        return Collected(outputs, refused)


def lay_out(job: JobSpec, folder: Path) -> list[tuple[Path, str]]:
    """Copy what the attempt reads into its folder; the read-only binds of the sandbox. Raises Rejected."""
    for name in ("crate", "inputs", "job"):
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(job.workflow_dir, folder / "crate", symlinks=True)
    if any(path.is_symlink() for path in (folder / "crate").rglob("*")):
        raise Rejected("The workflow holds a link.")
    (folder / "inputs").mkdir()
    (folder / "job").mkdir()
    for name, path in job.files.items():
        shutil.copyfile(path, folder / "inputs" / name)
    places = {name: f"/inputs/{name}" for name in job.files} | {name: f"/data/{name}" for name in job.datasets}
    inputs = {parameter: as_cwl(value, places) for parameter, value in job.inputs.items()}
    (folder / "job" / "job.json").write_text(json.dumps(inputs))
    for path in (folder / "crate", folder / "inputs", folder / "job"):
        readable(path)
    binds = [(folder / "crate", "/crate"), (folder / "inputs", "/inputs"), (folder / "job", "/job")]
    return binds + [(path, f"/data/{name}") for name, path in job.datasets.items()]


def as_cwl(value, places: dict[str, str]):
    """A value of the input object; {"file": name} becomes a CWL File where it lies in the sandbox."""
    if isinstance(value, dict) and "file" in value:
        return {"class": "File", "path": places[value["file"]]}
    return value


def readable(path: Path) -> None:
    """Let the sandbox's user read a tree; the folder above is passable but cannot be listed."""
    for each in [path, *path.rglob("*")]:
        each.chmod(0o755 if each.is_dir() else 0o644)


@contextmanager
def locked(path: Path):
    """Hold the lock for as long as the block lasts; gives its descriptor, or None where somebody else has it.

    A child that inherited the descriptor keeps the lock after us.
    """
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    descriptor = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, 3)  # a child's own streams would take the place of 0 to 2
    os.close(opened)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """True where somebody holds the lock."""
    if not path.exists():
        return False
    with locked(path) as descriptor:
        return descriptor is None


@contextmanager
def free_uid(folder: Path):
    """(uid, lock) of a user that no other attempt has; (None, None) where we are not root. Raises Rejected."""
    if os.geteuid() != 0:
        yield None, None
        return
    folder.mkdir(exist_ok=True)
    for uid in UIDS:
        with locked(folder / str(uid)) as descriptor:
            if descriptor is not None:
                yield uid, descriptor
                return
    raise Rejected("Every sandbox user is taken.")


def read_json(path: Path) -> dict:
    """A JSON file of ours; empty where it is not there yet."""
    return json.loads(path.read_text()) if path.exists() else {}


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def tail(path: Path) -> str:
    """The end of a log, for the TRE's staff."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - DETAIL_BYTES))
        return stream.read().decode("utf-8", "replace")


def by_code(code: int) -> tuple[State, Fault]:
    """cwltool's exit code: 0 complete, 33 unsupported, negative killed by a limit, else the workflow's failure."""
    if code == 0:
        return State.COMPLETE, Fault.NONE
    return State.FAILED, Fault.LIMITS if code < 0 or code in (137, 152, 153) else Fault.WORKFLOW


def why_not(error: str) -> str:
    """A sentence for an operator out of bubblewrap's complaint."""
    if "ermission denied" in error and "source path" in error:
        return "The sandbox's user cannot reach the executor's folder. Set EXECUTOR_ROOT to one that others can pass through."
    if "namespace" in error or "uid map" in error or "Operation not permitted" in error:
        setting = refusing_setting()
        return f"The kernel refuses user namespaces to ordinary users. Run: sudo sysctl -w {setting}"
    return f"The sandbox's self-test failed: {error.strip().splitlines()[-1] if error.strip() else 'no reason given'}"


def refusing_setting(settings: Path = Path("/proc/sys")) -> str:
    """The kernel setting that refuses user namespaces here, with the value that allows them."""
    for name, refuses, allows in REFUSING:
        path = settings / name.replace(".", "/")
        if path.exists() and path.read_text().strip() == refuses:
            return f"{name}={allows}"
    return "kernel.unprivileged_userns_clone=1"


def why_refused(member: tarfile.TarInfo) -> str:
    """Why an entry of the tar is not taken; empty for a plain file with a plain name."""
    if not member.isreg():
        return "not a regular file"
    parts = member.name.split("/")
    if parts[0] != "results" or ".." in parts or not all(part.isprintable() for part in parts):
        return "a name that is not allowed"
    return ""


def ports_of(tar: tarfile.TarFile) -> dict[str, str]:
    """Tar name -> workflow output, from the engine's own output object."""
    try:
        said = json.loads(tar.extractfile("cwl.json").read(CHUNK))
    except (KeyError, AttributeError, ValueError):
        return {}
    found: dict[str, str] = {}
    for port, value in said.items() if isinstance(said, dict) else ():
        collect_files(port, value, found)
    return found


def collect_files(port: str, value, found: dict[str, str]) -> None:
    """Every File that a port names, also inside lists and Directories."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and each.get("class") == "File":
            path = unquote(urlsplit(str(each.get("location", ""))).path)
            found[path.removeprefix("/out/")] = port
        elif isinstance(each, dict) and each.get("class") == "Directory":
            collect_files(port, each.get("listing", []), found)


def extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> tuple[str, int]:
    """Copy one entry to a new file; its SHA-256 (64 hex digits) and size."""
    total, size = hashlib.sha256(), 0
    source = tar.extractfile(member)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        while chunk := source.read(CHUNK):
            total.update(chunk)
            size += len(chunk)
            stream.write(chunk)
    return total.hexdigest(), size
