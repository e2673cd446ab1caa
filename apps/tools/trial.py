"""A request tried on invented rows: what its workflow takes, and one attempt in the sandbox that a TRE uses. No database."""

import shutil
import signal
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from apps.core.crates.check import Crate
from apps.core.crates.graph import Graph, additional_types, first_text, ids, is_relative, path_of, short
from apps.core.crates.limits import Limits as CrateLimits
from apps.core.crates.package import open_bag
from apps.core.crates.parameters import Parameter, fill
from apps.node.executors.contract import Collected, Fault, JobSpec, Limits, Snapshot, State
from apps.node.executors.job import copy, make_job, unpack_workflow, workflow_graph
from apps.node.executors.local_cwl import LocalCwlExecutor, readable
from apps.tools.reports import inert

TYPES = {"File": "file", "Integer": "integer", "Float": "number", "Number": "number", "Boolean": "boolean"}
LIVE = (State.QUEUED, State.RUNNING)
LOOK_SECONDS = 0.1
FIRST_WORD_SECONDS = 1.0
LOG_LINES = 30
MEGABYTE = 1024 * 1024


class CannotTry(Exception):
    """The trial cannot go on: a sentence for the researcher."""


def lay_workflow(path: Path, crate: Crate, given: Path | None, destination: Path) -> None:
    """Unpack the workflow crate: the one that is given, else the one inside the request. Raises CannotTry, Rejected."""
    identifier = crate.workflow["id"]
    if given:
        with given.open("rb") as stream:
            unpack_workflow(stream, destination)
    elif is_relative(identifier):
        unpack_folder(path, f"data/{path_of(identifier)}", destination)
    else:
        raise CannotTry(
            f"The workflow is not inside this crate. Download it from {crate.workflow['distribution']} (or from its page "
            "in the catalogue) and add: --workflow FILE.zip"
        )


def unpack_folder(path: Path, folder: str, destination: Path) -> None:
    """Copy one folder of an accepted crate."""
    bag = open_bag(path, CrateLimits())
    with bag.archive:
        for member in bag.members:
            if member.startswith(folder):
                with bag.open(member) as source:
                    copy(source, destination / member.removeprefix(folder))


def parameters_of(workflow: Graph, filled: set[str]) -> list[Parameter]:
    """What a workflow takes, by its crate's own FormalParameters. A file that no input of the request fills is a dataset."""
    found = []
    for entity in workflow.all(ids(workflow.workflow.get("input"))):
        name, kinds = first_text(entity, "name"), [short(each) for each in additional_types(entity)]
        kind = next((TYPES[each] for each in kinds if each in TYPES), "string")
        kind = "dataset" if kind == "file" and name not in filled else kind
        usual = str(entity.get("defaultValue", "" if entity.get("valueRequired", True) else "none"))
        found.append({"name": name, "type": kind, "default": usual})
    return found


def outputs_of(workflow: Graph) -> list[str]:
    """The outputs that a workflow crate declares."""
    return [first_text(entity, "name") for entity in workflow.all(ids(workflow.workflow.get("output")))]


def check_samples(parameters: list[Parameter], given: set[str]) -> None:
    """Each dataset has its sample, and each sample its dataset. Raises CannotTry."""
    datasets = [each["name"] for each in parameters if each["type"] == "dataset"]
    for name in sorted(given - set(datasets)):
        known = f"It reads: {', '.join(datasets)}." if datasets else "It reads none."
        raise CannotTry(f"The workflow reads no dataset called {name}. {known}")
    missing = [name for name in datasets if name not in given]
    if missing:
        asked = " ".join(f"--sample {name}=FILE.csv" for name in missing)
        raise CannotTry(
            f"The workflow reads a dataset for which there is no sample: {', '.join(missing)}. Download one from the "
            f"dataset's page in the catalogue and add: {asked}"
        )


