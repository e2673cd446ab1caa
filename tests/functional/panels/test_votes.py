"""A vote: who may, what is seen when, what it comes to, and that the chair cannot decide against it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from apps.core.audit.act import act as acting
from apps.core.errors import NotAllowed, WrongState
from apps.core.notices.models import Notice
from apps.core.panels import actions as panels
from apps.core.panels import seat_actions
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Conflict, Correction, Panel, PanelRule, Round, Seat, Vote
from apps.core.workflow.waiting import waiting_on
from apps.hub.projects import actions as projects
from apps.hub.projects import deciding, panel_actions
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Accreditation
from tests.functional.federation import person, seated, voted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(federation) -> Project:
    return Project.objects.get(code="ASTHMA-25")


def hub(name: str):
    return person(f"{name}@hub.example")


def round_of(project) -> Round:
    return Round.objects.of(project)[0]


def login(client, name: str):
    client.force_login(hub(name), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def act(client, thing, verb: str, **data):
    meta = thing._meta
    return client.post(reverse("workflow:act", args=[meta.app_label, meta.model_name, thing.pk, verb]), data)


def to_close(*people) -> list[str]:
    """What stands on the home pages of these people about votes to close."""
    return [each.title for user in people for each in waiting_on(user) if each.title.startswith("Close the vote")]


def page(client, thing) -> str:
    return client.get(thing.get_absolute_url()).content.decode()


def test_the_text_opens_after_a_declaration_and_votes_are_blind_until_ones_own(project, client):
    round = round_of(project)
    login(client, "lay")
    assert f"Say whether you have a conflict of interest: {project}" in client.get("/home/").content.decode()
    assert client.get(project.get_absolute_url()).url == round.get_absolute_url()
    told = page(client, round)
    assert "Then the text opens" in told
    assert "Read the text" not in told
    assert "At least 3 members vote." in told
    assert act(client, round, "vote", choice="approve", reason="x").status_code == 403
    assert act(client, round, "declare", kind="financial").status_code == 400
    assert act(client, round, "declare", kind="none").status_code == 302
    assert "Read the text" in page(client, round)
    assert client.get(project.get_absolute_url()).status_code == 200
    assert f"Vote: {project}" in client.get("/home/").content.decode()
    voted(project, members=("expert",))
    assert "expert: approve." not in page(client, round)
    asked = client.get(reverse("workflow:act", args=["panels", "round", round.pk, "vote"])).content.decode()
    assert asked.index(project.lay_summary[:40]) < asked.index('name="choice"')
    assert "One on each line." in asked
    assert "read it under your name" in asked
    assert act(client, round, "vote", choice="conditions", reason="x").status_code == 400
    assert act(client, round, "vote", choice="approve", reason="x", conditions="y").status_code == 400
    assert (
        act(client, round, "vote", choice="conditions", reason="Not sure.", conditions="Say who pays.").status_code
        == 302
    )
    told = page(client, round)
    assert "expert: approve." in told
    assert "Conditions: Say who pays." in told
    assert act(client, round, "vote", choice="refuse", reason="I thought again.").status_code == 302
    told = page(client, round)
    assert "Not sure." in told
    assert "not counted, or changed since" in told
    assert Deliberation(round, project).outcome.counts == {"approve": 1, "refuse": 1}


def test_the_chair_confirms_what_the_votes_say_and_nothing_else(project, client):
    chair, round = hub("chair"), round_of(project)
    with pytest.raises(NotAllowed, match="First say whether"):
        panel_actions.approve(project=project, by=chair, reason="x")
    panels.declare(round=round, by=chair, kind="none")
    with pytest.raises(NotAllowed, match="0 of at least 3 votes"):
        panel_actions.approve(project=project, by=chair, reason="x")
    voted(project, members=("chair", "expert", "caretaker"))
    with pytest.raises(NotAllowed, match="0 of at least 1 votes of lay members"):
        panel_actions.approve(project=project, by=chair, reason="x")
    voted(project, members=("lay",))
    with pytest.raises(NotAllowed, match="Not everybody has voted"):
        panel_actions.approve(project=project, by=chair, reason="x")
    with pytest.raises(NotAllowed, match="Not everybody has voted"):
        panels.close(round=round, by=hub("coordinator"))
    assert not to_close(hub("chair"), hub("coordinator"))
    voted(project, "refuse", members=("lay2",))
    assert to_close(hub("chair")) == [f"Close the vote, all have voted: {project}"]
    assert to_close(hub("coordinator")) == to_close(hub("chair"))
    assert not to_close(hub("expert"))
    with pytest.raises(NotAllowed, match="Only the chair"):
        panel_actions.approve(project=project, by=hub("expert"), reason="x")
    for wrong in (panel_actions.reject, panel_actions.send_back):
        with pytest.raises(NotAllowed, match="votes say “approve”"):
            wrong(project=project, by=chair, reason="x")
    panels.close(round=round, by=hub("coordinator"))
    with pytest.raises(WrongState):
        panels.vote(round=round, by=hub("lay"), choice="refuse", reason="Too late.")
    assert not to_close(hub("chair"), hub("coordinator"))
    login(client, "chair")
    assert f"Confirm what the votes say: {project}" in client.get("/home/").content.decode()
    assert "You confirm what the votes say on the page of the text." in page(client, round)
    assert act(client, project, "approve", reason="Dear Bo, yes.").status_code == 302
    project = Project.objects.get(pk=project.pk)
    assert project.in_force(timezone.now())
    assert "Dear Bo, yes." in page(client, project)
    assert "confirmed by" in page(client, round)
    client.logout()
    told = client.get(reverse("project_story", args=[project.pk])).content.decode()
    assert "Votes: approve: 4, refuse: 1. From the public: 2." in told
    with pytest.raises(NotAllowed, match="voted as it was decided"):
        panels.publish_dissent(round=round, by=hub("lay"), words="x")
    with pytest.raises(NotAllowed, match="Only a lay member"):
        panels.publish_dissent(round=round, by=chair, words="x")
    login(client, "lay2")
    assert act(client, round, "publish_dissent", words="Families were not asked.").status_code == 302
    assert act(client, round, "publish_dissent", words="Again.").status_code == 403
    assert "A lay member</a>: Families were not asked." in page(client, round)
    client.logout()
    told = client.get(reverse("project_story", args=[project.pk])).content.decode()
    assert "A lay member did not agree on “Asthma and school days”: Families were not asked." in told


def test_before_a_decision_there_is_nothing_to_disagree_with(project, client):
    round = voted(project, members=("lay",))
    login(client, "lay")
    address = reverse("workflow:act", args=["panels", "round", round.pk, "publish_dissent"])
    assert client.get(address).status_code == 409
    assert "Nothing is decided in this vote yet." in client.get(address).content.decode()


def test_a_lay_member_may_put_her_name_to_her_words(project):
    voted(project, "approve approve approve approve refuse")
    panel_actions.approve(project=project, by=hub("chair"), reason="x")
    told = Notice.objects.filter(kind="panel.outvoted")
    assert [each.person for each in told] == [hub("lay2")], "she is told that she may"
    panels.publish_dissent(round=round_of(project), by=hub("lay2"), words="No.", named=True)
    assert str(round_of(project).dissents.get()) == "No."


def test_a_conflict_that_is_declared_after_voting_voids_the_vote_for_good(project, client):
    round, lay = voted(project), hub("lay")
    assert "take back a conflict" not in page(login(client, "lay"), round), "there is none"
    panels.declare(round=round, by=lay, kind="personal", words="My sister leads it.")
    deliberation = Deliberation(round, project)
    assert deliberation.outcome.counts == {"approve": 4}
    assert not deliberation.has_voted(lay)
    told = page(client, round)
    assert "You take no part in this vote." in told
    assert "take back a conflict" in told
    assert "You see the votes when" in told
    with pytest.raises(NotAllowed, match="conflict of interest"):
        panels.vote(round=round, by=lay, choice="approve", reason="x")
    chair, coordinator = hub("chair"), hub("coordinator")
    with pytest.raises(NotAllowed, match="Another person has to agree"):
        panels.declare(round=round, by=lay, kind="none")
    with pytest.raises(NotAllowed, match="nothing to take back"):
        panels.ask_correction(round=round, by=hub("expert"), words="x")
    with pytest.raises(NotAllowed, match="No other member asks"):
        panels.accept_correction(round=round, by=chair, user=lay, reason="x")
    assert act(client, round, "ask_correction", words="It is another Mx Pike.").status_code == 302
    assert act(client, round, "ask_correction", words="Again.").status_code == 403
    assert "another Mx Pike" not in page(client, round)
    with pytest.raises(NotAllowed, match="Only the chair"):
        panels.accept_correction(round=round, by=lay, user=lay, reason="x")
    with pytest.raises(NotAllowed, match="does not ask for it"):
        panels.accept_correction(round=round, by=chair, user=hub("expert"), reason="x")
    login(client, "coordinator")
    assert f"A member asks to take back a conflict of interest: {project}" in client.get("/home/").content.decode()
    assert "another Mx Pike" in page(client, round)
    wrong = {"user": "nobody@example.org", "reason": "x"}
    assert act(client, round, "accept_correction", **wrong).status_code == 400
    assert act(client, round, "accept_correction", user=lay.email, reason="I asked both.").status_code == 302
    assert str(round.declarations.get(accepted_by=coordinator).by) == str(lay)
    assert str(Correction.objects.get()) == "It is another Mx Pike."
    login(client, "lay")
    assert Deliberation(round, project).outcome.counts == {"approve": 4}
    assert round.declarations.filter(by=lay).count() == 3
    panels.vote(round=round, by=lay, choice="approve", reason="x")
    assert Deliberation(round, project).outcome.counts == {"approve": 5}
    assert "(void)" in page(client, round)


def test_who_spoke_for_a_member_takes_no_part_but_being_named_alone_bars_nobody(project):
    hers = Accreditation.objects.filter(user=project.lead).first()
    for name, says_yes in (("expert", True), ("chair", False), ("lay", None)):
        email, now = hub(name).email, timezone.now()
        hers.sponsor_requests.create(email=email, token_sha256=name, expires_at=now, says_yes=says_yes)
    name = hub("expert").name
    EmailAddress.objects.filter(user=hub("expert")).update(email="other@hub.example")
    found = {each.seat.user.name: each.found for each in Deliberation(round_of(project), project).members}
    assert [tie.sentence for tie in found.pop(name)] == ["sponsor of a member"], "by an address that she gave up, too"
    assert not any(found.values())


def test_conflicts_that_the_portal_finds(project):
    panel, round = project.panel, round_of(project)
    for email, kind in (("bo", "expert"), ("cleo", "expert"), ("ada", "expert"), ("dina", "expert")):
        user = person(f"{email}@northgate.example")
        seated(panel, user, kind, rounds=[round])
    seated(panel, hub("officer"), organisation="northgate university", rounds=[round])
    found = {
        each.seat.user.email.split("@")[0]: ({tie.kind for tie in each.found}, each.is_barred)
        for each in Deliberation(round, project).members
    }
    same = Conflict.SAME_ORGANISATION
    assert found["bo"] == ({Conflict.OWN_WORK, same}, True)
    assert found["cleo"] == ({Conflict.SAME_PROJECT, same}, True)
    assert found["ada"] == ({Conflict.SAME_TEAM, same}, True)
    assert found["dina"] == ({same}, True)
    assert found["officer"] == ({same}, True)
    assert found["chair"] == (set(), False)
    panels.declare(round=round, by=person("bo@northgate.example"), kind="none")
    with pytest.raises(NotAllowed, match="conflict of interest"):
        panels.vote(round=round, by=person("bo@northgate.example"), choice="approve", reason="x")
    rule = {"quorum": 2, "same_organisation_bars": False}
    proposed = seat_actions.propose_rule(panel=panel, by=hub("coordinator"), reason="x", **rule)
    seat_actions.confirm_rule(panelrule=proposed, by=hub("chair"), reason="x")
    assert Deliberation(round, project).member(person("dina@northgate.example")).is_barred
    panels.close_overdue()
    Round.objects.filter(pk=round.pk).update(rule=proposed)
    later = round_of(project)
    dina = Deliberation(later, project).member(person("dina@northgate.example"))
    assert dina.ties == ["same organisation"]
    assert not dina.is_barred


def test_a_vote_on_an_older_text_is_refused_and_says_so(project, client):
    voted(project, members=("expert", "lay"))
    round = round_of(project)
    Project.objects.filter(pk=project.pk).update(lay_summary="Quietly changed")
    project = Project.objects.get(pk=project.pk)
    panels.declare(round=round, by=hub("chair"), kind="none")
    with pytest.raises(WrongState, match="These votes are void"):
        panels.vote(round=round, by=hub("chair"), choice="approve", reason="x")
    assert "These votes are void." in page(login(client, "expert"), round)
    projects.withdraw(project=project, by=project.lead, reason="x")
    assert round_of(project).state == "void"


def test_a_returned_application_is_voted_on_afresh(project, client):
    voted(project, "changes changes approve changes approve")
    panel_actions.send_back(project=project, by=hub("chair"), reason="Say more.")
    project = Project.objects.get(pk=project.pk)
    assert project.state == "returned"
    projects.submit(project=project, by=project.lead)
    login(client, "coordinator")
    assert "Take to the panel" in client.get("/home/").content.decode()
    assert act(client, project, "take_up").status_code == 302
    assert Round.objects.of(project).count() == 2
    assert deciding.outcome_of(project).counts == {}
    assert "You see the votes when" in page(client, round_of(project))
    voted(project, "refuse refuse refuse abstain approve")
    panel_actions.reject(project=project, by=hub("chair"), reason="The votes say so.")
    for thing in (Panel.objects.first(), Seat.objects.first(), Vote.objects.first(), PanelRule.objects.first()):
        assert str(thing)
    for thing in (round_of(project).declarations.first(), round_of(project).decision, round_of(project)):
        assert str(thing)


def test_a_vote_ends_with_its_days_and_is_held_again_where_too_few_voted(project, time_machine):
    voted(project, members=("expert", "lay"))
    coordinator = hub("coordinator")
    with pytest.raises(NotAllowed, match="A vote is under way"):
        panel_actions.vote_again(project=project, by=coordinator)
    time_machine.move_to(timezone.now() + timedelta(days=15))
    with pytest.raises(WrongState, match="days for this vote are over"):
        panels.vote(round=round_of(project), by=hub("lay"), choice="refuse", reason="x")
    panels.close_overdue()
    panels.close_overdue()
    assert round_of(project).state == "lapsed"
    waits = [(each.title, each.since) for each in waiting_on(hub("coordinator")) if "new vote" in each.title]
    assert waits == [(f"Begin a new vote: {project}", round_of(project).closed_at)]
    panel_actions.vote_again(project=project, by=coordinator)
    assert not [each for each in waiting_on(hub("coordinator")) if "new vote" in each.title]
    voted(project, members=("expert", "lay", "caretaker"))
    panels.declare(round=round_of(project), by=hub("chair"), kind="none")
    time_machine.move_to(timezone.now() + timedelta(days=15))
    panels.close_overdue()
    assert round_of(project).state == "closed"
    panel_actions.approve(project=project, by=hub("chair"), reason="Three of five, and the days are over.")
    assert Project.objects.get(pk=project.pk).state == "approved"


def test_a_deputy_votes_where_her_principal_is_away(project, client):
    panel, round = project.panel, round_of(project)
    deputy = hub("officer")
    seated(panel, deputy, deputy_of=panel.seats.get(user=hub("expert")), rounds=[round])
    panels.declare(round=round, by=deputy, kind="none")
    with pytest.raises(NotAllowed, match="You are a deputy"):
        panels.vote(round=round, by=deputy, choice="approve", reason="x")
    login(client, "expert")
    assert "Stands by as a deputy." in page(client, round)
    assert act(client, round, "say_absent").status_code == 302
    with pytest.raises(WrongState, match="said so already"):
        panels.say_absent(round=round, by=hub("expert"))
    assert str(round.absences.get())
    panels.declare(round=round, by=hub("expert"), kind="none")
    with pytest.raises(NotAllowed, match="You are away"):
        panels.vote(round=round, by=hub("expert"), choice="approve", reason="x")
    panels.vote(round=round, by=deputy, choice="approve", reason="x")
    with pytest.raises(NotAllowed, match="voted already"):
        panels.say_absent(round=round, by=deputy)
    assert Deliberation(round, project).outcome.counts == {"approve": 1}
    assert "Is away." in page(client, round)


def test_where_the_chair_is_in_conflict_another_member_presides(project):
    round, coordinator = voted(project), hub("coordinator")
    panels.declare(round=round, by=hub("chair"), kind="professional", words="I advise them.")
    with pytest.raises(NotAllowed, match="another member presides"):
        panel_actions.approve(project=project, by=hub("chair"), reason="x")
    with pytest.raises(NotAllowed, match="Only a member with a vote"):
        panels.name_presiding(round=round, by=coordinator, user=hub("chair"), reason="x")
    with pytest.raises(NotAllowed, match="Only the panel coordinator"):
        panels.name_presiding(round=round, by=hub("lay"), user=hub("expert"), reason="x")
    panels.name_presiding(round=round, by=coordinator, user=hub("expert"), reason="The chair advises them.")
    panels.close(round=round, by=hub("expert"))
    panel_actions.approve(project=project, by=hub("expert"), reason="Four votes for it.")
    assert round_of(project).decision.by == hub("expert")


def test_who_has_no_vote(project, client):
    round = round_of(project)
    for name in ("auditor", "coordinator"):
        with pytest.raises(NotAllowed, match="Only those who sat"):
            panels.vote(round=round, by=hub(name), choice="approve", reason="x")
    assert login(client, "auditor").get(round.get_absolute_url()).status_code == 200
    assert login(client, "officer").get(round.get_absolute_url()).status_code == 404
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE panels_vote SET choice = 'refuse'")


def test_the_admin_tells_no_reason_of_an_open_vote_and_no_version_opens_before_a_declaration(project, client):
    round = round_of(project)
    panels.declare(round=round, by=hub("expert"), kind="none")
    panels.vote(round=round, by=hub("expert"), choice="refuse", reason="Nobody asked the schools.")
    login(client, "lay2")
    told = client.get(reverse("admin:panels_round_change", args=[round.pk])).content.decode()
    assert str(round) in told
    assert "Nobody asked the schools." not in told
    answer = client.get(reverse("projects:version", args=[project.pk, 1]))
    assert (answer.status_code, answer["Location"]) == (302, round.get_absolute_url())


def test_a_decision_is_what_the_votes_came_to_also_where_the_core_is_asked_alone(project, time_machine):
    round, chair = voted(project, members=("chair", "expert")), hub("chair")
    time_machine.move_to(timezone.now() + timedelta(days=15))
    with pytest.raises(NotAllowed, match="2 of at least 3 votes"), acting():
        panels.decide(round=round, by=chair, outcome="approve", letter="x")
    time_machine.move_to(timezone.now() - timedelta(days=15))
    voted(project, members=("caretaker", "lay", "lay2"))
    with pytest.raises(NotAllowed, match="votes say “approve”"), acting():
        panels.decide(round=round, by=chair, outcome="refuse", letter="x")
    assert round_of(project).state == "open"


def test_a_vote_that_became_void_while_the_clock_came_to_it_stays_void(project, time_machine, monkeypatch):
    locked = panels.locked

    def late(round):
        panels.end_rounds(project, "portal")
        return locked(round)

    monkeypatch.setattr(panels, "locked", late)
    time_machine.move_to(timezone.now() + timedelta(days=15))
    panels.close_overdue()
    assert round_of(project).state == "void"


def test_who_presides_is_named_by_her_address(project, client):
    round = round_of(project)
    login(client, "coordinator")
    assert act(client, round, "name_presiding", user="nobody@example.org", reason="x").status_code == 400
    assert act(client, round, "name_presiding", user=hub("expert").email, reason="She is away.").status_code == 302
    assert f"In the chair: {hub('expert')}" in page(client, round)


def test_who_left_the_panel_is_told_of_on_the_page_of_the_vote(project, client):
    voted(project, members=("lay",))
    assert {str(each) for each in round_of(project).round_seats.all()} >= {
        str(project.panel.seats.get(user=hub("lay")))
    }
    for name in ("lay", "lay2"):
        seat_actions.give_up_seat(seat=project.panel.seats.get(user=hub(name)), by=hub(name), reason="I move.")
    login(client, "coordinator")
    told = page(client, round_of(project))
    assert told.count("Has voted, and left the panel since.") == 1
    assert told.count("Left the panel before she voted.") == 1
    assert login(client, "lay2").get(round_of(project).get_absolute_url()).status_code == 404


def test_who_joins_the_panel_during_a_vote_has_no_part_in_it_and_none_to_declare(project, client):
    seated(project.panel, hub("officer"))
    login(client, "officer")
    assert client.get(project.get_absolute_url()).status_code == 200
    assert "Say whether you have a conflict" not in client.get("/home/").content.decode()
