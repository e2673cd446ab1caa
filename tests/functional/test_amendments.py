"""A project in force is changed: each change is asked for, shown old beside new, and decided on for itself."""

from datetime import datetime, time, timedelta

import pytest
from django import forms
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.actions import leave
from apps.core.accounts.models import RoleGrant, User
from apps.core.audit.models import Event, PublicEntry
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.notices.models import Notice
from apps.core.panels import actions as panels
from apps.core.panels import condition_actions as conditions
from apps.core.panels import seat_actions
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Round
from apps.core.workflow import machines, steps
from apps.core.workflow.models import latest_sign_off
from apps.core.workflow.typed import typed_in
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects.amending import agreed_until, needs_vote
from apps.hub.projects.application_models import Amendment, ProjectVersion
from apps.hub.projects.lengths import latest_extension
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.notices import remind_of_projects
from apps.hub.researchers import actions as accreditations
from apps.hub.researchers.models import Accreditation
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Submission
from tests.functional.federation import CENTRE, person, seated, tell_outcome, voted
from tests.functional.test_applications import ADA, CHAIR, LAY, as_, text_of


def in_force() -> Project:
    return Project.objects.get(code="ASTHMA-24")


def asked(kind: str, question: str = "", **fields) -> Amendment:
    """Written by the lead through the page, and handed in."""
    ada, address = as_(ADA), reverse("projects:new_amendment", args=[in_force().pk, kind])
    address += f"?question={question}" if question else ""
    assert ada.get(address).status_code == 200
    response = ada.post(address, {"reason": "We need it.", **fields})
    assert response.status_code == 302, text_of(response)
    found = Amendment.objects.first()
    assert ada.post(steps.get(Amendment, "hand_in").url_for(found)).status_code == 302
    return Amendment.objects.get(pk=found.pk)


def approved(amendment: Amendment) -> Project:
    if needs_vote(amendment):
        voted(amendment)
    if amendment.kind == Amendment.Kind.LEAD:
        amendments.agree_to_lead(amendment=amendment, by=User.objects.get(pk=amendment.changes["lead"]))
    amendments.approve(amendment=amendment, by=person(CHAIR), reason="It fits.")
    return Project.objects.get(pk=amendment.project_id)


def later(days: int = 400) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_more_time_is_a_new_version_that_the_sign_off_binds_to(federation):
    now, version = timezone.now(), in_force().latest_version
    amendment = asked("extension", until=later())
    assert str(amendment) == "ASTHMA-24: more time"
    assert "Last day" in text_of(as_(LAY).get(amendment.get_absolute_url()))
    assert "Decide on a change" in text_of(as_(CHAIR).get("/home/"))
    assert in_force().in_force(now), "it goes on as it is"
    project = approved(amendment)
    assert project.until.isoformat() == later()
    assert project.in_force(now)
    assert project.in_force(now + timedelta(days=399))
    assert latest_sign_off(project).until == project.until
    assert project.latest_version == version + 1
    frozen = ProjectVersion.objects.get(project=project, number=version + 1)
    assert frozen.sha256 == project.content_sha256()
    page = text_of(as_(ADA).get(amendment.get_absolute_url()))
    assert "<del>" in page
    assert "ASTHMA-24: more time" in text_of(as_(ADA).get(project.get_absolute_url()))


def test_another_lead_another_person_another_dataset_another_answer(federation):
    cleo, dina = person("cleo@northgate.example"), person("dina@northgate.example")
    project = approved(asked("people", email=dina.email, team="Ada, Cleo and Dina."))
    assert project.memberships.get(user=dina).state == "proposed", "the officer decides on the person"
    assert project.answers()["team"] == "Ada, Cleo and Dina."
    project.dataset_versions.remove(DatasetVersion.objects.get(dataset__held_by=CENTRE.id))
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    project = approved(asked("datasets", version=version.pk, variables="age: it matters"))
    assert version in project.dataset_versions.all()
    assert project.answers()[f"variables_{version.pk}"] == "age: it matters"
    project = approved(asked("text", question="protection", answer="Counts under 20 are left out."))
    assert project.answers()["protection"] == "Counts under 20 are left out."
    project = approved(asked("text", question="benefit", answer="Clinics that are near."))
    assert project.benefit == "Clinics that are near."
    page = text_of(as_(ADA).get(reverse("projects:amendment", args=[Amendment.objects.filter(kind="people").get().pk])))
    assert f"Who is to join: {dina}" in page
    project = approved(asked("lead", lead=cleo.pk))
    assert project.lead == cleo
    assert project.memberships.get(is_lead=True).user == cleo
    assert project.in_force(timezone.now())
    assert project.latest_version == 6
    with pytest.raises(NotAllowed):
        amendments.ask(project=project, by=person(ADA), kind="text", reason="x", changes={})


