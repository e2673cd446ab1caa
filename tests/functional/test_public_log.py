"""The public log as anyone reads it: search, stories, exports; what is under an embargo is nowhere."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.audit.act import act, record
from apps.core.audit.models import PublicEntry
from apps.core.workflow.models import SignOff, sign
from apps.hub.datasets.models import Dataset, Tre
from apps.hub.projects import actions as projects
from apps.hub.projects.forms import ProjectForm
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Organisation
from apps.hub.submissions.models import Request
from apps.hub.transparency import search, stories
from apps.hub.transparency.exports import harmless
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.tools.federation.people import CENTRES
from tests.functional.federation import CENTRE, person, received, review, send, sign_off, staff, upload, work_until_done

pytestmark = [pytest.mark.django_db(transaction=True)]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def asked(federation, executor, tmp_path) -> Request:
    """A request whose results were released, one file held back."""
    run = sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get(run=run)
    for checker in ("checker1", "checker2"):
        request = review(request, checker, refuse=("chart",))
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    return Request.objects.get(pk=run.request)


def page(address: str, **query) -> str:
    response = Client().get(address, query)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.both_engines
def test_anyone_asks_what_data_at_a_centre_were_used_for_and_who_agreed_and_what_was_held_back(asked):
    dataset = Dataset.objects.get(held_by=CENTRE.id)
    found = page(reverse("log"), dataset=dataset.pk)
    assert "released some results for the project “Where people live with asthma” and held some back" in found
    assert "The panel approved the project" in found
    assert "Hillfoot Secure Data Centre was accredited" not in found
    story = reverse("request_story", args=[asked.pk])
    assert story in found
    told = page(story)
    assert "chart.svg: held back" in told
    assert "counts.csv: let out" in told
    assert "At least 2 members vote, at least 1 of them from the public." in told
    assert told.count("portal-gates__gate--passed") == 5
    told = page(reverse("project_story", args=[asked.submission.project_id]))
    assert "clinics that are near them" in told
    assert story in told
    told = page(reverse("tre_story", args=[CENTRE.id]))
    assert dataset.name in told
    for secret in ("Ada Lindqvist", "Priya", "checker"):
        assert secret not in told + found + page(story)


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("query", "has", "has_not"),
    [
        ({"q": "panel"}, "The panel approved", "was accredited"),
        ({"topic": "centres"}, "was accredited as a secure data centre", "The panel approved"),
        ({"topic": "results"}, "released some results", "The panel approved"),
        ({"topic": "requests"}, "was asked to run", "released some results"),
        ({"topic": "people"}, "A researcher joined", "The panel approved"),
        ({"topic": "data"}, "was listed", "The panel approved"),
        ({"project": "asthma-24"}, "The panel approved", "Asthma and school days"),
        ({"project": "school"}, "Asthma and school days", "The panel approved"),
        ({"kind": "university"}, "The panel approved", "was accredited as a secure data centre"),
        ({"kind": "commercial"}, "Nothing like this", "The panel approved"),
        ({"since": "2100-01-01"}, "Nothing like this", "The panel approved"),
        ({"until": "2000-01-01"}, "Nothing like this", "The panel approved"),
        ({"since": "yesterday"}, "Enter a valid date", "Nothing like this"),
    ],
)
def test_the_log_is_filtered_by(query, has, has_not, asked):
    found = page(reverse("log"), **query).split('role="search"')[-1].split("</form>")[-1]
    whole = page(reverse("log"), **query)
    assert has in whole
    assert has_not not in found


def test_filters_by_organisation_and_project_identity_and_an_order(asked):
    organisation = Organisation.objects.get()
    assert "The panel approved" in page(reverse("log"), organisation=organisation.pk)
    assert "The panel approved" in page(reverse("log"), project=str(asked.submission.project_id))
    oldest = page(reverse("log"), order="oldest")
    newest = page(reverse("log"))
    assert oldest.index("was accredited as") < oldest.index("newest first") or "newest first" in oldest
    assert "oldest first" in newest
    assert set(search.TOPICS) >= {"results"}
    everything = {verb for topic in search.TOPICS for verb in search.verbs_of(topic)}
    assert everything == {verb.name for verb in search.verbs.all_verbs() if verb.is_public and "test." not in verb.name}


@pytest.mark.both_engines
def test_the_same_entries_come_as_table_for_programs_and_as_a_feed(asked):
    query = {"topic": "results"}
    shown = PublicEntry.objects.shown(settings.HUB_ID).filter(verb__in=search.verbs_of("results")).count()
    table = b"".join(Client().get(reverse("log_csv"), query).streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    told = json.loads(b"".join(Client().get(reverse("log_json"), query).streaming_content))["entries"]
    feed = ElementTree.fromstring(b"".join(Client().get(reverse("log_atom"), query).streaming_content))
    assert len(rows) == len(told) == len(feed.findall(f"{ATOM}entry")) == shown
    assert rows[0]["what_happened"] == told[0]["what_happened"] == feed.find(f"{ATOM}entry/{ATOM}title").text
    assert rows[0]["address"].endswith(reverse("request_story", args=[asked.pk]))
    assert told[0]["proof"].endswith(f"/log/{told[0]['number']}/proof")
    assert json.loads(b"".join(Client().get(reverse("log_json"), {"q": "nowhere"}).streaming_content))["entries"] == []
    empty = ElementTree.fromstring(b"".join(Client().get(reverse("log_atom"), {"q": "nowhere"}).streaming_content))
    assert empty.findall(f"{ATOM}entry") == []


def test_a_feed_comes_in_pages(asked, monkeypatch):
    monkeypatch.setattr("apps.hub.transparency.exports.IN_A_FEED", 2)
    first = ElementTree.fromstring(b"".join(Client().get(reverse("log_atom")).streaming_content))
    following = first.find(f"{ATOM}link[@rel='next']").get("href")
    second = ElementTree.fromstring(b"".join(Client().get(following).streaming_content))
    ids = [[each.find(f"{ATOM}id").text for each in feed.findall(f"{ATOM}entry")] for feed in (first, second)]
    assert len(set(ids[0] + ids[1])) == 4


def test_a_cell_that_a_spreadsheet_would_run_is_harmless():
    assert harmless("=1+1") == "'=1+1"
    assert harmless("plain") == "plain"
    assert harmless(5) == 5


def embargoed(days: int, code="SECRET-1") -> Project:
    """A project of Ada's under an embargo, handed in and taken up."""
    old = Project.objects.get(code="ASTHMA-24")
    ada = person("ada@northgate.example")
    found = projects.draft(
        by=ada,
        panel=old.panel,
        tres=old.tres.all(),
        dataset_versions=old.dataset_versions.all(),
        code=code,
        title="A new medicine",
        lay_summary="We try a new medicine.",
        benefit="Those who take it.",
        organisation=old.organisation,
        until=old.until,
        embargo_until=timezone.localdate() + timedelta(days=days),
        embargo_reason="A patent is being filed.",
    )
    projects.submit(project=found, by=ada)
    projects.take_up(project=Project.objects.get(pk=found.pk), by=person("coordinator@hub.example"))
    return Project.objects.get(pk=found.pk)


