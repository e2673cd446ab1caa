import argparse
import hashlib
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from apps.core.crates.check import check, read
from apps.core.crates.parameters import BadParameter
from apps.node.executors import executor_for
from apps.node.executors.contract import JobSpec, Rejected, State
from apps.node.executors.job import limits_of, workflow_graph
from apps.node.executors.local_cwl import LocalCwlExecutor
from apps.node.executors.provision import is_ready, provision
from apps.tools import reports, trial
from apps.tools.trial import CannotTry

COMPLETE, FAILED, NO_SANDBOX, ENDED = 0, 1, 3, 130
INVENTED = (
    "These rows were invented. Real data may behave otherwise: more rows, other values, empty cells, smaller counts. In a "
    "secure data centre people look at what comes out before you get it."
)


class NoSandbox(Exception):
    """Nothing can be run on this machine: a sentence that says what to do."""


class Command(reports.CrateCommand):
    help = (
        "Check a request and run it on samples of invented rows, in the sandbox that a TRE uses, before anyone is asked. "
        "Exit 0 complete, 1 refused or failed, 2 it could not be read, 3 no sandbox."
    )

    def add_arguments(self, parser):
        reports.add_own_host(parser)
        parser.add_argument("file", type=a_file, help="the request: a Five Safes RO-Crate")
        parser.add_argument("--workflow", type=a_file, help="the workflow crate, from its page in the catalogue")
        parser.add_argument(
            "--sample",
            type=a_sample,
            action="append",
            default=[],
            metavar="PARAMETER=FILE",
            help="the sample for a dataset that the workflow reads, from the dataset's page in the catalogue",
        )
        parser.add_argument("--keep", type=a_new_folder, metavar="FOLDER", help="a new folder for what comes out")

    def handle(self, *, file, workflow, sample, keep, own_host, **options):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            code = self.check(file, own_host) or self.attempt(file, workflow, dict(sample), keep)
        except (CannotTry, BadParameter, Rejected) as problem:
            self.stderr.write(reports.inert(str(problem)))
            code = FAILED
        except NoSandbox as problem:
            self.stderr.write(f"No sandbox, no trial. {problem}")
            code = NO_SANDBOX
        except KeyboardInterrupt:
            self.stderr.write("Ended before it was done. Nothing of it is left.")
            code = ENDED
        sys.exit(code)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def check(self, file: Path, own_host: list[str]) -> int:
        """The check that the portal makes; its exit code."""
        self.say(f"Checking {file.name}.")
        report = check(file, limits=reports.limits(own_host))
        for line in reports.lines(report):
            self.say(line)
        return reports.EXIT[report.verdict]

    def attempt(self, file: Path, workflow: Path | None, samples: dict[str, Path], keep: Path | None) -> int:
        """Lay the request out on its samples, run it, tell what came of it."""
        if not settings.HAS_NODE:
            raise NoSandbox("A hub runs nothing: use ROLE=solo.")
        executor, crate = executor_for(settings.EXECUTOR), read(file)
        executor.root.mkdir(parents=True, exist_ok=True)
        executor.root.chmod(0o711)
        with tempfile.TemporaryDirectory(prefix="try-", dir=executor.root) as made:
            folder = Path(made)
            folder.chmod(0o711)
            trial.lay_workflow(file, crate, workflow, folder / "workflow")
            if workflow:
                with workflow.open("rb") as stream:
                    sha512 = hashlib.file_digest(stream, "sha512").hexdigest()
                self.say(f"Compare with the page of the workflow in the catalogue: SHA-512 {sha512}")
            job = trial.job_of(file, crate, samples, folder, limits_of(settings.EXECUTOR))
            self.make_ready(executor)
            return self.run(executor, job, folder, keep)

    def make_ready(self, executor: LocalCwlExecutor) -> None:
        """Fetch cwltool where it is missing, and look whether the sandbox works. Raises NoSandbox."""
        if shutil.which("bwrap") and not is_ready(executor.runtime):
            self.say("Fetching cwltool for the sandbox: once, about a minute.")
            try:
                provision(executor.runtime)
            except (subprocess.CalledProcessError, OSError) as problem:
                raise NoSandbox(f"cwltool cannot be fetched: {problem}")
        health = executor.probe()
        if not health.ok:
            raise NoSandbox(health.sentence)

    def run(self, executor: LocalCwlExecutor, job: JobSpec, folder: Path, keep: Path | None) -> int:
        """One attempt, to its end. Raises Rejected."""
        self.say("Running the workflow in the sandbox, without a network.")
        with trial.attempt(executor, job) as reference:
            snapshot = trial.wait(executor, reference, self.say)
            if snapshot.state != State.COMPLETE:
                lines, code = trial.why_failed(snapshot, job.limits), FAILED
            else:
                seconds = (snapshot.ended - snapshot.started).total_seconds()
                collected = executor.collect(reference, folder / "outputs")
                declared = trial.outputs_of(workflow_graph(job.workflow_dir))
                lines = [f"It ran to its end in {seconds:.1f} s. What came out:"]
                lines += trial.what_came_out(collected, declared)
                code = COMPLETE
                if keep:
                    trial.keep(collected, declared, keep)
                    lines.append(f"Kept in {keep}.")
        for line in [*lines, INVENTED]:
            self.say(line)
        return code


def a_file(text: str) -> Path:
    path = Path(text)
    why = reports.why_unreadable(path)
    if why:
        raise argparse.ArgumentTypeError(why)
    return path


def a_sample(text: str) -> tuple[str, Path]:
    name, _equals, file = text.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{text} is not PARAMETER=FILE.")
    return name, a_file(file)


def a_new_folder(text: str) -> Path:
    path = Path(text)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise argparse.ArgumentTypeError(f"{text} is there already. Name a new folder.")
    return path
