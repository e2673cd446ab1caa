"""Lay out what a JobSpec is made of: the workflow crate's files, the request's own inputs, its datasets. Plain paths."""

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from apps.core.crates.findings import Unreadable
from apps.core.crates.graph import DESCRIPTOR, Graph, ids, parse
from apps.core.crates.limits import MEGABYTE
from apps.core.crates.limits import Limits as CrateLimits
from apps.core.crates.package import is_safe_path, open_bag
from apps.node.executors.contract import JobSpec, Limits, Rejected

LARGEST_FILE = 64 * MEGABYTE
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def limits_of(settings: dict) -> Limits:
    """What one attempt may use, by the settings of the executor."""
    return Limits(
        wall_seconds=settings["wall_seconds"],
        cpu_seconds=settings["wall_seconds"],
        memory_bytes=settings["memory_mb"] * MEGABYTE,
        disk_bytes=settings["disk_mb"] * MEGABYTE,
        processes=settings["processes"],
    )


def make_job(
    *,
    attempt_id: UUID,
    workflow_dir: Path,
    crate: Path,
    inputs_dir: Path,
    values: dict[str, Any],
    files: dict[str, str],
    datasets: dict[str, Path],
    limits: Limits,
) -> JobSpec:
    """The job of an unpacked workflow. `values`: parameter -> value; `files`: parameter -> path in the payload of the
    request's `crate`, copied into `inputs_dir`; `datasets`: parameter -> where it lies. Raises Rejected.
    """
    copied = unpack_inputs(crate, files, inputs_dir)
    bound = {f"{parameter}{path.suffix}": path for parameter, path in datasets.items()}
    named = [*zip(files, copied, strict=True), *zip(datasets, bound, strict=True)]
    return JobSpec(
        attempt_id=attempt_id,
        workflow_dir=workflow_dir,
        workflow=main_workflow(workflow_dir),
        inputs={**values, **{parameter: {"file": name} for parameter, name in named}},
        files=copied,
        datasets=bound,
        limits=limits,
    )


def unpack_workflow(crate: IO[bytes], destination: Path) -> None:
    """Unpack a workflow crate (a ZIP) into a folder that is not there yet. Raises Rejected."""
    try:
        with zipfile.ZipFile(crate) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if not is_safe_path(info.filename) or info.file_size > LARGEST_FILE:
                    raise Rejected("The workflow crate holds a file that is not allowed.")
                with archive.open(info) as source:
                    copy(source, destination / info.filename)
    except BROKEN as problem:
        raise Rejected("The workflow crate is not a ZIP file that can be read.") from problem


def main_workflow(folder: Path) -> str:
    """The path of the workflow that an unpacked crate is about, relative to it. Raises Rejected."""
    main = ids(workflow_graph(folder).root.get("mainEntity"))
    if len(main) != 1 or not is_safe_path(main[0]) or not (folder / main[0]).is_file():
        raise Rejected("The workflow crate does not name its workflow.")
    return main[0]


def workflow_graph(folder: Path) -> Graph:
    """The metadata of an unpacked workflow crate. Raises Rejected."""
    path = folder / DESCRIPTOR
    if not path.is_file():
        raise Rejected(f"The workflow crate has no {DESCRIPTOR}.")
    try:
        return Graph(parse(path.read_bytes(), CrateLimits()))
    except Unreadable as problem:
        raise Rejected(f"The workflow crate cannot be read: {problem.finding.message}") from problem


def unpack_inputs(crate: Path, files: dict[str, str], destination: Path) -> dict[str, Path]:
    """Copy a request's own input files out of its crate: name -> path, in the order of `files`. Raises Rejected."""
    found = {}
    bag = open_bag(crate, CrateLimits())
    with bag.archive:
        for number, payload_path in enumerate(files.values()):
            if f"data/{payload_path}" not in bag.members:
                raise Rejected(f"The crate holds no file {payload_path!r}.")
            target = destination / f"{number}{Path(payload_path).suffix}"
            with bag.open(f"data/{payload_path}") as source:
                copy(source, target)
            found[target.name] = target
    return found


def copy(source: IO[bytes], target: Path) -> None:
    """Write a stream to a new file, in pieces."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        shutil.copyfileobj(source, stream, MEGABYTE)
