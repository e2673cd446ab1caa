"""A crate read by people: who sees what of it, shown as text whatever stands in it, and as quickly when it is large."""

import html
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.files.storage import InMemoryStorage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.audit.models import AccessRecord
from apps.core.crates.cwl import Step, Workflow
from apps.core.crates.story import Change, Named, Phase
from apps.core.web.crates import workflow_steps
from apps.hub.datasets.models import WorkflowVersion
from apps.hub.submissions import checking, reading
from apps.hub.submissions.models import Request, Submission
from apps.node.custody.models import WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from tests.functional.federation import CENTRE, person, received, review, save, sign_off, staff, upload, work_until_done
from tests.unit.crates.bags import files_of, good, phase, write

pytestmark = pytest.mark.django_db(transaction=True)
ADA, AUDITOR = "ada@northgate.example", "auditor@hub.example"


@pytest.fixture
def page(federation, client):
    """page(email, name, pk) -> (status, the page's text with its tags)."""

    def open_page(email, name, pk, **query):
        client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
        response = client.get(reverse(name, args=[pk]), query)
        return response.status_code, response.content.decode()

    return open_page


def post(client, tmp_path, document, payload=None) -> Submission:
    client.force_login(person(ADA), backend=settings.AUTHENTICATION_BACKENDS[0])
    content = write(tmp_path / "c.zip", good(document, payload)).read_bytes()
    client.post("/submissions/upload/", {"title": "Mine", "crate": SimpleUploadedFile("c.zip", content)})
    return Submission.objects.latest("created_at")


def one(document, identifier):
    return next(each for each in document["@graph"] if each["@id"] == identifier)


def test_the_crate_page_tells_who_asks_what_runs_on_what_and_where(page, executor, tmp_path):
    run = received(tmp_path)
    pk = Request.objects.get(pk=run.request).submission_id
    status, shown = page(ADA, "submissions:crate", pk)
    assert status == 200
    for words in (
        "Ada Lindqvist, Northgate University",
        "0-17,18-39,40-64,65+",
        f"{CENTRE.name}</a>",
        "Saltmarsh health records",
    ):
        assert words in shown, words
    assert shown.count("<rect ") == 5
    assert "runs the command /usr/bin/python3 -I" in shown
    assert "counts of step 1" in shown
    assert AccessRecord.objects.filter(what="read crate", subject_id=pk).count() == 1
    assert "style=" not in shown
    assert "<script" not in shown


def test_others_who_see_the_submission_read_its_facts_and_not_its_files(page, client, tmp_path):
    submission = post(client, tmp_path, phase("1-request"))
    assert "region,people" in page(ADA, "submissions:crate", submission.pk)[1]
    status, shown = page(AUDITOR, "submissions:crate", submission.pk)
    assert status == 200
    assert "inputs/regions.csv (" in shown
    assert "region,people" not in shown
    assert "Everything in it" not in shown
    assert page(AUDITOR, "submissions:entities", submission.pk)[0] == 403
    assert page("dina@northgate.example", "submissions:crate", submission.pk)[0] == 404


def test_a_crate_that_was_refused_has_no_page(page, client, tmp_path):
    document = phase("1-request")
    one(document, "./").pop("mainEntity")
    submission = post(client, tmp_path, document)
    assert submission.state == "refused"
    assert page(ADA, "submissions:crate", submission.pk)[0] == 404
    assert "Read the crate" not in page(ADA, "submissions:detail", submission.pk)[1]


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e"


