"""What a TRE's staff do in its node, page by page, and what an offer that is not what it says is told."""

import copy
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from apps.core.accounts.models import RoleGrant, User
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.exchange.models import Incoming
from apps.core.workflow import steps
from apps.hub.datasets.models import WorkflowVersion
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request, Submission
from apps.node.custody.models import AgreementPolicy, WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress import quarantine, result_crate
from apps.node.egress.models import EgressRequest, FileVote, OutputFile, RefusedFile
from apps.node.egress.outcome import reason_of
from apps.node.executors.contract import Ambiguous, Rejected, Snapshot, State
from apps.node.runs import actions as runs
from apps.node.runs import jobs, receipt, registry, tasks
from apps.node.runs.models import Attempt, Run
from apps.node.runs.statements import say
from apps.tools.federation import journey
from tests.functional.federation import CENTRE, person, received, review, send, sign_off, staff, upload, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def login(client, email):
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def to_egress(tmp_path) -> EgressRequest:
    run = sign_off(received(tmp_path))
    work_until_done()
    return EgressRequest.objects.get(run=run)


def test_hold_and_resume_by_their_pages(federation, executor, tmp_path, client):
    run = received(tmp_path)
    RoleGrant.objects.create(user=staff("operator"), role="run_approver", side=CENTRE.id)
    login(client, "operator@saltmarsh.example")
    assert client.post(f"/runs/{run.pk}/hold/", {}).status_code == 400
    assert client.post(f"/runs/{run.pk}/hold/", {"reason": "Wait."}).status_code == 302
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "Ask to resume" in page
    assert "Wait." in page
    assert "The smallest count that is shown: 10" in page, "in the words of the workflow"
    assert client.post(f"/runs/{run.pk}/resume/").status_code == 302
    login(client, "approver@saltmarsh.example")
    assert "Confirm: resume" in client.get(f"/runs/{run.pk}/").content.decode()
    assert client.post(f"/runs/{run.pk}/resume/").status_code == 302
    signed = sign_off(run)
    runs.put_on_hold(run=signed, by=staff("checker1"), reason="Once more.")
    assert tasks.intend(str(run.pk)) is None
    runs.resume(run=signed, by=staff("approver"))
    runs.resume(run=signed, by=staff("operator"))
    tasks.dispatch(str(run.pk))
    runs.cancel(run=Run.objects.get(pk=run.pk), by=staff("operator"), reason="Enough.")
    assert Run.objects.get(pk=run.pk).state == "cancelling"


def test_a_lapse_is_told_on_the_run_and_on_its_outputs(federation, executor, tmp_path, client):
    request = to_egress(tmp_path)
    Run.objects.filter(pk=request.run_id).update(held_at=timezone.now(), held_why="A safe lapsed.")
    login(client, "checker1@saltmarsh.example")
    assert "A safe lapsed." in client.get(f"/egress/{request.pk}/").content.decode()
    assert "goes on by itself" in client.get(f"/runs/{request.run_id}/").content.decode()
    tasks.reconsider_all()
    assert Run.objects.get(pk=request.run_id).held_at is None


def with_inputs(tmp_path, change):
    """Ada's request, its inputs changed."""
    original = journey.build_request

    def changed(path, request):
        return original(path, change(request))

    journey.build_request = changed
    try:
        return upload(tmp_path)
    finally:
        journey.build_request = original


def asked(tmp_path, *inputs) -> Run | None:
    from dataclasses import replace

    submission = with_inputs(tmp_path, lambda request: replace(request, inputs=list(inputs)))
    request = send(submission)
    work_until_done()
    return Run.objects.filter(request=request.pk).first()


def test_inputs_that_the_workflow_does_not_take_are_refused_inside(federation, executor, tmp_path):
    from apps.core.crates.build import RequestedInput

    least = {"name": "min_cell", "type": "string", "label": "Least", "default": "10"}
    # The hub's catalogue says otherwise than what this TRE approved.
    WorkflowVersion.objects.update(parameters=[least, least | {"name": "other"}])
    with pytest.raises(NotAllowed, match="takes no parameter called third"):
        asked(tmp_path, RequestedInput(least | {"name": "third"}, "1"))
    assert asked(tmp_path, RequestedInput(least, "many")) is None
    assert Request.objects.get().reason == "min_cell has to be a whole number."
    assert asked(tmp_path, RequestedInput(least | {"name": "other"}, "1")) is None
    assert {request.state for request in Request.objects.all()} == {"refused"}