def test_nobody_who_votes_on_a_change_is_named_by_another(federation):
    dina = person("dina@northgate.example")
    ask = {"project": in_force(), "by": person(ADA), "kind": "people", "reason": "She knows much."}
    for votes in (LAY, CHAIR):
        change = amendments.ask(**ask, changes={"people": [str(person(votes).pk)]})
        with pytest.raises(NotAllowed, match="This person sits on a panel"):
            amendments.hand_in(amendment=change, by=person(ADA))
    early = amendments.ask(**ask, changes={"people": [str(dina.pk)]})
    amendments.hand_in(amendment=early, by=person(ADA))
    other = asked("text", question="protection", answer="Counts under 20 are left out.")
    seated(in_force().panel, dina, rounds=[Round.objects.of(other)[0]])
    with pytest.raises(WrongState, match="while the panel votes"):
        amendments.approve(amendment=early, by=person(CHAIR), reason="It fits.")
    assert not in_force().memberships.filter(user=dina).exists()


def test_a_person_who_came_meanwhile_is_not_named_twice(federation):
    dina = person("dina@northgate.example")
    amendment = asked("people", email=dina.email, team="Ada, Cleo and Dina.")
    projects.propose_member(project=in_force(), by=person(ADA), email=dina)
    assert approved(amendment).memberships.filter(user=dina).count() == 1


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("extension", {"until": "2026-01-01"}, "Choose a day after"),
        ("extension", {"until": "soon"}, "valid date"),
        ("extension", {"until": "9999-12-31"}, "at most 5 years at a time"),
        ("lead", {"lead": "nobody"}, "There is a problem"),
        ("people", {"email": "nobody@example.org", "team": "x"}, "Nobody here has this address"),
        ("people", {"email": "cleo@northgate.example", "team": "x"}, "is on the project already"),
        ("datasets", {"version": "none", "variables": "shoe"}, "There is a problem"),
    ],
)
def test_what_cannot_be_asked_for_is_said(federation, kind, fields, sentence):
    address = reverse("projects:new_amendment", args=[in_force().pk, kind])
    response = as_(ADA).post(address, {"reason": "x", **fields})
    assert response.status_code == 400
    assert sentence in text_of(response)


def test_columns_and_words_of_an_amendment_are_looked_at(federation):
    project, ada = in_force(), as_(ADA)
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    project.dataset_versions.remove(version)
    address = reverse("projects:new_amendment", args=[project.pk, "datasets"])
    response = ada.post(address, {"reason": "x", "version": version.pk, "variables": "shoe: x"})
    assert "There is no column" in text_of(response)
    address = reverse("projects:new_amendment", args=[project.pk, "text"])
    same = {"reason": "x", "answer": project.benefit}
    assert "what stands there now" in text_of(ada.post(f"{address}?question=benefit", same))
    assert ada.get(address).status_code == 404
    assert ada.get(reverse("projects:new_amendment", args=[project.pk, "shoes"])).status_code == 404
    page = text_of(ada.get(reverse("projects:amend", args=[project.pk])))
    assert "?question=protection" in page


def test_it_is_decided_by_the_chair_alone_and_only_on_what_still_stands(federation):
    first, second = asked("extension", until=later()), asked("text", question="protection", answer="We round.")
    for email in (ADA, LAY, "officer@hub.example"):
        with pytest.raises(NotAllowed):
            amendments.approve(amendment=first, by=person(email), reason="x")
    with pytest.raises(NotAllowed, match="First say whether"):
        amendments.approve(amendment=second, by=person(CHAIR), reason="x")
    voted(second)
    approved(first)
    with pytest.raises(WrongState, match="changed since"):
        amendments.approve(amendment=second, by=person(CHAIR), reason="x")
    with pytest.raises(WrongState):
        amendments.approve(amendment=first, by=person(CHAIR), reason="x")
    amendments.withdraw(amendment=second, by=person(ADA))
    third = asked("text", question="protection", answer="We round.")
    voted(third, "changes")
    with pytest.raises(NotAllowed, match="The votes say"):
        amendments.approve(amendment=third, by=person(CHAIR), reason="x")
    amendments.reject(amendment=third, by=person(CHAIR), reason="Not enough.")
    assert in_force().answers()["protection"] != "We round."
    assert in_force().in_force(timezone.now()), "a refused change leaves the project in force"
    projects.suspend(project=in_force(), by=person(CHAIR), reason="x")
    address = reverse("projects:new_amendment", args=[in_force().pk, "extension"])
    assert as_(ADA).get(address).status_code == 409


