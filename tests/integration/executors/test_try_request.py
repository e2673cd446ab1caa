"""`try_request`, as a researcher runs it on her own machine: no database, the real sandbox, and nothing left of it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from shutil import rmtree
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core.crates.check import document_of
from apps.core.crates.graph import Graph
from apps.node.executors import home
from apps.node.executors.contract import Health
from apps.node.executors.provision import provision
from apps.tools.federation.journey import write_request
from apps.tools.federation.population import write_population
from apps.tools.federation.workflow_crate import write_workflow_crate
from apps.tools.management.commands import try_request
from tests.unit.crates.bags import good, write

pytestmark = pytest.mark.sandbox
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


@pytest.fixture
def files(federation, tmp_path):
    """What a researcher has on her disk: her request, the workflow crate, a sample. An executor's folder of its own."""
    root = Path(tempfile.mkdtemp(prefix="trefx-try-", dir="/var/tmp"))
    provision(home() / "cwl")
    found = SimpleNamespace(request=tmp_path / "r.zip", workflow=tmp_path / "w.zip", sample=tmp_path / "s.csv")
    write_request(found.request)
    write_workflow_crate(found.workflow)
    write_population(found.sample, seed=5, asthma=0.5, mean_age=40, rows=200)
    found.sample.chmod(0o600)
    found.root, found.kept = root, tmp_path / "kept"
    root.chmod(0o711)
    yield found
    rmtree(root)


def environment(files, **changed) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_", "DATA_"))}
    data = str(files.root / "data")
    return kept | {"DATA_DIR": data, "EXECUTOR_ROOT": str(files.root / "attempts"), "ROLE": "solo"} | changed


def command(files, *more, workflow=True, sample=True) -> list[str]:
    given = ["--workflow", str(files.workflow)] if workflow else []
    given += ["--sample", f"dataset={files.sample}"] if sample else []
    return [*MANAGE, "try_request", str(files.request), *given, *more]