def test_a_requests_own_file_is_shown_as_data_and_reaches_the_executor(federation, executor, tmp_path, client):
    from apps.core.crates.build import RequestedInput
    from apps.core.crates.write import from_file

    regions = {"name": "regions", "type": "file", "label": "R", "default": ""}
    WorkflowApproval.objects.update(parameters=[*WorkflowApproval.objects.first().parameters, regions])
    WorkflowVersion.objects.update(parameters=WorkflowApproval.objects.first().parameters)
    file = tmp_path / "regions.csv"
    file.write_text("<script>alert(1)</script>")
    least = {"name": "min_cell", "type": "integer", "label": "Least"}
    given = RequestedInput(regions, file=from_file(file), file_name=file.name)
    run = asked(tmp_path, RequestedInput(least, "3"), given)
    login(client, "approver@saltmarsh.example")
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "&lt;script&gt;" in page
    attempt = Attempt(id=run.pk, run=run, number=1)
    with jobs.job_for(attempt) as job:
        assert job.inputs["regions"] == {"file": "0.csv"}
        assert job.inputs["min_cell"] == 3
        assert job.files["0.csv"].read_text() == "<script>alert(1)</script>"
        assert job.workflow == "counts.cwl"


def offer() -> Incoming:
    return Incoming.objects.filter(kind="offer").latest("received_at")


def test_an_offer_that_is_not_what_it_says_is_refused(federation, executor, tmp_path):
    run = received(tmp_path)
    document = offer()
    runs.receive(document=document)
    assert Run.objects.count() == 1
    kept = {each["name"]: each for each in document.attachments}["crate.zip"]
    for change in ({"crate": {"sha256": "0", "run_id": "x"}}, {"workflow": {"id": "https://other.example/"}}):
        with pytest.raises(BadInput):
            receipt.look_into(kept["path"], "offers", copy.deepcopy(document.body) | change)
    workflow = {each["name"]: each for each in document.attachments}["workflow.zip"]
    with pytest.raises(BadInput, match="does not pass"):
        receipt.look_into(workflow["path"], "offers", document.body)
    document.body = document.body | {"request": str(run.pk), "workflow": document.body["workflow"] | {"sha512": "0"}}
    with pytest.raises(BadInput, match="workflow crate is not"):
        runs.take(document)
    with pytest.raises(ValueError, match="not on the list"):
        say(run, "exploded")


def test_a_stop_for_what_is_not_here_or_has_ended_changes_nothing(federation, executor, tmp_path):
    from apps.core.audit.act import act

    class Stop:
        side, peer = CENTRE.id, settings.HUB_ID

        def __init__(self, request):
            self.body = {"request": str(request)}

    request = to_egress(tmp_path)
    with act():
        runs.obey_stop(document=Stop(request.run.pk))
        runs.obey_stop(document=Stop(request.run.request))
    assert Run.objects.get().state == "succeeded"
    assert str(Attempt.objects.get()).endswith("(1)")


def test_an_executor_that_rejects_or_does_not_know(federation, executor, tmp_path, monkeypatch):
    from apps.core.outbox.registry import TryLater

    def ambiguous(job):
        raise Ambiguous

    def rejected(job):
        raise Rejected("No.")

    run = sign_off(received(tmp_path))
    monkeypatch.setattr(executor, "submit", ambiguous)
    with pytest.raises(TryLater):
        tasks.dispatch(str(run.pk))
    monkeypatch.setattr(executor, "submit", rejected)
    tasks.dispatch(str(run.pk))
    assert (Run.objects.get().state, Run.objects.get().fault) == ("failed", "workflow")
    tasks.poll(str(run.pk), "1")
    tasks.resubmit(str(run.pk))
    tasks.cancel(str(run.pk))
    tasks.finish(str(run.pk), Attempt.objects.get(), Snapshot(State.COMPLETE, "late"))
    assert Run.objects.get().state == "failed"


