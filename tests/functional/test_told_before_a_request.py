"""A secure data centre hears of each project that asks for its data before any request, and may decide before the panel does;
nothing runs before the panel says yes."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.audit import verbs
from apps.core.audit.act import act
from apps.core.audit.models import Opening
from apps.core.errors import BadInput, NotAllowed
from apps.core.exchange import keys, service
from apps.core.exchange.models import Incoming, Outgoing, Peer
from apps.core.proofs.signatures import open_document
from apps.core.workflow.steps import get
from apps.core.workflow.waiting import waiting_on
from apps.hub.projects import actions as projects
from apps.hub.projects import panel_actions
from apps.hub.projects.models import Membership, Project
from apps.hub.researchers.models import Accreditation
from apps.hub.submissions import applications as hub
from apps.hub.submissions.models import Request, Submission, ToldApplication
from apps.node.custody import actions as custody
from apps.node.custody import applications, reliance
from apps.node.custody.models import DataGrant, HubApplication, MemberAcceptance, ProjectAcceptance
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from apps.tools.federation.people import CENTRES
from tests.functional.federation import (
    CENTRE,
    asked_here,
    person,
    received,
    send,
    sign_off,
    staff,
    upload,
    voted,
    work_until_done,
)
from tests.functional.test_amendments import approved as approved_change
from tests.functional.test_amendments import asked as asked_change
from tests.functional.test_amendments import later
from tests.functional.test_leaving import leave_whole
from tests.functional.test_reliance import relying

pytestmark = pytest.mark.django_db(transaction=True)
HUB, CHAIR, OFFICER = UUID(settings.HUB_ID), "chair@hub.example", "officer@hub.example"
YES = {"reason": "A good use.", "until": timezone.localdate() + timedelta(days=30)}
KINDS = (ProjectAcceptance, MemberAcceptance, DataGrant)


@pytest.fixture
def told(federation):
    """The federation, once each TRE has heard of the projects that ask for its data."""
    work_until_done()


def waiting() -> Project:
    """The project that the panel has not decided on. It asks for data of the first TRE alone."""
    return Project.objects.get(code="ASTHMA-25")


def offered(model):
    return model.objects.for_tre(CENTRE.id).filter(project=waiting().pk)


def heard(project: Project | None = None) -> HubApplication:
    return HubApplication.objects.get(tre=CENTRE.id, project=(project or waiting()).pk)


def sent(project: Project | None = None) -> list[dict]:
    """The bodies that the first TRE was sent of a project."""
    rows = Outgoing.objects.filter(kind="application", peer=CENTRE.id).order_by("created_at")
    bodies = [json.loads(open_document(each.signed, keys.public_key_of(HUB)))["body"] for each in rows]
    return [each for each in bodies if each["project"]["id"] == str((project or waiting()).pk)]


def approve(project: Project) -> None:
    voted(project)
    panel_actions.approve(project=Project.objects.get(pk=project.pk), by=person(CHAIR), reason="Five votes for it.")
    work_until_done()


def accept_all() -> None:
    """The custodian decides on everything that is asked for the project in review."""
    by = staff("custodian")
    custody.accept_project(projectacceptance=offered(ProjectAcceptance).get(), by=by, **YES)
    for each in offered(MemberAcceptance):
        custody.accept_member(memberacceptance=each, by=by, **YES)
    custody.grant(datagrant=offered(DataGrant).get(), by=by, **YES)


def why_not() -> list[str]:
    return [each.why_not(timezone.now()) for model in KINDS for each in offered(model)]


def page(client, address: str) -> str:
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    return " ".join(client.get(address).content.decode().split())


def test_a_project_in_review_is_put_before_each_decider_and_no_request_is_made(told):
    assert heard().word == "undecided"
    assert str(heard()) == str(waiting().pk)
    assert heard().side == CENTRE.id
    assert offered(ProjectAcceptance).get().state == "offered"
    members = {str(each.member) for each in offered(MemberAcceptance)}
    assert members == {str(each.user_id) for each in waiting().members_now()}
    version = waiting().dataset_versions.get()
    grant = offered(DataGrant).get()
    assert (grant.state, grant.dataset_version, grant.dataset_name) == ("requested", version.pk, str(version))
    assert grant.approved_variables == sorted(waiting().variables_of([version])[str(version.pk)])
    assert not Request.objects.exists()
    assert not Outgoing.objects.filter(kind="offer").exists()
    assert not Incoming.objects.exclude(refused_why="").exists()


def test_only_whose_data_are_asked_for_hear_of_it_and_of_a_draft_nobody_does(told):
    assert list(ToldApplication.objects.filter(project=waiting()).values_list("tre", flat=True)) == [CENTRE.id]
    assert str(ToldApplication.objects.get(project=waiting())) == f"{CENTRE.name}: {waiting()}"
    in_force = Project.objects.get(code="ASTHMA-24")
    assert ToldApplication.objects.filter(project=in_force).count() == len(CENTRES)
    assert {heard(in_force).word} == {each.word for each in HubApplication.objects.filter(project=in_force.pk)}
    draft = Project.objects.get(code="WINTER-26")
    draft.dataset_versions.set(waiting().dataset_versions.all())
    hub.tell(draft.pk)
    assert not ToldApplication.objects.filter(project=draft).exists()


def test_what_was_decided_before_it_was_told_stays_as_it_was(federation):
    facts = lambda: {(each.pk, each.state, each.content_sha256()) for model in KINDS for each in asked_here(model)}  # noqa: E731
    before = facts()
    work_until_done()
    assert facts() == before
    verbs_told = [each.values["verb"] for each in Opening.objects.all() if each.values]
    assert "project.application_told" in verbs_told
    assert "custody.evidence_renewed" not in verbs_told


def test_what_did_not_change_is_not_told_again_and_its_words_are_nobody_elses(told):
    number = Outgoing.objects.count()
    hub.tell_all()
    assert Outgoing.objects.count() == number
    for verb in ("project.application_told", "custody.application_heard"):
        assert not verbs.get(verb).is_public


def test_who_has_left_or_is_not_connected_is_not_told(federation):
    Peer.objects.filter(side=HUB, peer=CENTRE.id).update(ended_at=timezone.now())
    assert hub.concerned(waiting()) == []
    Peer.objects.filter(side=HUB, peer=CENTRE.id).update(ended_at=None)
    assert [each.pk for each in hub.concerned(waiting())] == [CENTRE.id]
    leave_whole()
    Peer.objects.filter(side=HUB, peer=CENTRE.id).update(ended_at=None)  # its state alone is enough
    assert hub.concerned(waiting()) == []


def test_a_yes_before_the_panel_stands_when_the_panel_approves_just_that(told, client):
    grant = offered(DataGrant).get()
    for thing in (offered(ProjectAcceptance).get(), offered(MemberAcceptance).first(), grant):
        assert "The panel has not decided yet." in page(client, thing.get_absolute_url())
    assert "Variables that are asked for" in page(client, grant.get_absolute_url())
    form = page(client, get(DataGrant, "grant").url_for(grant))
    assert "The panel has not decided yet. It was asked for these." in form
    with pytest.raises(BadInput, match="never wider"):
        custody.grant(datagrant=grant, by=staff("custodian"), variables=["income"], **YES)
    accept_all()
    approve(waiting())
    assert heard().word == "approved"
    assert why_not() == [""] * 4
    shown = page(client, grant.get_absolute_url())
    assert "The panel has not decided yet." not in shown
    assert "Variables that the panel approved" in shown
    assert len(sent()) == 2


def narrowed() -> None:
    """The panel asks for changes; the lead asks for two columns, and no others."""
    voted(waiting(), "changes")
    panel_actions.send_back(project=waiting(), by=person(CHAIR), reason="Ask for less.")
    section = waiting().sections.get(key="data")
    section.answers[f"variables_{waiting().dataset_versions.get().pk}"] = "age: why\nregion: why"
    section.save()
    work_until_done()
    assert len(sent()) == 1, "what came back is being written, and nobody hears of that"
    projects.submit(project=waiting(), by=waiting().lead)
    work_until_done()
    panel_actions.take_up(project=waiting(), by=person("coordinator@hub.example"))


def test_a_yes_to_more_than_the_panel_approved_is_asked_for_anew_and_is_never_wider(told):
    accept_all()
    narrowed()
    approve(waiting())
    grant = offered(DataGrant).get()
    assert grant.approved_variables == ["age", "region"]
    assert "changed since" in grant.why_not(timezone.now())
    assert "changed since" in offered(ProjectAcceptance).get().why_not(timezone.now())
    assert any(
        "Look at it again" in each.title and "ASTHMA-25" in each.title for each in waiting_on(staff("custodian"))
    )
    custody.revoke_grant(datagrant=grant, by=staff("operator"), reason="Anew.")
    custody.request_grant_again(datagrant=offered(DataGrant).get(), by=staff("operator"), reason="Anew.")
    with pytest.raises(BadInput, match="never wider than what the panel approved"):
        custody.grant(datagrant=grant, by=staff("custodian"), variables=["age", "sex"], **YES)
    custody.grant(datagrant=grant, by=staff("custodian"), **YES)
    assert offered(DataGrant).get().variables == ["age", "region"]


def test_reliance_accepts_what_the_panel_approved_and_nothing_before(federation):
    relying()
    work_until_done()
    states = lambda: {each.state for model in KINDS[:2] for each in offered(model)}  # noqa: E731
    assert states() == {"offered"}
    approve(waiting())
    assert states() == {"accepted"}
    assert offered(DataGrant).get().state == "requested"


def test_under_a_project_that_the_panel_has_not_approved_nothing_is_sent(told, executor, tmp_path):
    """All of it is accepted at the TRE, and the panel takes back what it decided: the hub makes no offer of it."""
    in_force = Project.objects.get(code="ASTHMA-24")
    found = upload(tmp_path)
    panel_actions.revoke_decision(project=in_force, by=person("expert@hub.example"), reason="A mistake.")
    work_until_done()
    with pytest.raises(NotAllowed, match="The project is “in review”"):
        send(found)
    assert Submission.objects.get(pk=found.pk).state == "valid"
    assert not Request.objects.exists()
    assert not Outgoing.objects.filter(kind="offer").exists()
    assert heard(in_force).word == "undecided"


def test_what_was_sent_is_held_where_the_panel_has_not_decided(told, executor, tmp_path):
    """Also where a hub would offer it all the same: the TRE goes by what it was told of the panel."""
    run = received(tmp_path)
    project = Project.objects.get(pk=run.project)
    body = sent(project)[0]
    for word, sentence in (("undecided", "panel has not decided"), ("over", "asks for nothing here any more")):
        say(body | {"word": word, "number": heard(project).number + 1})
        assert sentence in five_safes(run)[0].sentence
        if not run.held_at:
            run = sign_off(run)
        run = Run.objects.get(pk=run.pk)
        assert (run.state, run.held_by) == ("awaiting_sign_off", None)
        assert sentence in run.held_why
    say(body | {"number": heard(project).number + 1})
    assert five_safes(run)[0].passed
    assert Run.objects.get(pk=run.pk).held_at is None
    assert sign_off(Run.objects.get(pk=run.pk)).state == "signed_off"


def say(body: dict) -> Incoming:
    """A document as the hub could sign it, through the real door."""
    with act():
        outgoing = service.send(kind="application", side=HUB, peer=CENTRE.id, body=body)
    work_until_done()
    return Incoming.objects.get(document=outgoing.pk)


def test_who_joins_and_who_leaves_is_told(told):
    gone = Membership.objects.get(project=waiting(), user=person("cleo@northgate.example"))
    projects.end(membership=gone, by=person(OFFICER), reason="She left.")
    work_until_done()
    assert [len(each["members"]) for each in sent()] == [2, 1]
    joins = Membership.objects.create(project=waiting(), user=person("dina@northgate.example"))
    projects.approve_member(membership=joins, by=person(OFFICER), reason="Yes.")
    work_until_done()
    assert [len(each["members"]) for each in sent()] == [2, 1, 2]
    assert offered(MemberAcceptance).filter(member=joins.user_id, state="offered").exists()


def test_another_address_is_told_under_another_key_and_is_no_newer_evidence(told):
    first = sent()[0]
    waiting().lead.emailaddress_set.create(email="bo@elsewhere.example", verified=True)
    hub.tell_all()
    work_until_done()
    second = sent()[1]
    assert first["email_key"] != second["email_key"]
    row = offered(MemberAcceptance).get(member=waiting().lead_id)
    assert (row.email_key, row.renewed_at) == (second["email_key"], None)


def test_renewed_training_alone_is_told_with_what_comes_next(told):
    """Else each renewal would ask every centre anew, and hold what runs there."""
    number = len(sent())
    lead = Accreditation.objects.get(user=waiting().lead)
    Accreditation.objects.filter(pk=lead.pk).update(until=lead.until + timedelta(days=1))
    hub.tell_all()
    assert len(sent()) == number
    Accreditation.objects.filter(pk=lead.pk).update(state="suspended")
    hub.tell_all()
    assert len(sent()) == number + 1, "that she is not accredited at all is another thing"


def test_an_approved_change_is_told(told):
    project = approved_change(asked_change("extension", until=later()))
    work_until_done()
    assert [each["word"] for each in sent(project)] == ["approved", "approved"]
    assert asked_here(ProjectAcceptance).get().hub_until.isoformat() == later()


def test_a_project_that_leaves_a_centre_out_asks_nothing_of_it_any_more(told):
    waiting().dataset_versions.clear()
    hub.tell_all()
    hub.tell_all()
    work_until_done()
    assert [each["word"] for each in sent()] == ["undecided", "over"]


def test_what_the_panel_refused_waits_on_nobody_and_nothing_new_is_told_of_it(told, client):
    lines = lambda: [each.title for each in waiting_on(staff("custodian")) if "ASTHMA-25" in each.title]  # noqa: E731
    assert len(lines()) == 2  # the project and its use of data
    voted(waiting(), "refuse")
    panel_actions.reject(project=waiting(), by=person(CHAIR), reason="Too wide.")
    work_until_done()
    first, last = sent()
    assert last == first | {"word": "over", "number": last["number"]}
    assert lines() == []
    assert "Nothing is asked here any more." in page(client, offered(ProjectAcceptance).get().get_absolute_url())
    assert offered(ProjectAcceptance).get().state == "offered"
    panel_actions.appeal(project=waiting(), by=waiting().lead, reason="It is not.")
    work_until_done()
    assert heard().word == "undecided"
    assert len(lines()) == 2


def test_what_ended_before_it_was_told_is_never_told(federation):
    projects.withdraw(project=waiting(), by=waiting().lead, reason="No money.")
    work_until_done()
    assert sent() == []
    assert not ToldApplication.objects.filter(project=waiting()).exists()


def test_an_approval_that_does_not_hold_is_not_told(federation):
    in_force = Project.objects.get(code="ASTHMA-24")
    Project.objects.filter(pk=in_force.pk).update(title="Another title")
    hub.tell(in_force.pk)
    assert not ToldApplication.objects.filter(project=in_force).exists()


def test_older_word_that_comes_late_changes_nothing(told):
    late = sent()[0] | {"word": "over"}
    assert say(late).refused_why == ""
    assert heard().word == "undecided"


def test_of_what_is_asked_no_more_nothing_is_put_before_anybody(told):
    new = sent()[0]
    new = new | {"word": "over", "project": new["project"] | {"id": str(uuid4())}}
    assert say(new).refused_why == ""
    assert not ProjectAcceptance.objects.filter(project=new["project"]["id"]).exists()


def test_what_is_asked_is_proposed_by_the_offers_own_actions(told, executor, tmp_path):
    """An offer after it brings nothing newer: what was decided before it holds."""
    before = {each.pk: each.content_sha256() for model in KINDS for each in asked_here(model)}
    received(tmp_path)
    assert {each.pk: each.content_sha256() for model in KINDS for each in asked_here(model)} == before
    assert reliance.accept_by(asked_here(ProjectAcceptance).get(), None) is None


GOOD = {
    "number": 1,
    "word": "undecided",
    "project": {
        **{"id": str(uuid4()), "code": "C", "title": "T", "lay_summary": "S", "until": "2031-01-01"},
        "panel": {"id": str(uuid4()), "name": "P"},
        "content_sha256": "0" * 64,
    },
    "email_key": "ab" * 32,
    "members": [
        {
            **{"id": str(uuid4()), "name": "N", "orcid": "", "email_hashes": ["x"], "is_lead": True},
            **{"accredited_until": "", "accreditation_sha256": ""},
            "organisation": {"name": "O", "ror": ""},
        }
    ],
    "datasets": [{"version": str(uuid4()), "name": "D", "label": "1", "variables": ["age"]}],
}


def test_what_says_just_what_it_should_is_read():
    assert applications.read(GOOD) == GOOD
    dated = GOOD["members"][0] | {"accredited_until": "2031-01-01"}
    assert applications.read(GOOD | {"members": [dated]})["members"] == [dated]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("number", each) for each in (0, 2**53, True, "1", None)],
        *[("word", each) for each in ("yes", 1, None)],
        *[("email_key", each) for each in ("x" * 64, "ab" * 33, None)],
        *[("project", each) for each in (None, {}, GOOD["project"] | {"more": 1}, GOOD["project"] | {"id": 1})],
        *[("project", GOOD["project"] | {"panel": each}) for each in (None, {"id": "x", "name": "P"})],
        *[("project", GOOD["project"] | each) for each in ({"code": "C" * 41}, {"title": "\x00"}, {"until": "soon"})],
        *[("members", each) for each in (None, {}, [{}], [GOOD["members"][0] | {"is_lead": 1}])],
        *[("members", [GOOD["members"][0] | each]) for each in ({"email_hashes": "x"}, {"accredited_until": "x"})],
        ("members", [GOOD["members"][0] | {"organisation": "O"}]),
        *[("datasets", each) for each in (None, "", [{}], [GOOD["datasets"][0] | {"variables": [1]}])],
        ("more", 1),
    ],
)
def test_what_says_anything_else_is_refused(name, value):
    with pytest.raises(BadInput, match="does not say what a project asks for"):
        applications.read(GOOD | {name: value})
