"""What the hub no longer stands behind reaches each secure data centre that relies on it, holds what runs there, and goes on
by itself when it is mended."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.audit.act import act
from apps.core.errors import BadInput, WrongState
from apps.core.exchange.models import Incoming, Outgoing
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Dataset
from apps.hub.projects import actions as projects
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.models import Membership, Project
from apps.hub.researchers import actions as researchers
from apps.hub.researchers.models import Accreditation
from apps.hub.submissions import lapses as hub_lapses
from apps.hub.submissions.models import Request, ToldLapses
from apps.node.custody import actions as custody
from apps.node.custody import lapses
from apps.node.custody.models import DataGrant, HubLapses, ProjectAcceptance
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from tests.functional.federation import (
    CENTRE,
    person,
    received,
    review,
    send,
    sign_off,
    staff,
    upload,
    voted,
    work_until_done,
)

pytestmark = pytest.mark.django_db(transaction=True)
OFFICER, ADA = "officer@hub.example", "ada@northgate.example"


def second(role: str):
    """Another one of the hub's, for what one alone does not start again."""
    RoleGrant.objects.get_or_create(user=person("auditor@hub.example"), role=role, side=settings.HUB_ID)
    return person("auditor@hub.example")


def project_of(run) -> Project:
    return Project.objects.get(pk=run.project)


def accreditation_of(run) -> Accreditation:
    return Accreditation.objects.get(user=run.requester["id"])


def dataset_of(run) -> Dataset:
    return Dataset.objects.get(held_by=CENTRE.id)


def suspend_project(run):
    projects.suspend(project=project_of(run), by=person(OFFICER), reason="A complaint.")


def reinstate_project(run):
    projects.reinstate(project=project_of(run), by=person("chair@hub.example"), reason="Cleared.")


def suspend_person(run):
    researchers.suspend(accreditation=accreditation_of(run), by=person(OFFICER), reason="A complaint.")


def reinstate_person(run):
    by = second("accreditation_officer")
    researchers.reinstate(accreditation=accreditation_of(run), by=by, reason="Cleared.")


def suspend_dataset(run):
    datasets.suspend_dataset(dataset=dataset_of(run), by=person(OFFICER), reason="A complaint.")


def reinstate_dataset(run):
    by = second("accreditation_officer")
    datasets.reinstate_dataset(dataset=dataset_of(run), by=by, reason="Cleared.")


LAPSES = {
    "project": (suspend_project, reinstate_project, "The hub says: The project is “suspended”."),
    "person": (suspend_person, reinstate_person, "The hub says: The accreditation is “suspended”."),
    "dataset": (suspend_dataset, reinstate_dataset, "is “suspended” in the catalogue."),
}


def again(run) -> Run:
    return Run.objects.get(pk=run.pk)


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_suspension_at_the_hub_holds_what_waits_at_the_centre(lapse, federation, executor, tmp_path):
    breaks, mends, sentence = LAPSES[lapse]
    run = received(tmp_path)
    breaks(run)
    work_until_done()
    run = again(run)
    assert sentence in run.held_why
    assert run.held_by is None
    assert Request.objects.get().state == "held"
    assert (
        ProjectAcceptance.objects.for_tre(run).get(project=run.project).state == "accepted"
    )  # it informs, it orders not
    assert any(sentence in row.sentence for row in five_safes(run) if not row.passed)
    with pytest.raises(WrongState, match="on hold"):
        sign_off(run)
    mends(run)
    work_until_done()
    assert again(run).held_at is None
    assert Request.objects.get().state == "awaiting_approval"
    assert sign_off(run).state == "signed_off"


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_suspension_at_the_hub_keeps_the_outputs_in(lapse, federation, executor, tmp_path):
    breaks, mends, sentence = LAPSES[lapse]
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    breaks(run)
    work_until_done()
    assert sentence in again(run).held_why
    with pytest.raises(WrongState, match="on hold"):
        egress.release(egressrequest=request, by=staff("checker1"), note="")
    mends(run)
    work_until_done()
    assert again(run).held_at is None
    assert Request.objects.get().state == "being_checked"
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    assert EgressRequest.objects.get().state == "released"