def places(project: Project) -> list[str]:
    """Everything public where a project could be read of."""
    pages = [page(reverse(name)) for name in ("log", "front")]
    pages += [
        page(reverse("log"), **query) for query in ({"q": "medicine"}, {"project": project.code}, {"order": "oldest"})
    ]
    for name in ("log_csv", "log_json", "log_atom"):
        pages.append(b"".join(Client().get(reverse(name)).streaming_content).decode())
    return pages


def test_what_is_under_an_embargo_is_nowhere_until_its_day_and_then_everywhere(federation, time_machine):
    project = embargoed(days=30)
    assert not any("new medicine" in each for each in places(project))
    assert "2 entries are not shown yet" in page(reverse("log"))
    assert Client().get(reverse("project_story", args=[project.pk])).status_code == 404
    hidden = PublicEntry.objects.hidden(project.side).first()
    assert Client().get(reverse("audit:proof", args=[hidden.sequence])).status_code == 404
    assert b"project.submitted" not in bytes(hidden.event.leaf)
    time_machine.move_to(timezone.now() + timedelta(days=31))
    assert sum("new medicine" in each for each in places(project)) == 8
    assert "not shown yet" not in page(reverse("log"))
    assert "We try a new medicine." in page(reverse("project_story", args=[project.pk]))
    assert page(reverse("audit:proof", args=[hidden.sequence]))


def test_an_embargo_has_a_day_and_a_reason(federation):
    for given in ({"embargo_until": "2030-01-01"}, {"embargo_reason": "A patent."}):
        form = ProjectForm(given)
        assert "give both, or neither" in str(form.errors["embargo_reason"])
    project = embargoed(days=5)
    content = project.content()
    assert content["embargo_reason"] == "A patent is being filed."
    assert "embargo_until" not in Project.objects.get(code="ASTHMA-24").content()


