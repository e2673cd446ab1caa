"""What a secure data centre decided on a project reaches the hub as fixed words and days, and who reads it there."""

import json
import re
import threading
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.core.audit.act import act
from apps.core.errors import BadInput
from apps.core.exchange import keys, service
from apps.core.exchange.models import Incoming, Outgoing
from apps.core.outbox.models import Work
from apps.core.proofs.signatures import open_document
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import tre_decisions
from apps.hub.projects.decision_models import TreDecisions
from apps.hub.projects.models import Project
from apps.hub.researchers.queries import accreditation_of
from apps.node.custody import actions as custody
from apps.node.custody import reliance, telling
from apps.node.custody.models import DataGrant, MemberAcceptance, ProjectAcceptance, ToldDecisions, WorkflowApproval
from apps.tools.federation.people import CENTRES
from tests.functional.federation import CENTRE, asked_here, person, received, staff, upload, work_until_done
from tests.functional.test_reliance import forget_what_was_accepted, relying

pytestmark = pytest.mark.django_db(transaction=True)
ADA, CLEO = "ada@northgate.example", "cleo@northgate.example"
NO_MORE, NO_YES = "accepted before, and ended since", "no yes that counts today"


@pytest.fixture
def told(federation):
    """The federation, once every TRE has said what it decided."""
    work_until_done()


def project(code: str = "ASTHMA-24") -> Project:
    return Project.objects.get(code=code)


def kept() -> TreDecisions:
    return TreDecisions.objects.get(tre=CENTRE.id, project=project())


def acceptance() -> ProjectAcceptance:
    return asked_here(ProjectAcceptance).get()


def member(email: str) -> MemberAcceptance:
    return asked_here(MemberAcceptance).get(member=person(email).pk)


def grant() -> DataGrant:
    return asked_here(DataGrant).get()


def words() -> tuple[str, str, str, str]:
    """What the hub was told of the project, of Ada, of Cleo, and of the data."""
    said = kept().decisions
    people = [said["people"][str(person(each).pk)]["word"] for each in (ADA, CLEO)]
    return said["project"]["word"], *people, next(iter(said["datasets"].values()))["word"]


def sent() -> list[Outgoing]:
    found = Outgoing.objects.filter(kind="decisions", side=CENTRE.id).order_by("created_at")
    return [each for each in found if body_of(each)["project"] == str(project().pk)]


def body_of(document: Outgoing) -> dict:
    return json.loads(open_document(document.signed, keys.public_key_of(document.side)))["body"]


def page(client, email: str, address: str = "") -> str:
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.get(address or project().get_absolute_url()).content.decode()


def of_centre(client, email: str) -> str:
    """What the project's page tells of the first TRE."""
    return page(client, email).split(f">{CENTRE.name}</a></h3>")[1].split("</li>")[0]


def test_each_decision_reaches_the_hub_once_it_is_made(told):
    assert words() == ("accepted",) * 4
    assert kept().decisions["project"]["until"] == acceptance().until.isoformat()
    custody.end_project(projectacceptance=acceptance(), by=staff("operator"), reason="A complaint.")
    custody.end_member(memberacceptance=member(CLEO), by=staff("operator"), reason="She left.")
    custody.revoke_grant(datagrant=grant(), by=staff("operator"), reason="Too fine.")
    assert Work.objects.filter(name="custody.tell", done_at=None).count() == 1  # one telling for the three
    work_until_done()
    assert words() == ("ended", "accepted", "ended", "ended")
    for again, thing in (
        (custody.offer_project_again, {"projectacceptance": acceptance()}),
        (custody.offer_member_again, {"memberacceptance": member(CLEO)}),
        (custody.request_grant_again, {"datagrant": grant()}),
    ):
        again(by=staff("operator"), reason="Cleared.", **thing)
    work_until_done()
    assert words() == ("asked", "accepted", "asked", "asked")
    custody.refuse_project(projectacceptance=acceptance(), by=staff("custodian"), reason="No.")
    custody.refuse_member(memberacceptance=member(CLEO), by=staff("custodian"), reason="No.")
    custody.refuse_grant(datagrant=grant(), by=staff("custodian"), reason="No.")
    work_until_done()
    assert words() == ("refused", "accepted", "refused", "refused")
    assert len(sent()) == 4
    assert str(kept()) == f"{CENTRE.name}: {project()}"


def test_who_decides_reads_what_is_told(told, client):
    custodian = staff("custodian").email
    for thing in (acceptance(), member(CLEO), grant()):
        assert "never why" in page(client, custodian, thing.get_absolute_url())
    workflow = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    assert "never why" not in page(client, custodian, workflow.get_absolute_url())