def test_a_refused_change_is_recorded_also_when_another_change_was_approved_meanwhile(federation):
    refused, other = asked("text", question="protection", answer="We round."), asked("extension", until=later())
    voted(refused, "refuse")
    approved(other)
    panels.close(round=Round.objects.of(refused)[0], by=person("coordinator@hub.example"))
    assert "These votes are void" not in text_of(as_(CHAIR).get(Round.objects.of(refused)[0].get_absolute_url()))
    amendments.reject(amendment=refused, by=person(CHAIR), reason="As the votes say.")
    assert Round.objects.of(refused)[0].decision.outcome == "refuse"
    assert Amendment.objects.get(pk=refused.pk).state == "rejected"


def test_members_vote_on_a_change_to_its_end_also_when_another_was_approved_meanwhile(federation):
    """It is refused, or taken back: what was written for another text is never approved."""
    change, other = asked("text", question="protection", answer="We round."), asked("extension", until=later())
    voted(change, members=("chair", "expert"))
    approved(other)
    voted(change, members=("lay", "lay2", "caretaker"))
    assert Deliberation(Round.objects.of(change)[0], change).outcome.decision == "approve"
    with pytest.raises(WrongState, match="changed since"):
        amendments.approve(amendment=change, by=person(CHAIR), reason="x")


def test_what_widens_a_project_is_voted_on_by_those_who_have_no_part_in_it(federation):
    small = asked("extension", until=(in_force().until + timedelta(days=366)).isoformat())
    assert "The chair decides on this alone" in text_of(as_(ADA).get(small.get_absolute_url()))
    amendments.withdraw(amendment=small, by=person(ADA))
    big = asked("extension", until=(in_force().until + timedelta(days=367)).isoformat())
    assert "The panel votes on this" in text_of(as_(ADA).get(big.get_absolute_url()))
    assert "Decide on a change" not in text_of(as_(CHAIR).get("/home/"))
    assert "Say whether you have a conflict" in text_of(as_(LAY).get("/home/"))
    assert "panel.vote_asked" in notices_of(LAY)
    assert as_(LAY).get(big.get_absolute_url()).headers["Location"] == Round.objects.of(big)[0].get_absolute_url()
    voted(big)
    assert "Vote" in text_of(as_(LAY).get(big.get_absolute_url()))
    for email in (ADA, LAY, "coordinator@hub.example"):
        with pytest.raises(NotAllowed):
            amendments.approve(amendment=big, by=person(email), reason="x")
    with pytest.raises(NotAllowed, match="The votes say"):
        amendments.reject(amendment=big, by=person(CHAIR), reason="x")
    amendments.approve(amendment=big, by=person(CHAIR), reason="As the votes say.")
    assert in_force().in_force(timezone.now())
    assert Round.objects.of(big)[0].decision.outcome == "approve"


def test_who_comes_to_lead_or_join_takes_no_part(federation):
    dina = person("dina@northgate.example")
    small = asked("people", email=dina.email, team="Ada, Cleo and Dina.")
    with pytest.raises(NotAllowed, match="your own part"):
        amendments.approve(amendment=small, by=dina, reason="x")
    amendments.withdraw(amendment=small, by=person(ADA))
    without_small_changes()
    amendment = asked("people", email=dina.email, team="Ada, Cleo and Dina.")
    round = Round.objects.of(amendment)[0]
    seated(in_force().panel, dina, rounds=[round])
    assert Deliberation(round, amendment).member(dina).is_barred
    with pytest.raises(NotAllowed, match="conflict"):
        panels.vote(round=round, by=person(dina.email), choice="approve", reason="x")