def test_public_rows_are_made_again_from_the_log_just_as_they_were(asked):
    embargoed(days=30)
    fields = [field.attname for field in PublicEntry._meta.fields]
    before = list(PublicEntry.objects.order_by("side", "sequence").values(*fields, "datasets__dataset"))
    call_command("rebuild_public_log", verbosity=0)
    after = list(PublicEntry.objects.order_by("side", "sequence").values(*fields, "datasets__dataset"))
    key = lambda row: (str(row["side"]), row["sequence"], str(row["datasets__dataset"]))  # noqa: E731
    assert sorted(before, key=key) == sorted(after, key=key)


def test_words_are_found_without_postgresql_too(federation):
    entries = PublicEntry.objects.shown(settings.HUB_ID)
    assert search.by_words(entries, "panel APPROVED", vendor="sqlite").count() == 1
    assert search.by_words(entries, "panel nowhere", vendor="sqlite").count() == 0


def test_a_centre_that_told_of_no_data_says_so(federation):
    Dataset.objects.filter(held_by=CENTRE.id).update(held_by=CENTRES[1].id, name="Moved")
    assert "It has not told us of any data yet." in page(reverse("tre_story", args=[CENTRE.id]))


def test_rows_of_the_public_log_can_be_told_apart(federation):
    from apps.core.audit.models import PublicDataset
    from apps.hub.transparency.models import Subscription

    link = PublicDataset.objects.first()
    assert str(link) == f"{link.entry_id} {link.dataset}"
    assert str(Subscription(email="pat@example.org")) == "pat@example.org"


def test_a_story_of_nothing_is_not_found(federation):
    for name in ("request_story", "project_story", "tre_story"):
        assert Client().get(reverse(name, args=[uuid4()])).status_code == 404


def test_the_gates_say_where_a_request_stands_and_where_it_stopped(federation, executor, tmp_path):
    run = received(tmp_path)
    request = Request.objects.select_related("tre", "submission__by", "submission__project__panel").get(pk=run.request)
    assert [gate.mark for gate in stories.gates_of_request(request)] == ["passed", "passed", "here", "ahead", "ahead"]
    runs.refuse(run=run, by=staff("approver"), reason="Not here.", declared=True)
    work_until_done()
    request = Request.objects.select_related("tre", "submission__by", "submission__project__panel").get(pk=run.request)
    assert [gate.mark for gate in stories.gates_of_request(request)][2:] == ["stopped", "ahead", "ahead"]
    waiting = Project.objects.get(code="ASTHMA-25")
    assert [gate.mark for gate in stories.gates_of_project(waiting)] == ["here", "passed", "ahead", "ahead", "ahead"]
    assert stories.gates_of_project(waiting)[1].now == "Whoever takes part is accredited."


def test_an_embargo_on_what_is_always_public_is_a_mistake_of_ours(federation):
    with pytest.raises(ValueError, match="never under an embargo"), act():
        record("tre.accredited", by="portal", subject=Tre.objects.first(), embargo_until=timezone.now())


def test_a_request_of_an_embargoed_project_is_hidden_too(federation, executor, tmp_path):
    Project.objects.filter(code="ASTHMA-24").update(
        embargo_until=timezone.localdate() + timedelta(days=9), embargo_reason="A patent."
    )
    project = Project.objects.get(code="ASTHMA-24")
    sign(
        subject=project,
        verb="project.approved",
        by=person("chair@hub.example"),
        outcome=SignOff.Outcome.APPROVED,
        reason="Again.",
        until=project.until,
    )
    request = send(upload(tmp_path))
    work_until_done()
    assert Client().get(reverse("request_story", args=[request.pk])).status_code == 404
    assert PublicEntry.objects.hidden(project.side).count() >= 3


def test_a_centres_own_leaves_are_for_its_staff_and_its_hashes_for_everybody(federation):
    log = f"/log/{CENTRE.id}/tile"
    assert Client().get(f"{log}/0/000.p/1").status_code == 200
    for email, code in (("", 404), ("auditor@hub.example", 404), (staff("operator").email, 200)):
        client = Client()
        if email:
            client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
        response = client.get(f"{log}/entries/000.p/1")
        assert response.status_code == code, email
    assert response["Cache-Control"] == "private"