def test_what_did_not_change_is_not_told_again(told):
    workflow = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    custody.withdraw_workflow(workflowapproval=workflow, by=staff("approver"), reason="A mistake.")
    assert not Work.objects.filter(name="custody.tell", done_at=None).exists()
    with act():
        telling.tell_later(acceptance())
    work_until_done()
    assert len(sent()) == 1


@pytest.mark.postgres
def test_what_is_decided_while_a_telling_is_under_way_is_told_by_the_next(told, monkeypatch):
    """Without the lock the second change would find a telling planned that has read already, and would never be told."""
    custody.end_project(projectacceptance=acceptance(), by=staff("operator"), reason="A complaint.")
    has_read, may_go_on, read = threading.Event(), threading.Event(), telling.decisions_on

    def slowly(acceptance):
        found = read(acceptance)
        has_read.set()
        assert may_go_on.wait(20)
        return found

    def end_another():
        custody.end_member(memberacceptance=member(CLEO), by=staff("operator"), reason="She left.")

    monkeypatch.setattr(telling, "decisions_on", slowly)
    planned = str(ToldDecisions.objects.get(tre=CENTRE.id, project=project().pk).pk)
    first, second = (in_a_thread(each) for each in (lambda: telling.tell(planned), end_another))
    first.start()
    assert has_read.wait(20)
    second.start()
    second.join(0.5)
    assert second.is_alive()
    may_go_on.set()
    for thread in (first, second):
        thread.join(20)
    work_until_done()
    assert words() == ("ended", "accepted", "ended", "accepted")


def in_a_thread(function) -> threading.Thread:
    """A thread with a connection of its own."""

    def run():
        try:
            function()
        finally:
            connection.close()

    return threading.Thread(target=run)


# Everything that may be said. A key more, or a value of another kind, is a way out of the TRE: it has to be decided on.
MAY_SAY = {
    (): {"project", "number", "decisions"},
    ("decisions",): {"project", "people", "datasets"},
    ("decisions", "project"): {"word", "until"},
    ("decisions", "people", "*"): {"word", "until"},
    ("decisions", "datasets", "*"): {"word", "until"},
}
VALUES = {
    "project": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "number": r"[1-9][0-9]*",
    "word": r"asked|accepted|refused|ended|expired",
    "until": r"(\d{4}-\d{2}-\d{2})?",
}


def walk(told, path=()):
    """(path, keys or value) of everything in a document; the keys that are UUIDs stand as *."""
    if isinstance(told, dict):
        is_by_key = path in (("decisions", "people"), ("decisions", "datasets"))
        yield path, {"*"} if is_by_key else set(told)
        for key, value in told.items():
            yield from walk(value, (*path, "*" if is_by_key and UUID(key) else key))
    else:
        yield path, str(value_of(told))


def value_of(told):
    assert type(told) in (str, int), told
    return told


def test_nothing_but_fixed_words_and_days_crosses(told):
    custody.end_member(memberacceptance=member(CLEO), by=staff("operator"), reason="Seen in the wrong room.")
    work_until_done()
    envelope = json.loads(open_document(sent()[-1].signed, keys.public_key_of(CENTRE.id)))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z", envelope["at"])
    assert envelope["attachments"] == []
    by_key = {("decisions", "people"), ("decisions", "datasets")}
    for path, said in walk(envelope["body"]):
        if isinstance(said, set):
            assert said == ({"*"} if path in by_key else MAY_SAY[path]), path
        else:
            assert re.fullmatch(VALUES[path[-1]], said), (path, said)
    assert "wrong room" not in json.dumps(envelope)
    assert person(CLEO).name not in json.dumps(envelope)
    assert set(telling.WORDS) == set(TreDecisions.Word.values)
    states = {each for model in telling.TOLD for each in model.State.values}
    assert states == set(telling.WORD_OF)


NEWER = 2**40  # than anything that the clock counted


def body(number: int = NEWER, **changed) -> dict:
    decisions = {"project": {"word": "refused", "until": ""}, "people": {}, "datasets": {}}
    return {"project": str(project().pk), "number": number, "decisions": decisions | changed}


def say(said: dict, tre=CENTRE.id) -> Incoming:
    """A document as a TRE could sign it, through the real door."""
    with act():
        outgoing = service.send(kind="decisions", side=tre, peer=UUID(settings.HUB_ID), body=said)
    work_until_done()
    return Incoming.objects.get(document=outgoing.pk)


def test_an_older_word_that_comes_late_changes_nothing(told):
    assert say(body()).refused_why == ""
    assert kept().decisions["project"]["word"] == "refused"
    for number in (NEWER, NEWER - 1):
        late = body(number, project={"word": "asked", "until": ""})
        assert say(late).refused_why == ""
    assert (kept().number, kept().decisions["project"]["word"]) == (NEWER, "refused")


