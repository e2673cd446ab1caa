"""The parts of the executor, one by one: what a hostile or broken sandbox may leave is never trusted."""

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time

import pytest

from apps.node.executors import local_cwl, provision, sandbox, supervisor
from apps.node.executors.contract import JobSpec, Limits, Rejected
from apps.node.executors.local_cwl import LocalCwlExecutor
from apps.tools.federation import processes


def entry(name, content=b"", kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content)
    return info, io.BytesIO(content)


def collected(tmp_path, *entries):
    folder = tmp_path / "attempts" / "one"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "result.tar", "w") as tar:
        for info, content in entries:
            tar.addfile(info, content)
    return LocalCwlExecutor(tmp_path / "attempts", tmp_path / "runtime").collect("one", tmp_path / "out")


def test_only_plain_files_under_results_are_taken(tmp_path):
    link, _nothing = entry("results/link", kind=tarfile.SYMTYPE)
    link.linkname = "/etc/passwd"
    found = collected(
        tmp_path,
        entry("cwl.json", b'{"one": {"class": "File", "location": "file:///out/results/a%20b.csv"}}'),
        entry("results", kind=tarfile.DIRTYPE),
        entry("results/a b.csv", b"x"),
        entry("results/../../escape", b"x"),
        entry("elsewhere/a", b"x"),
        (link, None),
        entry("results/device", kind=tarfile.CHRTYPE),
    )
    assert [(each.port, each.size) for each in found.outputs] == [("one", 1)]
    assert dict(found.refused) == {
        "results/../../escape": "a name that is not allowed",
        "elsewhere/a": "a name that is not allowed",
        "results/link": "not a regular file",
        "results/device": "not a regular file",
    }


@pytest.mark.parametrize("said", [None, b"not JSON", b"[1]"], ids=["nothing", "no JSON", "a list"])
def test_an_engine_that_does_not_say_what_belongs_where_leaves_no_candidates(said, tmp_path):
    told = [] if said is None else [entry("cwl.json", said)]
    found = collected(tmp_path, *told, entry("results/a.csv", b"x"))
    assert [each.port for each in found.outputs] == [""]


def test_files_in_lists_and_folders_belong_to_their_output(tmp_path):
    said = b"""{"many": [{"class": "Directory", "listing": [{"class": "File", "location": "file:///out/results/d/x"}]},
               {"class": "File", "location": "file:///out/results/y"}, 7]}"""
    found = collected(tmp_path, entry("cwl.json", said), entry("results/d/x", b"1"), entry("results/y", b"2"))
    assert [each.port for each in found.outputs] == ["many", "many"]


def test_input_files_are_copied_in_and_a_workflow_with_a_link_is_refused(tmp_path):
    workflow = tmp_path / "workflow"
    workflow.mkdir()
    (workflow / "w.cwl").write_text("cwlVersion: v1.2")
    (tmp_path / "in.csv").write_text("a,b")
    folder = tmp_path / "attempt"
    folder.mkdir()
    job = JobSpec("one", workflow, "w.cwl", {"table": {"file": "0.csv"}, "n": 3}, files={"0.csv": tmp_path / "in.csv"})
    local_cwl.lay_out(job, folder)
    assert (folder / "inputs" / "0.csv").read_text() == "a,b"
    assert '"/inputs/0.csv"' in (folder / "job" / "job.json").read_text()
    (workflow / "link").symlink_to("/etc/passwd")
    with pytest.raises(Rejected, match="link"):
        local_cwl.lay_out(job, folder)


def test_each_attempt_has_a_user_of_its_own_while_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(local_cwl, "UIDS", range(20001, 20003))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with local_cwl.free_uid(tmp_path) as (first, _lock), local_cwl.free_uid(tmp_path) as (second, _other):
        assert {first, second} == {20001, 20002}
        with pytest.raises(Rejected, match="Every sandbox user is taken"), local_cwl.free_uid(tmp_path):
            pass
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with local_cwl.free_uid(tmp_path) as taken:
        assert taken == (None, None)
    assert sandbox.as_user(None) == []


def test_old_folders_are_linked_only_where_the_machine_links_them(monkeypatch):
    monkeypatch.setattr(os.path, "islink", lambda path: False)
    assert "--symlink" not in sandbox.walls([], Limits())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("bwrap: No permissions to create new namespace", "The kernel refuses user namespaces"),
        ("bwrap: setting up uid map: Permission denied", "Run: sudo sysctl -w "),
        ("bwrap: Can't find source path /root/x: Permission denied", "Set EXECUTOR_ROOT"),
        ("AssertionError: network", "self-test failed: AssertionError: network"),
        ("", "no reason given"),
    ],
)
def test_a_sandbox_that_cannot_be_made_is_told_with_what_to_do(error, sentence):
    assert sentence in local_cwl.why_not(error)


@pytest.mark.parametrize(
    ("there", "value", "says"),
    [
        ("user/max_user_namespaces", "0\n", "user.max_user_namespaces=15000"),
        ("kernel/unprivileged_userns_clone", "0\n", "kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1\n", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("user/max_user_namespaces", "9000\n", "kernel.unprivileged_userns_clone=1"),
    ],
)
def test_the_setting_that_refuses_is_the_one_that_is_told(there, value, says, tmp_path):
    path = tmp_path / there
    path.parent.mkdir()
    path.write_text(value)
    assert local_cwl.refusing_setting(tmp_path) == says


def test_an_environment_that_another_process_made_meanwhile_is_taken(tmp_path, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr(provision, "is_ready", lambda runtime: next(answers))
    assert provision.provision(tmp_path / "cwl") is False


def test_a_process_that_ended_while_it_was_looked_at_is_no_error(monkeypatch):
    there = os.listdir("/proc")
    monkeypatch.setattr(os, "listdir", lambda path: [*there, "999999999"])
    assert 999999999 not in supervisor.parents()


def test_a_busy_port_is_passed_over():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        assert processes.free_port(taken) > taken


def test_a_process_that_will_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(processes, "END_SECONDS", 0.2)
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    process.stdout.readline()
    processes.end([process])
    assert process.returncode == -signal.SIGKILL
    process.stdout.close()


PARENT = """
import subprocess, sys, time
from apps.tools.federation.processes import end_with_parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=end_with_parent)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_child_ends_with_its_parent_however_that_ends():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 10
    while time.monotonic() < end and os.path.exists(f"/proc/{child}") and "Z" not in state_of(child):
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child}") or "Z" in state_of(child)


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_no_limit_is_left_out_of_a_command():
    text = " ".join(sandbox.limited(Limits()))
    assert all(option in text for option in ("--cpu", "--as", "--fsize", "--nproc", "--nofile", "--core=0"))


def test_a_lock_never_takes_the_place_of_a_stream_that_is_closed(tmp_path):
    kept = os.dup(0)
    os.close(0)
    try:
        with local_cwl.locked(tmp_path / "lock") as descriptor:
            assert descriptor > 2
            assert not os.get_inheritable(descriptor)
            assert local_cwl.is_locked(tmp_path / "lock")
        assert not local_cwl.is_locked(tmp_path / "lock")
    finally:
        os.dup2(kept, 0)
        os.close(kept)