def test_a_stop_before_anything_started(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    tasks.intend(str(run.pk))
    runs.cancel(run=run, by=staff("operator"), reason="x")
    tasks.cancel(str(run.pk))
    assert Run.objects.get().state == "cancelled"


def test_a_first_look_sees_it_running_and_a_later_one_its_end(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    tasks.dispatch(str(run.pk))
    executor.snapshot = Snapshot(State.RUNNING, "running", started=timezone.now())
    tasks.poll(str(run.pk), "0.2")
    assert Run.objects.get().state == "running"
    tasks.poll(str(run.pk), "0.3")
    executor.snapshot = None
    tasks.poll(str(run.pk), "0.3")
    assert Run.objects.get().state == "succeeded"
    quarantine.open_for(str(run.pk))
    quarantine.open_for(str(run.pk))
    assert EgressRequest.objects.count() == 1
    assert registry.verdict_on_outputs(Run.objects.get()).passed is False


def test_checkers_do_not_see_each_others_votes_until_both_are_in(federation, executor, tmp_path, client):
    executor.refused = [("results/link", "not a regular file")]
    executor.outputs["notes"] = b"undeclared"
    request = review(to_egress(tmp_path), "checker1")
    login(client, "checker2@saltmarsh.example")
    page = client.get(f"/egress/{request.pk}/").content.decode()
    assert "Looked at each cell." not in page
    assert "results/link" in page
    assert "which stay here: 2" in page.replace("\n", " ")
    login(client, "checker1@saltmarsh.example")
    page = client.get(f"/egress/{request.pk}/").content.decode()
    assert "Looked at each cell." in page
    assert "Your decision is in already." in page
    request = review(request, "checker2", refuse=("chart",))
    page = client.get(f"/egress/{request.pk}/").content.decode()
    assert "small numbers" in page
    assert "may leave" in page
    for thing in (RefusedFile.objects.first(), FileVote.objects.first(), OutputFile.objects.first()):
        assert str(thing)
    assert "Let out:" in client.get("/home/").content.decode()


def test_a_review_says_what_is_missing(federation, executor, tmp_path, client):
    request = to_egress(tmp_path)
    login(client, "checker1@saltmarsh.example")
    address = steps.get(EgressRequest, "review").url_for(request)
    file = request.files.first()
    response = client.post(address, {f"vote_{file.pk}": "refuse"})
    assert response.status_code == 400
    assert f"Choose why {file.title} stays." in response.content.decode()


def test_checkers_talk_and_vote_again(federation, executor, tmp_path):
    request = review(review(to_egress(tmp_path), "checker1"), "checker2", refuse=("counts",))
    egress.discuss(egressrequest=request, by=staff("checker1"), reason="Too strict?")
    egress.vote_again(egressrequest=request, by=staff("checker2"), reason="Agreed.")
    request = EgressRequest.objects.get()
    request = review(review(request, "checker1"), "checker2")
    assert (request.state, request.round) == ("reviewed", 2)
    egress.send_back(egressrequest=request, by=staff("checker1"), reason="More context.")
    egress.take_up(egressrequest=request, by=staff("checker2"), reason="It is there.")
    request = review(review(EgressRequest.objects.get(), "checker1"), "checker2")
    egress.pack(str(request.pk))
    egress.discuss(egressrequest=request, by=staff("checker1"), reason="x")
    with pytest.raises(WrongState):
        egress.discuss(egressrequest=request, by=staff("checker1"), reason="x")


def test_who_may_not_check(federation, executor, tmp_path):
    request = to_egress(tmp_path)
    with pytest.raises(NotAllowed, match="Only an output checker"):
        review(request, "operator")
    RoleGrant.objects.create(user=staff("approver"), role="output_checker", side=CENTRE.id)
    with pytest.raises(NotAllowed, match="signed this run off"):
        review(request, "approver")
    with pytest.raises(NotAllowed, match="one of the two checkers"):
        egress.release(egressrequest=request, by=staff("checker1"), note="")
    checker = staff("checker1")
    checker.orcid = "0000-0002-1825-0097"
    checker.save()
    with pytest.raises(NotAllowed, match="own project"):
        review(request, "checker1")


def released(tmp_path) -> EgressRequest:
    request = review(review(to_egress(tmp_path), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    return EgressRequest.objects.get(pk=request.pk)


def test_quarantine_is_emptied_on_its_clock_and_a_release_can_be_recalled(federation, executor, tmp_path, client):
    request = released(tmp_path)
    egress.hand_over(request, result_crate.build(request))
    EgressRequest.objects.update(approved_at=timezone.now() - timedelta(days=31))
    egress.dispose_of_old_files()
    assert request.files.filter(path="").count() == 2
    login(client, "checker1@saltmarsh.example")
    assert client.get(f"/egress/files/{request.files.first().pk}/").status_code == 404
    assert client.get(f"/egress/{request.pk}/").status_code == 200
    egress.recall(egressrequest=request, by=staff("checker1"), reason="A cell was too small.")
    assert EgressRequest.objects.get().state == "recalled"


def test_a_file_that_changed_in_quarantine_does_not_leave(federation, executor, tmp_path):
    request = review(review(to_egress(tmp_path), "checker1"), "checker2")
    OutputFile.objects.filter(port="counts").update(sha256="0" * 64)
    with pytest.raises(WrongState, match="not the one that was checked"):
        egress.release(egressrequest=request, by=staff("checker1"), note="")


def test_a_result_that_breaks_a_rule_is_never_released(federation, executor, tmp_path, monkeypatch):
    request = released(tmp_path)
    monkeypatch.setattr(result_crate, "write", lambda egress, source, path: path.write_bytes(b"not a crate"))
    with pytest.raises(result_crate.BadResult):
        result_crate.build(request)
    votes = [FileVote(file=request.files.first(), approves=False, reason_code="")]
    assert reason_of(request.files.first(), votes) == "other"


def test_text_is_shown_inert_and_unknown_kinds_not_at_all(federation, executor, tmp_path, client):
    run = received(tmp_path)
    executor.outputs = {"counts": b"plain words", "chart": b"%PDF"}
    run = sign_off(run)
    work_until_done()
    EgressRequest.objects.get().files.all().update(kind="text")
    login(client, "checker1@saltmarsh.example")
    text, other = EgressRequest.objects.get().files.order_by("port")
    assert "PDF" in client.get(f"/egress/files/{text.pk}/").content.decode()
    OutputFile.objects.filter(pk=other.pk).update(kind="other")
    assert "cannot be shown here" in client.get(f"/egress/files/{other.pk}/").content.decode()
    assert client.get(f"/egress/files/{other.pk}/image").status_code == 404


def test_untitled_outputs_are_opened_by_a_checker(federation, executor, tmp_path):
    run = received(tmp_path)
    signed = sign_off(run)
    approval = WorkflowApproval.objects.get(pk=run.workflow_approval_id)
    tasks.dispatch(str(signed.pk))
    tasks.poll(str(signed.pk), "0.2")
    WorkflowApproval.objects.filter(pk=approval.pk).update(
        outputs=[{**output, "title": ""} for output in approval.outputs]
    )
    work_until_done()
    request = EgressRequest.objects.get()
    assert request.state == "awaiting_context"
    egress.open_to_checkers(egressrequest=request, by=staff("checker1"))
    assert EgressRequest.objects.get().state == "open"


def test_only_the_requester_or_the_lead_takes_a_request_back(federation, executor, tmp_path, client):
    request = send(upload(tmp_path))
    with pytest.raises(NotAllowed, match="takes a request back"):
        submissions.withdraw(request=request, by=person("cleo@northgate.example"), reason="x")
    login(client, "cleo@northgate.example")
    page = client.get(f"/submissions/requests/{request.pk}/").content.decode()
    assert "takes a request back" in page
    assert client.get(f"/submissions/requests/{request.pk}/result.zip").status_code == 404
    Request.objects.filter(pk=request.pk).update(reason="A question.")
    assert "A question." in client.get(f"/submissions/requests/{request.pk}/").content.decode()
    assert "A question." in client.get(f"/submissions/{request.submission_id}/").content.decode()
    assert request.content()["submission"] == str(request.submission_id)
    assert Submission.objects.get().content()["sha256"]


def test_a_checker_is_led_to_the_numbers_that_the_policy_speaks_of(federation, tmp_path, client):
    run = received(tmp_path)
    request = EgressRequest.objects.create(run=run, tre=run.tre)
    facts = {"media_type": "text/csv", "kind": "table", "sha256": "0" * 64, "size": 1}
    login(client, "checker1@saltmarsh.example")
    for people, told in (
        ((3, 20), ("1 number is below 10", "1 number is not rounded to 5")),
        ((4, 6), ("2 numbers are below 10", "2 numbers are not rounded to 5")),
        ((15,), ()),
    ):
        table = "region,people\n" + "".join(f"North,{number}\n" for number in people)
        path = storages["quarantine"].save("counts.csv", ContentFile(table.encode()))
        port = f"counts-{people[0]}"
        file = OutputFile.objects.create(egress=request, port=port, name=port, title=port, path=path, **facts)
        page = client.get(f"/egress/files/{file.pk}/").content.decode()
        assert [sentence for sentence in told if sentence not in page] == []
        assert ("not rounded" in page, "govuk-tag--red" in page) == (bool(told), bool(told))
        assert "the largest single value may make up 50% of it at most" in page
    AgreementPolicy.objects.filter(pk=run.tre).update(dominance_largest=2, dominance_percent=70)
    page = client.get(f"/egress/files/{file.pk}/").content.decode()
    assert "the 2 largest values together may make up 70% of it at most" in page
