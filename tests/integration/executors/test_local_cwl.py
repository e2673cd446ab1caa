"""The sandbox, for real: what runs, what cannot get out, what a killed worker leaves."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest

from apps.node.executors import executor_for, home, local_cwl, sandbox
from apps.node.executors.contract import Fault, JobSpec, Limits, Rejected, State
from apps.node.executors.local_cwl import LocalCwlExecutor
from apps.node.executors.provision import provision
from apps.tools.federation.population import write_population
from apps.tools.federation.workflow_crate import write_workflow_crate

pytestmark = pytest.mark.sandbox
TOOL = """
cwlVersion: v1.2
class: CommandLineTool
baseCommand: [/usr/bin/python3, -I, -c]
arguments:
  - |
{script}
inputs: {{}}
outputs:
  out: {{type: "File[]", outputBinding: {{glob: "out*"}}}}
"""


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="trefx-test-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def executor(folder):
    provision(home() / "cwl")
    return LocalCwlExecutor(folder / "attempts", home() / "cwl")


def tool(folder: Path, script: str, **limits) -> JobSpec:
    """A job of one Python script."""
    workflow = folder / f"workflow-{uuid4()}"
    workflow.mkdir()
    indented = "".join(f"    {line}\n" for line in script.strip().splitlines())
    (workflow / "tool.cwl").write_text(TOOL.format(script=indented))
    return JobSpec(uuid4(), workflow, "tool.cwl", {}, limits=Limits(**{"wall_seconds": 60} | limits))


def ended(executor, reference, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        snapshot = executor.poll(reference)
        if snapshot.state not in (State.QUEUED, State.RUNNING):
            return snapshot
        time.sleep(0.05)
    raise AssertionError("it did not end")


def run(executor, folder, script, **limits):
    return ended(executor, executor.submit(tool(folder, script, **limits)))


def test_the_demonstration_workflow_counts_and_draws(executor, folder):
    write_workflow_crate(folder / "w.zip")
    with zipfile.ZipFile(folder / "w.zip") as archive:
        archive.extractall(folder / "w")
    write_population(folder / "d.csv", seed=1, asthma=0.1, mean_age=40)
    (folder / "d.csv").chmod(0o644)
    inputs = {"dataset": {"file": "d.csv"}, "min_cell": 10, "age_bands": "0-17,18+"}
    job = JobSpec(uuid4(), folder / "w", "counts.cwl", inputs, datasets={"d.csv": folder / "d.csv"})
    reference = executor.submit(job)
    assert executor.submit(job) == reference
    assert ended(executor, reference).state == State.COMPLETE
    collected = executor.collect(reference, folder / "out")
    assert {output.port for output in collected.outputs} == {"counts", "chart"}
    counts = next(output for output in collected.outputs if output.port == "counts")
    assert counts.path.read_text().startswith("region,age_band,people_with_asthma\nEast,0-17,")
    assert executor.find(job.attempt_id) == reference
    assert executor.find(uuid4()) is None


def test_there_is_no_network_and_no_file_of_the_host(executor, folder):
    script = f"""
import os, socket
for place in ("/etc/shadow", "/root", "/home", {str(folder)!r}):
    assert not os.path.exists(place), place
try:
    open("/usr/x", "w")
except OSError:
    pass
else:
    raise AssertionError("writable /usr")
try:
    socket.create_connection(("127.0.0.1", 5432), 2)
except OSError:
    pass
else:
    raise AssertionError("network")
assert os.getuid() != 0
open("out.txt", "w").write("ok")
"""
    assert run(executor, folder, script).state == State.COMPLETE


@pytest.mark.parametrize(
    ("script", "limits", "told"),
    [
        ("import time\ntime.sleep(60)", {"wall_seconds": 2}, ""),
        ("x = bytearray(3_000_000_000)", {"memory_bytes": 800_000_000}, "MemoryError"),
        ("while True: pass", {"cpu_seconds": 3}, ""),
        ("f = open('out1', 'wb')\nwhile True: f.write(b'x' * 1_000_000)", {"disk_bytes": 20_000_000}, "too large"),
        (
            "import os, time\nfor _ in range(3000):\n    if os.fork() == 0:\n        time.sleep(30)\n        os._exit(0)",
            {"processes": 64},
            "temporarily unavailable",
        ),
    ],
    ids=["time", "memory", "processor", "disk", "processes"],
)
def test_a_run_that_takes_too_much_is_ended(script, limits, told, executor, folder):
    """Where the kernel refuses the process itself, its own error says of what there was too little."""
    snapshot = run(executor, folder, script, **limits)
    assert snapshot.state == State.FAILED
    assert snapshot.fault == (Fault.WORKFLOW if told else Fault.LIMITS), snapshot
    assert told in snapshot.detail


def test_memory_is_counted_over_all_processes_of_a_run(executor, folder):
    script = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = bytearray(os.urandom(1) * 150_000_000)
        time.sleep(20)
        os._exit(0)
time.sleep(20)
"""
    snapshot = run(executor, folder, script, memory_bytes=600_000_000)
    assert (snapshot.raw_state, snapshot.fault) == ("memory", Fault.LIMITS)