def without_small_changes() -> None:
    """Two people change the rule: the panel votes on each change."""
    now = in_force().panel.rule_now()
    numbers = {name: getattr(now, name) for name in now.NUMBERS} | {"chair_decides_small": False}
    keeper = person("coordinator@hub.example")
    rule = seat_actions.propose_rule(panel=now.panel, by=keeper, reason="We want to see all.", **numbers)
    seat_actions.confirm_rule(panelrule=rule, by=person(CHAIR), reason="So do I.")
    assert "The panel votes on each change." in text_of(Client().get(now.panel.get_absolute_url()))


def test_conditions_of_a_change_bind_the_project(federation):
    amendment = asked("text", question="protection", answer="We round.")
    voted(amendment, "conditions")
    with pytest.raises(NotAllowed, match="the conditions that the votes ask for"):
        amendments.approve(amendment=amendment, by=person(CHAIR), reason="x")
    address = steps.get(Amendment, "approve").url_for(amendment)
    assert "Say who pays." in text_of(as_(CHAIR).get(address))
    due = (timezone.localdate() + timedelta(days=9)).isoformat()
    said = {"reason": "Yes, if.", "conditions": "Say who pays.", "due": due}
    assert as_(CHAIR).post(address, said).status_code == 302
    assert "Say who pays." in text_of(as_(ADA).get(in_force().get_absolute_url()))
    assert in_force().answers()["protection"] == "We round."


def test_a_vote_that_came_to_nothing_begins_again_and_ends_with_what_it_was_about(federation, time_machine):
    amendment, keeper = asked("text", question="protection", answer="We round."), person("coordinator@hub.example")
    with pytest.raises(NotAllowed, match="under way"):
        amendments.vote_again(amendment=amendment, by=keeper)
    time_machine.move_to(timezone.now() + timedelta(days=20))
    panels.close_overdue()
    assert Round.objects.of(amendment)[0].state == "lapsed"
    amendments.vote_again(amendment=amendment, by=keeper)
    assert Round.objects.of(amendment)[0].state == "open"
    amendments.withdraw(amendment=amendment, by=person(ADA))
    assert Round.objects.of(amendment)[0].state == "void"


def test_whoever_comes_to_lead_has_the_conditions_to_meet(federation):
    cleo, amendment = person("cleo@northgate.example"), asked("text", question="protection", answer="We round.")
    voted(amendment, "conditions")
    given = {"conditions": ["Say who pays.", "Publish it."], "due": timezone.localdate() + timedelta(days=9)}
    amendments.approve(amendment=amendment, by=person(CHAIR), reason="If.", **given)
    shown, waits = (Condition.objects.get(text=text) for text in given["conditions"])
    conditions.give_evidence(condition=shown, by=person(ADA), evidence="The charity pays.")
    approved(asked("lead", lead=cleo.pk))
    assert {each.owner for each in Condition.objects.filter(pk__in=[shown.pk, waits.pk])} == {cleo}
    assert Event.objects.filter(opening__verb="condition.passed_on").count() == 2
    assert Notice.objects.filter(kind="condition.set", person=cleo).count() == 1, "of what she has to show herself"
    with pytest.raises(NotAllowed, match="Only the person named"):
        conditions.give_evidence(condition=waits, by=person(ADA), evidence="x")
    conditions.give_evidence(condition=waits, by=cleo, evidence="It is public.")


def test_what_a_lead_still_writes_is_hers(federation):
    made = amendments.ask(project=in_force(), by=person(ADA), kind="extension", reason="x", changes={"until": later()})
    assert as_(ADA).get(made.get_absolute_url()).status_code == 200
    assert "Hand in your change, or take it back" in text_of(as_(ADA).get(reverse("home")))
    assert as_(LAY).get(made.get_absolute_url()).status_code == 404


def test_a_project_that_ran_out_is_renewed(federation, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=301))
    projects.expire_lapsed()
    assert in_force().state == "expired"
    with pytest.raises(WrongState):
        amendments.ask(project=in_force(), by=person(ADA), kind="text", reason="x", changes={"team": "y"})
    project = approved(asked("extension", until=later()))
    assert project.state == "approved"
    assert project.in_force(timezone.now())


def notices_of(email: str) -> list[str]:
    return list(Notice.objects.filter(person__email=email).order_by("pk").values_list("kind", flat=True))