def test_what_is_written_in_a_crate_stays_text(page, client, tmp_path):
    document = phase("1-request")
    for identifier in ("./", "#min-cell", "#param-regions", "https://ror.org/00example1"):
        one(document, identifier)["name"] = EVIL
    one(document, "./")["description"] = EVIL
    one(document, "#min-cell").update(value=EVIL, url="javascript:alert(3)")
    document["@graph"].append({"@id": '#evil"><script>alert(4)</script>', "@type": "Thing", EVIL: EVIL})
    payload = files_of(document) | {"inputs/regions.csv": b"<svg onload=alert(5)>\n=cmd|'/c calc'!A0\n"}
    submission = post(client, tmp_path, document, payload)
    assert submission.state == "valid", submission.report
    pages = [page(ADA, "submissions:crate", submission.pk), page(ADA, "submissions:entities", submission.pk)]
    pages += [page(ADA, "submissions:entities", submission.pk, entity=each["@id"]) for each in document["@graph"]]
    for status, shown in pages:
        assert status == 200
        assert not re.search(r"<script|<img src=x|<svg onload|href=.javascript:|\u202e", shown)
    assert "&lt;svg onload=alert(5)&gt;" in pages[0][1]
    links = re.findall(r'<a [^>]*href="https?://[^>]*>', "".join(shown for _status, shown in pages))
    assert links
    assert all('rel="noopener nofollow"' in each for each in links)


def test_a_workflow_that_comes_in_the_crate_is_drawn_from_there_and_an_unknown_one_says_so(page, client, tmp_path):
    submission = post(client, tmp_path, phase("1-request"))
    assert "not in the catalogue of this portal" in page(ADA, "submissions:crate", submission.pk)[1]
    text = json.dumps(phase("1-request")).replace("https://workflows.example.org/w/17?version=3", "workflow/17/")
    document = json.loads(text.replace("5f0c6e9e", "5f0c6e9f"))
    inner = [
        {"@id": "./", "@type": "Dataset", "mainEntity": {"@id": "main.cwl"}},
        {"@id": "main.cwl", "@type": "File", "name": "Main"},
    ]
    payload = files_of(document) | {
        "inputs/regions.csv": b"North,12\n" * 1_000,
        "workflow/17/ro-crate-metadata.json": json.dumps({"@graph": inner}).encode(),
        "workflow/17/main.cwl": b"{cwlVersion: v1.2, class: Workflow, steps: {fold: {run: fold.cwl, scatter: a, when: $(b)}}, "
        b"inputs: {$import: x}, outputs: {}}",
    }
    Submission.objects.all().delete()
    submission = post(client, tmp_path, document, payload)
    assert submission.state == "valid", submission.report
    shown = page(ADA, "submissions:crate", submission.pk)[1]
    assert "1. fold" in shown
    assert "$(b)" in shown
    assert "which are not shown here" in shown
    assert "Only its beginning is shown." in shown


def test_many_inputs_are_all_named_and_a_folder_or_nothing_is_told_plainly(page, client, tmp_path):
    document = phase("1-request")
    run = next(each for each in document["@graph"] if each["@type"] == "CreateAction")
    many = [{"@id": f"#in{number}", "@type": "PropertyValue", "name": f"--in{number}"} for number in range(30)]
    document["@graph"] += many
    run["object"] += [{"@id": each["@id"]} for each in many]
    submission = post(client, tmp_path, document, files_of(document) | {"inputs/regions.csv": b"\x89PNG\0"})
    shown = page(ADA, "submissions:crate", submission.pk)[1]
    assert "--in29" in shown
    assert "This is not a text, so it is not shown here." in shown
    Submission.objects.all().delete()
    document = phase("1-request")
    next(each for each in document["@graph"] if each["@type"] == "CreateAction").pop("object")
    submission = post(client, tmp_path, document)
    assert "The crate names no inputs." in page(ADA, "submissions:crate", submission.pk)[1]


