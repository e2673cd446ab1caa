"""What an executor is given for a run: the approved workflow's files, the inputs, where the datasets lie."""

import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages

from apps.core.crates.graph import Graph, ids, parse
from apps.core.crates.limits import Limits as CrateLimits
from apps.core.crates.package import is_safe_path, open_bag
from apps.node.custody.models import DatasetLocation
from apps.node.executors import executor_for
from apps.node.executors.contract import Executor, JobSpec, Limits, Rejected
from apps.node.runs.models import Attempt, Run
from apps.node.runs.receipt import local_copy

MEGABYTE = 1024 * 1024


def executor() -> Executor:
    """The executor of this node."""
    return executor_for(settings.EXECUTOR)


@contextmanager
def job_for(attempt: Attempt):
    """The JobSpec of an attempt; its files last as long as the block. Raises Rejected."""
    run = attempt.run
    with tempfile.TemporaryDirectory(prefix="job-") as folder:
        workflow_dir, inputs_dir = Path(folder) / "workflow", Path(folder) / "inputs"
        main = unpack_workflow(run, workflow_dir)
        inputs_dir.mkdir()
        files = unpack_inputs(run, inputs_dir)
        datasets = {f"{parameter}{path.suffix}": path for parameter, path in locations(run).items()}
        inputs = {
            **run.parameters,
            **{parameter: {"file": name} for parameter, name in zip(run.files, files, strict=True)},
            **{Path(name).stem: {"file": name} for name in datasets},
        }
        yield JobSpec(
            attempt_id=attempt.pk,
            workflow_dir=workflow_dir,
            workflow=main,
            inputs=inputs,
            files=files,
            datasets=datasets,
            limits=limits(),
        )


def limits() -> Limits:
    """What one attempt may use on this node."""
    given = settings.EXECUTOR
    return Limits(
        wall_seconds=given["wall_seconds"],
        cpu_seconds=given["wall_seconds"],
        memory_bytes=given["memory_mb"] * MEGABYTE,
        disk_bytes=given["disk_mb"] * MEGABYTE,
        processes=given["processes"],
    )


def unpack_workflow(run: Run, destination: Path) -> str:
    """Unpack the approved workflow crate; the path of its main workflow. Raises Rejected."""
    with storages["offers"].open(run.workflow_approval.crate) as stored, zipfile.ZipFile(stored) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if not is_safe_path(info.filename) or info.file_size > 64 * MEGABYTE:
                raise Rejected("The workflow crate holds a file that is not allowed.")
            target = destination / info.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, MEGABYTE)
    graph = Graph(parse((destination / "ro-crate-metadata.json").read_bytes(), CrateLimits()))
    main = ids(graph.root.get("mainEntity"))
    if len(main) != 1 or not is_safe_path(main[0]) or not (destination / main[0]).is_file():
        raise Rejected("The workflow crate does not name its workflow.")
    return main[0]


def unpack_inputs(run: Run, destination: Path) -> dict[str, Path]:
    """Copy the request's own input files out of its crate: name -> path, in the order of `run.files`."""
    found = {}
    with local_copy("offers", run.crate) as path:
        bag = open_bag(path, CrateLimits())
        with bag.archive:
            for number, payload_path in enumerate(run.files.values()):
                target = destination / f"{number}{Path(payload_path).suffix}"
                with bag.open(f"data/{payload_path}") as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, MEGABYTE)
                found[target.name] = target
    return found


def locations(run: Run) -> dict[str, Path]:
    """Parameter -> where its dataset lies."""
    rows = DatasetLocation.objects.for_tre(run)
    paths = {str(row.dataset_version): Path(row.path) for row in rows}
    return {parameter: paths[each["version"]] for parameter, each in run.datasets.items()}