def test_a_lead_is_told_what_happens_to_her_project(federation, time_machine):
    approved(asked("extension", until=later()))
    assert "amendment.approved" in notices_of(ADA)
    day = in_force().until - timedelta(days=7)
    time_machine.move_to(timezone.make_aware(datetime.combine(day, time(12))))
    remind_of_projects()
    remind_of_projects()
    assert notices_of(ADA).count("project.ends_soon") == 1
    projects.ask_for_outcome(project=in_force(), by=person("coordinator@hub.example"))
    remind_of_projects()
    assert notices_of(ADA).count("project.outcome_waits") == 1
    time_machine.move_to(timezone.now() + timedelta(days=40))
    remind_of_projects()
    assert notices_of(ADA).count("project.outcome_waits") == 2
    page = text_of(as_(ADA).get(in_force().get_absolute_url()))
    assert "Tell the public what you found" in page
    address = reverse("projects:propose_outcome", args=[in_force().pk])
    assert "What did you find?" in text_of(as_(ADA).get(address))
    tell_outcome(in_force())
    projects.close(project=in_force(), by=person("coordinator@hub.example"), reason="All is told.")
    assert "What was found:" in text_of(Client().get(reverse("project_story", args=[in_force().pk])))


def test_no_change_makes_a_project_last_for_ever(federation):
    most, ada = latest_extension(in_force()), person(ADA)
    asked("extension", until=most.isoformat())
    longer = {"until": (most + timedelta(days=1)).isoformat()}
    with pytest.raises(BadInput, match="at most 5 years"):
        amendments.ask(project=in_force(), by=ada, kind="extension", reason="x", changes=longer)
    fits = amendments.ask(project=in_force(), by=ada, kind="extension", reason="x", changes={"until": later()})
    Amendment.objects.filter(pk=fits.pk).update(changes=longer)
    with pytest.raises(BadInput, match="at most 5 years"):
        amendments.hand_in(amendment=fits, by=ada)


def test_a_lay_members_dissent_on_a_change_names_its_project_in_the_public_log(federation):
    amendment = asked("text", question="protection", answer="We round.")
    round = voted(amendment, "approve approve approve refuse approve")
    amendments.approve(amendment=amendment, by=person(CHAIR), reason="As the votes say.")
    panels.publish_dissent(round=round, by=person(LAY), words="It is too little.", named=False)
    entry = PublicEntry.objects.get(verb="panel.dissent")
    assert entry.project == in_force().pk
    assert in_force().title in entry.words


def test_what_was_typed_is_shown_again_where_an_act_is_refused(federation):
    words, amendment = "These words took me an hour. <b>", asked("extension", until=later())
    shown = "These words took me an hour. &lt;b&gt;"
    approve = steps.get(Amendment, "approve").url_for(amendment)
    refused = as_("auditor@hub.example").post(approve, {"reason": words})
    assert refused.status_code == 403
    assert shown in text_of(refused)
    assert "What you wrote" not in text_of(as_("auditor@hub.example").get(approve))
    projects.suspend(project=in_force(), by=person(CHAIR), reason="x")
    late = as_(CHAIR).post(approve, {"reason": words})
    assert late.status_code in (403, 409)
    assert shown in text_of(late)
    address = reverse("projects:new_amendment", args=[in_force().pk, "extension"])
    meanwhile = as_(ADA).post(address, {"reason": words, "until": later()})
    assert meanwhile.status_code == 409
    assert shown in text_of(meanwhile)
    comment = reverse("projects:comment", args=[in_force().pk])
    late = as_(LAY).post(f"{comment}?question=protection", {"text": words})
    assert late.status_code == 409
    assert shown in text_of(late)
    text = reverse("projects:propose_text", args=[in_force().pk])
    refused = as_(LAY).post(text, {"title": "News", "text": words})
    assert refused.status_code == 403
    assert shown in text_of(refused)


def test_no_password_is_shown_again():
    class Form(forms.Form):
        name = forms.CharField(label="Name")
        other = forms.CharField()
        secret = forms.CharField(widget=forms.PasswordInput)
        kind = forms.ChoiceField(choices=[("a", "A")])

    assert typed_in(Form({"name": "Ada", "other": "", "secret": "x", "kind": "a"})) == [("Name", "Ada")]


CLEO = "cleo@northgate.example"


