"""What an executor is given for a run: the approved workflow's files, the inputs, where the datasets lie."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages

from apps.node.executors import executor_for
from apps.node.executors.contract import Executor
from apps.node.executors.job import limits_of, make_job, unpack_workflow
from apps.node.runs.models import Attempt, Run
from apps.node.runs.receipt import local_copy
from apps.node.runs.safes import location_of


def executor() -> Executor:
    """The executor of this node."""
    return executor_for(settings.EXECUTOR)


@contextmanager
def job_for(attempt: Attempt):
    """The JobSpec of an attempt; its files last as long as the block. Raises Rejected."""
    run = attempt.run
    with tempfile.TemporaryDirectory(prefix="job-") as folder, local_copy("offers", run.crate) as crate:
        workflow_dir = Path(folder) / "workflow"
        with storages["offers"].open(run.workflow_approval.crate) as stored:
            unpack_workflow(stored, workflow_dir)
        yield make_job(
            attempt_id=attempt.pk,
            workflow_dir=workflow_dir,
            crate=crate,
            inputs_dir=Path(folder) / "inputs",
            values=run.parameters,
            files=run.files,
            datasets=locations(run),
            limits=limits_of(settings.EXECUTOR),
        )


def locations(run: Run) -> dict[str, Path]:
    """Parameter -> where its dataset lies."""
    return {parameter: Path(location_of(run, each["version"]).path) for parameter, each in run.datasets.items()}