def test_twenty_thousand_entities_are_paged_with_as_many_queries_as_a_few(page, client, tmp_path):
    def counted(document):
        Submission.objects.all().delete()
        submission = post(client, tmp_path, document)
        assert submission.state == "valid", submission.report
        address, found = reverse("submissions:entities", args=[submission.pk]), []
        for query in ({}, {"from": "19950"}, {"entity": "#min-cell"}, {"entity": "./"}):
            with CaptureQueriesContext(connection) as captured:
                shown = client.get(address, query).content.decode()
            found.append((len(captured), shown))
        return submission, found

    few = counted(phase("1-request"))[1]
    document = phase("1-request")
    more = 19_990 - len(document["@graph"])
    things = [
        {"@id": f"#t{n}", "@type": "Thing", "name": f"Thing {n}", "about": {"@id": "#min-cell"}} for n in range(more)
    ]
    one(document, "./")["mentions"] += [{"@id": each["@id"]} for each in things]
    document["@graph"] += things
    submission, many = counted(document)
    assert [number for number, _shown in many] == [number for number, _shown in few]
    first, last, named, root = (shown for _number, shown in many)
    assert "1 to 50 of 19990" in first
    assert "?from=50" in first
    assert "19951 to 19990 of 19990" in last
    assert "Next page" not in last
    assert "First page" in last
    assert f"and {more - 99} more" in named
    assert f"and {more + 1 - 100} more" in root
    assert max(len(shown) for _number, shown in many) < 100_000
    for wrong in ("-1", "x", "9" * 20, "²"):
        assert "1 to 50" in page(ADA, "submissions:entities", submission.pk, **{"from": wrong})[1]
    assert page(ADA, "submissions:entities", submission.pk, entity="#nothing")[0] == 404


def released(tmp_path, refuse=()) -> Request:
    run = sign_off(received(tmp_path))
    work_until_done()
    found = EgressRequest.objects.get(run=run)
    for checker in ("checker1", "checker2"):
        found = review(found, checker, refuse=refuse)
    egress.release(egressrequest=found, by=staff("checker1"), note="Well done.")
    work_until_done()
    return Request.objects.get(pk=run.request)


def test_the_result_page_tells_each_phase_and_what_it_wrote(page, executor, tmp_path):
    asked = released(tmp_path, refuse=("chart",))
    status, shown = page(ADA, "submissions:result", asked.pk)
    assert status == 200
    titles = re.findall(r"<h3>([^<]+?) <strong", shown)
    assert titles[:4] == [
        "The files were compared with their checksums",
        "The crate was checked against the rules",
        "The workflow was fetched",
        "People decided whether it may run",
    ]
    assert titles[4] == "The analysis ran"
    assert "actionStatus, endTime, result, startTime" in shown
    assert "North,120" in shown
    assert "chart.svg (small_numbers)" in shown
    assert AccessRecord.objects.filter(what="read result", subject_id=asked.pk).count() == 1
    status, shown = page(AUDITOR, "submissions:result", asked.pk)
    assert status == 200
    assert "outputs/counts.csv" in shown
    assert "North,120" not in shown
    assert "?entity=" not in shown
    assert page(AUDITOR, "submissions:result_entities", asked.pk)[0] == 403
    assert "counts.csv" in page(ADA, "submissions:result_entities", asked.pk)[1]
    assert "From request to result" not in page(ADA, "submissions:request", asked.pk)[1]
    assert reverse("submissions:result", args=[asked.pk]) in page(ADA, "submissions:request", asked.pk)[1]


def test_files_after_the_first_are_only_named(page, executor, tmp_path, monkeypatch):
    asked = released(tmp_path)
    monkeypatch.setattr(reading, "MOST_FILES", 1)
    shown = page(ADA, "submissions:result", asked.pk)[1]
    assert "<li>outputs/counts.csv (" in shown
    assert "North,120" not in shown
    assert "&lt;svg xmlns=" in shown


def test_a_result_that_has_not_come_has_no_page(page, executor, tmp_path):
    run = received(tmp_path)
    assert page(ADA, "submissions:result", run.request)[0] == 404
    assert page(ADA, "submissions:result_entities", run.request)[0] == 404


def test_a_result_of_which_nothing_was_released_says_what_is_gone(page, executor, tmp_path):
    asked = released(tmp_path, refuse=("counts", "chart"))
    shown = page(ADA, "submissions:result", asked.pk)[1]
    assert "No file was released." in shown
    assert "In the request, and no longer here" in shown
    assert "Run of Count people with asthma by region and age" in shown