def test_a_new_lead_agrees_herself_and_is_looked_at_again_when_it_is_decided(federation):
    amendment, cleo = asked("lead", lead=person(CLEO).pk), person(CLEO)
    assert "amendment.lead_asked" in notices_of(CLEO)
    assert "Who is to lead has not agreed yet." in text_of(as_(ADA).get(amendment.get_absolute_url()))
    with pytest.raises(NotAllowed, match="has not agreed yet"):
        amendments.approve(amendment=amendment, by=person(CHAIR), reason="x")
    with pytest.raises(NotAllowed, match="Only who is to lead"):
        amendments.agree_to_lead(amendment=amendment, by=person(ADA))
    assert "Say whether you agree to lead" in text_of(as_(CLEO).get("/home/"))
    assert as_(CLEO).post(steps.get(Amendment, "agree_to_lead").url_for(amendment)).status_code == 302
    assert "Say whether you agree to lead" not in text_of(as_(CLEO).get("/home/"))
    assert in_force().lead == person(ADA), "it takes effect when it is decided"
    membership = in_force().memberships.get(user=cleo)
    Membership.objects.filter(pk=membership.pk).update(user=person("dina@northgate.example"))
    with pytest.raises(NotAllowed, match="Only a member of the project"):
        amendments.approve(amendment=amendment, by=person(CHAIR), reason="x")
    Membership.objects.filter(pk=membership.pk).update(user=cleo)
    accreditation = Accreditation.objects.get(user=cleo)
    accreditations.suspend(accreditation=accreditation, by=person("officer@hub.example"), reason="We look into it.")
    with pytest.raises(NotAllowed, match="Only an accredited researcher leads"):
        amendments.approve(amendment=amendment, by=person(CHAIR), reason="x")
    assert in_force().lead == person(ADA)


def test_who_may_not_lead_is_not_even_asked_for(federation):
    RoleGrant.objects.filter(user=person(CLEO), role="researcher").delete()
    changes = {"lead": str(person(CLEO).pk)}
    drafted = amendments.ask(project=in_force(), by=person(ADA), kind="lead", reason="x", changes=changes)
    with pytest.raises(NotAllowed, match="Only a researcher leads"):
        amendments.hand_in(amendment=drafted, by=person(ADA))


def test_a_lead_who_is_no_researcher_any_more_changes_and_sends_nothing_but_may_stop(federation):
    drafted = amendments.ask(project=in_force(), by=person(ADA), kind="text", reason="x", changes={"team": "y"})
    begun = Project.objects.get(code="WINTER-26")
    accreditation = Accreditation.objects.get(user=person(ADA))
    officer = person("officer@hub.example")
    accreditations.suspend(accreditation=accreditation, by=officer, reason="We look into it.")
    for refused in (
        lambda: amendments.ask(project=in_force(), by=person(ADA), kind="text", reason="x", changes={"team": "y"}),
        lambda: amendments.hand_in(amendment=drafted, by=person(ADA)),
        lambda: projects.submit(project=begun, by=person(ADA)),
        lambda: projects.propose_member(project=in_force(), by=person(ADA), email=officer),
    ):
        with pytest.raises(NotAllowed, match="accredited"):
            refused()
    assert as_(ADA).get(reverse("projects:amend", args=[in_force().pk])).status_code == 403
    RoleGrant.objects.filter(user=person(ADA), role="researcher").delete()
    with pytest.raises(NotAllowed, match="Only a researcher"):
        projects.submit(project=begun, by=person(ADA))
    with pytest.raises(NotAllowed, match="Only a researcher asks"):
        submissions.check_can_send(person(ADA), Submission(by=person(ADA)))
    amendments.withdraw(amendment=drafted, by=person(ADA))
    assert Amendment.objects.get(pk=drafted.pk).state == "withdrawn"


def test_a_change_that_concerns_children_is_signed_by_the_adviser_anew(federation):
    changes = {"special_populations": ["children"], "special_care": "We ask them."}
    drafted = amendments.ask(project=in_force(), by=person(ADA), kind="text", reason="x", changes=changes)
    amendments.hand_in(amendment=drafted, by=person(ADA))
    voted(drafted)
    signs_and_approves(drafted)
    assert in_force().special_populations == ["children"]
    signs_and_approves(asked("extension", until=(in_force().until + timedelta(days=30)).isoformat()))
    other = asked("people", email=ADVISER, team="Ada, Cleo and the adviser.")
    with pytest.raises(NotAllowed, match="your own part"):
        amendments.safeguard(amendment=other, by=person(ADVISER), reason="x")


ADVISER = "adviser@hub.example"


