"""The commands of the README, as a newcomer runs them."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.tools.federation import journey, processes

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
pytestmark = pytest.mark.sandbox


def environment(tmp_path, **changed):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_", "DATA_"))}
    return kept | {"DATA_DIR": str(tmp_path), "SWEEP_SECONDS": "1"} | changed


def run(tmp_path, *arguments, **changed):
    command = [*MANAGE, *arguments]
    return subprocess.run(
        command, env=environment(tmp_path, **changed), capture_output=True, text=True, timeout=120, check=False
    )


def test_the_demonstration_releases_a_crate_that_verifies_and_runs_again_from_warm(tmp_path):
    first = run(tmp_path, "demo", "--once")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "8 checks hold, the signature among them." in first.stdout
    command = [*MANAGE, "demo"]
    process = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "hillfoot.example and" in line:
            break
    assert any("ada@northgate.example" in line for line in lines)
    process.send_signal(signal.SIGINT)
    assert "Ended." in process.communicate(timeout=30)[0]


def test_without_a_sandbox_the_demonstration_says_so_and_ends_with_3(tmp_path):
    provision(home() / "cwl")
    ran = run(tmp_path, "demo", "--once", PATH=str(tmp_path))
    assert ran.returncode == 3, ran.stderr
    assert "No sandbox, no execution. bubblewrap is missing." in ran.stdout


def test_serve_serves_until_it_is_ended(tmp_path):
    process = subprocess.Popen([*MANAGE, "serve"], env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    assert "Serving at http://127.0.0.1:" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert "Ended." in process.communicate(timeout=30)[0]


def test_the_executors_environment_is_made_whole_or_not_at_all(tmp_path, capsys):
    call_command("provision_executor")
    assert "The sandbox works." in capsys.readouterr().out
    assert provision(tmp_path / "cwl") is True
    assert provision(tmp_path / "cwl") is False


def test_a_portal_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr(processes, "START_SECONDS", 0.3)
    with pytest.raises(processes.NotStarted, match="did not answer"):
        processes.wait_until_healthy("http://127.0.0.1:9")
    with pytest.raises(processes.NotStarted, match="No port"):
        processes.free_port(70000)


def test_a_journey_that_cannot_go_on_says_where(live_server, db, monkeypatch, settings):
    monkeypatch.setattr(journey, "WAIT_SECONDS", 0.3)
    visitor = journey.Visitor(live_server.url, "nobody@example.org")
    with pytest.raises(journey.JourneyStopped, match="got 404"):
        visitor.open("/nothing/")
    with pytest.raises(journey.JourneyStopped, match="waited"):
        visitor.wait_for_link("/", "nowhere")
    with pytest.raises(journey.JourneyStopped, match="waited"):
        visitor.wait_for_state(f"{live_server.url}/", {"released"})
    assert visitor.link("nowhere") == ""
    assert time.monotonic() > 0