def test_what_was_approved_to_leave_does_not_leave_while_it_is_held(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    runs.put_on_hold(run=run, by=staff("operator"), reason="Wait.")
    work_until_done()
    assert EgressRequest.objects.get().state == "approved"
    assert not Outgoing.objects.filter(kind="release").exists()
    RoleGrant.objects.create(user=staff("operator"), role="run_approver", side=CENTRE.id)
    runs.resume(run=run, by=staff("approver"))
    runs.resume(run=run, by=staff("operator"))
    work_until_done()
    assert EgressRequest.objects.get().state == "released"


def test_a_membership_that_ends_holds_her_run_and_nobody_elses(federation, executor, tmp_path):
    run = received(tmp_path)
    other = Membership.objects.filter(project=run.project, state="approved").exclude(user=run.requester["id"]).first()
    projects.end(membership=other, by=person(OFFICER), reason="Left.")
    work_until_done()
    assert again(run).held_at is None
    assert HubLapses.objects.get().lapses["people"] == {str(other.user_id): "She is no longer a member of the project."}
    hers = Membership.objects.get(project=run.project, user=run.requester["id"])
    projects.end(membership=hers, by=person(OFFICER), reason="Left.")
    work_until_done()
    assert "She is no longer a member of the project." in again(run).held_why


def test_a_question_is_asked_again_when_the_hold_is_over(federation, executor, tmp_path):
    run = received(tmp_path)
    runs.send_back(run=run, by=staff("approver"), reason="Which age bands?", declared=True)
    suspend_project(run)
    work_until_done()
    assert Request.objects.get().state == "held"
    reinstate_project(run)
    work_until_done()
    assert (Request.objects.get().state, Request.objects.get().reason) == ("question", "Which age bands?")


def test_what_a_person_stopped_is_not_resumed_by_what_is_mended(federation, executor, tmp_path):
    run = received(tmp_path)
    runs.put_on_hold(run=run, by=staff("checker1"), reason="Wait.")
    suspend_project(run)
    work_until_done()
    reinstate_project(run)
    work_until_done()
    assert (again(run).held_why, again(run).held_by) == ("Wait.", staff("checker1"))


def test_a_run_that_has_ended_is_left_alone(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    suspend_project(run)
    work_until_done()
    assert again(run).held_at is None
    assert Request.objects.get().state == "released"


def test_a_held_run_that_was_refused_does_not_go_on(federation, executor, tmp_path):
    run = received(tmp_path)
    suspend_project(run)
    work_until_done()
    runs.refuse(run=again(run), by=staff("approver"), reason="Too fine.", declared=True)
    reinstate_project(run)
    work_until_done()
    assert (again(run).state, bool(again(run).held_at)) == ("refused", True)
    assert Request.objects.get().state == "refused"


def test_a_hold_says_what_is_missing_now(federation, executor, tmp_path):
    run = received(tmp_path)
    suspend_project(run)
    work_until_done()
    thing = ProjectAcceptance.objects.for_tre(run).get(project=run.project)
    custody.end_project(projectacceptance=thing, by=staff("operator"), reason="Ended.")
    reinstate_project(run)
    work_until_done()
    assert again(run).held_why == f"{thing}: the decision here is “ended”."


def test_it_is_told_once_and_only_where_somebody_was_asked(federation, executor, tmp_path):
    run = received(tmp_path)
    hub_lapses.tell_all()
    assert not ToldLapses.objects.filter(number__gt=0).exists()
    suspend_project(run)
    work_until_done()
    hub_lapses.tell_all()
    work_until_done()
    assert Outgoing.objects.filter(kind="lapses").count() == 1
    assert ToldLapses.objects.get(number__gt=0).tre_id == CENTRE.id
    assert str(ToldLapses.objects.get(number__gt=0)).startswith(CENTRE.name)


def test_a_lapse_by_the_clock_is_told_within_the_hour(federation, executor, tmp_path, time_machine):
    run = received(tmp_path)
    time_machine.move_to(timezone.now() + timedelta(days=2000))
    hub_lapses.tell_all()
    assert "The project ended on" in str(ToldLapses.objects.get().lapses["project"])
    assert ToldLapses.objects.get().lapses["people"][run.requester["id"]]


def test_data_that_left_the_project_are_told(federation, executor, tmp_path):
    project = project_of(received(tmp_path))
    project.dataset_versions.clear()
    told = hub_lapses.lapses_of(project, CENTRE.id)["datasets"]
    assert [sentence.endswith("is no longer part of the project.") for sentence in told.values()] == [True]


def test_one_without_an_accreditation_is_told(federation, executor, tmp_path):
    project = project_of(received(tmp_path))
    member = Membership.objects.create(project=project, user=person("publisher@hub.example"))
    projects.approve_member(membership=member, by=person(OFFICER), reason="Yes.")
    told = hub_lapses.lapses_of(project, CENTRE.id)["people"]
    assert told[str(member.user_id)] == "There is no accreditation."


def heard(run, **changed) -> Incoming:
    body = {"project": str(run.project), "number": 3, "lapses": {"project": {}, "people": {}, "datasets": {}}} | changed
    return Incoming(side=run.tre, peer=run.tre, kind="lapses", body=body)


def test_older_word_that_comes_late_changes_nothing(federation, executor, tmp_path):
    run = received(tmp_path)
    kept = HubLapses.objects.create(tre=run.tre, project=run.project, number=3, lapses={"project": {"x": "y"}})
    with act():
        lapses.hear(document=heard(run))
    assert HubLapses.objects.get().lapses == kept.lapses
    assert str(kept) == str(run.project)


@pytest.mark.parametrize(
    "changed",
    [
        {"project": "x"},
        {"number": "x"},
        {"number": 0},
        {"number": 2**53},
        {"number": float("inf")},
        {"lapses": {}},
        {"lapses": {"project": []}},
    ],
)
def test_what_is_no_such_word_is_refused(changed, federation, executor, tmp_path):
    with pytest.raises(BadInput, match="does not say what the hub stands behind"):
        lapses.hear(document=heard(received(tmp_path), **changed))


def amended(run, **changed) -> Amendment:
    """The data of a project in force, as an approved change of them leaves them."""
    facts = {"by": person(ADA), "kind": "section", "reason": "Less is enough.", "changes": changed}
    amendment = amendments.ask(project=project_of(run), **facts)
    amendments.hand_in(amendment=amendment, by=person(ADA))
    voted(amendment)
    amendments.approve(amendment=amendment, by=person("chair@hub.example"), reason="As the votes say.")
    work_until_done()
    return amendment


def test_a_dataset_that_is_left_out_of_a_project_holds_what_runs_on_it(federation, executor, tmp_path):
    run = received(tmp_path)
    others = project_of(run).dataset_versions.exclude(dataset__held_by=CENTRE.id)
    amended(run, dataset_versions=sorted(str(pk) for pk in others.values_list("pk", flat=True)))
    assert "is no longer part of the project." in again(run).held_why
    assert Request.objects.get().state == "held"


def test_columns_that_fall_away_hold_what_was_asked_with_them_until_a_grant_is_asked_anew(
    federation, executor, tmp_path
):
    run = received(tmp_path)
    version = dataset_of(run).versions.get()
    columns = f"variables_{version.pk}"
    amended(run, **{columns: "person: to count\nage: it matters\nsex: it does\nregion: for clinics\ndiagnosis: so"})
    gone = f"These columns of {version.dataset} are no longer part of the project: diagnosed_on. Ask anew."
    assert gone in again(run).held_why
    with pytest.raises(WrongState, match="on hold"):
        sign_off(again(run))
    send(upload(tmp_path))
    work_until_done()
    grant = DataGrant.objects.for_tre(CENTRE.id).get(project=run.project)
    assert "diagnosed_on" not in grant.approved_variables
    assert not lapses.lapsed(CENTRE.id, run.project)["datasets"], "the newest request asks for what was approved"
    assert "diagnosed_on" not in again(run).held_why
    assert "what was signed has been changed since" in grant.why_not(timezone.now())
    assert f"{grant}: what was signed has been changed since." in again(run).held_why, "a custodian looks at it anew"


def test_columns_that_are_added_hold_nothing(federation, executor, tmp_path):
    run = received(tmp_path)
    columns = f"variables_{dataset_of(run).versions.get().pk}"
    amended(run, **{columns: project_of(run).answers()[columns] + "\npostcode: where they live"})
    assert not again(run).held_at
