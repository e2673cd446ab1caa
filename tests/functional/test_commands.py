"""The commands of the README, as a newcomer runs them."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.core.audit.models import Opening, PublicEntry
from apps.node.executors import home
from apps.node.executors.contract import Health
from apps.node.executors.provision import provision
from apps.tools.federation import journey, processes
from apps.tools.federation.people import CENTRES
from apps.tools.management.commands import demo, generate_log, serve
from trefx_portal import embedded_broker

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
REDIS, RABBITMQ = "redis://127.0.0.1:6379/9", "amqp://guest:guest@127.0.0.1:5672//"


def environment(tmp_path, **changed):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_", "DATA_"))}
    return kept | {"DATA_DIR": str(tmp_path), "SWEEP_SECONDS": "1"} | changed


def run(tmp_path, *arguments, **changed):
    command = [*MANAGE, *arguments]
    return subprocess.run(
        command, env=environment(tmp_path, **changed), capture_output=True, text=True, timeout=150, check=False
    )


@pytest.mark.sandbox
def test_the_demonstration_releases_a_crate_that_verifies_and_runs_again_from_warm(tmp_path):
    first = run(tmp_path, "demo", "--once")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "14 checks hold, the signature among them." in first.stdout
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


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "broker",
    [pytest.param(REDIS, marks=pytest.mark.redis), pytest.param(RABBITMQ, marks=pytest.mark.rabbitmq)],
    ids=["redis", "rabbitmq"],
)
def test_the_journey_by_a_real_broker_alone_with_no_sweep_to_help(broker, tmp_path):
    ran = run(tmp_path, "demo", "--once", BROKER_URL=broker, SWEEP_SECONDS="3600")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.sandbox
def test_the_demonstration_killed_at_any_point_works_when_it_is_run_again(tmp_path):
    for moment in (0.7, 1.8, 2.6, "uploaded", "signed the run off", "checker) approved", "let out"):
        process = subprocess.Popen(
            [*MANAGE, "demo", "--once"], env=environment(tmp_path), stdout=subprocess.PIPE, text=True
        )
        if isinstance(moment, float):
            time.sleep(moment)
        else:
            assert any(moment in line for line in process.stdout)
        process.kill()
        process.communicate()
    last = run(tmp_path, "demo", "--once")
    assert last.returncode == 0, last.stdout + last.stderr


@pytest.mark.sandbox
def test_without_a_sandbox_the_demonstration_says_so_and_ends_with_3(tmp_path):
    provision(home() / "cwl")
    ran = run(tmp_path, "demo", "--once", PATH=str(tmp_path))
    assert ran.returncode == 3, ran.stderr
    assert "No sandbox, no execution. bubblewrap is missing." in ran.stdout


@pytest.mark.sandbox
def test_serve_serves_until_it_is_ended(tmp_path):
    process = subprocess.Popen([*MANAGE, "serve"], env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    # The worker writes to the same stream, and may be first.
    assert any("Serving at http://127.0.0.1:" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    assert "Ended." in process.communicate(timeout=30)[0]


@pytest.mark.sandbox
def test_the_executors_environment_is_made_whole_or_not_at_all(tmp_path, capsys):
    call_command("provision_executor")
    assert "The sandbox works." in capsys.readouterr().out
    assert provision(tmp_path / "cwl") is True
    assert provision(tmp_path / "cwl") is False


@pytest.fixture
def no_processes(monkeypatch):
    """The demo command without its web, worker and preparation; sleeping is being interrupted."""

    @contextmanager
    def portal(port, *, quiet, **environment):
        yield "http://127.0.0.1:1"

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "portal", portal)
    monkeypatch.setattr(serve, "portal", portal)
    monkeypatch.setattr(demo.Command, "prepare", lambda self: None)
    monkeypatch.setattr(demo.time, "sleep", interrupted)
    monkeypatch.setattr(serve, "call_command", lambda *arguments, **options: None)
    health = SimpleNamespace(now=Health(True, ""))
    monkeypatch.setattr(demo, "executor_for", lambda given: SimpleNamespace(probe=lambda: health.now))
    kept = signal.getsignal(signal.SIGTERM)
    yield health
    signal.signal(signal.SIGTERM, kept)


def test_a_journey_that_stops_is_told_and_with_once_it_is_the_end(no_processes, monkeypatch, capsys):
    def stops(address, say, results):
        say("Ada did this.")
        raise journey.JourneyStopped("Somebody waited.")

    monkeypatch.setattr(demo, "walk", stops)
    with pytest.raises(SystemExit) as ended:
        call_command("demo", once=True)
    assert ended.value.code == 1
    call_command("demo")
    told = capsys.readouterr()
    assert "The journey stopped. Somebody waited." in told.err
    assert "Accounts, all with the password" in told.out
    assert "Ended." in told.out


def test_without_a_sandbox_the_demonstration_still_serves(no_processes, capsys):
    no_processes.now = Health(False, "The kernel refuses. Run: this")
    call_command("demo")
    told = capsys.readouterr().out
    assert "No sandbox, no execution. The kernel refuses. Run: this" in told
    assert "Open http://127.0.0.1:1" in told


def test_a_result_is_told_with_its_place_and_serving_ends(no_processes, monkeypatch, capsys):
    monkeypatch.setattr(demo, "walk", lambda address, say, results: Path("/there/result.zip"))
    call_command("demo", once=True)
    call_command("serve")
    told = capsys.readouterr().out
    assert "The result crate lies at /there/result.zip" in told
    assert "Ended." in told


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


class Watcher:
    """Stands for a visitor whose every page shows one state."""

    def __init__(self, *arguments):
        self.page = ""
        self.session = SimpleNamespace(get=lambda *given, **options: SimpleNamespace(content=b"a crate"))

    def __getattr__(self, name):
        return lambda *given, **fields: self if name == "sign_in" else "failed"


def test_a_run_that_fails_and_a_result_that_does_not_verify_end_the_journey(monkeypatch, tmp_path, settings):
    monkeypatch.setattr(journey, "Visitor", Watcher)
    with pytest.raises(journey.JourneyStopped, match="The run ended as “failed”"):
        journey.sign_off("http://x", CENTRES[0], "/r/", Watcher(), "Title", lambda line: None)
    monkeypatch.setattr(journey, "verify", lambda path, **asked: [(False, "A checksum is wrong.")])
    with pytest.raises(journey.JourneyStopped, match="A checksum is wrong"):
        journey.download(Watcher(), "http://x/r/", CENTRES[0], tmp_path, lambda line: None)


def test_a_message_of_the_embedded_broker_is_never_seen_half_written(tmp_path):
    from queue import Empty

    from kombu import Connection

    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    (tmp_path / "c").mkdir()
    url = f"{embedded_broker.SCHEME}://localhost"
    wanted, got = 400, []

    def write():
        with Connection(url, transport_options=folders) as connection:
            for number in range(wanted):
                connection.default_channel._put("all", {"number": number, "text": "x" * 20_000})

    writer = threading.Thread(target=write)
    writer.start()
    end = time.monotonic() + 60
    with Connection(url, transport_options=folders) as connection:
        while len(got) < wanted and time.monotonic() < end:
            try:
                got.append(connection.default_channel._get("all")["number"])
            except Empty:
                time.sleep(0.001)
    writer.join()
    assert sorted(got) == list(range(wanted))


def test_a_broker_folder_that_is_gone_is_told(tmp_path):
    from kombu import Connection
    from kombu.exceptions import ChannelError

    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path)}
    with Connection(f"{embedded_broker.SCHEME}://localhost", transport_options=folders) as connection:
        channel = connection.channel()
        channel.data_folder_out = str(tmp_path / "gone")
        with pytest.raises(ChannelError, match="Cannot write a message"):
            channel._put("all", {})


@pytest.mark.django_db
def test_an_invented_log_has_every_verb_and_holds(capsys):
    call_command("generate_log", "300", "--days", "100")
    assert "which has 300" in capsys.readouterr().out
    assert PublicEntry.objects.count() > 50
    assert all(entry.sentence for entry in PublicEntry.objects.all())
    call_command("verify_log", "--openings")


@pytest.mark.django_db
def test_an_invented_log_holds_where_the_database_has_no_quick_way_in(monkeypatch):
    monkeypatch.setattr(generate_log, "connection", SimpleNamespace(vendor="sqlite"))
    call_command("generate_log", "50", "--days", "10")
    call_command("verify_log", "--openings")
    assert Opening.objects.count() == 50