def test_a_centre_that_was_restored_from_a_backup_is_still_heard(told, time_machine):
    backup = ToldDecisions.objects.get(tre=CENTRE.id, project=project().pk)
    for again in (custody.end_project, custody.offer_project_again):
        again(projectacceptance=acceptance(), by=staff("operator"), reason="A complaint.")
        work_until_done()
    assert words()[0] == "asked"
    backup.save()  # it knows of neither
    time_machine.move_to(timezone.now() + timedelta(minutes=5))
    custody.refuse_project(projectacceptance=acceptance(), by=staff("custodian"), reason="No.")
    work_until_done()
    assert words()[0] == "refused"


def test_a_centre_speaks_of_itself_alone(told):
    before = {each.tre_id: each.number for each in TreDecisions.objects.all()}
    yes, other = {"word": "accepted", "until": "2031-01-01"}, CENTRES[1].id
    theirs = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    not_its_own = "not this secure data centre's to tell"
    assert not_its_own in say(body(datasets={str(theirs.pk): yes}), other).refused_why
    assert not_its_own in say(body(datasets={str(uuid4()): yes})).refused_why
    assert not_its_own in say(body(people={str(uuid4()): yes})).refused_why
    assert not_its_own in say(body(people={str(person("bo@northgate.example").pk): yes})).refused_why
    assert "no such project" in say(body() | {"project": str(uuid4())}).refused_why
    project().tres.remove(other)
    assert "no such project" in say(body(), other).refused_why
    assert {each.tre_id: each.number for each in TreDecisions.objects.all()} == before


@pytest.mark.parametrize(
    "changed",
    [
        {"project": {"word": "accepted", "until": ""}},
        {"project": {"word": "accepted", "until": "20310101"}},
        {"project": {"word": "accepted", "until": 3}},
        {"project": {"word": "refused", "until": "2031-01-01"}},
        {"project": {"word": "refused", "until": "", "reason": "She was seen in the wrong room."}},
        {"project": {"word": "she was seen", "until": ""}},
        {"project": {"word": "refused"}},
        {"project": []},
        {"people": []},
        {"people": {"she": {"word": "refused", "until": ""}}},
        {"people": {"{9F371CFF-EAC7-404B-8C36-21567E6FDFA1}": {"word": "refused", "until": ""}}},
        {"datasets": None},
        {"note": "She was seen in the wrong room."},
    ],
)
def test_what_says_anything_else_is_refused(changed):
    decisions = {"project": {"word": "asked", "until": ""}, "people": {}, "datasets": {}} | changed
    with pytest.raises(BadInput, match="does not say what a secure data centre decided"):
        tre_decisions.read({"project": str(uuid4()), "number": 1, "decisions": decisions})


@pytest.mark.parametrize(
    "changed", [{"number": 0}, {"number": 2**53}, {"number": True}, {"number": "1"}, {"project": 1}, {"more": 1}]
)
def test_a_number_and_a_project_are_what_they_are(changed):
    decisions = {"project": {"word": "asked", "until": ""}, "people": {}, "datasets": {}}
    with pytest.raises(BadInput):
        tre_decisions.read({"project": str(uuid4()), "number": 1, "decisions": decisions} | changed)


def test_a_yes_ends_with_its_day_at_both_ends(told, time_machine):
    row, last = acceptance(), acceptance().until
    noon = timezone.now().replace(hour=12) + (last - timezone.localdate())
    assert telling.decision(row, noon) == {"word": "accepted", "until": last.isoformat()}
    assert telling.decision(row, noon + timedelta(days=1)) == {"word": "expired", "until": ""}
    at_hub = lambda: tre_decisions.said_by_tre(project(), project().tres.filter(pk=CENTRE.id))[0][1]  # noqa: E731
    time_machine.move_to(noon)
    assert str(at_hub().on_project()) == f"accepted until {last:%-d %B %Y}"
    time_machine.move_to(noon + timedelta(days=1))
    assert str(at_hub().on_project()) == "accepted before, until a day that has passed"
    custody.expire_lapsed()
    work_until_done()
    assert words() == ("expired", "expired", "expired", "expired")
    assert at_hub().on_project().is_no


def test_newer_evidence_asks_again(told):
    evidence = {
        "id": str(project().pk),
        **{"code": "ASTHMA-24", "title": "Another title", "lay_summary": "More.", "until": "2031-01-01"},
        "content_sha256": "0" * 64,
    }
    custody.propose_project(tre=CENTRE.id, by="portal", project=evidence)
    work_until_done()
    assert words() == ("asked", "accepted", "accepted", "accepted")


