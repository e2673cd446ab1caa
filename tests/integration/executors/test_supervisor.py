"""The sandbox's parent, watched from inside."""

import json
import os
import signal
import subprocess
import threading
import time

from apps.node.executors import supervisor
from apps.node.executors.supervisor import Watch


def spec(argv, **limits):
    bounds = {"wall_seconds": 20, "memory_bytes": 10**9, "disk_bytes": 10**6, "log_bytes": 100}
    return {"argv": argv} | bounds | limits


def watch(tmp_path, script, before=None, **limits):
    made = Watch(str(tmp_path), spec(["/bin/sh", "-c", script], **limits))
    if before:
        before(made)
    kept = signal.getsignal(signal.SIGTERM)
    made.run()
    signal.signal(signal.SIGTERM, kept)
    return json.loads((tmp_path / "code.json").read_text())


def test_the_code_and_both_streams_are_kept(tmp_path):
    code = watch(tmp_path, "echo out; printf '%0200d' 1 >&2; exit 7")
    assert (code["code"], code["why"]) == (7, "")
    assert (tmp_path / "result.tar").read_text() == "out\n"
    assert (tmp_path / "log").stat().st_size == 0
    started = json.loads((tmp_path / "started.json").read_text())
    assert started["pid"] == os.getpid()
    assert started["boot_id"] == supervisor.boot_id()


def test_too_long_too_much_and_a_stop_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "MEMORY_SECONDS", 0.01)
    assert watch(tmp_path, "sleep 9", wall_seconds=0.2)["why"] == "wall"
    assert watch(tmp_path, "yes", disk_bytes=1000)["why"] == "disk"
    assert watch(tmp_path, "sleep 9", memory_bytes=1)["why"] == "memory"
    assert watch(tmp_path, "sleep 9", before=lambda made: made.on_signal(15, None))["why"] == "cancelled"
    (tmp_path / "cancel").touch()
    assert watch(tmp_path, "trap '' TERM; while true; do sleep 0.05; done")["why"] == "cancelled"


def test_a_process_that_is_gone_is_no_error(tmp_path):
    process = subprocess.Popen(["/bin/true"], start_new_session=True)
    process.wait()
    Watch(str(tmp_path), spec([])).signal(process, signal.SIGTERM)
    assert supervisor.resident_bytes(os.getpid()) > 0


def test_the_file_reads_its_spec(tmp_path):
    (tmp_path / "spec.json").write_text(json.dumps(spec(["/bin/true"])))
    kept = signal.getsignal(signal.SIGTERM)
    supervisor.main(str(tmp_path))
    signal.signal(signal.SIGTERM, kept)
    assert json.loads((tmp_path / "code.json").read_text())["code"] == 0
    assert threading.active_count() >= 1
    assert time.time() > 0