def job_of(path: Path, crate: Crate, samples: dict[str, Path], folder: Path, limits: Limits) -> JobSpec:
    """The job of a request on samples, laid out as a TRE does it. Raises CannotTry, BadParameter, Rejected."""
    parameters = parameters_of(workflow_graph(folder / "workflow"), {each.parameter for each in crate.inputs})
    values, files = fill(parameters, crate.inputs)
    check_samples(parameters, set(samples))
    return make_job(
        attempt_id=uuid4(),
        workflow_dir=folder / "workflow",
        crate=path,
        inputs_dir=folder / "inputs",
        values=values,
        files=files,
        datasets=copied(samples, folder / "samples"),
        limits=limits,
    )


def copied(samples: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The samples where the sandbox's user can read them, which a home directory may not allow."""
    folder.mkdir()
    found = {name: folder / f"{number}{path.suffix}" for number, (name, path) in enumerate(samples.items())}
    for name, target in found.items():
        shutil.copyfile(samples[name], target)
    readable(folder)
    return found


@contextmanager
def attempt(executor: LocalCwlExecutor, job: JobSpec):
    """The reference of a started attempt. However the block ends, also by Ctrl-C, nothing of it lives on. Raises Rejected."""
    try:
        yield executor.submit(job)
    finally:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave it running
        stop(executor, job)
        shutil.rmtree(executor.folder(job.attempt_id), ignore_errors=True)
        signal.signal(signal.SIGINT, before)


def stop(executor: LocalCwlExecutor, job: JobSpec) -> None:
    """Wait until an attempt has ended, as it is asked to now."""
    reference = executor.find(job.attempt_id)
    if reference:
        executor.cancel(reference)
        while executor.poll(reference).state in LIVE:
            time.sleep(LOOK_SECONDS)


def wait(executor: LocalCwlExecutor, reference: str, say: Callable[[str], None]) -> Snapshot:
    """Wait for the end; say after a second, and then by and by less often, that it still runs."""
    began, word = time.monotonic(), FIRST_WORD_SECONDS
    while (snapshot := executor.poll(reference)).state in LIVE:
        seconds = time.monotonic() - began
        if seconds > word:
            say(f"It has been running for {seconds:.0f} s.")
            word *= 2
        time.sleep(LOOK_SECONDS)
    return snapshot


def why_failed(snapshot: Snapshot, limits: Limits) -> list[str]:
    """Whose fault a failure is, and the end of the log."""
    sentences = {
        Fault.WORKFLOW: f"The workflow failed ({snapshot.raw_state}): it, or what it was given, is at fault. "
        "In a secure data centre it would fail too.",
        Fault.LIMITS: f"The workflow took more than a run may: {limits.wall_seconds} s, "
        f"{limits.memory_bytes // MEGABYTE} MB of memory, {limits.disk_bytes // MEGABYTE} MB of files, "
        f"{limits.processes} processes.",
        Fault.OURS: f"The sandbox broke ({snapshot.raw_state}). Neither you nor the workflow is at fault: try again.",
    }
    log = [inert(line) for line in snapshot.detail.splitlines()[-LOG_LINES:]]
    return [sentences[snapshot.fault], *(["The end of its log:", *log] if log else [])]


def what_came_out(collected: Collected, declared: list[str]) -> list[str]:
    """A line for each declared output, for each file that would stay, and for what was declared and did not come."""
    told = [
        f"  {each.port}: {inert(each.name)}, {each.size} bytes"
        if each.port in declared
        else f"  stays inside, because it is not declared: {inert(each.name)}"
        for each in collected.outputs
    ]
    told += [f"  refused, {why}: {inert(name)}" for name, why in collected.refused]
    came = {each.port for each in collected.outputs}
    return told + [f"  declared, but it did not come out: {name}" for name in declared if name not in came]


def keep(collected: Collected, declared: list[str], folder: Path) -> None:
    """Copy the declared outputs by their own names, which the executor has looked at."""
    for each in collected.outputs:
        if each.port in declared:
            with each.path.open("rb") as source:
                copy(source, folder / each.name)