def test_what_no_phase_accounts_for_is_told(page, executor, tmp_path):
    asked = released(tmp_path)
    path = storages["released"].path(asked.result.crate)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(files["result/data/ro-crate-metadata.json"])
    metadata["@graph"].append({"@id": "#slipped-in", "@type": "Thing", "name": "Slipped in"})
    files["result/data/ro-crate-metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    shown = page(ADA, "submissions:result", asked.pk)[1]
    assert "Slipped in" in shown.split("Changes that no step accounts for")[1]


def test_the_dropped_result_tells_its_story_after_its_lines_and_what_does_not_pass_tells_none(
    page, client, executor, tmp_path
):
    asked = released(tmp_path)
    save("released", asked.result.crate, tmp_path / "result.zip")
    content = (tmp_path / "result.zip").read_bytes()

    def drop(data):
        response = client.post("/verify/", {"crate": SimpleUploadedFile("r.zip", data)})
        return html.unescape(response.content.decode())

    shown = drop(content)
    assert (
        shown.index("Every checksum fits.")
        < shown.index("What the crate says happened")
        < shown.index("The analysis ran")
    )
    assert "What the crate says happened" not in drop(content[:-30])


def test_the_workflow_is_drawn_for_whoever_decides_on_it(page, executor, tmp_path):
    run = received(tmp_path)
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    for email, name, pk in (
        (f"approver@{CENTRE.slug}.example", "runs:detail", run.pk),
        (f"approver@{CENTRE.slug}.example", "custody:workflowapproval", approval.pk),
        ("lay@hub.example", "datasets:workflow", WorkflowVersion.objects.get().pk),
    ):
        status, shown = page(email, name, pk)
        assert (status, shown.count("<rect ")) == (200, 5), name
    storages["offers"].delete(approval.crate)
    shown = page(f"approver@{CENTRE.slug}.example", "custody:workflowapproval", approval.pk)[1]
    assert "The workflow&#x27;s file is not here" in shown


def test_a_stored_crate_is_copied_only_where_it_lies_elsewhere(federation, tmp_path, monkeypatch):
    submission = upload(tmp_path)
    with checking.local_copy("crates", submission.crate) as path:
        assert str(path) == storages["crates"].path(submission.crate)
        content = path.read_bytes()
    elsewhere = InMemoryStorage()
    monkeypatch.setattr(checking, "storages", {"crates": elsewhere})
    with elsewhere.open("x.zip", "wb") as stream:
        stream.write(content)
    with checking.local_copy("crates", "x.zip") as path:
        assert path.read_bytes() == content
    assert not path.exists()


PHASE = Phase("#a", "", "Something", "", "under way", (), (), None, None)


def test_the_timeline_shows_each_outcome_and_at_most_a_hundred():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    change = Change(Named("#x", "X"), "gone")
    phases = [
        PHASE,
        replace(PHASE, outcome="not passed"),
        replace(PHASE, outcome="not said", changes=(change,), number=9),
    ]
    phases += [replace(PHASE, outcome="waiting", who=(Named("#1"), Named("#2")), acting_for=(Named("#3"), Named("#4")))]
    phases += [replace(PHASE, outcome="waiting", started=at)] * 100
    shown = render_to_string("components/phases.html", {"phases": phases, "entities_url": ""})
    for words in (
        "1 of 9 are named",
        "By #1, #2",
        "for #3, #4",
        "Expected 1 January 2026",
        "Only the first 100 of 104",
    ):
        assert words in " ".join(shown.split()), words
    assert shown.count("No time is given") == 3


def test_too_many_steps_are_told_in_words_alone():
    workflow = Workflow(steps=tuple(Step(f"s{number}") for number in range(61)))
    shown = render_to_string("components/workflow_steps.html", {"shown": workflow_steps(workflow)})
    assert "There are too many steps for a picture." in shown
    assert shown.count("<h3>") == 61
