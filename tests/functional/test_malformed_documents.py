"""A signed document from a known peer that does not say what it should is kept as refused, with a sentence, and never tried again.

What goes wrong in acting on one that does is a fault of ours: it is not hidden.
"""

import copy
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from apps.core.errors import BadInput
from apps.core.exchange import bodies, service, witness
from apps.core.exchange.models import Document, Incoming, Outgoing
from apps.core.outbox.registry import TryLater
from apps.hub.projects import actions as projects
from apps.hub.projects.models import Project
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request, Result
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from tests.functional.federation import CENTRE, person, received, staff, work_until_done
from tests.functional.test_policy import publish

pytestmark = pytest.mark.django_db(transaction=True)
WRONG = (None, 7, "x", [], {"x": 7}, [7])
TO_A_NODE = ("offer", "stop", "answer", "lapses")


def handled(kind: str, body, attachments=()) -> Incoming:
    """A document that lies in the inbox, handled."""
    sides = (CENTRE.id, settings.HUB_ID) if kind in TO_A_NODE else (settings.HUB_ID, CENTRE.id)
    told = dict(zip(("side", "peer"), sides, strict=True)) | {"kind": kind, "body": body}
    found = Incoming.objects.create(document=uuid4(), attachments=list(attachments), **told)
    service.handle(str(found.pk))
    return Incoming.objects.get(pk=found.pk)


@pytest.mark.parametrize("kind", Document.Kind.values)
@pytest.mark.parametrize("body", [{}, [], "x", 7], ids=repr)
def test_what_says_nothing_is_refused_once(federation, kind, body):
    found = handled(kind, body)
    assert found.handled_at
    assert found.refused_why.endswith("."), found.refused_why
    service.handle(str(found.pk))
    assert Incoming.objects.get(pk=found.pk).handled_at == found.handled_at


def spoilt(body, depth: int = 3):
    """(place, the body with one thing wrong in it): each value left out, or another in its place."""
    for name in list(body) if isinstance(body, dict) else list(range(len(body)))[:1]:
        for wrong in WRONG:
            if type(wrong) is not type(body[name]) or wrong is None:
                changed = copy.copy(body)
                changed[name] = wrong
                yield f"{name} = {wrong}", changed
        if isinstance(body, dict):
            yield f"without {name}", {each: value for each, value in body.items() if each != name}
        if depth and isinstance(body[name], dict | list):
            for place, inner in spoilt(body[name], depth - 1):
                changed = copy.copy(body)
                changed[name] = inner
                yield f"{name}: {place}", changed


def newest(kind: str) -> Outgoing:
    return Outgoing.objects.filter(kind=kind).latest("created_at")


def body_of(document) -> dict:
    return Incoming.objects.get(document=document.pk).body


def test_one_wrong_thing_in_a_document_never_keeps_it_coming_back(federation, executor, tmp_path):
    """Every kind, as it is really sent, with each of its values spoilt in turn: it is heard or refused, and nothing is raised."""
    run = received(tmp_path)
    runs.send_back(run=run, by=staff("approver"), reason="Which ages?", declared=True)
    work_until_done()
    submissions.answer(request=Request.objects.get(), by=person("ada@northgate.example"), answer="All.")
    publish(least_count=11)
    projects.suspend(project=Project.objects.get(pk=run.project), by=person("chair@hub.example"), reason="Wait.")
    work_until_done()
    witness.tell_all()
    work_until_done()
    real = {kind: body_of(newest(kind)) for kind in Document.Kind.values if kind not in ("stop", "release")}
    real |= {
        "stop": {"request": str(run.request), "reason": "x"},
        "release": {
            "request": str(run.request),
            "number": 1,
            "outcome": "released",
            "files": [{"name": "a.csv", "released": True, "reason": ""}],
            "note": "",
        },
    }
    files = {kind: Incoming.objects.filter(kind=kind).first().attachments for kind in ("offer",)}
    assert set(real) == set(Document.Kind.values)
    for kind, body in real.items():
        refused = 0
        for place, changed in spoilt(body):
            if kind == "offer" and changed.get("request") == body["request"]:
                changed["request"] = str(uuid4())
            try:
                found = handled(kind, changed, files.get(kind, ()))
            except TryLater:
                continue  # one before it may be on its way
            except Exception as problem:
                raise AssertionError(f"{kind}, {place}: {problem!r}")
            assert found.handled_at, (kind, place)
            refused += bool(found.refused_why)
        assert refused > len(body), kind


def test_an_offer_that_can_be_answered_is_refused_to_the_hub_too(federation, executor, tmp_path):
    run = received(tmp_path)
    offer = Incoming.objects.get(kind="offer")
    body = offer.body | {"request": str(uuid4())}
    for changed, files, why in (
        (body | {"datasets": {"people": {"version": "x"}}}, offer.attachments, "datasets.people."),
        (body, offer.attachments[:1], "without its file"),
    ):
        found = handled("offer", changed, files)
        assert why in found.refused_why
        assert Outgoing.objects.filter(kind="statement").latest("created_at").side == CENTRE.id
        assert body_of_answer(body["request"])["reason"] == found.refused_why
    assert list(Run.objects.all()) == [run]


def body_of_answer(request: str) -> dict:
    work_until_done()
    said = [each.body for each in Incoming.objects.filter(kind="statement") if each.body["request"] == request]
    return said[-1]


def test_a_release_without_its_file_or_with_another_word_is_refused(federation, executor, tmp_path):
    run = received(tmp_path)
    request = Request.objects.get()
    body = {
        "request": str(run.request),
        "number": request.last_number + 1,
        "outcome": "released",
        "files": [],
        "note": "",
    }
    assert "without its file result.zip" in handled("release", body).refused_why
    assert "not on the list" in handled("release", body | {"outcome": "sent"}).refused_why
    assert not Result.objects.exists()


def test_a_fault_of_ours_is_not_taken_for_one_of_the_document(federation, executor, tmp_path, monkeypatch):
    run = received(tmp_path)

    def broken(*arguments, **options):
        raise KeyError("a slip of ours")

    monkeypatch.setattr(runs, "halt", broken)
    with pytest.raises(KeyError, match="a slip of ours"):
        handled("stop", {"request": str(run.request), "reason": "x"})
    assert Incoming.objects.get(kind="stop").handled_at is None


@pytest.mark.parametrize(
    ("told", "shape", "place"),
    [
        (True, int, "body"),
        ({"a": {"b": "x"}}, {"a": {"b": UUID}}, "a.b"),
        ({"a": ["2026-01-01", "2026-13-01"]}, {"a": [date]}, "a.1"),
        ({"a": "xxx"}, {"a": bodies.Text(2)}, "a"),
        ({"a": 2**53}, {"a": bodies.Number}, "a"),
        ({"a": {"b": 1}}, {"a": bodies.Each(str)}, "a.b"),
        ({"a": 1}, {"a": bodies.Maybe(str)}, "a"),
        ({}, {"a": str}, "body"),
    ],
)
def test_the_place_of_what_is_wrong_is_told(told, shape, place):
    with pytest.raises(BadInput, match=f"{place}[.]$"):
        bodies.check(told, shape)


def test_what_is_right_is_let_through():
    told = {"a": "2026-01-01", "b": [str(uuid4())], "c": {"x": 1}, "d": "", "more": None}
    bodies.check(told, {"a": date, "b": [UUID], "c": bodies.Each(bodies.Number), "d": bodies.Maybe(date)})
    bodies.check({}, {"a": bodies.Maybe({"id": UUID})})