def signs_and_approves(amendment: Amendment) -> None:
    """Nobody approves it before the adviser signed."""
    chair = person(CHAIR)
    with pytest.raises(NotAllowed, match="adviser for children and vulnerable groups has not signed"):
        amendments.approve(amendment=amendment, by=chair, reason="x")
    with pytest.raises(NotAllowed, match="Only the adviser"):
        amendments.safeguard(amendment=amendment, by=chair, reason="x")
    assert "Sign for children and vulnerable groups" in text_of(as_(ADVISER).get("/home/"))
    sign = steps.get(Amendment, "safeguard").url_for(amendment)
    assert (
        as_(ADVISER).post(sign, {"reason": "Children are asked.", "seen": amendment.shown_sha256()}).status_code == 302
    )
    assert "Sign for children and vulnerable groups" not in text_of(as_(ADVISER).get("/home/"))
    amendments.approve(amendment=amendment, by=chair, reason="x")


def test_where_nobody_special_is_concerned_the_adviser_signs_nothing(federation):
    with pytest.raises(NotAllowed, match="No children"):
        amendments.safeguard(amendment=asked("extension", until=later()), by=person(ADVISER), reason="x")


def test_a_small_change_is_refused_by_the_chair_alone(federation):
    small = asked("extension", until=(in_force().until + timedelta(days=30)).isoformat())
    amendments.reject(amendment=small, by=person(CHAIR), reason="Ask again in spring.")
    assert Amendment.objects.get(pk=small.pk).state == "rejected"
    assert not Round.objects.of(small).exists()


def test_a_chair_who_declared_a_conflict_decides_on_no_small_change(federation):
    big = asked("text", question="protection", answer="Counts under 20 are left out.")
    panels.declare(round=Round.objects.of(big)[0], by=person(CHAIR), kind="financial", words="I own shares in it.")
    amendments.withdraw(amendment=big, by=person(ADA))
    small = asked("extension", until=later())
    with pytest.raises(NotAllowed, match="another person decides on this"):
        amendments.approve(amendment=small, by=person(CHAIR), reason="Ten more months.")
    with pytest.raises(NotAllowed, match="another person decides on this"):
        amendments.reject(amendment=small, by=person(CHAIR), reason="x")
    with pytest.raises(NotAllowed):
        amendments.vote_again(amendment=small, by=person(CHAIR))
    keeper = person("coordinator@hub.example")
    amendments.vote_again(amendment=small, by=keeper)
    assert "The panel votes on this" in text_of(as_(ADA).get(small.get_absolute_url()))
    with pytest.raises(NotAllowed, match="A vote is under way"):
        amendments.vote_again(amendment=small, by=keeper)
    round = Round.objects.of(small)[0]
    panels.declare(round=round, by=person(CHAIR), kind="financial", words="I own shares in it.")
    expert = person("expert@hub.example")
    panels.name_presiding(round=round, by=keeper, user=expert, reason="The chair has a conflict.")
    assert Round.objects.of(small)[0].presided_by == expert


def test_a_chair_with_a_tie_that_the_portal_finds_decides_alone_on_no_change(federation):
    """Nothing was voted on, so she had nothing to declare: what is found binds her all the same."""
    chair, hers = person(CHAIR), Accreditation.objects.filter(user=in_force().lead).first()
    asked_for = {"email": chair.email, "token_sha256": "x", "expires_at": timezone.now(), "says_yes": True}
    hers.sponsor_requests.create(**asked_for)
    small = asked("extension", until=later())
    for decide in (amendments.approve, amendments.reject):
        with pytest.raises(NotAllowed, match="You have a conflict of interest"):
            decide(amendment=small, by=chair, reason="I speak for her.")
    projects.suspend(project=in_force(), by=person("officer@hub.example"), reason="x")
    with pytest.raises(NotAllowed, match="You have a conflict of interest"):
        projects.reinstate(project=in_force(), by=chair, reason="I speak for her.")
    assert Amendment.objects.get(pk=small.pk).state == "in_review"


