"""A panel's rule and its seats: in public, by two people, and never edited."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels import actions as panels
from apps.core.panels import seat_actions, words
from apps.core.panels.models import Panel, PanelRule, Seat
from apps.hub.projects import panel_actions
from apps.hub.projects.models import Project
from apps.node.custody import own_panel
from tests.functional.federation import CENTRE, person, seated, staff, unseated, voted
from tests.functional.panels.test_votes import act, hub, login, page, round_of

pytestmark = pytest.mark.django_db(transaction=True)
RULE = {
    "quorum": 4,
    "least_lay": 2,
    "least_organisations": 1,
    "majority": "two_thirds",
    "voting_days": 7,
    "appeal_days": 30,
    "reason": "More voices.",
}


@pytest.fixture
def panel(federation) -> Panel:
    return Panel.objects.get(side=settings.HUB_ID)


def test_a_rule_is_changed_by_two_people_and_a_vote_keeps_its_own(panel, client):
    address = reverse("panels:propose_rule", args=[panel.pk])
    login(client, "coordinator")
    assert client.get(address).status_code == 200
    assert client.post(address, RULE | {"quorum": 1}).status_code == 400
    assert client.post(address, RULE | {"quorum": 1, "least_lay": 0, "least_organisations": 2}).status_code == 400
    assert client.post(address, RULE | {"quorum": 0}).status_code == 400
    assert client.post(address, RULE).status_code == 302
    rule = PanelRule.objects.get(state="proposed")
    assert act(client, rule, "confirm_rule", reason="x").status_code == 403
    assert "another person decides on it" in page(client, panel)
    before = panel.rule_now()
    gift = seat_actions.propose_seat(panel=panel, by=hub("admin"), user=hub("auditor"), kind="coordinator")
    seat_actions.confirm_seat(seat=gift, by=hub("chair"), reason="Yes.")
    with pytest.raises(NotAllowed, match="Only the panel's chair or coordinator"):
        seat_actions.confirm_rule(panelrule=rule, by=hub("auditor"), reason="I have a seat and not its role.")
    login(client, "chair")
    assert "Decide on a rule:" in client.get("/home/").content.decode()
    assert act(client, rule, "confirm_rule", reason="Agreed.").status_code == 302
    now = panel.rule_now()
    assert now == rule
    assert rule.content_sha256() == now.content_sha256()
    assert round_of(Project.objects.get(code="ASTHMA-25")).rule == before
    client.logout()
    told = page(client, panel)
    assert "At least two of every three say yes." in told
    assert "At least 2 of them are lay members." in told
    assert "The rule from" in told
    assert "Maureen" not in told
    assert "Lay member: 2" in told
    assert "Data access panel" in client.get(reverse("panels:list")).content.decode()
    assert "has a new rule. Two people agreed." in client.get("/").content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        PanelRule.objects.filter(pk=rule.pk).update(quorum=1)
    again = seat_actions.propose_rule(panel=panel, by=hub("chair"), reason="x", quorum=1)
    seat_actions.refuse_rule(panelrule=again, by=hub("admin"), reason="One is no panel.")
    assert panel.rule_now() == now


def test_a_rule_in_plain_words():
    rule = PanelRule(quorum=1, least_lay=0, least_organisations=1, majority="all", voting_days=1, appeal_days=1)
    rule.panel = Panel(side=UUID(settings.HUB_ID))
    rule.same_organisation_bars = rule.chair_decides_small = False
    assert words.in_words(rule) == [
        "At least 1 member votes.",
        "Who abstains is not counted.",
        "Everybody who votes says yes.",
        "A member from the same organisation says so, and may vote.",
        "The panel votes on each change.",
        "The vote is open for 1 day.",
        "A no can be appealed for 1 day.",
    ]
    rule.lay_populations = "Wales"
    assert words.in_words(rule)[2] == "A lay member from Wales votes."
    rule.lay_populations = "Wales\nPeople who live with asthma"
    assert words.in_words(rule)[2] == "A lay member from each of these votes: Wales; People who live with asthma."
    rule.majority, rule.chair_breaks_ties = "simple", True
    assert "Where votes are equal, the vote of the chair decides." in words.in_words(rule)
    rule.chair_decides_small = True
    assert any(sentence.startswith("The chair decides alone on people") for sentence in words.in_words(rule))


def test_the_rule_of_a_centres_own_panel_tells_and_asks_nothing_of_changes_and_appeals(federation, client):
    made = own_panel.propose(tre=CENTRE.id, by=staff("admin"), name="Our panel", reason="We decide here.").panel
    client.force_login(staff("admin"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = reverse("panels:propose_rule", args=[made.pk])
    asked = client.get(address).context["form"].fields
    assert set(PanelRule.NUMBERS) - set(asked) == {"chair_decides_small", "appeal_days"}
    numbers = {name: value for name, value in RULE.items() if name != "appeal_days"}
    assert client.post(address, numbers).status_code == 302
    rule = PanelRule.objects.get(panel=made)
    seat_actions.confirm_rule(panelrule=rule, by=staff("deputy"), reason="Yes.")
    told = client.get(made.get_absolute_url()).content.decode()
    assert "The vote is open for 7 days." in told
    for left_out in ("appeal", "on the lead", "on each change"):
        assert left_out not in " ".join(words.in_words(rule))
        assert left_out not in told


def test_lay_members_come_from_every_population_that_the_rule_names(panel, client):
    """Asked for in the rule, chosen for a seat, and missing in a vote until a lay member from each has voted."""
    address, seats = reverse("panels:propose_rule", args=[panel.pk]), reverse("panels:propose_seat", args=[panel.pk])
    asked = RULE | {"majority": "simple"}
    before = panel.rule_now()
    assert "lay_populations" not in before.content()
    login(client, "coordinator")
    assert "one that the rule names" not in client.get(seats).content.decode()
    for wrong, why in (
        ("A\nB\nC\nD\nE", "There cannot be more of them than votes"),
        ("W" * 201, "Each line has up to 200 characters."),
        ("Wa\u202eles", "without hidden characters"),
    ):
        told = client.post(address, asked | {"lay_populations": wrong})
        assert told.status_code == 400
        assert why in told.content.decode()
    asked |= {"lay_populations": " Saltmarsh\r\n\r\nNorth  Wales\r\nnorth wales"}
    assert client.post(address, asked).status_code == 302
    rule = PanelRule.objects.get(state="proposed")
    assert rule.populations == ("Saltmarsh", "north wales")
    assert rule.content()["lay_populations"] == rule.lay_populations
    with pytest.raises(DatabaseError), transaction.atomic():
        PanelRule.objects.filter(pk=rule.pk).update(lay_populations="")
    seat_actions.confirm_rule(panelrule=rule, by=hub("chair"), reason="Agreed.")
    assert round_of(Project.objects.get(code="ASTHMA-25")).rule == before
    told = page(client, panel)
    assert "A lay member from each of these votes: Saltmarsh; north wales." in told
    assert "A lay member from north wales." in told
    assert "A lay member from Saltmarsh." not in told


def test_a_lay_seat_is_for_a_population_that_the_rule_names_or_another(panel, client, person):
    numbers = {"quorum": 1, "lay_populations": "Wales\nPowys"}
    made = seat_actions.propose_rule(panel=panel, by=hub("coordinator"), reason="x", **numbers)
    seat_actions.confirm_rule(panelrule=made, by=hub("chair"), reason="x")
    address = reverse("panels:propose_seat", args=[panel.pk])
    login(client, "coordinator")
    for number, (chosen, written, expected) in enumerate(
        [("Wales", "", "Wales"), ("", "Hillfoot", "Hillfoot"), ("", "", ""), ("Wales", "Powys", ""), ("Kent", "", "")]
    ):
        user = person(f"neighbour{number}", "panel_member")
        asked = {"user": user.email, "kind": "lay", "named_population": chosen, "population": written}
        told = client.post(address, asked)
        assert told.status_code == (302 if expected else 400)
        assert list(Seat.objects.filter(user=user).values_list("population", flat=True)) == [expected] * bool(expected)
        if chosen and written:
            assert "not both" in told.content.decode()
            assert "Say whose people she comes from" not in told.content.decode()


def test_no_decision_is_made_without_a_lay_member_from_each_population(panel, client, time_machine):
    made = seat_actions.propose_rule(panel=panel, by=hub("coordinator"), reason="x", lay_populations="Hillfoot")
    seat_actions.confirm_rule(panelrule=made, by=hub("chair"), reason="x")
    project = Project.objects.get(code="ASTHMA-25")
    time_machine.move_to(timezone.now() + timedelta(days=15))
    panels.close_overdue()
    panel_actions.vote_again(project=project, by=hub("coordinator"))
    voted(project, members=("chair", "expert", "caretaker", "lay"))
    told = page(login(client, "chair"), round_of(project))
    assert "A lay member from Hillfoot votes." in told
    assert "No lay member from Hillfoot has voted." in told
    time_machine.move_to(timezone.now() + timedelta(days=15))
    with pytest.raises(NotAllowed, match="No lay member from Hillfoot has voted"):
        panel_actions.approve(project=project, by=hub("chair"), reason="x")
    panels.close_overdue()
    assert round_of(project).state == "lapsed"
    panel_actions.vote_again(project=project, by=hub("coordinator"))
    voted(project, members=("chair", "expert", "lay2"), choices="approve approve refuse")
    time_machine.move_to(timezone.now() + timedelta(days=15))
    panel_actions.approve(project=project, by=hub("chair"), reason="Two of three.")
    assert Project.objects.get(pk=project.pk).state == "approved"


def test_seats_are_given_and_ended(panel, client):
    address = reverse("panels:propose_seat", args=[panel.pk])
    officer = hub("officer")
    seat = {"user": officer.email, "kind": "expert", "organisation": "", "population": "Saltmarsh"}
    login(client, "coordinator")
    assert client.get(address).status_code == 200
    works_here = client.post(address, seat | {"kind": "lay"})
    assert works_here.status_code == 400
    assert "Whoever has another role too has no lay seat." in works_here.content.decode()
    from_nowhere = client.post(address, seat | {"kind": "lay", "population": ""})
    assert "Say whose people she comes from" in from_nowhere.content.decode()
    assert client.post(address, seat | {"user": "nobody@example.org"}).status_code == 400
    assert client.post(address, seat | {"deputy_of": "nobody@example.org"}).status_code == 400
    assert client.post(address, seat | {"kind": "coordinator", "is_chair": "on"}).status_code == 400
    assert client.post(address, seat | {"is_chair": "on"}).status_code == 409
    assert client.post(address, seat | {"deputy_of": "lay@hub.example"}).status_code == 302
    assert client.post(address, seat).status_code == 409
    told = page(client, panel)
    assert "deputy of Maureen Pike" in told
    assert "Saltmarsh" in told
    given = panel.seats.get(user=officer)
    assert act(client, given, "confirm_seat", reason="x").status_code == 403
    assert not Seat.objects.held().filter(user=officer).exists()
    assert "Decide on a seat:" not in client.get("/home/").content.decode()
    login(client, "chair")
    assert "Decide on a seat:" in client.get("/home/").content.decode()
    login(client, "admin")
    assert act(client, given, "confirm_seat", reason="We need her.").status_code == 302
    assert str(given.content()["kind"]) == "expert"
    assert not Seat.objects.sitting().filter(user=officer).exists()
    assert "does not have the role that this seat needs" in page(client, panel)
    RoleGrant.objects.create(user=officer, role="panel_member", side=panel.side)
    assert Seat.objects.sitting().filter(user=officer).exists()
    told = page(client, panel)
    assert "does not have the role that this seat needs" not in told
    assert 'govuk-tag--green">seated<' in told
    with pytest.raises(NotAllowed, match="to herself"):
        seat_actions.propose_seat(panel=panel, by=hub("coordinator"), user=hub("coordinator"), kind="lay")
    assert login(client, "lay").get(address).status_code == 403


def test_who_got_another_role_meanwhile_is_given_no_lay_seat(panel, person):
    neighbour = person("neighbour", "panel_member")
    seat = seat_actions.propose_seat(panel=panel, by=hub("chair"), user=neighbour, kind="lay")
    RoleGrant.objects.create(user=neighbour, role="output_checker", side=CENTRE.id)
    with pytest.raises(NotAllowed, match="speaks for the public"):
        seat_actions.confirm_seat(seat=seat, by=hub("admin"), reason="We need her.")
    with pytest.raises(NotAllowed, match="speaks for the public"):
        seat_actions.propose_seat(panel=panel, by=hub("chair"), user=hub("officer"), kind="lay")
    seat_actions.refuse_seat(seat=seat, by=hub("admin"), reason="She works there now.")


def test_a_slip_in_a_number_of_the_rule_is_told_with_its_field(panel, client):
    login(client, "coordinator")
    told = client.post(reverse("panels:propose_rule", args=[panel.pk]), {"quorum": "300", "reason": "x"})
    assert told.status_code == 400
    assert "Votes at the least: Ensure this value is less than or equal to 50." in told.content.decode()


def test_a_proposed_seat_is_refused_by_a_second_person(panel):
    chair, admin = hub("chair"), hub("admin")
    made = seat_actions.propose_seat(panel=panel, by=chair, user=hub("officer"), kind="expert")
    for nobody in (chair, hub("officer"), hub("lay")):
        with pytest.raises(NotAllowed):
            seat_actions.refuse_seat(seat=made, by=nobody, reason="x")
    seat_actions.refuse_seat(seat=made, by=admin, reason="She has no time.")
    assert Seat.objects.get(pk=made.pk).state == "refused"
    with pytest.raises(WrongState):
        seat_actions.confirm_seat(seat=made, by=admin, reason="x")
    assert str(seated(panel, hub("officer")).decided_by) == str(hub("coordinator"))
    own = seat_actions.propose_seat(panel=panel, by=chair, user=admin, kind="coordinator")
    with pytest.raises(NotAllowed, match="nor whose seat it is"):
        seat_actions.confirm_seat(seat=own, by=admin, reason="I would like to.")


def test_a_seat_is_ended_by_two_or_kept_and_given_up_by_its_holder_alone(panel, client):
    expert, lay = (panel.seats.get(user=hub(name)) for name in ("expert", "lay"))
    with pytest.raises(NotAllowed, match="Only the panel's chair"):
        seat_actions.propose_end(seat=expert, by=hub("lay"), reason="x")
    with pytest.raises(NotAllowed, match="your own seat"):
        seat_actions.propose_end(seat=panel.seats.get(user=hub("chair")), by=hub("chair"), reason="x")
    seat_actions.propose_end(seat=expert, by=hub("coordinator"), reason="She never comes.")
    assert Seat.objects.sitting().filter(pk=expert.pk).exists()
    with pytest.raises(NotAllowed, match="Another person decides"):
        seat_actions.confirm_end(seat=expert, by=hub("coordinator"), reason="x")
    seat_actions.keep_seat(seat=expert, by=hub("chair"), reason="She came on Monday.")
    assert Seat.objects.get(pk=expert.pk).state == "held"
    unseated(expert)
    assert Seat.objects.get(pk=expert.pk).state == "ended"
    assert "A seat of the panel “Data access panel” ended: expert." in client.get("/").content.decode()
    with pytest.raises(NotAllowed, match="Only the person whose seat it is"):
        seat_actions.give_up_seat(seat=lay, by=hub("chair"), reason="x")
    login(client, "lay")
    told = page(client, panel)
    assert "Give up your seat" in told
    assert hub("chair").name not in told
    assert act(client, lay, "give_up_seat", reason="I move.").status_code == 302
    assert Seat.objects.get(pk=lay.pk).state == "ended"


def test_a_panel_of_a_secure_data_centre_is_of_its_own_staff(panel):
    """A TRE has neither chair nor coordinator by role: any of its staff sits there, until she leaves."""
    administrator, approver = staff("admin"), staff("approver")
    theirs = seat_actions.found_panel(by=administrator, side=CENTRE.id, name="Data panel")
    second = person("custodian@" + administrator.email.split("@")[1])
    RoleGrant.objects.create(user=second, role="administrator", side=CENTRE.id)
    seat = seat_actions.propose_seat(panel=theirs, by=administrator, user=approver, kind="custodian", is_chair=True)
    seat_actions.confirm_seat(seat=seat, by=person(second.email), reason="Yes.")
    assert Seat.objects.sitting().get(panel=theirs).user == approver
    approver.role_grants.update(ended_at=timezone.now(), ended_by=administrator)
    assert not Seat.objects.sitting().filter(panel=theirs).exists()


def test_a_new_panel_has_no_rule_and_cannot_decide(panel, client):
    side = UUID(settings.HUB_ID)
    with pytest.raises(NotAllowed):
        seat_actions.found_panel(by=hub("lay"), side=side, name="Mine")
    new = seat_actions.found_panel(by=hub("admin"), side=side, name="Second panel")
    assert "has no rule yet" in page(client, new)
    login(client, "admin")
    assert client.get(reverse("panels:propose_rule", args=[new.pk])).status_code == 200
    project = Project.objects.get(code="ASTHMA-24")
    assert Seat.objects.visible_to(person("lay@hub.example")).exists()
    Project.objects.filter(code="ASTHMA-25").update(panel=new)
    one = Project.objects.get(code="ASTHMA-25")
    from apps.core.audit.act import act as acting
    from apps.core.panels import actions as panels

    with pytest.raises(WrongState, match="no rule yet"), acting():
        panels.open_round(panel=new, subject=one, by=hub("coordinator"))
    with pytest.raises(NotAllowed):
        panel_actions.vote_again(project=project, by=hub("lay"))