def test_links_among_the_outputs_are_refused(executor, folder):
    script = "import os\nopen('out1', 'w').write('ok')\nos.symlink('/etc/passwd', 'out2')\nos.link('out1', 'out3')"
    reference = executor.submit(tool(folder, script))
    ended(executor, reference)
    collected = executor.collect(reference, folder / "out")
    assert all(not output.path.is_symlink() for output in collected.outputs)
    assert "root:" not in "".join(output.path.read_text() for output in collected.outputs)


def test_a_failing_workflow_is_the_workflows_fault_with_its_log(executor, folder):
    snapshot = run(executor, folder, "raise SystemExit('no such column')")
    assert (snapshot.state, snapshot.fault) == (State.FAILED, Fault.WORKFLOW)
    assert "no such column" in snapshot.detail


def test_a_stop_reaches_the_process(executor, folder):
    reference = executor.submit(tool(folder, "import time\ntime.sleep(50)"))
    while executor.poll(reference).state != State.RUNNING:
        time.sleep(0.02)
    executor.cancel(reference)
    assert ended(executor, reference, 15).state == State.CANCELLED
    executor.cancel(str(uuid4()))


SUBMIT = """
import sys, time
from pathlib import Path
from uuid import UUID
from apps.node.executors.contract import JobSpec
from apps.node.executors.local_cwl import LocalCwlExecutor
root, runtime, workflow, attempt = sys.argv[1:]
LocalCwlExecutor(Path(root), Path(runtime)).submit(JobSpec(UUID(attempt), Path(workflow), "tool.cwl", {}))
print("submitted", flush=True)
time.sleep(60)
"""


def worker(executor, job):
    command = [sys.executable, "-c", SUBMIT, str(executor.root), str(executor.runtime), str(job.workflow_dir)]
    return subprocess.Popen([*command, str(job.attempt_id)], stdout=subprocess.PIPE, text=True)


def test_a_run_outlives_the_worker_that_started_it_and_is_adopted(executor, folder):
    job = tool(folder, "import time\ntime.sleep(3)\nopen('out1', 'w').write('survived')")
    process = worker(executor, job)
    assert process.stdout.readline() == "submitted\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert executor.poll(str(job.attempt_id)).state in (State.QUEUED, State.RUNNING)
    assert executor.submit(job) == str(job.attempt_id)
    assert ended(executor, str(job.attempt_id)).state == State.COMPLETE
    assert executor.collect(str(job.attempt_id), folder / "out").outputs[0].path.read_text() == "survived"


def test_two_workers_that_submit_at_once_start_one_sandbox(executor, folder):
    job = tool(folder, "import time\ntime.sleep(1)\nopen('out1', 'w').write('x')")
    processes = [worker(executor, job) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "submitted\n"
        process.kill()
        process.communicate()
    pattern = f"supervisor.py {executor.folder(job.attempt_id)}"
    found = subprocess.run(["pgrep", "-fc", pattern], capture_output=True, text=True, check=False)
    assert int(found.stdout) <= 1
    assert ended(executor, str(job.attempt_id)).state == State.COMPLETE


def test_a_killed_supervisor_is_a_lost_attempt_and_nothing_of_it_lives_on(executor, folder):
    import json

    job = tool(folder, "import time\ntime.sleep(50)")
    reference = executor.submit(job)
    while executor.poll(reference).state != State.RUNNING:
        time.sleep(0.02)
    time.sleep(1)
    pid = json.loads((executor.folder(reference) / "started.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while executor.poll(reference).state == State.RUNNING and time.monotonic() < end:
        time.sleep(0.05)
    snapshot = executor.poll(reference)
    assert (snapshot.raw_state, snapshot.fault) == ("lost", Fault.OURS)
    assert executor.submit(job) == reference
    assert executor.poll(reference).raw_state == "lost"


def test_an_attempt_that_was_only_laid_out_never_started(executor, folder):
    attempt = uuid4()
    executor.folder(attempt).mkdir(parents=True)
    snapshot = executor.poll(str(attempt))
    assert snapshot.never_started
    assert executor.find(attempt) is None


def test_a_workflow_with_a_link_is_rejected(executor, folder):
    job = tool(folder, "pass")
    (job.workflow_dir / "link").symlink_to("/etc/passwd")
    with pytest.raises(Rejected, match="link"):
        executor.submit(job)


def test_no_sandbox_no_execution(executor, monkeypatch, tmp_path):
    assert executor.probe().ok
    monkeypatch.setattr(local_cwl.shutil, "which", lambda name: None)
    assert "apt-get install bubblewrap" in executor.probe().sentence
    monkeypatch.undo()
    assert "provision_executor" in LocalCwlExecutor(tmp_path, tmp_path / "none").probe().sentence
    monkeypatch.setattr(sandbox, "walls", lambda binds, limits: ["false"])
    assert executor.probe().ok is False


def test_an_operator_is_told_what_the_kernel_refuses():
    assert "EXECUTOR_ROOT" in local_cwl.why_not("bwrap: Can't find source path /root/x: Permission denied")
    assert "sysctl" in local_cwl.why_not("bwrap: No permissions to create new namespace")
    assert "no reason given" in local_cwl.why_not("")
    assert "last line" in local_cwl.why_not("first\nlast line")


def test_an_unknown_kind_of_executor_is_refused():
    with pytest.raises(ValueError, match="EXECUTOR_KIND"):
        executor_for({"kind": "magic", "root": "", "runtime": ""})
