"""Public figures: small numbers cannot be read, nor worked out from any other number that is published."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.core.audit.act import act, record
from apps.core.audit.models import Event, PublicEntry
from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.datasets.models import Tre
from apps.hub.submissions.models import Request, Result
from apps.hub.transparency.figures import DIMENSIONS, MEASURES, Table, figures, table, wait


def possible(counts: dict[str, int], published: Table) -> dict[str, set[int]]:
    """What somebody can find out who knows the sum of a table: the values that each number under ten may still have."""
    shown = {cell.label: cell for cell in published.cells}
    rest = sum(counts.values()) - sum(cell.number for cell in shown.values() if cell.number is not None)
    small = [label for label, cell in shown.items() if cell.words == "fewer than 10"]
    more = [label for label, cell in shown.items() if cell.words.startswith("not shown")]
    found = {}
    for label in small:
        others = len(small) - 1
        # The others give anything from 0 to 9 each; every number that is left out beside them is ten or more.
        low_rest, high_rest = 10 * len(more), float("inf") if more else 9 * others
        found[label] = {value for value in range(10) if low_rest <= rest - value <= high_rest}
    return found


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), max_size=8))
def test_whoever_knows_the_sum_still_finds_every_small_number_possible(counts):
    published = table("m", "d", counts)
    for values in possible(counts, published).values():
        assert values == set(range(10))
    for cell in published.cells:
        assert cell.number is None or (cell.number == counts[cell.label] and cell.number >= 10)
    if counts and all(number >= 10 for number in counts.values()):
        assert [cell.number for cell in published.cells] == list(counts.values())


def test_a_number_that_stands_alone_takes_another_with_it():
    words = {cell.label: cell.words for cell in table("m", "d", {"a": 3, "b": 40, "c": 50}).cells}
    assert words["a"] == "fewer than 10"
    assert words["b"].startswith("not shown")
    assert words["c"] == "50"
    assert table("m", "d", {"a": 3}).cells == []


def test_which_number_goes_with_a_small_one_follows_from_its_label():
    words = {cell.label: cell.words for cell in table("m", "d", {"a": 90, "b": 3, "c": 40}).cells}
    assert words["a"].startswith("not shown")
    assert words["c"] == "40"


@pytest.mark.django_db
def test_what_came_this_month_changes_no_table_by_centre_or_kind(a_year):
    now = timezone.now().replace(month=11, day=20)
    sent = PublicEntry.objects.filter(verb="request.sent").first()
    before = figures(now)
    at = now - timedelta(days=30)
    PublicEntry.objects.filter(verb="request.sent", at__gte=at - timedelta(days=100)).exclude(pk=sent.pk).update(
        at=at, public_from=at
    )
    after = figures(now)
    months, others = ([each.by == "month" for each in before.tables], [each.by != "month" for each in before.tables])
    assert [each for each, is_one in zip(after.tables, others, strict=True) if is_one] == [
        each for each, is_one in zip(before.tables, others, strict=True) if is_one
    ]
    assert any(one != two for one, two, is_one in zip(after.tables, before.tables, months, strict=True) if is_one)


def test_half_of_the_decisions_are_quicker_than_the_middle_one():
    assert wait("a", [1.2] * 5 + [9.0] * 6).words == "9"
    assert wait("a", [0.1] * 10).words == "under a day"
    assert wait("a", [5.0] * 9).words == "fewer than 10 decisions"


@pytest.fixture
def a_year(federation):
    """A year of requests at three centres, some refused, some held back, made with their times in the past."""
    chance = random.Random(4)
    tres = list(Tre.objects.order_by("name"))
    kinds = ["university", "company", "charity"]
    made = []
    for _number in range(400):
        tre, kind, request = chance.choice(tres), chance.choice(kinds), uuid4()
        at = timezone.now() - timedelta(days=chance.randint(40, 690))
        made.append((at, "request.sent", tre, kind, request))
        later = at + timedelta(days=chance.randint(0, 9))
        made.append((later, chance.choice(["request.queued", "request.refused"]), tre, kind, request))
        if chance.random() < 0.6:
            end = chance.choice(["request.released", "request.partly_released", "request.withheld"])
            made.append((later + timedelta(days=1), end, tre, kind, request))
    with act():
        for _at, verb, tre, kind, request in made:
            about = {"tre": tre.pk, "request": request, "organisation_kind": kind}
            record(verb, by="portal", subject=tre, public={"tre": tre.name, "project": "P"}, about=about)
    entries = PublicEntry.objects.filter(verb__startswith="request.").order_by("sequence")
    for entry, (at, *_rest) in zip(entries, made, strict=True):
        PublicEntry.objects.filter(pk=entry.pk).update(at=at, public_from=at)
    return made


@pytest.mark.django_db
def test_an_embargo_that_ends_changes_no_month_that_was_published(a_year):
    now = timezone.now().replace(day=15)
    before = figures(now)
    hidden = PublicEntry.objects.filter(verb="request.sent", at__lt=now - timedelta(days=60))
    ended = now.replace(day=10)
    one = hidden.first()
    PublicEntry.objects.bulk_create([copied(one, 900_000 + number, ended) for number in range(50)])
    assert figures(now) == before
    month_later = figures(now + timedelta(days=31))
    sent = next(each for each in month_later.tables if each.by == "month" and each.measure == "Requests")
    counts = {cell.label: cell.number or 0 for cell in sent.cells}
    old = next(each for each in before.tables if each.by == "month" and each.measure == "Requests")
    assert counts[f"{now:%Y-%m}"] >= 50
    assert {cell.label: cell.words for cell in old.cells}.items() <= {
        cell.label: cell.words for cell in sent.cells
    }.items()


def copied(entry: PublicEntry, sequence: int, public_from: datetime) -> PublicEntry:
    """Another entry like this one, which an embargo kept until `public_from`."""
    event = Event.objects.create(side=entry.side, sequence=sequence, day=entry.at, leaf=b"", leaf_hash=b"")
    return PublicEntry(
        event=event,
        side=entry.side,
        sequence=sequence,
        at=entry.at,
        public_from=public_from,
        verb=entry.verb,
        tre=entry.tre,
        organisation_kind=entry.organisation_kind,
        request=uuid4(),
    )


@pytest.mark.django_db
def test_no_two_published_tables_give_a_small_number_away(a_year):
    now = timezone.now()
    told = figures(now)
    assert len(told.tables) == len(MEASURES) * len(DIMENSIONS)
    page = Client().get(reverse("figures")).content.decode()
    assert "fewer than 10" in page
    assert "Hillfoot Secure Data Centre" in page
    assert "under a day" in page or "Days until a decision" in page
    month = datetime(told.until.year, told.until.month, 1, tzinfo=PORTAL_ZONE)
    year, before = (datetime(told.year.year - back, 1, 1, tzinfo=PORTAL_ZONE) for back in (0, 1))
    for measure, verbs in MEASURES.values():
        tables = [each for each in told.tables if each.measure == str(measure)]
        for each in tables:
            start, end = (a_year[0][0].min.replace(tzinfo=UTC), month) if each.by == "month" else (before, year)
            total = sum(verb in verbs and start <= at < end for at, verb, *_rest in a_year)
            shown = sum(cell.number or 0 for cell in each.cells)
            counts = {cell.label: cell.number or 0 for cell in each.cells} | {"": total - shown}
            assert all(values == set(range(10)) for values in possible(counts, each).values())


@pytest.mark.django_db
def test_why_files_were_held_back_is_told_by_centre_and_year_alone(a_year, tmp_path, executor):
    from tests.functional.federation import CENTRE, send, upload

    request = send(upload(tmp_path))
    old = timezone.now() - timedelta(days=400)
    PublicEntry.objects.filter(request=request.pk).update(at=old, public_from=old)
    reasons = ["small numbers"] * 30 + ["file type"] * 20
    files = [{"name": "x", "released": False, "reason": reason} for reason in reasons]
    kept = [{"name": "y", "released": True, "reason": ""}]
    Result.objects.create(request=request, crate="x", sha256="0" * 64, size=1, files=files + kept, received_at=old)
    ((centre, year, found),) = figures().reasons
    page = Client().get(reverse("figures")).content.decode()
    assert f"{centre}, {year}" in page
    assert centre == CENTRE.name
    assert {cell.label: cell.number for cell in found.cells} == {"file type": 20, "small numbers": 30}
    assert Request.objects.count() == 1


@pytest.mark.django_db
def test_nothing_has_happened_yet_is_a_page_too(client):
    page = client.get(reverse("figures")).content.decode()
    assert "No results came back before 1 January " in page
    assert "too few to show" in page
