"""Conditions, mistakes, appeals, and the one more sign-off where children are in a project."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.audit import triggers
from apps.core.audit.act import act as begin
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels import actions as panels
from apps.core.panels import condition_actions as conditions
from apps.core.panels import seat_actions
from apps.core.panels.models import Condition, Decision, Panel
from apps.hub.projects import actions as projects
from apps.hub.projects import deciding, panel_actions, waiting
from apps.hub.projects.models import Project
from apps.hub.projects.versions import freeze
from apps.hub.researchers.models import Accreditation
from tests.functional.federation import joined, person, seated, staff, unseated, voted
from tests.functional.panels.test_votes import act, hub, login, page, round_of
from tests.functional.test_query_counts import clones

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(federation) -> Project:
    return Project.objects.get(code="ASTHMA-25")


def again(thing):
    return type(thing).objects.get(pk=thing.pk)


def approved_with(project, *texts, days=10) -> list[Condition]:
    voted(project, "conditions conditions approve conditions abstain")
    due = timezone.localdate() + timedelta(days=days)
    panel_actions.approve(project=project, by=hub("chair"), reason="Yes, if.", conditions=list(texts), due=due)
    return list(Condition.objects.filter(subject_id=project.pk).order_by("created_at"))


def test_conditions_are_written_down_shown_and_judged_by_another(project, client):
    with pytest.raises(NotAllowed, match="First say whether"):
        deciding.check_can_approve(hub("chair"), project)
    voted(project, "conditions conditions approve conditions abstain")
    login(client, "chair")
    form = client.get(f"/act/projects/project/{project.pk}/approve/").content.decode()
    assert "Say who pays." in form
    assert act(client, project, "approve", reason="Yes, if.").status_code == 400
    past = {"conditions": "Say who pays.", "due": timezone.localdate() - timedelta(days=1)}
    assert act(client, project, "approve", reason="Yes, if.", **past).status_code == 400
    with pytest.raises(NotAllowed, match="the conditions that the votes ask for"):
        panel_actions.approve(project=project, by=hub("chair"), reason="x")
    asked = {"conditions": "Say who pays.\n\n Publish it. ", "due": timezone.localdate() + timedelta(days=9)}
    assert act(client, project, "approve", reason="Yes, if.", **asked).status_code == 302
    first, second = Condition.objects.order_by("created_at")
    assert (str(first), str(second)) == ("Say who pays.", "Publish it.")
    lead = project.lead
    client.force_login(lead, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "Show that this condition is met: Say who pays." in client.get("/home/").content.decode()
    read = page(client, project)
    assert read.index("Yes, if.") < read.index("Say who pays.") < read.index("What it wants to find out")
    assert act(client, first, "accept", reason="I say so.").status_code in (403, 409)
    assert act(client, first, "give_evidence", evidence="The charity pays.").status_code == 302
    assert "The charity pays." in page(client, first)
    with pytest.raises(NotAllowed, match="Only the person named"):
        conditions.give_evidence(condition=second, by=hub("chair"), evidence="x")
    with pytest.raises(NotAllowed, match="another person decides"):
        conditions.accept(condition=first, by=lead, reason="x")
    with pytest.raises(NotAllowed, match="Only the panel coordinator"):
        conditions.accept(condition=first, by=hub("expert"), reason="x")
    login(client, "chair")
    assert "Is this condition met? Say who pays." in client.get("/home/").content.decode()
    late = {
        "reason": "Which one?",
        "due": timezone.localdate() - timedelta(days=1),
        "seen": again(first).shown_sha256(),
    }
    assert act(client, first, "find_lacking", **late).status_code == 400
    late["due"] = timezone.localdate() + timedelta(days=5)
    assert act(client, first, "find_lacking", **late).status_code == 302
    conditions.give_evidence(condition=first, by=lead, evidence="The Breath Fund.")
    conditions.accept(condition=first, by=hub("coordinator"), reason="Good.")
    assert again(first).state == "met"
    with pytest.raises(NotAllowed, match="Nobody has asked"):
        conditions.waive(condition=second, by=hub("chair"), reason="x")
    conditions.propose_waiver(condition=second, by=hub("chair"), reason="It was published.")
    with pytest.raises(NotAllowed, match="another person agrees"):
        conditions.waive(condition=second, by=hub("chair"), reason="x")
    conditions.waive(condition=second, by=hub("coordinator"), reason="Seen.")
    assert again(second).state == "waived"
    assert again(project).state == "approved"


def test_a_condition_for_which_nothing_was_shown_suspends_the_project(project, time_machine):
    shown, overdue = approved_with(project, "Say who pays.", "Publish it.")
    conditions.give_evidence(condition=shown, by=project.lead, evidence="The charity.")
    panel_actions.suspend_for_conditions()
    assert again(project).state == "approved"
    time_machine.move_to(timezone.now() + timedelta(days=11))
    panel_actions.suspend_for_conditions()
    panel_actions.suspend_for_conditions()
    assert again(project).state == "suspended"
    assert [again(each).state for each in (shown, overdue)] == ["evidence_given", "overdue"]
    with pytest.raises(NotAllowed, match="condition is overdue"):
        projects.reinstate(project=project, by=hub("chair"), reason="x")
    conditions.give_evidence(condition=overdue, by=project.lead, evidence="Done.")
    conditions.accept(condition=overdue, by=hub("chair"), reason="Late, but done.")
    projects.reinstate(project=project, by=hub("chair"), reason="All is met.")
    assert again(project).in_force(timezone.now())


def test_conditions_fall_due_on_a_project_that_was_suspended_before(project, time_machine):
    approved_with(project, "Say who pays.")
    projects.suspend(project=project, by=hub("officer"), reason="x")
    time_machine.move_to(timezone.now() + timedelta(days=11))
    panel_actions.suspend_for_conditions()
    assert Condition.objects.get().state == "overdue"
    assert again(project).state == "suspended"


def test_a_decision_confirmed_by_mistake_is_taken_back_by_a_second_person(project, client):
    with pytest.raises(NotAllowed, match="no decision"):
        deciding.check_can_revoke(hub("expert"), project)
    approved_with(project, "Say who pays.")
    with pytest.raises(NotAllowed, match="another member takes it back"):
        panel_actions.revoke_decision(project=project, by=hub("chair"), reason="x")
    first = round_of(project)
    panel_actions.revoke_decision(project=project, by=hub("expert"), reason="The wrong paper was read.")
    now = again(project)
    assert now.state == "in_review"
    assert again(first).state == "revoked"
    assert first.decision.revocation.reason == str(first.decision.revocation)
    assert str(first.decision) == "approve with conditions"
    assert round_of(project).state == "open"
    assert Condition.objects.get().state == "withdrawn"
    assert not now.in_force(timezone.now())
    assert "Taken back as a mistake by" in page(login(client, "expert"), first)
    voted(now)
    panel_actions.approve(project=now, by=hub("chair"), reason="Now with the right paper.")
    assert again(project).in_force(timezone.now())


def test_an_appeal_is_heard_once_within_its_days_by_others(project, time_machine):
    lead, coordinator, admin = project.lead, hub("coordinator"), hub("admin")
    voted(project, "refuse", members=("chair", "expert", "caretaker", "lay"))
    panels.say_absent(round=round_of(project), by=hub("lay2"))
    panel_actions.reject(project=project, by=hub("chair"), reason="No.")
    now = timezone.now()
    time_machine.move_to(now + timedelta(days=40))
    with pytest.raises(NotAllowed, match="days to appeal are over"):
        panel_actions.appeal(project=project, by=lead, reason="x")
    time_machine.move_to(now + timedelta(days=1))
    panel_actions.appeal(project=project, by=lead, reason="Please look again.")
    hear = {"project": project, "by": coordinator, "reason": "x"}
    with pytest.raises(NotAllowed, match="under another chair"):
        panel_actions.hear_appeal(**hear, panel=project.panel)
    with pytest.raises(NotAllowed, match="does not hear the appeal"):
        panel_actions.hear_appeal(**hear, panel=project.panel, presiding=hub("chair"))
    other = seat_actions.found_panel(by=admin, side=project.side, name="Appeal panel")
    for name, kind in (("officer", "expert"), ("lay2", "lay"), ("lay", "lay")):
        seated(other, hub(name), kind, is_chair=name == "officer")
    rule = seat_actions.propose_rule(panel=other, by=admin, reason="x", quorum=2, least_organisations=0)
    seat_actions.confirm_rule(panelrule=rule, by=coordinator, reason="x")
    panel_actions.hear_appeal(**hear, panel=other)
    round = round_of(project)
    panels.declare(round=round, by=hub("lay"), kind="none")
    with pytest.raises(NotAllowed, match="conflict of interest"):
        panels.vote(round=round, by=hub("lay"), choice="approve", reason="x")
    voted(project, "refuse", members=("officer", "lay2"))
    panel_actions.reject(project=project, by=hub("officer"), reason="Still no.")
    with pytest.raises(NotAllowed, match="heard once"):
        panel_actions.appeal(project=project, by=lead, reason="x")


def test_the_form_that_says_who_hears_an_appeal(project, client):
    voted(project, "refuse")
    panel_actions.reject(project=project, by=hub("chair"), reason="No.")
    assert "It can be appealed until" in page(login(client, "lay"), project)
    panel_actions.appeal(project=project, by=project.lead, reason="x")
    login(client, "coordinator")
    assert f"Say who hears the appeal: {project}" in client.get("/home/").content.decode()
    panel = Panel.objects.get(side=settings.HUB_ID).pk
    asked = {"panel": panel, "reason": "x"}
    seated(Panel.objects.get(pk=panel), hub("officer"))
    assert act(client, project, "hear_appeal", **asked).status_code == 403
    assert act(client, project, "hear_appeal", **asked, presiding="nobody@example.org").status_code == 400
    assert act(client, project, "hear_appeal", **asked, presiding="officer@hub.example").status_code == 302
    told = page(client, round_of(project))
    assert "on appeal" in told
    assert "decided on it before" in told
    assert "Vote on the appeal" in page(client, project)
    assert "Say who hears the appeal" not in client.get("/home/").content.decode()


def test_who_says_who_hears_an_appeal_names_neither_herself_nor_somebody_without_a_vote(project):
    """Who presides breaks ties, and a coordinator decides nothing."""
    voted(project, "refuse")
    panel_actions.reject(project=project, by=hub("chair"), reason="No.")
    panel_actions.appeal(project=project, by=project.lead, reason="x")
    other = seat_actions.found_panel(by=hub("admin"), side=project.side, name="Appeal panel")
    rule = seat_actions.propose_rule(panel=other, by=hub("admin"), reason="x", quorum=1, least_lay=0)
    seat_actions.confirm_rule(panelrule=rule, by=hub("coordinator"), reason="x")
    heard = {"project": project, "by": hub("coordinator"), "panel": other, "reason": "x"}
    with pytest.raises(NotAllowed, match="Only a member with a vote"):
        panel_actions.hear_appeal(**heard, presiding=hub("officer"))
    seated(other, hub("coordinator"), second="deputy@hub.example")
    with pytest.raises(NotAllowed, match="Nobody names herself"):
        panel_actions.hear_appeal(**heard, presiding=hub("coordinator"))
    assert again(project).state == "under_appeal"


def with_children(project) -> Project:
    """The application names children: handed in so, and voted on so."""
    with begin():
        project = Project.objects.select_for_update().get(pk=project.pk)
        project.special_populations = ["children"]
        freeze(project, project.lead)
        panels.open_round(panel=project.panel, subject=project, by=hub("coordinator"))
    return project


def test_the_list_of_what_waits_on_the_adviser_asks_as_often_for_many_as_for_one(project):
    project = with_children(project)
    with CaptureQueriesContext(connection) as one:
        assert len(waiting.projects(hub("adviser"))) == 1
    with triggers.lifted(connection):
        clones(project, 3, code=lambda number: f"MORE-{number}")
    with CaptureQueriesContext(connection) as many:
        assert len(waiting.projects(hub("adviser"))) == 4
    assert len(many) == len(one)


def test_where_children_are_in_a_project_the_adviser_signs_too(project, client):
    adviser = hub("adviser")
    with pytest.raises(NotAllowed, match="No children"):
        panel_actions.safeguard(project=project, by=adviser, reason="x")
    project = with_children(project)
    login(client, "adviser")
    assert "Sign for children and vulnerable groups:" in client.get("/home/").content.decode()
    voted(project)
    with pytest.raises(NotAllowed, match="has not signed yet"):
        panel_actions.approve(project=project, by=hub("chair"), reason="x")
    with pytest.raises(NotAllowed, match="Only the adviser"):
        panel_actions.safeguard(project=project, by=hub("chair"), reason="x")
    panel_actions.safeguard(project=project, by=adviser, reason="Parents agree, and children are asked.")
    assert deciding.is_safeguarded(project)
    assert "Sign for children" not in client.get("/home/").content.decode()
    panel_actions.approve(project=project, by=hub("chair"), reason="x")
    assert again(project).state == "approved"


def test_what_was_never_voted_on_is_not_decided(federation):
    draft = Project.objects.create(
        code="D-1",
        title="t",
        lead=person("ada@northgate.example"),
        panel=Panel.objects.get(side=settings.HUB_ID),
        organisation=Project.objects.first().organisation,
        until=timezone.localdate(),
    )
    with pytest.raises(NotAllowed, match="no vote on this yet"):
        deciding.check_can_approve(hub("chair"), draft)
    with pytest.raises(NotAllowed, match="none was asked for"):
        deciding.check_can_vote_again(hub("coordinator"), draft)
    with pytest.raises(WrongState):
        panel_actions.take_up(project=draft, by=hub("coordinator"))


def test_who_came_into_conflict_after_the_vote_judges_nothing_and_takes_nothing_back(project):
    condition = approved_with(project, "Say who pays.")[0]
    conditions.give_evidence(condition=condition, by=project.lead, evidence="The charity pays.")
    for name in ("chair", "lay"):
        joined(project, hub(name))
    with pytest.raises(NotAllowed, match="you take no part in this"):
        conditions.accept(condition=condition, by=hub("chair"), reason="x")
    with pytest.raises(NotAllowed, match="you take no part in this"):
        panel_actions.revoke_decision(project=again(project), by=hub("lay"), reason="x")
    assert (again(condition).state, again(project).state) == ("evidence_given", "approved")


def test_a_condition_is_shown_to_be_met_with_files_for_who_decides_on_it(project, client):
    condition, _other = approved_with(project, "Say who pays.", "Publish it.")
    before = condition.content_sha256()
    client.force_login(project.lead, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"/act/panels/condition/{condition.pk}/give_evidence/"
    assert 'multiple="multiple"' in client.get(address).content.decode()
    wrong = client.post(address, {"evidence": "See it.", "files": SimpleUploadedFile("run.exe", b"MZ")})
    assert wrong.status_code == 400
    assert "This is not a PDF" in wrong.content.decode()
    assert "See it." in wrong.content.decode()
    files = [SimpleUploadedFile("one.pdf", b"%PDF-1.7"), SimpleUploadedFile("two.txt", b"We pay.")]
    assert client.post(address, {"evidence": "See it.", "files": files}).status_code == 302
    assert [str(each) for each in condition.files.all()] == ["one.pdf", "two.txt"]
    assert again(condition).content_sha256() != before, "what is signed is also what the files hold"
    link = reverse("panels:evidence_file", args=[condition.files.get(name="two.txt").pk])
    assert b"".join(client.get(link).streaming_content) == b"We pay."
    for who in ("chair", "coordinator", "lay"):
        login(client, who)
        assert link in page(client, condition)
        response = client.get(link)
        assert response["Content-Disposition"].startswith("attachment")
        assert b"".join(response.streaming_content) == b"We pay."
    Accreditation.objects.filter(user=project.lead).update(user=hub("lay"))
    assert client.get(link).status_code == 403
    client.force_login(hub("publisher"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(link).status_code == 404


def test_nobody_judges_a_condition_of_her_own_project_nor_reads_what_was_shown(project, client):
    condition = approved_with(project, "Say who pays.")[0]
    conditions.give_evidence(condition=condition, by=project.lead, evidence="The charity pays.")
    unseated(project.panel.seats.get(user=hub("chair")))
    cleo = person("cleo@northgate.example")
    seated(project.panel, cleo, is_chair=True)
    for name in ("coordinator", "lay"):
        assert "The charity pays." in page(login(client, name), condition)
        joined(project, hub(name))
    for judge in (cleo, hub("coordinator"), hub("lay")):
        with pytest.raises(NotAllowed):
            conditions.accept(condition=condition, by=judge, reason="Mine, and good.")
        client.force_login(judge, backend=settings.AUTHENTICATION_BACKENDS[0])
        told = page(client, condition)
        assert "The charity pays." not in told
        assert "So what was shown is not open to you." in told
    assert again(condition).state == "evidence_given"


def test_a_chair_who_declared_a_conflict_reinstates_nothing(project):
    voted(project, members=("expert", "caretaker", "lay", "lay2"))
    round = round_of(project)
    panels.declare(round=round, by=hub("chair"), kind="financial", words="I own shares in it.")
    panels.name_presiding(round=round, by=hub("coordinator"), user=hub("expert"), reason="She is away.")
    panel_actions.approve(project=again(project), by=hub("expert"), reason="Yes.")
    projects.suspend(project=again(project), by=hub("officer"), reason="x")
    with pytest.raises(NotAllowed, match="another person decides on this"):
        projects.reinstate(project=again(project), by=hub("chair"), reason="My shares.")


def test_the_letters_of_a_panel_are_for_its_own_side_in_the_admin_too(project, client):
    voted(project)
    panel_actions.approve(project=project, by=hub("chair"), reason="The letter of the hub.")
    panel_actions.revoke_decision(project=again(project), by=hub("lay"), reason="Too soon.")
    letter = Decision.objects.get(letter="The letter of the hub.")
    pages = [
        reverse("admin:panels_decision_change", args=[letter.pk]),
        reverse("admin:panels_revocation_change", args=[letter.revocation.pk]),
    ]
    client.force_login(staff("admin"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert [client.get(each).status_code for each in pages] == [302, 302], "there is no such row for her"
    login(client, "admin")
    assert "The letter of the hub." in client.get(pages[0]).content.decode()
    assert "Too soon." in client.get(pages[1]).content.decode()


def test_the_votes_of_an_appeal_are_not_thrown_away_by_naming_again_who_hears_it(project, client):
    voted(project, "refuse")
    panel_actions.reject(project=project, by=hub("chair"), reason="No.")
    panel_actions.appeal(project=project, by=project.lead, reason="It is for all.")
    other = seat_actions.found_panel(by=hub("admin"), side=project.side, name="Appeal panel")
    for name, kind in (("officer", "expert"), ("auditor", "expert")):
        seated(other, hub(name), kind, is_chair=name == "officer")
    rule = seat_actions.propose_rule(
        panel=other, by=hub("admin"), reason="x", quorum=2, least_lay=0, least_organisations=0
    )
    seat_actions.confirm_rule(panelrule=rule, by=hub("coordinator"), reason="x")
    hear = {"by": hub("coordinator"), "panel": other, "reason": "It hears appeals."}
    panel_actions.hear_appeal(project=again(project), **hear)
    heard = round_of(project)
    for name in ("officer", "auditor"):
        with pytest.raises(NotAllowed, match="The appeal is being heard"):
            panel_actions.hear_appeal(project=again(project), **hear)
        panels.declare(round=heard, by=hub(name), kind="none")
        panels.vote(round=heard, by=hub(name), choice="refuse", reason="No.")
    panels.close(round=heard, by=hub("officer"))
    with pytest.raises(NotAllowed, match="The appeal is being heard"):
        panel_actions.hear_appeal(project=again(project), **hear)
    assert again(heard).state == "closed"


def test_what_was_shown_of_a_condition_is_closed_in_the_admin_as_on_its_page(project, client):
    condition = approved_with(project, "Say who pays.")[0]
    conditions.give_evidence(condition=condition, by=project.lead, evidence="The charity pays.")
    address = reverse("admin:panels_condition_change", args=[condition.pk])
    assert "The charity pays." in login(client, "lay").get(address).content.decode()
    joined(project, hub("lay"))
    told = client.get(address).content.decode()
    assert "The charity pays." not in told
    assert "Say who pays." in told


def test_who_suspended_a_project_once_may_reinstate_what_a_condition_suspended_since(project, time_machine):
    condition = approved_with(project, "Say who pays.")[0]
    projects.suspend(project=again(project), by=hub("chair"), reason="I look into it.")
    RoleGrant.objects.create(user=hub("expert"), role="chair", side=project.side)
    projects.reinstate(project=again(project), by=hub("expert"), reason="All is well.")
    time_machine.move_to(timezone.now() + timedelta(days=11))
    panel_actions.suspend_for_conditions()
    conditions.give_evidence(condition=again(condition), by=project.lead, evidence="The charity pays.")
    conditions.accept(condition=again(condition), by=hub("coordinator"), reason="Seen.")
    projects.reinstate(project=again(project), by=hub("chair"), reason="It is met now.")
    assert again(project).state == "approved"
