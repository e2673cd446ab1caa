"""Ask for an analysis by form: from the choice of a project to a request at a secure data centre, and again."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.crates.build import RequestedInput
from apps.core.crates.check import CONTEXT_OF_OUTPUT, check, read
from apps.core.crates.limits import Limits
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.outbox.registry import TryLater
from apps.hub.datasets.models import DatasetVersion, WorkflowVersion
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Accreditation, Evidence, SponsorRequest
from apps.hub.submissions import actions, draft_actions
from apps.hub.submissions.checking import limits
from apps.hub.submissions.models import Draft, Request, Submission
from apps.node.custody import actions as custody
from apps.node.custody.models import WorkflowApproval
from apps.node.runs import actions as runs
from apps.node.runs.code import code_of
from apps.node.runs.models import Run
from tests.functional.federation import CENTRE, person, staff, upload, work_until_done
from tests.functional.test_node_pages import with_inputs

ADA = "ada@northgate.example"
CODE = {
    "name": "query",
    "type": "string",
    "kind": "code",
    "label": "Your query",
    "default": "",
    "unit": "",
    "choices": [],
}
SCRIPT = {"name": "script", "type": "file", "kind": "code", "label": "Your script", "default": ""}
FILE = {"name": "regions", "type": "file", "kind": "data", "label": "Regions", "default": "", "unit": "", "choices": []}
CHOICE = {
    **{"name": "shape", "type": "string", "kind": "choice", "label": "Shape", "default": "bars"},
    **{"unit": "", "choices": ["bars", "lines"]},
}
OTHERS = [
    {"name": "share", "type": "number", "kind": "data", "label": "Share", "default": "0.5", "unit": "%", "choices": []},
    {
        "name": "round",
        "type": "boolean",
        "kind": "data",
        "label": "Round",
        "default": "true",
        "unit": "",
        "choices": [],
    },
]


def login(client, email) -> Client:
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def ada(federation, executor, client):
    return login(client, ADA)


def with_parameters(*more):
    """The demonstration workflow, asking for more: at the hub alone, so no TRE has approved it so."""
    version = WorkflowVersion.objects.get()
    WorkflowVersion.objects.filter(pk=version.pk).update(parameters=[*version.parameters, *more])


def started(client) -> Draft:
    project, version = Project.objects.get(code="ASTHMA-24"), WorkflowVersion.objects.get()
    response = client.post(reverse("submissions:ask"), {"project": project.pk, "workflow": version.pk})
    draft = Draft.objects.get()
    assert response["Location"] == draft.get_absolute_url()
    return draft


def answers(**more) -> dict:
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    return {
        "title": "Asthma by region",
        "description": "Where do people with asthma live?",
        "in_min_cell": "10",
        "in_age_bands": "0-39,40+",
        **{f"out_{output}_{word}": "As usual" for output in ("counts", "chart") for word in CONTEXT_OF_OUTPUT},
        "out_counts_population": "Everybody with asthma",
        f"tre_{CENTRE.id}": "on",
        f"data_{CENTRE.id}_dataset": str(version.pk),
        **more,
    }


def ask_for(client, draft, **more):
    """Look at the crate, then ask for it as it was seen."""
    address = reverse("submissions:look", args=[draft.pk])
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(address).content.decode())
    return client.post(address, {"seen": seen[1] if seen else "", **more})


def test_a_request_is_written_looked_at_and_asked_without_any_json(ada):
    page = ada.get(reverse("submissions:list")).content.decode()
    assert reverse("submissions:ask") in page
    page = ada.get(reverse("submissions:ask")).content.decode()
    assert "ASTHMA-24" in page
    assert "Counts by region and age band" in page
    draft = started(ada)
    page = ada.get(draft.get_absolute_url()).content.decode()
    assert 'value="0-17,18-39,40-64,65+"' in page
    assert "(people)" in page
    assert "Everybody in the dataset whose main illness is asthma" in page
    response = ada.post(draft.get_absolute_url(), answers(look="1"))
    assert response["Location"] == reverse("submissions:look", args=[draft.pk])
    page = ada.get(response["Location"]).content.decode()
    assert "Nothing to mend." in page
    assert f"{CENTRE.name}, on this project: not told yet." in page
    assert "0-39,40+" in page
    assert "Everybody with asthma" in page
    assert CENTRE.name in page
    response = ask_for(ada, draft)
    submission = Submission.objects.get()
    assert response["Location"] == submission.get_absolute_url()
    assert submission.state == "sent"
    assert submission.report["findings"] == []
    assert submission.external_identifier == f"urn:uuid:{draft.pk}"
    work_until_done()
    run = Run.objects.get()
    assert run.parameters == {"min_cell": 10, "age_bands": "0-39,40+"}
    assert run.wanted[0]["population"] == "Everybody with asthma"
    told = login(Client(), "approver@saltmarsh.example").get(run.get_absolute_url()).content.decode()
    assert "Everybody with asthma" in told


def test_a_second_click_changes_nothing_and_leads_to_what_was_asked(ada):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    look = reverse("submissions:look", args=[draft.pk])
    first, second = ask_for(ada, draft), ada.post(look)
    assert first["Location"] == second["Location"] == Submission.objects.get().get_absolute_url()
    draft = Draft.objects.get()
    assert draft_actions.ask(draft=draft, by=person(ADA), seen="") == draft.submission
    for address in (draft.get_absolute_url(), look, reverse("submissions:draft_crate", args=[draft.pk])):
        assert ada.get(address).status_code == 302
    with pytest.raises(WrongState, match="asked already"):
        draft_actions.save(draft=draft, by=person(ADA), values={}, files={})
    page = ada.get(reverse("submissions:list")).content.decode()
    assert draft.get_absolute_url() not in page


def test_whatever_was_typed_is_kept_right_or_wrong(ada):
    draft = started(ada)
    wrong = answers(in_min_cell="many", save="1") | {f"data_{CENTRE.id}_dataset": ""}
    response = ada.post(draft.get_absolute_url(), wrong, follow=True)
    assert "Saved." in response.content.decode()
    assert 'value="many"' in response.content.decode()
    response = ada.post(draft.get_absolute_url(), wrong | {"look": "1"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "Enter a whole number." in page
    assert f"Choose a dataset at {CENTRE.name}." in page
    assert 'value="many"' in page
    response = ada.get(reverse("submissions:look", args=[draft.pk]), follow=True)
    assert "Enter a whole number." in response.content.decode()
    with pytest.raises(BadInput, match="missing or wrong"):
        draft_actions.ask(draft=draft, by=person(ADA), seen="")
    assert ada.get(reverse("submissions:draft_crate", args=[draft.pk])).status_code == 302
    assert "Asthma by region" in ada.get(reverse("submissions:list")).content.decode()
    assert "Finish and send" in ada.get(reverse("home")).content.decode()


def test_what_is_missing_and_what_the_check_says_are_told_while_the_form_is_filled_in(ada):
    draft = started(ada)
    address = reverse("submissions:draft_so_far", args=[draft.pk])
    page = ada.post(address, answers(in_min_cell="many") | {f"tre_{CENTRE.id}": ""}).content.decode()
    assert "Still to do:" in page
    assert "Enter a whole number." in page
    assert "Choose at least one secure data centre." in page
    orcid = person(ADA).orcid
    User.objects.filter(email=ADA).update(orcid="")
    assert "It cannot be sent yet:" in ada.post(address, answers()).content.decode()
    User.objects.filter(email=ADA).update(orcid=orcid)
    page = ada.post(address, answers()).content.decode()
    assert "Nothing to mend." in page
    assert "It can be sent." in page
    assert "What is in it" in page
    assert Draft.objects.get().values == {}


def test_the_panel_tells_of_files_and_of_a_crate_that_the_check_refuses(ada, monkeypatch):
    with_parameters(FILE)
    draft = started(ada)
    address = reverse("submissions:draft_so_far", args=[draft.pk])
    page = ada.post(address, answers(in_regions="regions.csv")).content.decode()
    assert "the file comes with it when you save" in page
    assert "This field is required" not in page
    ada.post(draft.get_absolute_url(), answers(in_regions=SimpleUploadedFile("regions.csv", b"North\n")))
    monkeypatch.setattr("apps.hub.submissions.checking.limits", lambda: Limits(entities=3))
    assert "It cannot be sent like this." in ada.post(address, answers()).content.decode()
    refused = ask_for(ada, draft)
    assert refused.status_code == 400
    assert "more than 3 entities" in refused.content.decode()
    monkeypatch.setattr("apps.hub.submissions.draft_views.LIVE_BYTES", 1)
    assert "we look at them when you save" in ada.post(address, answers()).content.decode()


def test_what_changed_since_she_looked_is_not_sent(ada):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    look = reverse("submissions:look", args=[draft.pk])
    seen = re.search(r'name="seen" value="([^"]+)"', ada.get(look).content.decode())[1]
    ada.post(draft.get_absolute_url(), answers(title="Something else"))
    response = ada.post(look, {"seen": seen})
    assert response.status_code == 409
    assert "changed since you looked" in response.content.decode()
    assert Submission.objects.count() == 0


def test_a_second_click_begins_no_second_draft_and_what_is_gone_is_told(ada):
    draft = started(ada)
    assert started(ada) == draft
    draft_actions.discard(draft=draft, by=person(ADA))
    for act in (draft_actions.discard, partial(draft_actions.save, values={}, files={})):
        with pytest.raises(WrongState, match="thrown away"):
            act(draft=draft, by=person(ADA))


def test_what_was_asked_keeps_no_answers_and_saving_it_later_is_told(ada):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers(in_age_bands="password: hunter22"))
    ask_for(ada, draft, looked_at_suspicions="on")
    assert "hunter22" not in str(Draft.objects.get().values)
    page = ada.post(draft.get_absolute_url(), answers(), follow=True).content.decode()
    assert "nothing was saved" in page
    submission = Submission.objects.get()
    assert "hunter22" not in ada.get(submission.get_absolute_url()).content.decode()
    auditor = login(Client(), "auditor@hub.example")
    for name in ("detail", "crate"):
        assert "hunter22" not in auditor.get(reverse(f"submissions:{name}", args=[submission.pk])).content.decode()
    draft_actions.send_asked(str(submission.pk))


def test_a_nul_is_no_letter_of_any_answer(ada):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers(title="a\0b"))
    assert Draft.objects.get().values["title"] == "ab"
    assert ada.get(reverse("submissions:ask"), {"q": "\0asthma"}).status_code == 200


def test_a_file_of_few_words_is_no_zip_bomb(ada):
    with_parameters(FILE)
    draft = started(ada)
    rows = SimpleUploadedFile("regions.csv", b"North\n" * 2_500_000)
    ada.post(draft.get_absolute_url(), answers(in_regions=rows))
    assert "Nothing to mend." in ada.get(reverse("submissions:look", args=[draft.pk])).content.decode()


def test_the_crate_can_be_taken_away_and_handed_in_by_hand_and_both_are_the_same(ada):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    response = ada.get(reverse("submissions:draft_crate", args=[draft.pk]))
    assert response["Content-Type"] == "application/zip"
    content = b"".join(response.streaming_content)
    file = SimpleUploadedFile("request.zip", content, "application/zip")
    by_hand = actions.upload(by=person(ADA), file=file)
    by_hand = Submission.objects.get(pk=by_hand.pk)
    assert by_hand.state == "valid"
    asked = ask_for(ada, draft)
    assert asked.status_code == 409
    assert "was handed in before" in asked.content.decode()
    assert Draft.objects.unfinished().get().values["title"] == "Asthma by region"


def test_the_first_page_finds_analyses_by_their_words_and_asks_for_both_choices(ada):
    address = reverse("submissions:ask")
    assert "Count people with asthma" in ada.get(address, {"q": "bars asthma"}).content.decode()
    assert "No analysis speaks of this" in ada.get(address, {"q": "diabetes"}).content.decode()
    for wrong in ({}, {"project": Project.objects.get(code="ASTHMA-24").pk, "workflow": "x"}):
        response = ada.post(address, wrong)
        assert response.status_code == 400
        assert "Choose a project and an analysis." in response.content.decode()
    assert Draft.objects.count() == 0


def test_who_is_in_no_project_is_told_what_to_do(federation, client):
    page = login(client, "dina@northgate.example").get(reverse("submissions:ask")).content.decode()
    assert "not yet a member of a project" in page


def test_a_project_that_is_not_approved_yet_can_be_written_for_but_not_asked(federation, executor, client):
    bo = login(client, "bo@northgate.example")
    project, version = Project.objects.get(code="ASTHMA-25"), WorkflowVersion.objects.get()
    assert "not send it yet" in bo.get(reverse("submissions:ask")).content.decode()
    bo.post(reverse("submissions:ask"), {"project": project.pk, "workflow": version.pk})
    draft = Draft.objects.get()
    bo.post(draft.get_absolute_url(), answers())
    page = bo.get(reverse("submissions:look", args=[draft.pk])).content.decode()
    assert "The project is “in review”." in page
    assert "Ask for it" not in page
    assert ask_for(bo, draft).status_code == 403
    assert Submission.objects.count() == 0


def test_a_draft_is_its_writers_own(ada):
    draft = started(ada)
    for email in ("cleo@northgate.example", "auditor@hub.example"):
        other = login(Client(), email)
        for name in ("draft", "look", "draft_crate", "discard_draft"):
            assert other.get(reverse(f"submissions:{name}", args=[draft.pk])).status_code == 404
    with pytest.raises(NotAllowed):
        draft_actions.save(draft=draft, by=person("cleo@northgate.example"), values={}, files={})
    with pytest.raises(NotAllowed, match="not an approved member"):
        draft_actions.start(
            by=person("dina@northgate.example"), project=draft.project, workflow_version=draft.workflow_version
        )


def names_kept() -> list[str]:
    """The files that drafts keep in the storage."""
    folders, _files = storages["crates"].listdir("drafts") if storages["crates"].exists("drafts") else ([], [])
    return [name for folder in folders for name in storages["crates"].listdir(f"drafts/{folder}")[1]]


def test_files_are_kept_with_the_draft_replaced_and_thrown_away(ada, django_capture_on_commit_callbacks):
    with_parameters(FILE)
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers(in_regions=SimpleUploadedFile("regions.csv", b"North\n")))
    page = ada.get(draft.get_absolute_url()).content.decode()
    assert "regions.csv" in page
    first = names_kept()
    assert len(first) == 1
    ada.post(draft.get_absolute_url(), answers())
    assert names_kept() == first
    with django_capture_on_commit_callbacks(execute=True):
        ada.post(draft.get_absolute_url(), answers(in_regions=SimpleUploadedFile("regions.csv", b"South\n")))
    assert len(names_kept()) == 1
    assert names_kept() != first
    content = b"".join(ada.get(reverse("submissions:draft_crate", args=[draft.pk])).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("request/data/inputs/regions/regions.csv") == b"South\n"
    assert "gone for good" in ada.get(reverse("submissions:discard_draft", args=[draft.pk])).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert ada.post(reverse("submissions:discard_draft", args=[draft.pk])).status_code == 302
    assert names_kept() == []
    assert Draft.objects.count() == 0


def test_a_file_with_an_odd_name_or_too_large_is_told_and_loses_nothing(ada, settings):
    with_parameters(FILE, SCRIPT)
    draft = started(ada)
    odd = answers(in_regions=SimpleUploadedFile("con", b"x"), in_script=SimpleUploadedFile("a.py", b"x" * 100_001))
    page = ada.post(draft.get_absolute_url(), odd | {"look": "1"}).content.decode()
    assert "Give the file a plain name" in page
    assert "longer than a person can read" in page
    ada.post(draft.get_absolute_url(), answers())
    settings.UPLOAD_LIMIT_MB = 0
    response = ada.post(draft.get_absolute_url(), answers(in_regions=SimpleUploadedFile("a.csv", b"x" * 100)))
    assert response.status_code == 413
    assert "A file is too large" in response.content.decode()
    assert Draft.objects.get().values["title"] == "Asthma by region"


def test_each_kind_of_parameter_becomes_a_field_of_its_kind(ada):
    with_parameters(CODE, CHOICE, *OTHERS)
    draft = started(ada)
    page = ada.get(draft.get_absolute_url()).content.decode()
    assert "This is code." in page
    assert re.search(r'<option value="bars" selected', page)
    assert "Share (%)" in page
    told = {"in_query": "select 1\n", "in_shape": "lines", "in_share": "0.25", "in_round": "false", "look": "1"}
    assert ada.post(draft.get_absolute_url(), answers(**told)).status_code == 302
    page = ada.get(reverse("submissions:look", args=[draft.pk])).content.decode()
    assert "Nothing to mend." in page
    ask_for(ada, draft)
    inputs = {each["parameter"]: each["value"] for each in Submission.objects.get().facts["inputs"]}
    assert inputs["query"] == "select 1\n"
    assert inputs["shape"] == "lines"
    assert inputs["share"] == "0.25"
    assert inputs["round"] == "false"


def test_asked_again_it_begins_with_what_was_asked(ada, tmp_path):
    with_parameters(FILE)
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers(in_regions=SimpleUploadedFile("regions.csv", b"North\n")))
    ask_for(ada, draft)
    submission = Submission.objects.get()
    page = ada.get(submission.get_absolute_url()).content.decode()
    again = reverse("submissions:ask_again", args=[submission.pk])
    assert again in page
    response = ada.post(again, follow=True)
    new = Draft.objects.unfinished().get()
    page = response.content.decode()
    assert 'value="0-39,40+"' in page
    assert 'value="Everybody with asthma"' in page
    assert "regions.csv" in page
    assert new.values[f"tre_{CENTRE.id}"] == "on"
    ask_for(ada, new)
    assert Submission.objects.filter(state="sent").count() == 2
    cleo = login(Client(), "cleo@northgate.example")
    assert cleo.post(again).status_code == 302
    auditor = login(Client(), "auditor@hub.example")
    assert again not in auditor.get(submission.get_absolute_url()).content.decode()
    assert auditor.post(again).status_code == 403
    with pytest.raises(NotAllowed, match="Only the researcher and her project"):
        draft_actions.ask_again(submission=submission, by=person("dina@northgate.example"))


def test_what_names_nothing_known_cannot_be_asked_again(ada, tmp_path):
    submission = upload(tmp_path)
    submission.workflow_version = None
    submission.save()
    assert ada.post(reverse("submissions:ask_again", args=[submission.pk])).status_code == 400


def test_a_crate_that_is_looked_into_by_the_worker_is_sent_when_that_is_done(ada, monkeypatch):
    monkeypatch.setattr(actions, "CHECK_AT_ONCE_BYTES", 10)
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    page = ada.get(ask_for(ada, draft)["Location"]).content.decode()
    assert "It is sent as soon as our check of it is done." in page
    assert Submission.objects.get().state == "uploaded"
    with pytest.raises(TryLater):
        draft_actions.send_asked(str(Submission.objects.get().pk))
    work_until_done(30)
    assert Submission.objects.get().state == "sent"


def test_a_researcher_without_orcid_and_accreditation_hears_why_she_cannot_send(ada):
    User.objects.filter(email=ADA).update(orcid="")
    for papers in (Evidence, SponsorRequest):
        papers.objects.filter(accreditation__user__email=ADA).delete()
    Accreditation.objects.filter(user__email=ADA).delete()
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    page = ada.get(reverse("submissions:look", args=[draft.pk])).content.decode()
    assert "ORCID iD not given" in page
    assert "There is no accreditation" in page


def test_what_looks_like_a_secret_is_looked_at_by_who_sends_it_and_by_who_signs_it(ada):
    approved_again([*WorkflowVersion.objects.get().parameters, FILE])
    with_parameters(FILE)
    draft = started(ada)
    secret = SimpleUploadedFile("regions.csv", b"password = hunter22\n")
    ada.post(draft.get_absolute_url(), answers(in_regions=secret))
    look = reverse("submissions:look", args=[draft.pk])
    page = ada.get(look).content.decode()
    assert "looks like a password" in page
    assert "hunter22" not in page
    refused = ask_for(ada, draft)
    assert refused.status_code == 400
    assert "Look at it, and say so." in refused.content.decode()
    assert Submission.objects.count() == 0
    assert list(storages["crates"].listdir("")[1]) == []
    ask_for(ada, draft, looked_at_suspicions="on")
    assert Submission.objects.get().state == "sent"
    work_until_done()
    run = Run.objects.get()
    assert run.suspicions[0]["place"] == "inputs/regions/regions.csv"
    approver = login(Client(), "approver@saltmarsh.example")
    page = approver.get(run.get_absolute_url()).content.decode()
    assert "The list shows them masked; the values and files themselves stand below." in page
    sign = f"/act/runs/run/{run.pk}/sign_off/"
    assert "seems to be a secret" in approver.get(sign).content.decode()
    told = {"reason": "Fine.", "declared": "on"}
    assert approver.post(sign, told).status_code == 400
    with pytest.raises(BadInput, match="looks like a secret"):
        runs.sign_off(run=run, by=staff("approver"), reason="Fine.", declared=True)
    approver.post(sign, told | {"looked_at_suspicions": "on"})
    assert Run.objects.get().state == "signed_off"


def test_an_uploaded_crate_with_a_suspicion_is_sent_only_by_who_has_looked(ada, tmp_path):
    least = {"name": "min_cell", "type": "integer", "label": "Least"}
    bands = {"name": "age_bands", "type": "string", "label": "Bands"}
    inputs = [RequestedInput(least, "10"), RequestedInput(bands, "password: hunter22")]
    submission = with_inputs(tmp_path, lambda request: replace(request, inputs=inputs))
    choose = reverse("submissions:choose", args=[submission.pk])
    choices = {f"tre_{CENTRE.id}": "on", f"data_{CENTRE.id}_dataset": answers()[f"data_{CENTRE.id}_dataset"]}
    assert "Look at each place" in ada.post(choose, choices).content.decode()
    with pytest.raises(BadInput):
        actions.send(submission=submission, by=person(ADA), choices={})
    assert ada.post(choose, choices | {"looked_at_suspicions": "on"}).status_code == 302


def asked_with(ada, parameters, **more) -> Run:
    """A run of the demonstration workflow with these parameters, approved at the TRE as they are."""
    WorkflowVersion.objects.update(parameters=parameters)
    project, version = Project.objects.get(code="ASTHMA-24"), WorkflowVersion.objects.get()
    ada.post(reverse("submissions:ask"), {"project": project.pk, "workflow": version.pk})
    draft = Draft.objects.unfinished().get()
    ada.post(draft.get_absolute_url(), answers(**more))
    ask_for(ada, draft)
    work_until_done()
    return Run.objects.order_by("-created_at").first()


def approved_again(parameters) -> None:
    """The TRE approves the workflow with these parameters: what was signed is what it says."""
    by, until, why = staff("approver"), timezone.localdate() + timedelta(days=9), "It asks for more now."
    approvals = WorkflowApproval.objects.for_tre(CENTRE.id)
    custody.withdraw_workflow(workflowapproval=approvals.get(), by=by, reason=why)
    custody.propose_workflow_again(workflowapproval=approvals.get(), by=staff("operator"), reason=why)
    approvals.update(parameters=parameters)
    custody.approve_workflow(workflowapproval=approvals.get(), by=by, reason="Read.", until=until)


def test_code_is_read_before_it_is_signed_with_what_is_new_in_it(ada):
    parameters = [*WorkflowVersion.objects.get().parameters, CODE, SCRIPT]
    approved_again(parameters)
    script = SimpleUploadedFile("run.py", b"print(1)\nprint(2)\n")
    first = asked_with(ada, parameters, in_query="select 1", in_script=script)
    approver = login(Client(), "approver@saltmarsh.example")
    page = approver.get(first.get_absolute_url()).content.decode()
    assert "all of it is new" in page
    assert "select 1" in page
    assert "print(2)" in page
    sign = f"/act/runs/run/{first.pk}/sign_off/"
    told = {"reason": "Read it.", "declared": "on"}
    assert "Read the code on the page of the run" in approver.post(sign, told).content.decode()
    with pytest.raises(BadInput, match="brings code"):
        runs.sign_off(run=first, by=staff("approver"), reason="x", declared=True)
    assert approver.post(sign, told | {"read_code": "on"}).status_code == 302
    assert Run.objects.get(pk=first.pk).state == "signed_off"
    script = SimpleUploadedFile("run.py", b"print(1)\nprint(3)\n")
    second = asked_with(ada, parameters, in_query="select 1", in_script=script)
    page = approver.get(second.get_absolute_url()).content.decode()
    assert "signed off</a> before, in the run" in page
    assert re.search(r"<del>.*print\(2\)</del>", page)
    assert re.search(r"<ins>.*print\(3\)</ins>", page)
    marks = [(line.mark, line.text) for line in code_of(second)[1].lines]
    assert marks == [("same", "print(1)"), ("removed", "print(2)"), ("added", "print(3)")]
    assert "read before each run" in approver.get(second.workflow_approval.get_absolute_url()).content.decode()


def signed_with_code(ada, script: bytes, **typed) -> Run:
    """A run with a script and a query that its approver has signed off."""
    run = asked_with_code(ada, script, **typed)
    runs.sign_off(run=run, by=staff("approver"), reason="Read it.", declared=True, read_code=True)
    return Run.objects.get(pk=run.pk)


def asked_with_code(ada, script: bytes, in_query="select 1") -> Run | None:
    parameters = [
        *(each for each in WorkflowVersion.objects.get().parameters if each not in (CODE, SCRIPT)),
        CODE,
        SCRIPT,
    ]
    if WorkflowApproval.objects.for_tre(CENTRE.id).get().parameters != parameters:
        approved_again(parameters)
    return asked_with(ada, parameters, in_query=in_query, in_script=SimpleUploadedFile("run.py", script))


def page_of(run) -> str:
    response = login(Client(), "approver@saltmarsh.example").get(run.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_code_is_compared_by_its_bytes_and_hides_nothing(ada):
    first = signed_with_code(ada, b"print(1)\nprint(2)")
    assert not code_of(first)[1].hides
    hidden = "print(1)\r\npri\u200bnt(2)\u202e\u2028\x0b\x1b".encode()
    second = signed_with_code(ada, hidden, in_query="select\u2066 1")
    page = page_of(second)
    assert page.count("This holds characters that nobody sees") == 3  # twice in code, and where its file comes in
    assert "pri[U+200B]nt(2)[U+202E][U+2028][U+000B][U+001B]" in page
    assert "select[U+2066] 1" in page
    assert not set("\u200b\u202e\u2028\u2066\x0b\x1b") & set(page)
    marks = [(line.mark, line.text) for line in code_of(second)[1].lines]
    assert marks[0] == ("removed", "print(1)")
    assert marks[2] == ("added", "print(1)")  # with another line end, other bytes
    # What was signed later is not what this one was compared with.
    assert page_of(first).count("This code has not been signed off before: all of it is new.") == 2
    assert code_of(second)[1].compared_with == first


def test_code_that_cannot_be_read_is_told_and_cannot_be_signed(ada):
    first = signed_with_code(ada, b"print(1)")
    second = asked_with_code(ada, b"print(1)")
    assert code_of(second)[1].is_unchanged
    Run.objects.filter(pk=first.pk).update(crate="gone.zip")
    assert page_of(first).count("something that a person can read") == 2
    assert "This code has not been signed off before" in page_of(second)
    Run.objects.filter(pk=second.pk).update(files={"script": "inputs/script/"})
    assert page_of(second).count("something that a person can read") == 2
    sign_off = {"by": staff("approver"), "reason": "x", "declared": True, "read_code": True}
    with pytest.raises(BadInput, match="Nobody can read what the crate gives for: script."):
        runs.sign_off(run=second, **sign_off)


@pytest.mark.parametrize("script", [b"print(1)\xff", b"print(1)\0"])
def test_code_that_is_no_text_is_refused_before_anybody_is_asked_to_read_it(script, ada):
    assert asked_with_code(ada, script) is None
    assert Request.objects.get().reason.startswith("script is code, and not a text that a person can read")


def test_the_values_of_a_run_are_not_in_the_admin(ada):
    run = asked_with_code(ada, b"print(1)", in_query="select 'only on its page'")
    assert "only on its page" in page_of(run)
    admin = login(Client(), "admin@saltmarsh.example")
    page = admin.get(reverse("admin:runs_run_change", args=[run.pk])).content.decode()
    assert run.crate_sha256 in page
    assert "only on its page" not in page


def test_the_crate_of_a_draft_is_the_same_whenever_it_is_made(ada, tmp_path):
    draft = started(ada)
    ada.post(draft.get_absolute_url(), answers())
    address = reverse("submissions:draft_crate", args=[draft.pk])
    made = [b"".join(ada.get(address).streaming_content) for _ in range(2)]
    for number, content in enumerate(made):
        (tmp_path / f"{number}.zip").write_bytes(content)
    assert read(tmp_path / "0.zip").document["@graph"][0] == read(tmp_path / "1.zip").document["@graph"][0]
    assert check(tmp_path / "0.zip", limits=limits()).findings == []
    assert read(tmp_path / "0.zip").run_id == f"#run-{draft.run_id}"