def tried(files, *more, changed=None, **parts) -> SimpleNamespace:
    ran = subprocess.run(
        command(files, *more, **parts),
        env=environment(files, **(changed or {})),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return SimpleNamespace(code=ran.returncode, out=ran.stdout, err=ran.stderr)


def left(files) -> list[str]:
    """What lies in the executor's folder, but for the locks of the sandbox's users."""
    root = files.root / "attempts"
    return [path.name for path in root.iterdir() if path.name != "uids"] if root.exists() else []


def living(files) -> bool:
    found = subprocess.run(["pgrep", "-f", f"supervisor.py {files.root}|ro-bind {files.root}"], capture_output=True)
    return found.returncode == 0


def with_script(files, script: str) -> None:
    """The same workflow with another script in its first step."""
    change(files, "count.py", lambda before: script.encode())


def change(files, name: str, how) -> None:
    """Change one file of the workflow crate."""
    with zipfile.ZipFile(files.workflow) as archive:
        content = {each: archive.read(each) for each in archive.namelist()}
    content[name] = how(content[name])
    with zipfile.ZipFile(files.workflow, "w") as archive:
        for name, each in content.items():
            archive.writestr(name, each)


@pytest.mark.django_db
def test_the_demonstration_request_counts_the_sample_and_leaves_only_what_was_kept(files):
    began = time.monotonic()
    ran = tried(files, "--keep", str(files.kept))
    seconds = time.monotonic() - began
    assert ran.code == 0, ran.out + ran.err
    assert "accepted (SHA-256 " in ran.out
    assert hashlib.sha512(files.workflow.read_bytes()).hexdigest() in ran.out
    assert "  counts: counts.csv, " in ran.out
    assert "  chart: chart.svg, " in ran.out
    assert "These rows were invented. Real data may behave otherwise" in ran.out
    rows = (files.kept / "counts.csv").read_text().splitlines()
    assert rows[0] == "region,age_band,people_with_asthma"
    assert any(row.rsplit(",", 1)[1].isdigit() for row in rows[1:])
    assert sorted(path.name for path in files.kept.iterdir()) == ["chart.svg", "counts.csv"]
    assert left(files) == []
    assert not (files.root / "data" / "portal.sqlite3").exists()
    assert seconds < 60


@pytest.mark.django_db
def test_a_workflow_that_is_inside_the_request_is_the_one_that_runs(files):
    document = document_of(files.request)
    graph = Graph(document)
    inside = json.loads(json.dumps(document).replace(json.dumps(graph.workflow["@id"]), '"analysis/"'))
    with zipfile.ZipFile(files.workflow) as archive:
        payload = {f"analysis/{name}": archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(files.request) as archive:
        payload["README.txt"] = archive.read("request/data/README.txt")
    write(files.request, good(inside, payload))
    ran = tried(files, workflow=False)
    assert ran.code == 0, ran.out + ran.err
    assert "  counts: counts.csv, " in ran.out


@pytest.mark.django_db
def test_a_failing_workflow_is_told_with_its_fault_and_its_log(files):
    with_script(files, "raise SystemExit('no such column: region')")
    ran = tried(files)
    assert ran.code == 1, ran.out + ran.err
    assert "it, or what it was given, is at fault" in ran.out
    assert "no such column: region" in ran.out
    assert "These rows were invented." in ran.out
    assert left(files) == []


@pytest.mark.django_db
def test_a_run_that_takes_too_long_is_told_as_a_limit(files):
    with_script(files, "import time\ntime.sleep(60)")
    ran = tried(files, changed={"EXECUTOR_WALL_SECONDS": "3"})
    assert ran.code == 1, ran.out + ran.err
    assert "more than a run may: 3 s" in ran.out
    assert "It has been running for 1 s." in ran.out
    assert left(files) == []


@pytest.mark.django_db
def test_what_is_missing_is_named_and_nothing_runs(files):
    ran = tried(files, sample=False)
    assert ran.code == 1
    assert "no sample: dataset." in ran.err
    assert "--sample dataset=FILE.csv" in ran.err
    ran = tried(files, workflow=False)
    assert ran.code == 1
    assert "The workflow is not inside this crate. Download it from http" in ran.err
    assert "/crate.zip" in ran.err
    change(files, "ro-crate-metadata.json", lambda before: before.replace(b'"Integer"', b'"Boolean"'))
    ran = tried(files)
    assert ran.code == 1
    assert "min_cell has to be true or false." in ran.err
    files.workflow.write_text("no zip")
    ran = tried(files)
    assert ran.code == 1
    assert "not a ZIP file" in ran.err
    assert left(files) == []
    assert not living(files)


@pytest.mark.django_db
def test_a_hostile_crate_is_refused_and_never_runs(files):
    content = good()
    content["data/ro-crate-metadata.json"] += b" "
    write(files.request, content)
    ran = tried(files)
    assert ran.code == 1
    assert "error 5S-PKG-06" in ran.out
    write(files.request, good() | {"../../escape": b"x"})
    ran = tried(files)
    assert ran.code == 2
    assert "M-07" in ran.out
    assert "Running" not in ran.out
    assert left(files) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_run_and_nothing_of_it_lives_on(number, files):
    with_script(files, "import time\ntime.sleep(100)")
    process = subprocess.Popen(
        command(files), env=environment(files), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert any("It has been running" in line for line in process.stdout)
    assert living(files)
    process.send_signal(number)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Ended before it was done. Nothing of it is left." in err
    assert "Traceback" not in err
    assert left(files) == []
    assert not living(files)


@pytest.mark.django_db
def test_without_a_sandbox_it_says_what_to_do_and_ends_with_3(files, tmp_path):
    ran = tried(files, changed={"PATH": str(tmp_path)})
    assert (ran.code, left(files)) == (3, []), ran.out + ran.err
    assert "No sandbox, no trial. bubblewrap is missing. Run: sudo apt-get install bubblewrap" in ran.err
    hub = {name: value for name, value in environment(files, ROLE="hub").items() if not name.startswith("EXECUTOR_")}
    ran = subprocess.run(command(files), env=hub, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "A hub runs nothing: use ROLE=solo." in ran.stderr


def test_wrong_arguments_are_told_before_anything_is_read(tmp_path):
    there = tmp_path / "there"
    there.write_text("x")
    for arguments, sentence in (
        ([str(tmp_path / "gone.zip")], "There is no file"),
        ([str(there), "--sample", str(there)], "is not PARAMETER=FILE"),
        ([str(there), "--sample", "a=gone.csv"], "There is no file gone.csv"),
        ([str(there), "--keep", str(tmp_path)], "is there already"),
        ([str(there), "--keep", str(there)], "is there already"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("try_request", *arguments)


@pytest.fixture
def in_process(files, settings):
    """Run in this process, with the signals as they were before."""
    settings.EXECUTOR = {**settings.EXECUTOR, "root": str(files.root / "attempts")}
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield lambda: exit_of(*command(files)[3:])
    for number, handler in kept.items():
        signal.signal(number, handler)


def exit_of(*arguments) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("try_request", *arguments)
    return int(ended.value.code)


@pytest.mark.django_db
def test_cwltool_is_fetched_once_where_it_is_missing_and_a_failure_is_told(files, in_process, monkeypatch, capsys):
    fetched = []
    monkeypatch.setattr(try_request, "is_ready", lambda runtime: False)
    monkeypatch.setattr(try_request, "provision", fetched.append)
    assert in_process() == 0
    assert "Fetching cwltool for the sandbox: once" in capsys.readouterr().out
    assert fetched == [home() / "cwl"]

    def offline(runtime):
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(try_request, "provision", offline)
    assert in_process() == 3
    assert "cwltool cannot be fetched" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_sandbox_that_does_not_work_is_told_and_nothing_runs(files, in_process, monkeypatch, capsys):
    monkeypatch.setattr(try_request.LocalCwlExecutor, "probe", lambda self: Health(False, "The kernel refuses."))
    assert in_process() == 3
    assert "No sandbox, no trial. The kernel refuses." in capsys.readouterr().err
    assert left(files) == []
