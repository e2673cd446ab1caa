"""Lists as staff work with them: found, narrowed, sorted, paged, saved, taken away; the whole state in the address."""

import csv
import io
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.audit import triggers
from apps.core.audit.models import AccessRecord
from apps.core.lists import actions
from apps.core.lists.filters import Sort
from apps.core.lists.listing import Listing, listing
from apps.core.lists.models import SavedFilter
from apps.core.web.paging import keyset_page
from apps.hub.projects.models import Project
from tests.functional.federation import CENTRE, person, received, sign_off, work_until_done
from tests.functional.test_query_counts import clones

pytestmark = pytest.mark.django_db(transaction=True)
PROJECTS = "/projects/"


def browser(email: str) -> Client:
    client = Client()
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def auditor(federation) -> Client:
    return browser("auditor@hub.example")


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(unescape(response.content.decode()).split())


def codes(client: Client, address: str) -> list[str]:
    """The codes of the projects that a page lists, in its order."""
    return re.findall(r'href="/projects/[0-9a-f-]{36}/">([A-Z0-9-]+):', page(client, address))


def many_projects(number: int, **changed) -> None:
    with triggers.lifted(connection):
        clones(Project.objects.get(code="ASTHMA-24"), number, code=lambda each: f"MANY-{each:03}", **changed)


def table(client: Client, address: str) -> list[dict]:
    response = client.get(address)
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_every_word_has_to_be_found_somewhere(auditor):
    assert codes(auditor, PROJECTS + "?q=asthma-24") == ["ASTHMA-24"]
    lead = Project.objects.get(code="ASTHMA-24").lead.name.split()[0]
    assert "ASTHMA-24" in codes(auditor, f"{PROJECTS}?q={lead}+24")
    assert codes(auditor, f"{PROJECTS}?q={lead}+nowhere") == []
    nothing = page(auditor, f"{PROJECTS}?q=nowhere")
    assert "Nothing here is like that." in nothing
    assert f'href="{PROJECTS}">Show everything again' in nothing


def test_filters_narrow_and_an_unknown_value_is_told(auditor):
    in_review = set(Project.objects.filter(state="in_review").values_list("code", flat=True))
    assert set(codes(auditor, PROJECTS + "?state=in_review")) == in_review
    assert len(codes(auditor, PROJECTS)) > len(in_review)
    assert "There is a problem" in page(auditor, PROJECTS + "?state=bogus")
    Project.objects.filter(code="ASTHMA-24").update(commercial=True)
    assert codes(auditor, PROJECTS + "?commercial=on") == ["ASTHMA-24"]


def test_days_are_counted_where_staff_are_both_ends(auditor):
    """23:30 UTC in summer is already the next day in London."""
    Project.objects.update(created_at=datetime(2026, 7, 1, 12, tzinfo=UTC))
    Project.objects.filter(code="ASTHMA-24").update(created_at=datetime(2026, 7, 6, 23, 30, tzinfo=UTC))
    assert codes(auditor, PROJECTS + "?from=2026-07-07&to=2026-07-07") == ["ASTHMA-24"]
    assert codes(auditor, PROJECTS + "?from=2026-07-06&to=2026-07-06") == []


def test_pages_go_through_every_row_once_in_each_order(auditor):
    many_projects(60)
    for sort, by in (("newest", "-created_at"), ("oldest", "created_at"), ("code", "code"), ("ends", "until")):
        address, seen = f"{PROJECTS}?q=MANY&sort={sort}", []
        while address:
            seen += codes(auditor, address)
            following = re.search(r'href="([^"]+)">Next page', page(auditor, address))
            address = following and following[1]
            assert address is None or "q=MANY" in address
        wanted = Project.objects.filter(code__startswith="MANY").order_by(by)
        assert sorted(seen) == sorted(wanted.values_list("code", flat=True))
        assert seen == sorted(seen) or by != "code"


def test_a_cursor_of_another_order_begins_at_the_first_page(auditor):
    many_projects(30)
    after = re.search(r'after=([^"&]+)', page(auditor, PROJECTS + "?sort=code"))[1]
    assert codes(auditor, f"{PROJECTS}?after={after}") == codes(auditor, PROJECTS)
    assert codes(auditor, PROJECTS + "?sort=code&after=forged") == codes(auditor, PROJECTS + "?sort=code")


def test_a_filter_is_saved_by_name_shared_by_address_and_removed_by_its_owner(auditor):
    assert "Save this filter as" not in page(auditor, PROJECTS)
    assert "Save this filter as" in page(auditor, PROJECTS + "?state=approved")
    save = reverse("lists:save", args=["projects"])
    query = "state=approved&sort=code&next=https%3A%2F%2Fevil.example&after=x&q="
    response = auditor.post(save, {"name": "Running", "query": query})
    assert response["Location"] == PROJECTS + "?state=approved&sort=code"
    assert 'aria-current="true">Running</a>' in page(auditor, response["Location"])
    auditor.post(save, {"name": "Running", "query": "state=closed"})
    saved = SavedFilter.objects.get()
    assert saved.query == "state=closed"
    assert str(saved) == "Running"
    other = browser("chair@hub.example")
    assert "Running" not in page(other, PROJECTS)
    assert codes(other, PROJECTS + "?state=approved&sort=code")
    assert other.post(reverse("lists:remove", args=[saved.pk])).status_code == 404
    assert auditor.post(reverse("lists:remove", args=[saved.pk]))["Location"] == PROJECTS
    assert not SavedFilter.objects.exists()


