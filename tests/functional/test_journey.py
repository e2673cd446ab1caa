"""The whole of what this is for: a crate from upload to release."""

import threading
import time

import pytest
from django.conf import settings
from django.db import connection

from apps.core.audit.models import Opening
from apps.core.crates.check import check
from apps.core.crates.verify import verify
from apps.core.exchange.keys import public_key_of
from apps.core.exchange.models import Incoming
from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work
from apps.core.proofs.signatures import check_bytes
from apps.hub.submissions.checking import limits
from apps.hub.submissions.models import Request, Result, Submission
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.node.runs.models import Run
from apps.tools.federation.journey import walk
from tests.functional.federation import CENTRE, received, review, save, sign_off, staff, work_until_done

HUB_VERBS = [
    *("submission.uploaded", "submission.accepted", "submission.sent", "request.sent", "request.received"),
    *("request.awaiting_approval", "request.queued", "request.running", "request.finished"),
    *("request.being_checked", "request.released", "submission.complete"),
]
NODE_VERBS = [
    *("run.received", "run.signed_off", "run.dispatched", "run.queued", "run.started", "run.succeeded"),
    *("egress.opened", "egress.reviewed", "egress.reviewed", "egress.approved", "egress.released"),
]


def verbs(side) -> list[str]:
    """The log of a side since the federation was seeded, in its order."""
    openings = Opening.objects.filter(event__side=side).order_by("event__sequence")
    found = [opening.verb for opening in openings]
    return [verb for verb in found if verb.split(".")[0] in ("submission", "request", "run", "egress")]


@pytest.mark.sandbox
@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_a_crate_goes_from_upload_to_release_through_the_web_pages(live_server, settings, federation, tmp_path):
    provision(home() / "cwl")
    ended = threading.Event()

    def worker():
        while not ended.is_set():
            outbox.drain()
            time.sleep(0.05)
        connection.close()

    thread = threading.Thread(target=worker)
    thread.start()
    lines = []
    try:
        path = walk(live_server.url, lines.append, tmp_path)
    finally:
        ended.set()
        thread.join()
    assert check(path, phase="result", limits=limits()).errors == []
    assert verbs(settings.HUB_ID) == HUB_VERBS
    assert verbs(CENTRE.id) == NODE_VERBS
    assert Submission.objects.get().state == "complete"
    assert len(lines) == 11


def to_egress(tmp_path) -> EgressRequest:
    run = sign_off(received(tmp_path))
    work_until_done()
    return EgressRequest.objects.get(run=run)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_one_checker_refuses_stays_and_the_rest_leaves(federation, executor, tmp_path):
    request = review(review(to_egress(tmp_path), "checker1"), "checker2", refuse=("chart",))
    egress.release(egressrequest=request, by=staff("checker2"), note="The chart shows small numbers.")
    work_until_done()
    result = Result.objects.get()
    assert result.request.state == "partly_released"
    assert {each["name"]: (each["released"], each["reason"]) for each in result.files} == {
        "counts.csv": (True, ""),
        "chart.svg": (False, "small_numbers"),
    }
    path = tmp_path / "result.zip"
    save("released", result.crate, path)
    public = public_key_of(CENTRE.id)
    lines = verify(path, check_signature=lambda data, signature: check_bytes(signature, data, public), limits=limits())
    assert all(holds for holds, _sentence in lines), lines
    assert Submission.objects.get().state == "partly_complete"


@pytest.mark.django_db(transaction=True)
def test_when_all_is_withheld_the_researcher_gets_the_story_and_no_results(federation, executor, tmp_path):
    both = ("counts", "chart")
    request = review(review(to_egress(tmp_path), "checker1", refuse=both), "checker2", refuse=both)
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    asked = Request.objects.get()
    assert asked.state == "withheld"
    path = tmp_path / "result.zip"
    save("released", asked.result.crate, path)
    assert check(path, phase="result", limits=limits()).errors == []
    assert Submission.objects.get().state == "failed"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_says_whose_fault_it_was_and_ends(federation, executor, tmp_path):
    from apps.node.executors.contract import Fault, Snapshot, State

    executor.snapshot = Snapshot(State.FAILED, "wall", Fault.LIMITS, detail="secret log line")
    run = sign_off(received(tmp_path))
    work_until_done()
    assert Run.objects.get(pk=run.pk).state == "failed"
    asked = Request.objects.get()
    assert (asked.state, asked.fault) == ("failed", "limits")
    assert Submission.objects.get().state == "failed"


CANARIES = [
    f"CANARY{number}{word}" for number, word in enumerate(("content", "undeclared", "log", "comment", "withheld"))
]


def hub_rows() -> str:
    """Every value in every table of the hub's side, and in the shared tables of its side."""
    from django.apps import apps

    hub_labels = {"researchers", "datasets", "projects", "submissions", "panels", "transparency"}
    found = []
    for model in apps.get_models():
        if model._meta.app_label in hub_labels or model._meta.label == "audit.PublicEntry":
            found += [str(row) for row in model.objects.values_list()]
    found += [str(row) for row in Opening.objects.filter(event__side=settings.HUB_ID).values_list()]
    found += [str(row) for row in Incoming.objects.filter(side=settings.HUB_ID).values_list()]
    found += [str(row) for row in Work.objects.values_list()]
    return "\n".join(found)


def hub_files(storages_settings) -> bytes:
    """Every byte in the hub's storages, unpacked where it is a crate."""
    import io
    import zipfile
    from pathlib import Path

    found = b""
    for name in ("crates", "released", "hub_inbox"):
        for path in Path(storages_settings[name]["OPTIONS"]["location"]).rglob("*.zip"):
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                found += b"".join(archive.read(member) for member in archive.namelist())
    return found


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_nothing_unreviewed_leaves_the_tre(federation, executor, tmp_path, settings, client, mailoutbox, caplog):
    content, undeclared, log, comment, withheld = CANARIES
    executor.outputs = {
        "counts": f"region\n{content}\n".encode(),
        "chart": f"<svg>{withheld}</svg>".encode(),
        "": undeclared.encode(),
    }
    executor.refused = [(f"results/{undeclared}", "not a regular file")]
    from apps.node.executors.contract import Snapshot, State

    executor.snapshot = Snapshot(State.COMPLETE, log, detail=log)
    request = to_egress(tmp_path)
    votes = {
        str(file.pk): {"approves": file.port == "counts", "reason_code": "other", "comment": comment}
        for file in request.files.all()
    }
    for checker in ("checker1", "checker2"):
        egress.review(egressrequest=request, by=staff(checker), votes=votes, declared=True)

    def leaks(secrets) -> list[str]:
        everything = hub_rows() + client.get("/log/").content.decode() + caplog.text
        everything += "".join(str(mail.message()) for mail in mailoutbox) + hub_files(settings.STORAGES).decode(
            "utf-8", "replace"
        )
        return [secret for secret in secrets if secret in everything]

    assert leaks(CANARIES) == []
    egress.release(egressrequest=EgressRequest.objects.get(), by=staff("checker1"), note="")
    work_until_done()
    assert Request.objects.get().state == "partly_released"
    assert leaks([undeclared, log, comment, withheld]) == []
    assert leaks([content]) == [content]
