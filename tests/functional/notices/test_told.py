"""Who is told of what, from the first step of a project to the results: those it waits on, those whom it concerns."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.core.notices.models import Notice
from apps.core.panels import actions as panels
from apps.core.panels.models import Condition, Round
from apps.core.panels.notices import remind_of_conditions
from apps.hub.projects import actions as projects
from apps.hub.projects import panel_actions
from apps.hub.projects.models import Project
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from tests.functional.federation import (
    CENTRE,
    joined,
    person,
    received,
    review,
    sign_off,
    staff,
    upload,
    voted,
    work_until_done,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_told_before(federation):
    Notice.objects.all().delete()
    mail.outbox.clear()


def told(kind: str) -> set[str]:
    """Who was told of a kind, by the part of her address before the @."""
    emails = Notice.objects.filter(kind=kind).values_list("person__email", flat=True)
    return {email.partition("@")[0] for email in emails}


def test_from_a_request_to_its_results_each_hears_what_concerns_her(executor, tmp_path):
    run = received(tmp_path)
    assert told("run.received") == {"approver", "approver2", "custodian"}
    sign_off(run)
    work_until_done()
    assert told("request.queued") == {"ada"}
    assert told("egress.opened") == {"checker1", "checker2"}
    found = review(EgressRequest.objects.get(run=run), "checker1")
    assert told("egress.reviewed") == set()
    found = review(found, "checker2")
    assert told("egress.reviewed") == {"checker1"}
    egress.release(egressrequest=found, by=staff("checker1"), note="Well done.")
    work_until_done()
    assert told("request.released") | told("request.partly_released") == {"ada"}
    of_the_tre = [each for each in mail.outbox if f"@{CENTRE.slug}" in each.to[0]]
    assert of_the_tre
    for letter in of_the_tre:
        assert letter.subject == "TRE-FX Portal: You have something to read"
        assert len(letter.body.split()) == 1
    of_ada = Notice.objects.filter(person=person("ada@northgate.example")).latest("created_at")
    assert of_ada.url == Request.objects.get(pk=run.request).get_absolute_url()
    assert CENTRE.name in of_ada.sentence


def test_a_question_its_answer_and_a_hold_are_told(executor, tmp_path):
    run = received(tmp_path)
    runs.send_back(run=run, by=staff("approver"), reason="Why so many regions?", declared=True)
    work_until_done()
    assert told("request.question") == {"ada"}
    submissions.answer(
        request=Request.objects.get(pk=run.request), by=person("ada@northgate.example"), answer="To compare them."
    )
    work_until_done()
    assert told("run.answered") == {"approver", "approver2"}
    runs.put_on_hold(run=run, by=staff("operator"), reason="Wait.")
    assert told("run.held") == {"approver", "approver2"}
    Notice.objects.all().delete()
    other = received(tmp_path)
    runs.put_on_hold(run=other, by=staff("approver"), reason="Wait.")
    assert told("run.held") == {"approver2"}


def test_of_a_large_crate_she_hears_when_it_was_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "CHECK_AT_ONCE_BYTES", 10)
    upload(tmp_path)
    work_until_done()
    assert (told("submission.accepted"), told("submission.refused")) == ({"ada"}, set())
    broken = SimpleUploadedFile("crate.zip", b"This is no crate at all.")
    submissions.upload(by=person("ada@northgate.example"), file=broken)
    work_until_done()
    assert told("submission.refused") == {"ada"}


def test_a_project_tells_whom_it_waits_on_and_whom_it_concerns():
    project = Project.objects.get(code="ASTHMA-24")
    projects.suspend(project=project, by=person("chair@hub.example"), reason="Something is wrong.")
    concerned = {each.user.email.partition("@")[0] for each in project.members_now()}
    assert told("project.suspended") == concerned
    assert "ada" in concerned


def test_who_waits_for_a_project_is_told_and_nobody_of_what_she_did_herself():
    project = Project.objects.get(code="ASTHMA-25")
    voted(project, "changes")
    panel_actions.send_back(project=project, by=person("chair@hub.example"), reason="For whom?")
    lead = project.lead.email.partition("@")[0]
    assert told("project.returned") >= {lead}
    projects.submit(project=project, by=project.lead)
    assert told("project.submitted") == {"coordinator"}
    panel_actions.take_up(project=project, by=person("coordinator@hub.example"))
    assert told("panel.vote_asked") == {"chair", "expert", "caretaker", "lay", "lay2"}
    assert {each.url for each in Notice.objects.filter(kind="panel.vote_asked")} == {
        Round.objects.of(project)[0].get_absolute_url()
    }
    before = Notice.objects.count()
    projects.withdraw(project=project, by=project.lead, reason="It is too early.")
    assert Notice.objects.count() == before


def in_review() -> Project:
    return Project.objects.get(code="ASTHMA-25")


def hub(name: str):
    return person(f"{name}@hub.example")


def test_each_new_vote_tells_its_members_but_not_who_opened_it_nor_who_is_barred():
    voted(in_review())
    panel_actions.approve(project=in_review(), by=hub("chair"), reason="Yes.")
    panel_actions.revoke_decision(project=in_review(), by=hub("expert"), reason="By mistake.")
    assert told("panel.vote_asked") == {"chair", "caretaker", "lay", "lay2"}
    Notice.objects.all().delete()
    joined(in_review(), hub("lay"))
    Round.objects.filter(subject_id=in_review().pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    panels.close_overdue()
    panel_actions.vote_again(project=in_review(), by=hub("coordinator"))
    assert told("panel.vote_asked") == {"chair", "expert", "caretaker", "lay2"}
    sentence = Notice.objects.filter(kind="panel.vote_asked")[0].sentence
    assert "First say whether you have a conflict of interest." in sentence


def test_the_owner_of_a_condition_hears_of_it_before_its_last_day_and_when_it_is_over():
    project = in_review()
    lead = project.lead.email.partition("@")[0]
    voted(project, "conditions conditions approve conditions abstain")
    wanted = {"conditions": ["Say who pays."], "due": timezone.localdate() + timedelta(days=10)}
    panel_actions.approve(project=in_review(), by=hub("chair"), reason="Yes, if.", **wanted)
    condition = Condition.objects.get(subject_id=project.pk)
    told_once = Notice.objects.get(kind="condition.set")
    assert told("condition.set") == {lead}
    assert "Say who pays." in told_once.sentence
    assert told_once.url == condition.get_absolute_url()
    remind_of_conditions()
    remind_of_conditions()
    assert "days left: 10" in Notice.objects.get(kind="condition.due_soon").sentence
    assert told("condition.due_soon") == {lead}
    assert told("condition.overdue") == set()
    Condition.objects.filter(pk=condition.pk).update(due=timezone.localdate() - timedelta(days=1))
    remind_of_conditions()
    panel_actions.suspend_for_conditions()
    assert told("condition.overdue") == {lead, "coordinator"}
    assert Notice.objects.filter(kind="condition.due_soon").count() == 1
