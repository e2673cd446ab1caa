"""Ways in which a project could have got past its panel, or been lost before it. Each was found and is closed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels import actions as panels
from apps.core.panels import seat_actions as seats
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Panel, Round, Seat
from apps.hub.projects import actions as projects
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects import panel_actions
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.waiting import projects as projects_waiting
from apps.tools.federation.application import answers_for, write_sections
from tests.functional.federation import PANEL, joined, person, seated, unseated, voted
from tests.integration.test_governance_machine import CODE, LEAD, handed_in, of  # noqa: F401 - a fixture

CHAIR, COORDINATOR = "chair@hub", "coordinator@hub"


@pytest.fixture
def project(handed_in) -> Project:  # noqa: F811
    panel_actions.take_up(project=Project.objects.get(code=CODE), by=of(COORDINATOR))
    return now()


def now() -> Project:
    return Project.objects.get(code=CODE)


def newest() -> Round:
    return Round.objects.of(now())[0]


def approved(project) -> Project:
    voted(project)
    panel_actions.approve(project=project, by=of(CHAIR), reason="Yes.")
    return now()


def appeal_panel() -> Panel:
    """Another panel, of two who had no part in the decision."""
    panel = seats.found_panel(by=of("admin@hub"), side=now().side, name="Appeal panel")
    for name in ("officer", "adviser"):
        seated(panel, of(f"{name}@hub"), is_chair=name == "officer")
    numbers = {"quorum": 2, "least_lay": 0, "least_organisations": 0}
    rule = seats.propose_rule(panel=panel, by=of("admin@hub"), reason="x", **numbers)
    seats.confirm_rule(panelrule=rule, by=of(COORDINATOR), reason="x")
    return panel


def appealed(project) -> Project:
    voted(project, "refuse")
    panel_actions.reject(project=project, by=of(CHAIR), reason="No.")
    panel_actions.appeal(project=project, by=of(LEAD), reason="Please look again.")
    return now()


def test_a_new_vote_does_not_take_an_appeal_back_to_those_who_decided(project):
    with pytest.raises(NotAllowed, match="none was asked for"):
        panel_actions.vote_again(project=appealed(project), by=of(COORDINATOR))
    assert newest().state == "decided"


def test_who_heard_an_appeal_hears_it_again_where_its_decision_was_a_mistake(project):
    panel = appeal_panel()
    panel_actions.hear_appeal(project=appealed(project), by=of(COORDINATOR), panel=panel, reason="x")
    voted(now(), members=("officer", "adviser"))
    panel_actions.approve(project=now(), by=of("officer@hub"), reason="Yes.")
    panel_actions.revoke_decision(project=now(), by=of("adviser@hub"), reason="The wrong paper.")
    assert newest().is_appeal
    voted(now(), "refuse", members=("officer", "adviser"))
    panel_actions.reject(project=now(), by=of("officer@hub"), reason="No.")
    assert now().state == "rejected"


def test_who_presided_in_the_chairs_stead_presides_over_the_new_vote_as_well(project):
    panels.name_presiding(round=newest(), by=of(COORDINATOR), user=of("expert@hub"), reason="The chair is away.")
    voted(project)
    panel_actions.approve(project=project, by=of("expert@hub"), reason="Yes.")
    panel_actions.revoke_decision(project=now(), by=of("lay@hub"), reason="The wrong paper.")
    assert newest().presided_by == of("expert@hub")


def test_what_nobody_handed_in_comes_to_no_vote(project):
    voted(project, "changes")
    panel_actions.send_back(project=project, by=of(CHAIR), reason="Say more.")
    versions = list(project.dataset_versions.all())
    answers = answers_for(now(), versions, project.until, who_benefits="Whoever pays.")
    write_sections(now(), of(LEAD), answers, only=("benefit",))
    with pytest.raises(WrongState, match="is being changed"):
        panel_actions.revoke_decision(project=now(), by=of("expert@hub"), reason="A mistake.")
    assert now().state == "returned"
    assert newest().state == "decided"


def test_a_closed_vote_that_lost_its_members_to_a_conflict_is_held_again(project):
    voted(project)
    panels.close(round=newest(), by=of(CHAIR))
    with pytest.raises(NotAllowed, match="under way"):
        panel_actions.vote_again(project=project, by=of(COORDINATOR))
    for name in ("lay", "lay2"):
        joined(project, of(f"{name}@hub"))
    with pytest.raises(NotAllowed, match="votes of lay members"):
        panel_actions.approve(project=project, by=of(CHAIR), reason="Yes.")
    panel_actions.vote_again(project=project, by=of(COORDINATOR))
    assert newest().state == "open"


def test_seats_given_and_ended_during_a_vote_change_nothing_in_it(project):
    """Neither the votes of who left, nor how many are asked, nor who is asked."""
    panel, late = project.panel, of("officer@hub")
    voted(project, "refuse", members=("chair", "lay"))
    for name in ("lay", "lay2", "expert"):
        unseated(Seat.objects.get(user=of(f"{name}@hub"), state="held"))
    seated(panel, late)
    with pytest.raises(NotAllowed, match="Only those who sat"):
        panels.declare(round=newest(), by=late, kind="none")
    with pytest.raises(NotAllowed, match="Your seat or your role ended"):
        panels.declare(round=newest(), by=of("lay2@hub"), kind="none")
    with pytest.raises(NotAllowed, match="2 of at least 3 votes"):
        panel_actions.reject(project=project, by=of(CHAIR), reason="No.")
    voted(project, "refuse", members=("caretaker",))
    panel_actions.reject(project=project, by=of(CHAIR), reason="Three of three who could.")
    assert newest().decision.counts["lay"] == {"refuse": 1}
    panel_actions.appeal(project=project, by=of(LEAD), reason="Please look again.")


def test_a_lead_names_nobody_who_votes_on_her_project(project):
    """Named on it, she would be in conflict, and the lead would choose who votes."""
    with pytest.raises(WrongState, match="Name her after the vote"):
        projects.propose_member(project=project, by=of(LEAD), email=of("lay@hub"))
    assert not project.memberships.filter(user=of("lay@hub")).exists()
    assert projects.propose_member(project=project, by=of(LEAD), email=of("officer@hub")).state == "proposed"
    assert projects.propose_member(project=approved(project), by=of(LEAD), email=of("lay@hub")).state == "proposed"


def test_who_leaves_a_project_during_its_vote_does_not_vote_on_what_was_her_own_work(handed_in):  # noqa: F811
    named = [projects.propose_member(project=now(), by=of(LEAD), email=of(who)) for who in ("expert@hub", "lay@hub")]
    projects.agree_to_join(membership=named[0], by=of("expert@hub"))
    projects.approve_member(membership=named[0], by=of("officer@hub"), reason="She works on it.")
    panel_actions.take_up(project=now(), by=of(COORDINATOR))
    for membership in named:
        projects.end(membership=membership, by=of(LEAD), reason="She leaves.")
    barred = {each.seat.user for each in Deliberation(newest(), now()).members if each.is_barred}
    assert barred == {of("expert@hub")}, "being named alone binds nobody"
    panels.declare(round=newest(), by=of("expert@hub"), kind="none")
    with pytest.raises(NotAllowed, match="conflict of interest"):
        panels.vote(round=newest(), by=of("expert@hub"), choice="approve", reason="Mine.")


def test_a_chair_who_did_not_declare_concludes_nothing(project):
    voted(project, members=("expert", "caretaker", "lay", "lay2"))
    panels.say_absent(round=newest(), by=of(CHAIR))
    for conclude in (panels.close, panel_actions.approve):
        thing = {"round": newest()} if conclude is panels.close else {"project": project, "reason": "Yes."}
        with pytest.raises(NotAllowed, match="First say whether"):
            conclude(by=of(CHAIR), **thing)
    panels.declare(round=newest(), by=of(CHAIR), kind="none")
    panel_actions.approve(project=project, by=of(CHAIR), reason="Yes.")
    assert now().state == "approved"


def test_a_chair_whose_role_ended_concludes_nothing(project):
    voted(project)
    RoleGrant.objects.filter(user=of(CHAIR), role="chair").update(ended_at=timezone.now(), ended_by=of("admin@hub"))
    with pytest.raises(NotAllowed, match="another member presides"):
        panel_actions.approve(project=project, by=of(CHAIR), reason="Yes.")
    with pytest.raises(NotAllowed, match="without a conflict can preside"):
        panels.name_presiding(round=newest(), by=of(COORDINATOR), user=of(CHAIR), reason="x")
    panels.name_presiding(round=newest(), by=of(COORDINATOR), user=of("expert@hub"), reason="Her role ended.")
    panel_actions.approve(project=project, by=of("expert@hub"), reason="Five votes for it.")
    assert newest().decision.counts["expert"] == {"approve": 2}


def test_more_time_does_not_wash_away_an_overdue_condition(project, time_machine):
    voted(project, "conditions")
    due = timezone.localdate() + timedelta(days=5)
    panel_actions.approve(project=project, by=of(CHAIR), reason="If.", conditions=["Say who pays."], due=due)
    time_machine.move_to(timezone.now() + timedelta(days=301))
    panel_actions.suspend_for_conditions()
    projects.expire_lapsed()
    assert (now().state, Condition.objects.get().state) == ("expired", "overdue")
    more = {"kind": "extension", "changes": {"until": (timezone.localdate() + timedelta(days=9)).isoformat()}}
    with pytest.raises(NotAllowed, match="A condition is overdue"):
        amendments.ask(project=now(), by=of(LEAD), reason="x", **more)


def small_change(project) -> Amendment:
    change = {"kind": "people", "changes": {"people": [str(person("bo@northgate.example").pk)]}}
    amendment = amendments.ask(project=project, by=of(LEAD), reason="x", **change)
    amendments.hand_in(amendment=amendment, by=of(LEAD))
    return Amendment.objects.get()


def approved_without_its_chair(project) -> Project:
    """By a vote in which another presided, so that she may still say that she is in the team."""
    panels.say_absent(round=newest(), by=of(CHAIR))
    panels.name_presiding(round=newest(), by=of(COORDINATOR), user=of("expert@hub"), reason="The chair is away.")
    voted(project, members=tuple(name for name in PANEL if name != "chair"))
    panel_actions.approve(project=project, by=of("expert@hub"), reason="Yes.")
    return now()


def test_who_is_to_join_a_project_and_said_yes_decides_nothing_in_it(project):
    amendment = small_change(approved_without_its_chair(project))
    membership = projects.propose_member(project=now(), by=of(LEAD), email=of(CHAIR))
    projects.agree_to_join(membership=membership, by=of(CHAIR))
    with pytest.raises(NotAllowed, match="your own project"):
        amendments.approve(amendment=amendment, by=of(CHAIR), reason="x")
    assert Amendment.objects.get().state == "in_review"
    assert Membership.objects.get(user=of(CHAIR)).state == "proposed"


def test_a_lead_stops_neither_chair_nor_coordinator_by_naming_them(project):
    for name in (COORDINATOR, "officer@hub"):
        projects.propose_member(project=project, by=of(LEAD), email=of(name))
    voted(project)
    panels.close(round=newest(), by=of(COORDINATOR))
    panel_actions.approve(project=now(), by=of(CHAIR), reason="Yes.")
    projects.propose_member(project=now(), by=of(LEAD), email=of(CHAIR))
    amendments.approve(amendment=small_change(now()), by=of(CHAIR), reason="It fits.")
    projects.ask_for_outcome(project=now(), by=of(COORDINATOR))
    assert now().state == "outcome_due"


def test_an_officer_who_sits_on_a_panel_decides_nothing_on_her_own_membership(handed_in):  # noqa: F811
    seated(now().panel, of("officer@hub"))
    hers = projects.propose_member(project=now(), by=of(LEAD), email=of("officer@hub"))
    for decide in (projects.approve_member, projects.refuse):
        with pytest.raises(NotAllowed, match="your own part"):
            decide(membership=hers, by=of("officer@hub"), reason="x")


def test_a_coordinator_who_leads_the_project_arranges_nothing_of_its_vote(handed_in):  # noqa: F811
    """She names nobody who presides, frees nobody of a conflict and closes nothing."""
    panel_actions.take_up(project=now(), by=of(COORDINATOR))
    RoleGrant.objects.create(user=of(LEAD), role="coordinator", side=now().side)
    panels.declare(round=newest(), by=of("expert@hub"), kind="other", words="I know her.")
    panels.ask_correction(round=newest(), by=of("expert@hub"), words="I mixed her up.")
    voted(now(), members=("chair", "caretaker", "lay", "lay2"))
    for arrange, asked in (
        (panels.name_presiding, {"user": of("lay@hub"), "reason": "I like her."}),
        (panels.accept_correction, {"user": of("expert@hub"), "reason": "I like her."}),
        (panels.close, {}),
    ):
        with pytest.raises(NotAllowed, match="you take no part in this"):
            arrange(round=newest(), by=of(LEAD), **asked)
    panels.accept_correction(round=newest(), by=of(COORDINATOR), user=of("expert@hub"), reason="She did.")
    panels.vote(round=newest(), by=of("expert@hub"), choice="approve", reason="Good.")
    panels.close(round=newest(), by=of(COORDINATOR))


def test_who_said_nothing_in_a_vote_does_not_take_its_decision_back(project):
    voted(project, members=("chair", "expert", "lay", "lay2"))
    panels.say_absent(round=newest(), by=of("caretaker@hub"))
    panel_actions.approve(project=project, by=of(CHAIR), reason="Yes.")
    with pytest.raises(NotAllowed, match="You did not say in this vote"):
        panel_actions.revoke_decision(project=now(), by=of("caretaker@hub"), reason="I do not like it.")
    assert now().state == "approved"
    panel_actions.revoke_decision(project=now(), by=of("lay@hub"), reason="The wrong paper.")


def closed_without_its_voters(project, *, stays: str) -> Round:
    """Closed with enough votes, and then all who voted gave up their seats; one member who said nothing may be there."""
    members = tuple(name for name in PANEL if name != stays)
    voted(project, members=members)
    if stays:
        panels.say_absent(round=newest(), by=of(f"{stays}@hub"))
    panels.close(round=newest(), by=of(COORDINATOR))
    for name in members:
        seat = Seat.objects.get(user=of(f"{name}@hub"), state="held")
        seats.give_up_seat(seat=seat, by=of(f"{name}@hub"), reason="I move away.")
    return newest()


def test_a_closed_vote_whose_voters_left_is_confirmed_by_whoever_is_still_there(project):
    """She says first that nothing binds her; who voted says nothing any more, so that no vote is thrown away."""
    panels.declare(round=newest(), by=of("lay2@hub"), kind="none")
    closed_without_its_voters(project, stays="caretaker")
    with pytest.raises(NotAllowed, match="The vote is over"):
        panels.declare(round=newest(), by=of("caretaker@hub"), kind="none")
    with pytest.raises(NotAllowed, match="under way"):
        panel_actions.vote_again(project=project, by=of(COORDINATOR))
    panels.name_presiding(round=newest(), by=of(COORDINATOR), user=of("caretaker@hub"), reason="She is left.")
    with pytest.raises(NotAllowed, match="First say whether"):
        panel_actions.approve(project=project, by=of("caretaker@hub"), reason="Yes.")
    panels.declare(round=newest(), by=of("caretaker@hub"), kind="none")
    with pytest.raises(NotAllowed, match="The vote is over"):
        panels.declare(round=newest(), by=of("caretaker@hub"), kind="other", words="Throw it away.")
    panel_actions.approve(project=project, by=of("caretaker@hub"), reason="Four votes for it.")
    assert newest().decision.counts["lay"] == {"approve": 2}


def test_a_closed_vote_over_which_nobody_is_left_to_preside_is_held_again(project):
    seated(project.panel, of("officer@hub"), is_chair=False)
    before = closed_without_its_voters(project, stays="")
    panel_actions.vote_again(project=project, by=of(COORDINATOR))
    assert Round.objects.get(pk=before.pk).state == "void"
    assert newest().state == "open"


def test_a_lead_takes_no_vote_from_a_member_by_naming_her_before_it(handed_in):  # noqa: F811
    """Her own yes alone binds her; and who voted on it as a member of its panel does not say yes after."""
    named = projects.propose_member(project=now(), by=of(LEAD), email=of("lay@hub"))
    hers = projects.propose_member(project=now(), by=of(LEAD), email=of("expert@hub"))
    with pytest.raises(NotAllowed, match="First she says herself"):
        projects.approve_member(membership=named, by=of("officer@hub"), reason="She works on it.")
    with pytest.raises(NotAllowed, match="Only the person who was named"):
        projects.agree_to_join(membership=named, by=of(LEAD))
    projects.agree_to_join(membership=hers, by=of("expert@hub"))
    with pytest.raises(NotAllowed, match="You said so already"):
        projects.agree_to_join(membership=hers, by=of("expert@hub"))
    asked = {who: [each.title for each in projects_waiting(of(f"{who}@hub"))] for who in ("lay", "expert")}
    assert [len([each for each in told if "in the team" in each]) for told in asked.values()] == [1, 0]
    panel_actions.take_up(project=now(), by=of(COORDINATOR))
    barred = {each.seat.user for each in Deliberation(newest(), now()).members if each.is_barred}
    assert barred == {of("expert@hub")}
    voted(now(), members=("chair", "lay", "lay2", "caretaker"))
    with pytest.raises(NotAllowed, match="You voted on this project"):
        projects.agree_to_join(membership=named, by=of("lay@hub"))
    other = projects.propose_member(project=approved_now(), by=of(LEAD), email=of("bo@northgate"))
    with pytest.raises(NotAllowed, match="You sit on no panel"):
        projects.agree_to_join(membership=other, by=of("bo@northgate"))


def test_who_voted_on_a_change_does_not_take_her_vote_out_by_joining_the_team(project):
    named = projects.propose_member(project=unvoted_by_expert(project), by=of(LEAD), email=of("expert@hub"))
    ask = {"kind": "text", "changes": {"who_benefits": "Me alone."}}
    change = amendments.ask(project=now(), by=of(LEAD), reason="x", **ask)
    amendments.hand_in(amendment=change, by=of(LEAD))
    voted(change, "refuse")
    panels.close(round=Round.objects.of(change)[0], by=of(COORDINATOR))
    with pytest.raises(NotAllowed, match="You voted on this project"):
        projects.agree_to_join(membership=named, by=of("expert@hub"))


def unvoted_by_expert(project) -> Project:
    voted(project, members=tuple(name for name in PANEL if name != "expert"))
    panels.say_absent(round=newest(), by=of("expert@hub"))
    return approved_now()


def approved_now() -> Project:
    panel_actions.approve(project=now(), by=of(CHAIR), reason="Yes.")
    return now()


def test_a_lead_who_names_the_mates_of_two_voters_turns_no_refusal_into_an_approval(project):
    """Who is merely named ties nobody else to the project: neither her team's people nor her sponsor."""
    bo = of("bo@northgate")
    fields = {"title": "Another", "organisation": project.organisation, "panel": project.panel}
    other = Project.objects.create(code="OTHER-1", lead=bo, **fields)
    for mate in (bo, of("expert@hub")):
        joined(other, mate)
    asked = {"email": of("lay@hub").email, "token_sha256": "x", "expires_at": timezone.now(), "says_yes": True}
    bo.accreditations.first().sponsor_requests.create(**asked)
    choices = {"chair": "refuse", "expert": "refuse", "lay": "refuse"}
    voted(project, " ".join(choices.get(name, "approve") for name in PANEL))
    panels.close(round=newest(), by=of(COORDINATOR))
    named = projects.propose_member(project=now(), by=of(LEAD), email=bo)
    with pytest.raises(NotAllowed, match="The votes say “refuse”"):
        panel_actions.approve(project=now(), by=of(CHAIR), reason="Yes.")
    assert not Deliberation(newest(), now()).barred
    projects.approve_member(membership=named, by=of("officer@hub"), reason="She works on it.")
    barred = {each.seat.user for each in Deliberation(newest(), now()).members if each.is_barred}
    assert barred == {of("expert@hub"), of("lay@hub")}, "a second person said that she is in the team"