def test_a_chair_extends_by_a_year_alone_and_not_year_after_year(federation):
    """What the panel agreed to is counted from, so that it looks at a project again before a second year."""
    first = in_force().until
    small = asked("extension", until=(first + timedelta(days=200)).isoformat())
    assert not needs_vote(small)
    approved(small)
    assert not needs_vote(asked("extension", until=(first + timedelta(days=300)).isoformat()))
    again = asked("extension", until=(first + timedelta(days=400)).isoformat())
    assert needs_vote(again)
    assert Round.objects.of(again).exists()
    with pytest.raises(NotAllowed, match="First say whether"):
        amendments.approve(amendment=again, by=person(CHAIR), reason="One more year.")
    approved(again)
    assert not needs_vote(asked("extension", until=(first + timedelta(days=700)).isoformat())), "from what it agreed to"
    for never_decided in (Project(until=first), Project.objects.get(code="WINTER-26")):
        assert agreed_until(never_decided) == never_decided.until


def test_who_suspended_a_project_does_not_renew_it_alone_once_it_ran_out(federation, time_machine):
    """What a person stopped takes another one to start again, also where its last day came between."""
    projects.suspend(project=in_force(), by=person(CHAIR), reason="Something is wrong.")
    time_machine.move_to(timezone.now() + timedelta(days=301))
    projects.expire_lapsed()
    assert in_force().state == "expired"
    small = asked("extension", until=later(50))
    with pytest.raises(NotAllowed, match="You stopped this"):
        amendments.approve(amendment=small, by=person(CHAIR), reason="Let it go on.")
    second = person("expert@hub.example")
    RoleGrant.objects.create(user=second, role="chair", side=in_force().side)
    amendments.approve(amendment=small, by=person(second.email), reason="I have looked at it.")
    assert in_force().state == "approved"


def test_where_the_lead_left_the_coordinator_asks_for_another_and_for_nothing_else(federation):
    """Else the project, and everybody in it, would be stuck until its last day."""
    keeper, cleo = as_("coordinator@hub.example"), person(CLEO)
    address = reverse("projects:new_amendment", args=[in_force().pk, "lead"])
    assert keeper.get(address).status_code == 403
    assert "Ask for another lead" not in text_of(keeper.get(in_force().get_absolute_url()))
    leave(by=person(ADA))
    assert "Ask for another lead" in text_of(keeper.get(in_force().get_absolute_url()))
    assert "Ask for another lead" not in text_of(as_(LAY).get(in_force().get_absolute_url()))
    assert as_(LAY).get(address).status_code == 403
    assert keeper.get(address.replace("lead", "extension")).status_code == 403
    assert keeper.post(address, {"reason": "She left.", "lead": cleo.pk}).status_code == 302
    change = Amendment.objects.first()
    assert as_(CHAIR).get(change.get_absolute_url()).status_code == 404, "it is not handed in yet"
    assert keeper.post(steps.get(Amendment, "hand_in").url_for(change)).status_code == 302
    with pytest.raises(NotAllowed, match="Only the project's lead"):
        amendments.withdraw(amendment=change, by=person(LAY))
    amendments.agree_to_lead(amendment=change, by=cleo)
    amendments.approve(amendment=change, by=person(CHAIR), reason="She knows it.")
    assert in_force().lead == cleo
    drafted = {"kind": "lead", "reason": "x", "changes": {"lead": str(cleo.pk)}}
    with pytest.raises(NotAllowed, match="Only the project's lead"):
        amendments.ask(project=in_force(), by=person("coordinator@hub.example"), **drafted)


def test_who_asked_in_the_stead_of_a_lead_may_take_it_back(federation):
    keeper = person("coordinator@hub.example")
    leave(by=person(ADA))
    asked_for = {"kind": "lead", "reason": "x", "changes": {"lead": str(person(CLEO).pk)}}
    change = amendments.ask(project=in_force(), by=keeper, **asked_for)
    amendments.withdraw(amendment=change, by=keeper)
    assert Amendment.objects.get(pk=change.pk).state == "withdrawn"


def test_the_admin_has_every_machine_and_a_change_is_approved_there_too(federation):
    assert not set(machines.machines()) - admin.site._registry.keys()
    amendment = asked("extension", until=later())
    address = reverse("admin:projects_amendment_change", args=[amendment.pk])
    assert "Approve" in text_of(as_(CHAIR).get(address))
    act = reverse("admin:projects_amendment_act", args=[amendment.pk, "approve"])
    assert as_(CHAIR).post(act, {"reason": "It fits."}).status_code == 302
    assert Amendment.objects.get(pk=amendment.pk).state == "approved"
    index = text_of(as_(CHAIR).get(reverse("admin:index")))
    assert "Rounds of votes" in index
    assert "votess" not in index
