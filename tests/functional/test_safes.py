"""Each safe lapses between two steps: the run is held there with the reason, and goes on when it is mended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import NotAllowed, WrongState
from apps.core.exchange.models import Incoming
from apps.hub.submissions.models import Request
from apps.node.custody import actions as custody
from apps.node.custody.models import DataGrant, DatasetLocation, MemberAcceptance, ProjectAcceptance, WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from tests.functional.federation import CENTRE, asked_here, received, review, sign_off, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = {"until": timezone.localdate() + timedelta(days=30)}


def end_project(run):
    thing = ProjectAcceptance.objects.for_tre(run).get(project=run.project)
    custody.end_project(projectacceptance=thing, by=staff("operator"), reason="Ended.")


def mend_project(run):
    thing = ProjectAcceptance.objects.for_tre(run).get(project=run.project)
    custody.offer_project_again(projectacceptance=thing, by=staff("operator"), reason="Again.")
    thing = ProjectAcceptance.objects.get(pk=thing.pk)
    custody.accept_project(projectacceptance=thing, by=staff("custodian"), reason="Yes.", **UNTIL)


def end_person(run):
    thing = asked_here(MemberAcceptance).get(member=run.requester["id"])
    custody.end_member(memberacceptance=thing, by=staff("operator"), reason="Left.")


def mend_person(run):
    thing = asked_here(MemberAcceptance).get(member=run.requester["id"])
    custody.offer_member_again(memberacceptance=thing, by=staff("operator"), reason="Again.")
    thing = MemberAcceptance.objects.get(pk=thing.pk)
    custody.accept_member(memberacceptance=thing, by=staff("custodian"), reason="Yes.", **UNTIL)


def revoke_grant(run):
    custody.revoke_grant(datagrant=asked_here(DataGrant).get(), by=staff("operator"), reason="No more.")


def mend_grant(run):
    thing = asked_here(DataGrant).get()
    custody.request_grant_again(datagrant=thing, by=staff("operator"), reason="Again.")
    custody.grant(datagrant=DataGrant.objects.get(pk=thing.pk), by=staff("custodian"), reason="Yes.", **UNTIL)


def withdraw_workflow(run):
    thing = WorkflowApproval.objects.get(pk=run.workflow_approval_id)
    custody.withdraw_workflow(workflowapproval=thing, by=staff("operator"), reason="A flaw.")


def mend_workflow(run):
    thing = WorkflowApproval.objects.get(pk=run.workflow_approval_id)
    custody.propose_workflow_again(workflowapproval=thing, by=staff("operator"), reason="Mended.")
    thing = WorkflowApproval.objects.get(pk=thing.pk)
    custody.approve_workflow(workflowapproval=thing, by=staff("approver"), reason="Yes.", **UNTIL)


def change_data(run):
    path = DatasetLocation.objects.for_tre(run).get().path
    with open(path, "a") as stream:
        stream.write("P99999,50,male,North,none,\n")


def mend_data(run):
    location = DatasetLocation.objects.for_tre(run).get()
    facts = {"dataset_version": location.dataset_version, "name": location.name, "path": location.path}
    custody.locate_dataset(tre=CENTRE.id, by=staff("operator"), **facts)


LAPSES = {
    "project": (end_project, mend_project),
    "person": (end_person, mend_person),
    "grant": (revoke_grant, mend_grant),
    "data": (change_data, mend_data),
    "workflow": (withdraw_workflow, mend_workflow),
}


def again(run) -> Run:
    return Run.objects.get(pk=run.pk)


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_safe_that_lapses_before_sign_off_holds_the_run_until_it_is_mended(lapse, federation, executor, tmp_path):
    breaks, mends = LAPSES[lapse]
    run = received(tmp_path)
    breaks(run)
    run = sign_off(run)
    assert run.held_at
    assert run.held_why
    assert run.state == "awaiting_sign_off"
    work_until_done()
    assert Request.objects.get().state == "held"
    with pytest.raises(WrongState, match="on hold"):
        sign_off(run)
    mends(run)
    work_until_done()
    assert again(run).held_at is None
    assert Request.objects.get().state == "awaiting_approval"
    assert sign_off(run).state == "signed_off"


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_safe_that_lapses_before_dispatch_holds_the_run_until_it_is_mended(lapse, federation, executor, tmp_path):
    breaks, mends = LAPSES[lapse]
    run = sign_off(received(tmp_path))
    breaks(run)
    work_until_done()
    assert again(run).held_why
    assert again(run).state == "signed_off"
    assert executor.submitted == []
    mends(run)
    work_until_done()
    assert again(run).state == "succeeded"


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_safe_that_lapses_before_release_keeps_the_outputs_in(lapse, federation, executor, tmp_path):
    breaks, mends = LAPSES[lapse]
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    breaks(run)
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    assert again(run).held_why
    assert EgressRequest.objects.get().state == "reviewed"
    mends(run)
    work_until_done()
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    assert EgressRequest.objects.get().state == "released"


def test_a_run_was_received_when_its_offer_was_and_checked_after_that(federation, tmp_path):
    run = received(tmp_path)
    assert run.received_at == Incoming.objects.get(kind="offer").received_at
    assert run.received_at <= run.checked_at


def test_the_board_shows_five_rows_and_who_signed(federation, executor, tmp_path):
    run = received(tmp_path)
    board = five_safes(run)
    assert [row.passed for row in board] == [True, True, True, True, False]
    assert board[0].signed_by == "Henrik Saltmarsh"
    assert five_safes(run, timezone.now() + timedelta(days=300))[0].passed is False


def test_never_your_own_across_the_border(federation, executor, tmp_path):
    run = received(tmp_path)
    approver = staff("approver")
    approver.orcid = "0000-0002-1825-0097"
    approver.save()
    with pytest.raises(NotAllowed, match="your own run"):
        sign_off(run)
    approver.orcid = ""
    approver.save()
    approver.emailaddress_set.all().delete()
    with pytest.raises(NotAllowed, match="cannot tell whether this is your own"):
        sign_off(run)


def test_the_same_person_is_known_by_her_address_in_another_database(person):
    from apps.core.accounts.identity import Identity, check_is_none_of, hash_of

    key = "ab" * 32
    there = Identity("", frozenset({hash_of("Ada@Example.org ", key)}))
    here = person("ada")
    with pytest.raises(NotAllowed, match="own project"):
        check_is_none_of(here, [there], key, "This is your own project.")
    with pytest.raises(NotAllowed, match="cannot tell whether"):
        check_is_none_of(here, [Identity("0000-0002-1825-0097", frozenset())], key, "")
    check_is_none_of(here, [Identity("", frozenset({hash_of("bo@example.org", key)}))], key, "")
    assert Identity.from_json(there.as_json()) == there


def test_who_granted_the_data_does_not_sign_the_run_off(federation, executor, tmp_path):
    from apps.core.accounts.models import RoleGrant

    run = received(tmp_path)
    RoleGrant.objects.create(user=staff("custodian"), role="run_approver", side=CENTRE.id)
    with pytest.raises(NotAllowed, match="another person signs"):
        runs.sign_off(run=run, by=staff("custodian"), reason="x", declared=True)


def test_one_person_stops_and_two_resume(federation, executor, tmp_path):
    from apps.core.accounts.models import RoleGrant

    run = received(tmp_path)
    RoleGrant.objects.create(user=staff("operator"), role="run_approver", side=CENTRE.id)
    runs.put_on_hold(run=run, by=staff("checker1"), reason="Wait.")
    runs.reconsider(CENTRE.id)
    assert again(run).held_at
    runs.resume(run=run, by=staff("approver"))
    with pytest.raises(NotAllowed, match="second person"):
        runs.resume(run=run, by=staff("approver"))
    runs.resume(run=run, by=staff("operator"))
    assert again(run).held_at is None


def test_a_question_a_refusal_and_a_stop_reach_the_researcher(federation, executor, tmp_path):
    run = received(tmp_path)
    said = {"by": staff("approver"), "reason": "Which age bands?", "declared": True}
    runs.send_back(run=run, **said)
    work_until_done()
    assert (Request.objects.get().state, Request.objects.get().reason) == ("question", "Which age bands?")
    runs.reopen(run=again(run), by=staff("approver"), reason="Answered.")
    runs.refuse(run=again(run), **said | {"reason": "Too fine."})
    work_until_done()
    assert (Request.objects.get().state, Request.objects.get().reason) == ("refused", "Too fine.")
    other = received(tmp_path)
    runs.stop(run=other, by=staff("operator"), reason="Not today.")
    work_until_done()
    assert Run.objects.get(pk=other.pk).state == "cancelled"
    assert Request.objects.get(pk=other.request).state == "refused"


def test_a_request_that_is_taken_back_stops_the_run_inside(federation, executor, tmp_path, monkeypatch):
    from apps.hub.submissions import actions as submissions
    from apps.node.executors.contract import Snapshot, State
    from apps.node.runs.tasks import dispatch

    run = sign_off(received(tmp_path))
    dispatch(str(run.pk))
    request = Request.objects.get()
    submissions.withdraw(request=request, by=request.submission.by, reason="A mistake.")
    # It has stopped once it was told to, whichever work comes first.
    running, stopped = Snapshot(State.RUNNING, "running"), Snapshot(State.CANCELLED, "cancelled")
    monkeypatch.setattr(executor, "poll", lambda reference: stopped if executor.cancelled else running)
    work_until_done()
    assert again(run).state == "cancelled"
    assert len(executor.cancelled) == 1
    assert Request.objects.get().state == "withdrawn"
    assert request.submission.__class__.objects.get().state == "withdrawn"


def test_a_lost_attempt_is_tried_again_with_a_new_intent(federation, executor, tmp_path):
    from apps.node.executors.contract import Fault, Snapshot, State
    from apps.node.runs import tasks

    run = sign_off(received(tmp_path))
    tasks.dispatch(str(run.pk))
    executor.snapshot = Snapshot(State.FAILED, "lost", Fault.OURS)
    tasks.poll(str(run.pk), "0.2")
    assert again(run).attempts.count() == 2
    tasks.resubmit(str(run.pk))
    tasks.resubmit(str(run.pk))
    executor.snapshot = None
    work_until_done()
    assert again(run).state == "succeeded"


def test_without_a_sandbox_nothing_runs_and_the_staff_are_told(federation, executor, tmp_path):
    from apps.core.outbox.registry import TryLater
    from apps.node.runs import tasks

    run = sign_off(received(tmp_path))
    executor.health_sentence = "bubblewrap is missing."
    for _twice in range(2):
        with pytest.raises(TryLater):
            tasks.dispatch(str(run.pk))
    assert again(run).attempts.get().detail == "bubblewrap is missing."
    assert executor.submitted == []
    executor.health_sentence = ""
    work_until_done()
    assert again(run).state == "succeeded"