def test_a_filter_needs_a_list_a_name_and_a_little_restraint(auditor, monkeypatch):
    save = reverse("lists:save", args=["projects"])
    assert auditor.post(reverse("lists:save", args=["nothing"]), {"name": "x"}).status_code == 404
    for name in ("", "x" * 61, "two\nlines"):
        assert auditor.post(save, {"name": name, "query": ""}).status_code == 400
    monkeypatch.setattr(actions, "MOST", 1)
    assert auditor.post(save, {"name": "one", "query": "q=a"}).status_code == 302
    refused = auditor.post(save, {"name": "two", "query": "q=a"})
    assert "Remove one first." in refused.content.decode()
    assert auditor.post(save, {"name": "one", "query": "q=b"}).status_code == 302


def test_a_list_that_is_gone_leaves_its_filters_removable(auditor):
    saved = SavedFilter.objects.create(person=person("auditor@hub.example"), list="gone", name="x", query="")
    assert auditor.post(reverse("lists:remove", args=[saved.pk]))["Location"] == reverse("home")


def test_the_table_to_take_away_has_the_rows_that_are_shown_and_runs_nowhere(auditor):
    many_projects(40, title=lambda each: f"=HYPERLINK({each})" if each else " \t@SUM(A1)")
    rows = table(auditor, PROJECTS + "?q=MANY&sort=code&format=csv")
    assert [row["Code"] for row in rows] == [f"MANY-{number:03}" for number in range(40)]
    assert all(row["Title"].startswith("'") for row in rows)
    at = timezone.localtime(Project.objects.get(code="MANY-000").created_at)
    assert rows[0]["Begun (Europe/London)"] == f"{at:%Y-%m-%d %H:%M}"
    assert f'href="{PROJECTS}?q=MANY&format=csv"' in page(auditor, PROJECTS + "?q=MANY")
    assert f'href="{PROJECTS}?format=csv"' in page(auditor, PROJECTS)


def test_nobody_takes_away_what_she_does_not_see(federation):
    many_projects(3)
    rows = table(browser("dina@northgate.example"), PROJECTS + "?format=csv")
    visible = Project.objects.visible_to(person("dina@northgate.example"))
    assert {row["Code"] for row in rows} == set(visible.values_list("code", flat=True))
    assert browser("ada@northgate.example").get("/people/?format=csv").status_code == 403


def test_who_takes_a_table_of_people_away_is_noted(federation):
    table(browser("officer@hub.example"), "/researchers/?format=csv")
    table(browser(f"admin@{CENTRE.slug}.example"), "/people/?format=csv")
    table(browser("auditor@hub.example"), PROJECTS + "?format=csv")
    noted = AccessRecord.objects.filter(what__startswith="list of").order_by("pk")
    assert [(each.by, each.what, str(each.side)) for each in noted] == [
        (person("officer@hub.example").pk, "list of researchers", settings.HUB_ID),
        (person(f"admin@{CENTRE.slug}.example").pk, "list of people", str(CENTRE.id)),
    ]


LISTS = [
    ("auditor@hub.example", "/incidents/", "colleague"),
    ("auditor@hub.example", "/submissions/", "ASTHMA"),
    ("officer@hub.example", "/researchers/", "ada"),
    ("admin@hub.example", "/people/", "ada"),
    (f"approver@{CENTRE.slug}.example", "/runs/", "ASTHMA"),
    (f"checker1@{CENTRE.slug}.example", "/egress/", "ASTHMA"),
    (f"custodian@{CENTRE.slug}.example", "/tre/?kind=projects", "ASTHMA"),
    (f"custodian@{CENTRE.slug}.example", "/tre/?kind=people", "ada"),
    (f"custodian@{CENTRE.slug}.example", "/tre/?kind=data", "ASTHMA"),
    (f"custodian@{CENTRE.slug}.example", "/tre/?kind=workflows", "count"),
]


def test_each_list_finds_sorts_and_is_taken_away(federation, executor, tmp_path):
    sign_off(received(tmp_path))
    work_until_done()
    for email, address, word in LISTS:
        client, more = browser(email), "&" if "?" in address else "?"
        for sort in ("", "newest", "oldest"):
            assert table(client, f"{address}{more}sort={sort}&format=csv"), address
        assert table(client, f"{address}{more}q={word}&format=csv") != [], address
        assert table(client, f"{address}{more}q=nowhere&format=csv") == [], address
        assert "Nothing here is like that." in page(client, f"{address}{more}q=nowhere"), address
        kind = address.partition("kind=")[2]
        assert (f'type="hidden" name="kind" value="{kind}"' in page(client, address)) == bool(kind)


def test_a_list_may_have_nothing_to_search_and_keys_are_known(rf, federation):
    class Plain(Listing):
        key, url_name = "plain", "projects:list"
        sorts = (Sort("code", "by code", ("code", "pk")),)

    request = rf.get("/projects/?q=asthma")
    request.user = User.objects.first()
    found = Plain(request, Project.objects.all())
    assert not found.is_narrowed
    assert found.page.items == keyset_page(Project.objects.all(), request, by=("code", "pk")).items
    assert (listing("plain"), listing("unknown")) == (Plain, None)