def test_what_is_accepted_by_reliance_is_told_and_so_is_its_end(told, executor, tmp_path):
    forget_what_was_accepted()
    made = relying()
    received(tmp_path)
    assert words() == ("accepted",) * 4
    assert date.fromisoformat(kept().decisions["project"]["until"]) == made.until
    reliance.end(reliance=made, by=staff("checker1"), reason="Not any more.")
    work_until_done()
    assert words() == ("asked", "asked", "asked", "accepted")


def test_of_a_project_that_was_never_offered_nothing_is_told(federation):
    forget_what_was_accepted()
    Work.objects.filter(name="hub.changed").delete()  # so that the hub does not tell of it
    work_until_done()
    assert sent() == []


def test_what_was_decided_before_it_was_told_at_all_is_told_within_the_hour(federation):
    Work.objects.filter(name="custody.tell").delete()
    Work.objects.filter(name="hub.changed").delete()
    ToldDecisions.objects.filter(tre=CENTRE.id).delete()
    telling.tell_what_was_never_told()
    work_until_done()
    assert words() == ("accepted",) * 4
    assert str(ToldDecisions.objects.get(tre=CENTRE.id)) == str(project().pk)
    assert len(sent()) == 1


def test_the_projects_page_tells_centre_by_centre(federation, client):
    assert page(client, ADA).count('<dd class="govuk-summary-list__value">not told yet</dd>') == 3 * 4
    work_until_done()
    here = of_centre(client, ADA)
    assert here.count(f"accepted until {acceptance().until:%-d %B %Y}") == 3  # the project, Ada and the data
    assert person(CLEO).name in here
    assert "mailto:" not in here
    assert "The centre has told us nothing about this." in page(client, ADA)
    custody.end_project(projectacceptance=acceptance(), by=staff("operator"), reason="A complaint.")
    work_until_done()
    assert f"mailto:office@{CENTRE.slug}.example" in of_centre(client, ADA)
    assert "A complaint." not in page(client, ADA)


def test_that_a_person_was_refused_is_for_her_her_lead_and_the_officers(told, client):
    custody.end_member(memberacceptance=member(CLEO), by=staff("operator"), reason="She left.")
    work_until_done()
    for reader in (ADA, CLEO, "officer@hub.example"):
        assert NO_MORE in of_centre(client, reader), reader
    for reader in ("auditor@hub.example", "chair@hub.example"):
        here = of_centre(client, reader)
        assert NO_MORE not in here, reader
        assert NO_YES in here, reader
        assert "mailto:" not in here, reader
    custody.end_member(memberacceptance=member(ADA), by=staff("operator"), reason="So did she.")
    work_until_done()
    assert of_centre(client, CLEO).count(NO_YES) == 1  # of Ada; and her own as it is
    assert of_centre(client, CLEO).count(NO_MORE) == 1
    client.force_login(person("dina@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(project().get_absolute_url()).status_code == 404


def test_a_person_reads_where_she_is_accepted(told, client):
    custody.end_member(memberacceptance=member(CLEO), by=staff("operator"), reason="She left.")
    work_until_done()
    address = reverse("projects:places")
    assert address in page(client, CLEO, reverse("projects:list"))
    assert address in page(client, CLEO, accreditation_of(person(CLEO)).get_absolute_url())
    hers = page(client, CLEO, address)
    assert hers.count(f"You: {NO_MORE}.") == 1
    assert hers.count("You: accepted until") == len(CENTRES) - 2
    assert (
        hers.count("You: being asked, no answer yet.") == 2
    )  # where a panel votes on her, and in the project in review
    assert "You: not told yet." not in hers
    assert "You are a member of no project yet." in page(client, "dina@northgate.example", address)


def test_who_sends_reads_who_has_not_said_yes_and_may_send(told, executor, client, tmp_path):
    found = upload(tmp_path)
    choose = reverse("submissions:choose", args=[found.pk])
    assert "have not said yes so far" not in page(client, ADA, choose)
    custody.end_member(memberacceptance=member(ADA), by=staff("operator"), reason="She left.")
    work_until_done()
    assert f"{CENTRE.name}, on you: {NO_MORE}." in page(client, ADA, choose)
    custody.end_project(projectacceptance=acceptance(), by=staff("operator"), reason="A complaint.")
    work_until_done()
    assert f"{CENTRE.name}, on this project: {NO_MORE}." in page(client, ADA, choose)
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    fields = {f"tre_{CENTRE.id}": "on", f"data_{CENTRE.id}_dataset": version.pk}
    assert client.post(choose, fields).status_code == 302
