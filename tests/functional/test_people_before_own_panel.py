"""A custodian takes a person to the TRE's own panel: it sees what is asked of her, votes as on a project, and its word binds."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.panels import actions as panels
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Panel, Round
from apps.core.workflow.models import latest_sign_off
from apps.node.custody import actions as custody
from apps.node.custody import deciding, own_panel, policy, reliance
from apps.node.custody.models import AgreementPolicy, MemberAcceptance, OwnPanel, ProjectAcceptance
from tests.functional.federation import CENTRE, asked_here, staff
from tests.functional.test_own_panel import DAYS, act, again, equipped, login, page, proposed, voted
from tests.functional.test_reliance import relying
from tests.functional.test_requirements import ASKED, MET, UNTIL, ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ours(federation) -> OwnPanel:
    made = equipped(proposed())
    own_panel.confirm(ownpanel=made, by=staff("custodian"), reason="Yes.")
    return again(made)


@pytest.fixture
def offered(ours) -> MemberAcceptance:
    """A person who is before the custodian again: her acceptance ran out."""
    row = asked_here(MemberAcceptance).order_by("name")[0]
    custody.move(row, "portal", "expire", check=lambda by, thing: None, verb="custody.expired", outcome="", reason="")
    custody.offer_member_again(memberacceptance=row, by=staff("custodian"), reason="Again.")
    return again(row)


def take(row, met=None, by="custodian") -> Round:
    deciding.take_to_panel(memberacceptance=again(row), by=staff(by), met=met)
    return Round.objects.of(row)[0]


def accept_as_voted(row, **said):
    told = {"reason": "The panel said yes.", "until": DAYS} | said
    deciding.accept_as_voted(memberacceptance=again(row), by=staff("approver"), **told)


def decide_alone(row):
    said = {"by": staff("custodian"), "reason": "Mine."}
    custody.accept_member(memberacceptance=again(row), until=DAYS, **said)


def test_she_is_taken_to_the_panel_and_accepted_as_it_votes(offered, client):
    ask()
    login(client, staff("custodian"))
    assert f"Decide: {offered}" in client.get("/home/").content.decode()
    ticked = {
        **{"met_0": "on", "until_0": UNTIL, "met_1": "on", "until_1": MET["Safe room course"]["until"]},
        **{"evidence_1": "Certificate 7", "seen": offered.shown_sha256()},
    }
    assert (
        "Met: House rules" in client.get(f"/act/custody/memberacceptance/{offered.pk}/take_to_panel/").content.decode()
    )
    for wrong in ({"evidence_1": ""}, {"until_0": ""}, {"until_1": timezone.localdate() - timedelta(days=1)}):
        assert act(client, offered, "take_to_panel", **ticked | wrong).status_code == 400
    assert act(client, offered, "take_to_panel", **ticked).status_code == 302
    taken = again(offered)
    assert taken.taken_by == staff("custodian")
    assert [each["title"] for each in taken.met] == ["House rules", "Safe room course"]
    told = page(client, offered)
    assert "has begun. The members of your panel are asked to vote." in told
    assert str(offered) not in client.get("/home/").content.decode()
    assert "A vote is under way on this." in told
    assert "Your panel decides on this. Take it to the panel." in told
    for alone in ({"memberacceptance": offered, "until": DAYS, "met": MET}, {"memberacceptance": offered}):
        decide = custody.accept_member if "met" in alone else custody.refuse_member
        with pytest.raises(NotAllowed, match="Your panel decides"):
            decide(by=staff("custodian"), reason="Mine.", **alone)

    round = Round.objects.of(offered)[0]
    login(client, staff("approver"))
    assert f"Say whether you have a conflict of interest: {offered}" in client.get("/home/").content.decode()
    project = ProjectAcceptance.objects.for_tre(CENTRE.id).get(project=offered.project)
    assert f"May {offered} work here? {project}." in page(client, round)
    assert "Safe room course: until" in str(deciding.offered_paper(taken, round).sections)
    voted(offered, "approve", "approve", "approve")
    with pytest.raises(NotAllowed, match="Only the chair"):
        deciding.accept_as_voted(memberacceptance=taken, by=staff("checker1"), reason="x", until=DAYS)
    letter = {"reason": "The panel said yes.", "until": DAYS.isoformat(), "seen": taken.shown_sha256()}
    assert act(client, offered, "accept_as_voted", **letter).status_code == 302
    accepted = again(offered)
    assert (accepted.state, accepted.until, accepted.met) == ("accepted", DAYS, taken.met)
    assert (accepted.why_not(timezone.now()), latest_sign_off(accepted).by) == ("", staff("approver"))
    assert round.get_absolute_url() in page(client, offered)
    ask(ASKED[:1])
    assert "These votes are void" not in page(client, round)


def test_she_herself_and_her_team_mates_have_no_vote_on_her(offered):
    mate = MemberAcceptance.objects.for_tre(offered).filter(project=offered.project).exclude(pk=offered.pk).first()
    for role, named in (("checker1", offered), ("checker2", mate)):
        member = staff(role)
        member.orcid = named.orcid
        member.save()
    round = take(offered)
    found = {each.seat.user.email: each.is_barred for each in Deliberation(round, offered).members}
    assert found == {staff("approver").email: False, staff("checker1").email: True, staff("checker2").email: True}
    panels.declare(round=round, by=staff("checker1"), kind="none")
    with pytest.raises(NotAllowed, match="conflict of interest"):
        panels.vote(round=round, by=staff("checker1"), choice="approve", reason="Me.")


def test_a_newer_accreditation_makes_the_votes_void_and_a_custodian_still_does_not_decide_alone(offered):
    first = take(offered)
    voted(offered, "approve", "approve", "approve")
    evidence = {
        "id": str(offered.member),
        "name": offered.name,
        "orcid": offered.orcid,
        "accredited_until": offered.accredited_until.isoformat(),
        "accreditation_sha256": "0" * 64,
        "email_hashes": offered.email_hashes,
    }
    known = {"project": offered.project, "member": evidence, "email_key": offered.email_key}
    custody.propose_member(tre=CENTRE.id, by="portal", **known)
    assert again(first).state == "void"
    assert deciding.offered_paper(again(offered), first).sections == []
    with pytest.raises(NotAllowed, match="No vote is under way"):
        accept_as_voted(offered)
    with pytest.raises(NotAllowed, match="Your panel decides"):
        decide_alone(offered)
    take(offered)
    assert Round.objects.of(offered).count() == 2


def test_where_something_else_is_asked_of_people_the_votes_are_void(offered):
    ask(ASKED[:1])
    first = take(offered, MET)
    kept = AgreementPolicy.objects.get(pk=CENTRE.id)
    policy.publish(policy=kept, by=staff("custodian"), least_count=kept.least_count + 1)
    assert again(first).state == "open"
    panels.declare(round=first, by=staff("approver"), kind="none")
    ask()
    assert again(first).state == "void"
    second = take(offered, MET)
    panels.declare(round=second, by=staff("approver"), kind="none")
    # As if it had been changed in the same moment in which she was taken to the panel.
    AgreementPolicy.objects.filter(pk=CENTRE.id).update(requirements=[ASKED[0] | {"sentence": "And more."}, ASKED[1]])
    with pytest.raises(WrongState, match="a new vote is needed"):
        panels.vote(round=second, by=staff("approver"), choice="approve", reason="x")
    take(offered, MET)
    assert again(second).state == "void"


@pytest.mark.parametrize("is_closed", [False, True])
def test_nobody_throws_away_a_vote_that_is_over_by_asking_for_something_else(offered, client, is_closed):
    login(client, staff("custodian"))
    address = reverse("custody:policy")
    warning = "Your panel votes on people now."
    assert warning not in client.get(address).content.decode()
    round = take(offered)
    form = client.get(address).context["form"]
    assert warning in client.get(address).content.decode()
    voted(offered, "refuse", "refuse", "refuse")
    if is_closed:
        panels.close(round=round, by=staff("approver"))
    said = {name: form[name].value() for name in form.fields} | {"requirements": "Induction | You came to it."}
    told = client.post(address, said)
    assert (told.status_code, again(round).state) == (400, "closed" if is_closed else "open")
    assert f"its chair has not confirmed it yet: {offered.name}." in told.content.decode()
    assert client.post(address, said | {"requirements": "", "least_count": 12}).status_code == 302
    deciding.refuse_as_voted(memberacceptance=again(offered), by=staff("approver"), reason="No.")
    assert client.post(address, said).status_code == 409, "she wrote it over a policy that was published since"
    newest = client.get(address).context["form"]["seen"].value()
    assert client.post(address, said | {"seen": newest}).status_code == 302


def test_while_something_is_not_met_a_yes_comes_to_nothing(offered, client):
    ask()
    with pytest.raises(BadInput, match="say which paper"):
        take(offered, {"Safe room course": {"until": UNTIL}})
    first = take(offered, {"House rules": MET["House rules"]})
    login(client, staff("approver"))
    assert "not ticked off" in page(client, offered)
    voted(offered, "approve", "approve")
    with pytest.raises(NotAllowed, match="A vote is under way"):
        take(offered, MET)
    panels.declare(round=first, by=staff("checker2"), kind="none")
    panels.vote(round=first, by=staff("checker2"), choice="approve", reason="Yes.")
    with pytest.raises(NotAllowed, match="not met today: Safe room course"):
        accept_as_voted(offered)
    assert again(offered).state == "offered"
    panels.close(round=first, by=staff("custodian"))
    login(client, staff("custodian"))
    told = f"take her to the panel again: {offered}"
    assert told in client.get("/home/").content.decode()
    second = take(offered, MET)
    assert again(first).state == "void"
    assert told not in client.get("/home/").content.decode()
    assert "not ticked off" not in page(client, offered)
    voted(offered, "refuse", "refuse", "refuse")
    panels.close(round=second, by=staff("approver"))
    with pytest.raises(NotAllowed, match="A vote is under way"):
        take(offered, MET)
    assert told not in client.get("/home/").content.decode()
    deciding.refuse_as_voted(memberacceptance=again(offered), by=staff("approver"), reason="No.")
    assert (again(offered).state, latest_sign_off(offered).verb) == ("refused", "custody.member_refused")


def test_what_was_ticked_off_may_be_over_before_the_panel_has_decided(offered, time_machine):
    ask(ASKED[:1])
    round = take(offered, {"House rules": {"until": timezone.localdate() + timedelta(days=2)}})
    voted(offered, "approve", "approve", "approve")
    time_machine.move_to(timezone.now() + timedelta(days=3))
    with pytest.raises(NotAllowed, match="not met today: House rules"):
        accept_as_voted(offered)
    ask()
    assert again(round).state == "void", "a yes that came to nothing is in nobody's way"


def test_who_may_take_her_there(offered):
    for role in ("operator", "approver", "admin"):
        with pytest.raises(NotAllowed, match="Only a custodian"):
            take(offered, by=role)
    custodian = staff("custodian")
    custodian.orcid = offered.orcid
    custodian.save()
    with pytest.raises(NotAllowed, match="your own project"):
        take(offered)


def test_changes_conditions_and_reliance_on_another_panel(offered):
    take(offered)
    voted(offered, "changes", "changes", "changes")
    deciding.ask_for_changes(memberacceptance=again(offered), by=staff("approver"), reason="Say more.")
    assert (again(offered).state, latest_sign_off(offered).outcome) == ("offered", "returned")
    relying()
    reliance.accept_by(again(offered), {"id": str(Panel.objects.get(side=settings.HUB_ID).pk), "name": "x"})
    assert again(offered).state == "offered"
    take(offered)
    voted(offered, "conditions", "conditions", "conditions")
    today = timezone.localdate()
    accept_as_voted(offered, conditions=["Show the contract."], due=today)
    condition = Condition.objects.get(subject_id=offered.pk)
    assert (condition.owner, again(offered).state) == (staff("custodian"), "accepted")
    Condition.objects.filter(pk=condition.pk).update(due=today - timedelta(days=1))
    deciding.end_for_conditions()
    assert (again(offered).state, again(condition).state) == ("expired", "overdue")


def test_the_end_of_the_panel_gives_her_back_to_the_custodians(ours, offered, client):
    login(client, staff("custodian"))
    assert "Take to our panel" in page(client, offered)
    round = take(offered)
    own_panel.propose_end(ownpanel=ours, by=staff("custodian"), reason="x")
    own_panel.confirm_end(ownpanel=ours, by=staff("approver"), reason="x")
    assert again(round).state == "void"
    with pytest.raises(NotAllowed, match="no panel of its own"):
        take(offered)
    assert "Take to our panel" not in page(client, offered)
    decide_alone(offered)
    assert again(offered).state == "accepted"


def test_whom_nobody_took_there_a_custodian_decides_on(offered):
    decide_alone(offered)
    assert again(offered).state == "accepted"
