"""A TRE's own panel decides on projects there: two begin it, it votes as the hub's does, and its word binds the custodians."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.emergency import check_two
from apps.core.accounts.forms import ProfileForm
from apps.core.accounts.models import RoleGrant, User
from apps.core.audit.models import Opening
from apps.core.errors import BadInput, NotAllowed
from apps.core.incidents.permissions import sides_of
from apps.core.panels import actions as panels
from apps.core.panels import condition_actions, seat_actions
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Panel, PanelRule, Round
from apps.core.panels.permissions import check_can_dissent
from apps.core.workflow.models import latest_sign_off
from apps.core.workflow.waiting import waiting_on
from apps.hub.datasets.models import Tre
from apps.hub.datasets.permissions import check_can_accredit, check_can_list
from apps.node.custody import actions as custody
from apps.node.custody import deciding, own_panel, reliance
from apps.node.custody.deciding import offered_paper
from apps.node.custody.forms import last_day_of
from apps.node.custody.models import DataGrant, MemberAcceptance, OwnPanel, ProjectAcceptance, WorkflowApproval
from tests.functional.federation import CENTRE, asked_here, person, staff
from tests.functional.test_reliance import relying

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = timezone.localdate() + timedelta(days=30)
NUMBERS = {"quorum": 2, "least_lay": 0, "least_organisations": 1, "voting_days": 7, "appeal_days": 7}
MEMBERS = ("approver", "checker1", "checker2")


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def act(client, thing, verb: str, **data):
    meta = thing._meta
    return client.post(reverse("workflow:act", args=[meta.app_label, meta.model_name, thing.pk, verb]), data)


def page(client, thing) -> str:
    return client.get(thing.get_absolute_url()).content.decode()


def equipped(made: OwnPanel) -> OwnPanel:
    """With a rule and three members, the run approver in the chair."""
    for role in MEMBERS:
        given = {"user": staff(role), "kind": "expert", "is_chair": role == "approver", "organisation": CENTRE.name}
        seat = seat_actions.propose_seat(panel=made.panel, by=staff("admin"), **given)
        seat_actions.confirm_seat(seat=seat, by=staff("deputy"), reason="Yes.")
    rule = seat_actions.propose_rule(panel=made.panel, by=staff("admin"), reason="Ours.", **NUMBERS)
    seat_actions.confirm_rule(panelrule=rule, by=staff("deputy"), reason="Yes.")
    return made


def test_a_panel_that_is_set_up_says_what_it_still_needs_to_whoever_keeps_it(federation, client):
    login(client, staff("admin"))
    tab = client.get(reverse("custody:list") + "?kind=panel").content.decode()
    assert "An administrator of yours sets one up." in tab
    made = proposed()
    page = client.get(reverse("panels:panel", args=[made.panel_id])).content.decode()
    for told in ("A rule. It says how many", "A chair.", "Propose a rule"):
        assert told in page
    assert "Propose another rule" not in page
    numbers = NUMBERS | {"quorum": 4, "least_lay": 1, "least_organisations": 2}
    rule = seat_actions.propose_rule(panel=made.panel, by=staff("admin"), reason="Ours.", **numbers)
    seat_actions.confirm_rule(panelrule=rule, by=staff("deputy"), reason="Yes.")
    given = {"user": staff("checker1"), "kind": "expert", "organisation": CENTRE.name}
    seat = seat_actions.propose_seat(panel=made.panel, by=staff("admin"), **given)
    seat_actions.confirm_seat(seat=seat, by=staff("deputy"), reason="Yes.")
    page = client.get(reverse("panels:panel", args=[made.panel_id])).content.decode()
    for told in ("Members with a vote: it needs 4, and has 1.", "Lay members: it needs 1, and has 0.", "A chair."):
        assert told in page
    assert "Organisations: it needs 2, and has 1." in page
    login(client, staff("checker1"))
    assert "What it still needs" not in client.get(reverse("panels:panel", args=[made.panel_id])).content.decode()


def proposed() -> OwnPanel:
    return own_panel.propose(tre=CENTRE.id, by=staff("admin"), name="Our panel", reason="We decide here.")


@pytest.fixture
def ours(federation) -> OwnPanel:
    made = equipped(proposed())
    own_panel.confirm(ownpanel=made, by=staff("custodian"), reason="Yes.")
    return OwnPanel.objects.get(pk=made.pk)


@pytest.fixture
def offered(ours) -> ProjectAcceptance:
    """A project that a custodian was offered, as it comes back to her: its acceptance ran out."""
    row = asked_here(ProjectAcceptance).get()
    custody.move(row, "portal", "expire", check=lambda by, thing: None, verb="custody.expired", outcome="", reason="")
    custody.offer_project_again(projectacceptance=row, by=staff("custodian"), reason="Again.")
    return again(row)


def test_a_yes_begins_with_the_last_day_of_what_it_rests_on(federation):
    for model in (ProjectAcceptance, MemberAcceptance, DataGrant):
        row = model.objects.for_tre(CENTRE.id).first()
        project = ProjectAcceptance.objects.for_tre(CENTRE.id).get(project=row.project)
        assert last_day_of(row) == min(filter(None, [row.lapses(), project.hub_until]))
    assert last_day_of(WorkflowApproval.objects.for_tre(CENTRE.id).first()) is None


def test_it_has_waited_since_somebody_asked_to_look_at_it_again(offered):
    asked = Opening.objects.get(verb="custody.project_reopened", subject_id=offered.pk)
    assert [each.since for each in waiting_on(staff("custodian")) if str(offered) in each.title] == [asked.at]
    assert asked.at > offered.created_at


def again(row):
    return type(row).objects.get(pk=row.pk)


def voted(row, *choices: str) -> Round:
    """Each of the members declares that nothing binds her, and votes."""
    round = Round.objects.of(row)[0]
    for role, choice in zip(MEMBERS, choices, strict=False):
        panels.declare(round=round, by=staff(role), kind="none")
        asks = {"conditions": "Say who pays."} if choice == "conditions" else {}
        panels.vote(round=round, by=staff(role), choice=choice, reason="I read it.", **asks)
    return again(round)


def test_it_is_set_up_confirmed_and_ended_by_pages_each_by_two(federation, client):
    address = reverse("custody:set_up_panel")
    login(client, staff("admin"))
    assert address in client.get(f"{reverse('custody:list')}?kind=panel").content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Our panel"}).status_code == 400
    made = client.post(address, {"name": "Our panel", "reason": "We decide here."})
    own = OwnPanel.objects.for_tre(CENTRE.id).get()
    assert made["Location"] == own.get_absolute_url()
    told = page(client, own)
    assert "You proposed this. A second person has to confirm it." in told
    assert own.panel.get_absolute_url() in told
    assert "Decide: Our own panel" not in client.get("/home/").content.decode()
    login(client, staff("custodian"))
    assert "Decide: Our own panel" not in client.get("/home/").content.decode()
    assert "First the panel needs a rule, a chair" in page(client, own)
    equipped(own)
    assert "Decide: Our own panel: Our panel" in client.get("/home/").content.decode()
    assert act(client, own, "confirm", reason="Yes.").status_code == 302
    assert again(own).state == "in_force"
    with pytest.raises(NotAllowed, match="Another panel of yours"):
        own_panel.confirm(ownpanel=equipped(proposed()), by=staff("custodian"), reason="x")
    assert "Decide: Our own panel" not in client.get("/home/").content.decode()
    assert act(client, own, "propose_end", reason="We are too few.").status_code == 302
    assert act(client, own, "confirm_end", reason="x").status_code == 403
    own_panel.keep(ownpanel=own, by=staff("approver"), reason="No.")
    assert again(own).state == "in_force"
    assert again(own).end_proposed_by is None
    own_panel.propose_end(ownpanel=own, by=staff("custodian"), reason="Still.")
    login(client, staff("admin"))
    assert "Decide: Our own panel" in client.get("/home/").content.decode()
    assert act(client, own, "confirm_end", reason="Yes.").status_code == 302
    assert again(own).state == "ended"
    assert not OwnPanel.objects.for_tre(CENTRE.id).in_force()


def test_who_may_begin_it_and_who_may_drop_it(federation):
    with pytest.raises(NotAllowed, match="Only an administrator"):
        own_panel.propose(tre=CENTRE.id, by=staff("custodian"), name="x", reason="x")
    made = proposed()
    with pytest.raises(NotAllowed, match="an administrator, a custodian or a run approver"):
        own_panel.confirm(ownpanel=made, by=staff("operator"), reason="x")
    own_panel.drop(ownpanel=made, by=staff("operator"), reason="A mistake.")
    assert again(made).state == "ended"


def test_a_panel_of_a_tre_is_known_there_alone(ours, client):
    addresses = [
        reverse(f"panels:{name}", args=[ours.panel_id])
        for name in ("panel", "propose_rule", "propose_seat", "meetings")
    ]
    hub_panel = Panel.objects.get(side=settings.HUB_ID)
    assert client.get(addresses[0]).status_code == 404
    listed = client.get(reverse("panels:list")).content.decode()
    assert "Our panel" not in listed
    assert hub_panel.name in listed
    assert "Our panel" not in client.get("/").content.decode()
    assert "Our panel" not in client.get(reverse("log")).content.decode()
    for outsider in ("chair@hub.example", "custodian@hillfoot.example"):
        login(client, person(outsider))
        assert {client.get(each).status_code for each in addresses} == {404}
        assert not PanelRule.objects.visible_to(person(outsider)).filter(panel=ours.panel)
    login(client, staff("custodian"))
    assert client.get(addresses[0]).status_code == 200
    assert client.get(addresses[3]).status_code == 200
    assert "Our panel" in client.get(reverse("panels:list")).content.decode()


def test_a_project_is_decided_as_the_panel_votes(offered, client):
    login(client, staff("custodian"))
    assert f"Take to the panel: {offered}" in client.get("/home/").content.decode()
    assert "Your panel decides on this. Take it to the panel." in page(client, offered)
    with pytest.raises(NotAllowed, match="Your panel decides"):
        custody.accept_project(projectacceptance=offered, by=staff("custodian"), reason="x", until=DAYS)
    with pytest.raises(NotAllowed, match="No vote is under way on this"):
        deciding.accept_as_voted(projectacceptance=offered, by=staff("approver"), reason="x", until=DAYS)
    assert act(client, offered, "take_to_panel").status_code == 302
    assert f"Take to the panel: {offered}" not in client.get("/home/").content.decode()
    assert "A vote is under way on this." in page(client, offered)
    round = voted(offered, "approve")
    assert round.get_absolute_url() in page(client, offered)
    assert offered_paper(offered, round).sections
    with pytest.raises(NotAllowed, match="Not everybody has voted"):
        deciding.accept_as_voted(projectacceptance=offered, by=staff("approver"), reason="x", until=DAYS)
    for role in MEMBERS[1:]:
        panels.declare(round=round, by=staff(role), kind="none")
        panels.vote(round=round, by=staff(role), choice="approve", reason="Yes.")
    with pytest.raises(NotAllowed, match="Only the chair"):
        deciding.accept_as_voted(projectacceptance=offered, by=staff("checker1"), reason="x", until=DAYS)
    for refused in (deciding.refuse_as_voted, deciding.ask_for_changes):
        with pytest.raises(NotAllowed, match="The votes do not say this"):
            refused(projectacceptance=offered, by=staff("approver"), reason="x")
    with pytest.raises(BadInput, match="and no others"):
        deciding.accept_as_voted(
            projectacceptance=offered, by=staff("approver"), reason="x", until=DAYS, conditions=["y"], due=DAYS
        )
    login(client, staff("approver"))
    letter = {"reason": "The panel said yes.", "until": DAYS.isoformat(), "seen": offered.shown_sha256()}
    assert act(client, offered, "accept_as_voted", **letter).status_code == 302
    signed = latest_sign_off(offered)
    assert (again(offered).state, again(offered).until, signed.by) == ("accepted", DAYS, staff("approver"))
    assert again(offered).why_not(timezone.now()) == ""
    assert again(round).decision.outcome == "approve"
    with pytest.raises(NotAllowed, match="publishes nothing"):
        check_can_dissent(staff("checker1"), again(round))
    custody.end_project(projectacceptance=offered, by=staff("operator"), reason="One person stops it.")
    assert again(offered).state == "ended"


def test_a_lay_member_from_outside_votes_and_is_none_of_the_staff(offered, client):
    lay, panel = person("lay@hub.example"), OwnPanel.objects.for_tre(CENTRE.id).get().panel
    given = {"kind": "lay", "is_chair": False, "organisation": "Asthma patients", "population": "people with asthma"}
    RoleGrant.objects.create(user=lay, role="panel_member", side=CENTRE.id)
    lay = person("lay@hub.example")
    seat = seat_actions.propose_seat(panel=panel, by=staff("admin"), user=lay, **given)
    seat_actions.confirm_seat(seat=seat, by=staff("deputy"), reason="Yes.")
    assert panel.seats.sitting().filter(user=lay).exists()
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    round = Round.objects.of(offered)[0]
    login(client, lay)
    assert str(offered) in client.get("/home/").content.decode()
    before = page(client, round)
    assert (offered.lay_summary in before, "What it wants to find out" in before) == (True, False)
    assert act(client, round, "declare", kind="none").status_code == 302
    assert "What it wants to find out, in plain words" in page(client, round)
    assert act(client, round, "vote", choice="approve", reason="It helps us.").status_code == 302
    assert page(client, round)
    assert client.get(offered.get_absolute_url()).status_code == 404
    assert client.get(asked_here(MemberAcceptance)[0].get_absolute_url()).status_code == 404
    with pytest.raises(NotAllowed):
        custody.revoke_grant(datagrant=asked_here(DataGrant)[0], by=lay, reason="Stop.")
    assert CENTRE.id not in lay.sides()
    with pytest.raises(NotAllowed, match="works in no role"):
        check_two(lay, staff("operator"), staff("admin"), CENTRE.id)
    RoleGrant.objects.create(user=lay, role="accreditation_officer", side=settings.HUB_ID)
    lay = person("lay@hub.example")
    centre = Tre.objects.get(pk=CENTRE.id)
    for check, thing in ((check_can_accredit, centre), (check_can_list, centre.datasets.all()[0])):
        with pytest.raises(NotAllowed, match="your own secure data centre"):
            check(lay, thing)
    assert "organisation" in ProfileForm(instance=lay).fields
    assert CENTRE.id in sides_of(lay)


def test_conditions_are_the_custodians_and_end_the_acceptance_when_they_are_not_met(offered, client):
    login(client, staff("approver"))
    assert act(client, offered, "accept_as_voted").status_code == 403
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    voted(offered, "conditions", "conditions", "conditions")
    address = reverse("workflow:act", args=["custody", "projectacceptance", offered.pk, "accept_as_voted"])
    assert "Say who pays." in client.get(address).content.decode()
    letter = {"reason": "Yes, if.", "until": DAYS.isoformat(), "seen": offered.shown_sha256()}
    assert act(client, offered, "accept_as_voted", **letter).status_code == 400
    today = timezone.localdate().isoformat()
    asked = letter | {"conditions": "Say who pays.\n", "due": today}
    assert act(client, offered, "accept_as_voted", **asked).status_code == 302
    condition = Condition.objects.get(subject_id=offered.pk)
    assert (condition.owner, again(offered).state) == (staff("custodian"), "accepted")
    condition_actions.give_evidence(condition=condition, by=staff("custodian"), evidence="The grant pays.")
    condition_actions.find_lacking(
        condition=condition, by=staff("approver"), reason="Which?", due=timezone.localdate() - timedelta(days=1)
    )
    deciding.end_for_conditions()
    assert (again(offered).state, again(condition).state) == ("expired", "overdue")
    Condition.objects.filter(pk=condition.pk).update(state="evidence_given")
    Condition.objects.filter(pk=condition.pk).update(state="open")
    deciding.end_for_conditions()
    assert (again(offered).state, again(condition).state) == ("expired", "overdue")


def test_a_no_and_a_wish_for_changes(offered):
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    voted(offered, "changes", "changes", "changes")
    deciding.ask_for_changes(projectacceptance=offered, by=staff("approver"), reason="Say more.")
    assert again(offered).state == "offered"
    assert latest_sign_off(offered).outcome == "returned"
    deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    round = voted(offered, "refuse", "refuse", "refuse")
    panels.close(round=round, by=staff("approver"))
    assert deciding.is_under_way(again(offered))
    deciding.refuse_as_voted(projectacceptance=again(offered), by=staff("approver"), reason="No.")
    assert again(offered).state == "refused"
    assert not deciding.is_under_way(again(offered))


def test_too_few_votes_decide_nothing(offered):
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    round = voted(offered, "approve")
    Round.objects.filter(pk=round.pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        deciding.accept_as_voted(projectacceptance=offered, by=staff("approver"), reason="x", until=DAYS)
    panels.close_overdue()
    deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    assert Round.objects.of(offered).count() == 2


def test_newer_evidence_and_the_end_of_the_panel_make_a_vote_void(ours, offered):
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    first = Round.objects.of(offered)[0]
    told = {
        "id": str(offered.project),
        "code": offered.code,
        "title": "Another title",
        "lay_summary": offered.lay_summary,
        "until": offered.hub_until.isoformat(),
        "content_sha256": offered.hub_content_sha256,
    }
    custody.propose_project(tre=CENTRE.id, by="portal", project=told)
    assert again(first).state == "void"
    assert offered_paper(again(offered), first).sections == []
    deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    second = Round.objects.of(offered)[0]
    own_panel.propose_end(ownpanel=ours, by=staff("custodian"), reason="x")
    own_panel.confirm_end(ownpanel=ours, by=staff("approver"), reason="x")
    assert again(second).state == "void"
    with pytest.raises(NotAllowed, match="no panel of its own"):
        deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    custody.accept_project(projectacceptance=again(offered), by=staff("custodian"), reason="Mine again.", until=DAYS)
    assert again(offered).state == "accepted"


def test_who_is_named_on_the_project_or_cannot_be_compared_is_barred(offered):
    member = asked_here(MemberAcceptance).first()
    checker = staff("checker1")
    checker.orcid = member.orcid
    checker.save()
    nobody = staff("checker2")
    nobody.emailaddress_set.all().delete()
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    deliberation = Deliberation.of(Round.objects.of(offered)[0], offered)
    assert {each.seat.user.email: each.is_barred for each in deliberation.members} == {
        staff("approver").email: False,
        checker.email: True,
        nobody.email: True,
    }
    with pytest.raises(NotAllowed, match="Only a custodian"):
        deciding.take_to_panel(projectacceptance=again(offered), by=staff("operator"))


def test_while_the_panel_decides_a_project_is_not_accepted_by_reliance(offered):
    relying()
    hub_panel = {"id": str(Panel.objects.get(side=settings.HUB_ID).pk), "name": "x"}
    reliance.accept_by(offered, hub_panel)
    assert again(offered).state == "offered"


def join(panel, user, **given):
    """A seat for a person, by the two who give it."""
    given = {"kind": "expert", "organisation": CENTRE.name} | given
    seat = seat_actions.propose_seat(panel=panel, by=staff("admin"), user=user, **given)
    seat_actions.confirm_seat(seat=seat, by=staff("deputy"), reason="Yes.")


@pytest.fixture
def tied(ours, offered) -> Round:
    """Two against two, the chair against it, under a rule by which the chair breaks ties; the custodian sits there, too."""
    numbers = NUMBERS | {"chair_breaks_ties": True}
    rule = seat_actions.propose_rule(panel=ours.panel, by=staff("admin"), reason="Ours.", **numbers)
    seat_actions.confirm_rule(panelrule=rule, by=staff("deputy"), reason="Yes.")
    join(ours.panel, staff("custodian"))
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    round = voted(offered, "refuse", "refuse", "approve")
    panels.declare(round=round, by=staff("custodian"), kind="none")
    panels.vote(round=round, by=staff("custodian"), choice="approve", reason="It helps.")
    return round


def name_presiding(round, role: str):
    panels.name_presiding(round=again(round), by=staff("custodian"), user=staff(role), reason="She knows it.")


def leaves_panel(panel, role: str):
    seat = panel.seats.get(user=staff(role))
    seat_actions.give_up_seat(seat=seat, by=staff(role), reason="I move.")


@pytest.mark.parametrize("is_closed", [False, True])
def test_while_the_chair_is_there_nobody_presides_in_her_stead(tied, offered, is_closed):
    if is_closed:
        panels.close(round=tied, by=staff("custodian"))
    for role in ("custodian", "checker2"):
        with pytest.raises(NotAllowed, match="nobody takes her place"):
            name_presiding(tied, role)
    deciding.refuse_as_voted(projectacceptance=offered, by=staff("approver"), reason="No.")
    assert again(offered).state == "refused"


def test_a_closed_tie_stays_with_the_chair_of_that_moment_whoever_concludes_it(tied, offered):
    panels.close(round=tied, by=staff("custodian"))
    leaves_panel(tied.panel, "approver")
    with pytest.raises(NotAllowed, match="Nobody names herself"):
        name_presiding(tied, "custodian")
    name_presiding(tied, "checker2")
    with pytest.raises(NotAllowed, match="The votes do not say this"):
        deciding.accept_as_voted(projectacceptance=again(offered), by=staff("checker2"), reason="Mine.", until=DAYS)
    deciding.refuse_as_voted(projectacceptance=again(offered), by=staff("checker2"), reason="As the chair said.")
    assert again(offered).state == "refused"


def test_a_tie_that_no_chair_could_break_is_no_yes_whoever_is_named_after_it(tied, offered):
    panels.vote(round=tied, by=staff("custodian"), choice="abstain", reason="I do not know.")
    panels.declare(round=tied, by=staff("approver"), kind="other", words="I know them.")
    panels.close(round=tied, by=staff("custodian"))
    name_presiding(tied, "checker2")
    assert Deliberation(again(tied), again(offered)).outcome.decision == "refuse"


def patient() -> User:
    """A lay member who has no role at the centre but that of a panel member."""
    found = person("lay@hub.example")
    RoleGrant.objects.create(user=found, role="panel_member", side=CENTRE.id)
    return person(found.email)


def test_only_the_staff_preside_at_a_centre(ours, offered):
    lay = patient()
    leaves_panel(ours.panel, "approver")
    with pytest.raises(NotAllowed, match="only one of its staff"):
        join(ours.panel, lay, kind="lay", is_chair=True)
    join(ours.panel, lay, kind="lay")
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    round = Round.objects.of(offered)[0]
    with pytest.raises(NotAllowed, match="only one of its staff"):
        panels.name_presiding(round=round, by=staff("custodian"), user=lay, reason="She is left.")
    name_presiding(round, "checker1")
    assert again(round).presided_by == staff("checker1")


def test_a_panel_whose_chair_is_none_of_the_staff_any_more_begins_nothing(federation):
    made = equipped(proposed())
    RoleGrant.objects.filter(user=staff("approver"), side=CENTRE.id).update(role="panel_member")
    with pytest.raises(NotAllowed, match="a chair"):
        own_panel.confirm(ownpanel=made, by=staff("custodian"), reason="Yes.")


def test_a_closed_vote_over_which_none_of_the_staff_is_left_to_preside_begins_again(ours, offered):
    lay = patient()
    join(ours.panel, lay, kind="lay")
    deciding.take_to_panel(projectacceptance=offered, by=staff("custodian"))
    round = voted(offered, "approve", "approve", "approve")
    panels.declare(round=round, by=lay, kind="none")
    panels.vote(round=round, by=lay, choice="approve", reason="It helps us.")
    panels.close(round=round, by=staff("custodian"))
    leaves_panel(ours.panel, "approver")
    with pytest.raises(NotAllowed, match="A vote is under way"):
        deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    for role in MEMBERS[1:]:
        leaves_panel(ours.panel, role)
    deciding.take_to_panel(projectacceptance=again(offered), by=staff("custodian"))
    assert again(round).state == "void"
    assert Round.objects.of(offered)[0].state == "open"


def test_a_chair_who_asked_to_start_again_what_was_stopped_lets_another_preside(ours):
    row = asked_here(ProjectAcceptance).get()
    custody.end_project(projectacceptance=row, by=staff("operator"), reason="Stop.")
    custody.offer_project_again(projectacceptance=again(row), by=staff("approver"), reason="It is well again.")
    deciding.take_to_panel(projectacceptance=again(row), by=staff("custodian"))
    round = voted(again(row), "approve", "approve", "approve")
    with pytest.raises(NotAllowed, match="A second person has to decide"):
        deciding.accept_as_voted(projectacceptance=again(row), by=staff("approver"), reason="Mine.", until=DAYS)
    name_presiding(round, "checker1")
    deciding.accept_as_voted(projectacceptance=again(row), by=staff("checker1"), reason="Yes.", until=DAYS)
    assert again(row).state == "accepted"


def test_who_decides_nothing_at_a_centre_has_no_vote_on_its_panel(ours):
    """An administrator sets the panel up, an operator connects: neither votes, nor sits in the chair."""
    for role in ("admin", "operator"):
        given = {"user": staff(role), "kind": "expert", "organisation": CENTRE.name}
        with pytest.raises(NotAllowed, match="only one of its staff who decides there"):
            seat_actions.propose_seat(panel=ours.panel, by=staff("deputy"), is_chair=True, **given)
        seat = seat_actions.propose_seat(panel=ours.panel, by=staff("deputy"), **given)
        seat_actions.confirm_seat(seat=seat, by=staff("approver"), reason="Yes.")
    sitting = ours.panel.seats.sitting().filter(user__in=[staff("admin"), staff("operator")])
    assert not sitting.exists()
    RoleGrant.objects.create(user=staff("operator"), role="custodian", side=CENTRE.id)
    assert sitting.get().user == staff("operator")
