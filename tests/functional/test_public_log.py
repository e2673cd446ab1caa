"""The public log as anyone reads it: search, stories, exports; what is under an embargo is nowhere."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.audit.act import act, record
from apps.core.audit.models import PublicEntry
from apps.core.web.spreadsheets import harmless
from apps.core.workflow.models import SignOff, sign
from apps.hub.datasets.models import Dataset, Tre
from apps.hub.projects import actions as projects
from apps.hub.projects import panel_actions
from apps.hub.projects.application_forms import form_of
from apps.hub.projects.forms import TextForm
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY
from apps.hub.researchers.models import Organisation
from apps.hub.submissions.models import Request
from apps.hub.transparency import applications, log_views, search, sitemap, stories
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.tools.federation.application import answers_for, apply_for, write_sections
from apps.tools.federation.people import CENTRES
from tests.functional.federation import (
    CENTRE,
    person,
    received,
    review,
    send,
    sign_off,
    staff,
    tell_outcome,
    upload,
    voted,
    work_until_done,
)

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


def streamed(name: str, **query) -> str:
    return b"".join(Client().get(reverse(name), query).streaming_content).decode()


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
    assert "1 file was held back." in told
    assert "chart.svg" not in told
    assert "counts.csv: let out" in told
    assert "At least 3 members vote." in told
    assert "At least 1 of them is a lay member." in told
    assert told.count("portal-gates__gate--passed") == 5
    told = page(reverse("project_story", args=[asked.submission.project_id]))
    assert told.count("portal-gates__gate--passed") == 5
    assert "Results of 1 of 1 requests were let out." in told
    assert "clinics that are near them" in told
    assert story in told
    told = page(reverse("tre_story", args=[CENTRE.id]))
    assert dataset.name in told
    for secret in ("Ada Lindqvist", "Priya", "checker"):
        assert secret not in told + found + page(story)


def test_a_stream_is_read_in_short_queries_none_of_which_may_take_for_ever(federation, monkeypatch):
    whole = streamed("log_csv")
    monkeypatch.setattr(search, "AT_ONCE", 7)
    with CaptureQueriesContext(connection) as queries:
        assert streamed("log_csv") == whole
    reads = [each["sql"] for each in queries if 'FROM "audit_publicentry"' in each["sql"]]
    assert len(reads) >= PublicEntry.objects.count() // 7
    assert all("LIMIT 7" in each for each in reads)
    if connection.vendor == "postgresql":
        assert sum("SET LOCAL statement_timeout" in each["sql"] for each in queries) == len(reads)
    assert json.loads(streamed("log_json", topic="centres"))["entries"]
    assert json.loads(streamed("log_json", since="2100-01-01"))["entries"] == []


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
    found = apply_for(
        by=ada,
        panel=old.panel,
        code=code,
        title="A new medicine",
        organisation=old.organisation,
        versions=old.dataset_versions.all(),
        lay_summary="We try a new medicine.",
        embargo_until=timezone.localdate() + timedelta(days=days),
        embargo_reason="A patent is being filed.",
    )
    projects.submit(project=found, by=ada)
    panel_actions.take_up(project=Project.objects.get(pk=found.pk), by=person("coordinator@hub.example"))
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
    assert "Fewer than 10 entries are not shown yet" in page(reverse("log"))
    assert Client().get(reverse("project_story", args=[project.pk])).status_code == 404
    hidden = PublicEntry.objects.hidden(project.side).first()
    assert Client().get(reverse("audit:proof", args=[hidden.sequence])).status_code == 404
    assert b"project.submitted" not in bytes(hidden.event.leaf)
    time_machine.move_to(timezone.now() + timedelta(days=31))
    assert sum("new medicine" in each for each in places(project)) == 8
    assert "We try a new medicine." in page(reverse("project_story", args=[project.pk]))
    assert page(reverse("audit:proof", args=[hidden.sequence]))


def test_what_comes_out_of_an_embargo_is_the_newest_of_the_feed(federation, time_machine):
    project = embargoed(days=30)
    time_machine.move_to(timezone.now() + timedelta(days=10))
    with act():
        record("tre.accredited", by="portal", subject=Tre.objects.first(), public={"tre": "A later centre"})
    assert "A later centre" in ElementTree.fromstring(streamed("log_atom")).find(f"{ATOM}entry/{ATOM}title").text
    time_machine.move_to(timezone.now() + timedelta(days=21))
    feed = ElementTree.fromstring(streamed("log_atom"))
    assert "new medicine" in feed.find(f"{ATOM}entry/{ATOM}title").text
    ends = project.embargo_ends().isoformat()
    assert feed.find(f"{ATOM}updated").text == feed.find(f"{ATOM}entry/{ATOM}updated").text
    assert datetime.fromisoformat(feed.find(f"{ATOM}updated").text) == datetime.fromisoformat(ends)


def returned(federation) -> Project:
    """A project that was handed in openly and returned with a question."""
    project = Project.objects.get(code="ASTHMA-25")
    voted(project, "changes")
    panel_actions.send_back(project=project, by=person("chair@hub.example"), reason="Which schools?")
    return Project.objects.get(pk=project.pk)


def amended(project: Project, **changed) -> Project:
    kept = {name: getattr(project, name) for name in ("title", "lay_summary", "benefit", "code")}
    answers = answers_for(project, list(project.dataset_versions.all()), project.until, **kept | changed)
    return write_sections(project, project.lead, answers)


def test_what_a_lead_writes_is_not_read_before_it_is_handed_in(federation):
    project = returned(federation)
    secret = dict.fromkeys(("title", "lay_summary", "benefit", "code"), "Xenolith")
    story = reverse("project_story", args=[project.pk])
    project = amended(project, **secret)
    told = page(story)
    assert "Asthma and school days" in told
    assert "Xenolith" not in told
    for words in ("xenolith", "school"):
        assert "Nothing like this" in page(reverse("log"), project=words)
    assert "school days" in page(reverse("log"), project=str(project.pk))
    day = timezone.localdate() + timedelta(days=9)
    project = amended(project, embargo_until=day, embargo_reason="A patent.")
    assert "school days" in page(story), "an embargo holds once it is asked for, not while it is written"
    projects.submit(project=project, by=project.lead)
    assert Client().get(story).status_code == 404
    assert f"{story}<" not in streamed("sitemap")
    assert "Nothing like this" in page(reverse("log"), project="xenolith")


def test_a_text_that_was_signed_under_an_embargo_waits_for_it_and_a_draft_is_never_read(federation):
    project = embargoed(days=9)
    voted(project, "changes")
    panel_actions.send_back(project=project, by=person("chair@hub.example"), reason="Why?")
    project = amended(Project.objects.get(pk=project.pk), embargo_until="", embargo_reason="")
    projects.submit(project=project, by=project.lead)
    told = page(reverse("project_story", args=[project.pk]))
    assert "This application is being changed; its text is not shown." in told
    assert "new medicine." not in told.split("What happened")[0]
    draft = apply_for(
        by=project.lead,
        panel=project.panel,
        code="X-1",
        title="Y",
        organisation=project.organisation,
        versions=project.dataset_versions.all(),
    )
    assert applications.application_of(draft) is None


def test_a_filter_that_does_not_fit_gives_nothing_and_says_why(federation):
    for query in ({"since": "garbage"}, {"tre": "garbage"}, {"kind": "x"}, {"dataset": str(uuid4())}):
        for name in ("log_csv", "log_json", "log_atom"):
            response = Client().get(reverse(name), query)
            assert response.status_code == 400
            assert response["Content-Type"].startswith("text/plain")
            assert "public" not in response.headers.get("Cache-Control", "")
    assert "From this day: Enter a valid date." in Client().get(reverse("log_csv"), {"since": "x"}).content.decode()
    response = Client().get(reverse("log"), {"since": "yesterday"})
    assert response.status_code == 400
    assert "Enter a valid date" in response.content.decode()
    assert "Nothing is shown, because" in response.content.decode()
    assert "was accredited" not in response.content.decode()


def test_exports_may_be_kept_a_minute_and_are_not_taken_without_end(federation, settings):
    for name in ("log_csv", "log_json", "log_atom"):
        assert Client().get(reverse(name))["Cache-Control"] == "public, max-age=60"
    settings.ACCOUNT_RATE_LIMITS = {"log_export": "1/m/ip"}
    codes = [Client().get(reverse("log_csv"), REMOTE_ADDR="192.0.2.7").status_code for _time in range(2)]
    assert codes == [200, 429]


def test_a_feed_stays_whole_whatever_is_in_a_title(federation):
    entry = PublicEntry.objects.shown(settings.HUB_ID).last()
    words = "A\x08 <b>\x1f\ufffe \U0001f642"
    PublicEntry.objects.filter(pk=entry.pk).update(words=words)
    titles = [each.text for each in ElementTree.fromstring(streamed("log_atom")).iter(f"{ATOM}title")]
    assert "A <b> \U0001f642" in titles


@pytest.mark.parametrize("text", ["A\x08b", "one\ntwo", "a\u2028b", "safe\u202etxt", "a\u2066b"])
def test_a_line_of_an_application_shows_what_was_written(federation, text):
    for section, name in (("summary", "title"), ("embargo", "embargo_reason")):
        form = form_of(BY_KEY[section], {name: text}, project=Project())
        assert "Write it in one line" in str(form.errors[name])
    assert "Write it in one line" in str(TextForm({"title": text, "text": "Two\nlines"}).errors["title"])
    plain = form_of(BY_KEY["summary"], {"title": "Ünïcode – and “quotes”"}, project=Project())
    assert "title" not in plain.errors


def test_how_much_is_hidden_is_told_in_tens():
    assert [log_views.about(number) for number in (0, 9, 10, 15, 119)] == [
        "Fewer than 10",
        "Fewer than 10",
        "At least 10",
        "At least 10",
        "At least 110",
    ]


def test_crawlers_are_told_of_stories_that_may_be_read(asked, monkeypatch):
    hidden = embargoed(days=9)
    told = streamed("sitemap")
    project = asked.submission.project
    for name, pk in (("request_story", asked.pk), ("project_story", project.pk), ("tre_story", CENTRE.id)):
        assert f"<loc>{settings.PUBLIC_URL}{reverse(name, args=[pk])}</loc>" in told
    assert str(hidden.pk) not in told
    monkeypatch.setattr(sitemap, "AT_MOST", 3)
    assert streamed("sitemap").count("<loc>") == 3


def test_a_gate_that_was_passed_stays_passed(asked):
    project, by = asked.submission.project, person("coordinator@hub.example")
    projects.ask_for_outcome(project=project, by=by)
    tell_outcome(project)
    projects.close(project=Project.objects.get(pk=project.pk), by=by, reason="All is told.")
    for name, pk in (("request_story", asked.pk), ("project_story", project.pk)):
        told = page(reverse(name, args=[pk]))
        assert told.count("portal-gates__gate--passed") == 5, name
    assert stories.people_gate(trusted=False, inside=True)[3:] == (True, "Whoever asked was accredited then.")


def embargo_form(**given):
    return form_of(BY_KEY["embargo"], {name: str(value) for name, value in given.items()}, project=Project())


@pytest.mark.parametrize(("days", "sentence"), [(-1, "has not passed"), (5 * 366 + 1, "five years at the most")])
def test_an_embargo_has_limits(db, days, sentence):
    form = embargo_form(embargo_until=timezone.localdate() + timedelta(days=days), embargo_reason="A patent.")
    assert sentence in str(form.errors["embargo_until"])
    assert "embargo_reason" not in form.errors
    allowed = embargo_form(embargo_until=timezone.localdate() + timedelta(days=1800))
    assert "embargo_until" not in allowed.errors


def test_an_embargo_has_a_day_and_a_reason(federation):
    for given in ({"embargo_until": "2030-01-01"}, {"embargo_reason": "A patent."}):
        assert "give both, or neither" in str(embargo_form(**given).errors["embargo_reason"])
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


def test_a_day_begins_at_midnight_in_london_and_entries_may_be_out_of_their_order(federation):
    early, late = list(PublicEntry.objects.shown(settings.HUB_ID).order_by("sequence")[:2])
    PublicEntry.objects.exclude(pk__in=[early.pk, late.pk]).update(at=datetime(2026, 1, 1, tzinfo=UTC))
    PublicEntry.objects.filter(pk=early.pk).update(at=datetime(2026, 6, 30, 23, 1, tzinfo=UTC))
    PublicEntry.objects.filter(pk=late.pk).update(at=datetime(2026, 6, 30, 23, 0, tzinfo=UTC))
    found = lambda **query: set(search.SearchForm(query).entries().values_list("pk", flat=True))  # noqa: E731
    assert found(since="2026-07-01") == found(since="2026-07-01", until="2026-07-01") == {early.pk, late.pk}
    assert found(since="2026-06-30", until="2026-06-30") == found(since="2026-07-02") == set()
    assert found(until="0001-01-01") == set()
    assert found(until="9999-12-31") == found()


def test_a_search_that_holds_the_database_is_ended_with_a_sentence(federation, monkeypatch):
    def slow(*_asked, **_how):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(search, "LONGEST_MS", 50)
    monkeypatch.setattr(log_views, "keyset_page", slow)
    response = Client().get(reverse("log"), {"q": "e"})
    assert response.status_code == 503
    assert "Your words fit too much at once." in response.content.decode()
    with monkeypatch.context() as patch:
        patch.setattr(search.connection, "vendor", "sqlite")
        with search.soon():
            assert not connection.in_atomic_block


def test_a_day_is_chosen_from_a_calendar_and_stays_chosen(federation):
    found = page(reverse("log"), since="2026-01-02")
    assert re.search(r'<input[^>]*name="since"[^>]*type="date"[^>]*value="2026-01-02"', found)


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
