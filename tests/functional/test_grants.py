"""A data grant: within what the panel approved, never wider; for some variables and some workflows, where the custodian says so."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.errors import BadInput
from apps.core.workflow.models import sign, sign_offs
from apps.core.workflow.steps import get
from apps.hub.projects.models import Project
from apps.node.custody import actions as custody
from apps.node.custody.models import DataGrant, DatasetLocation, WorkflowApproval
from apps.node.runs.jobs import locations
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from tests.functional.federation import CENTRE, asked_here, received, sign_off, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = timezone.localdate() + timedelta(days=30)
FEW = ["age", "region"]


def asked_again() -> DataGrant:
    grant = asked_here(DataGrant).get()
    custody.revoke_grant(datagrant=grant, by=staff("operator"), reason="To narrow it.")
    custody.request_grant_again(datagrant=grant, by=staff("operator"), reason="Narrower.")
    return DataGrant.objects.get(pk=grant.pk)


def grant(**narrowed) -> None:
    custody.grant(datagrant=asked_again(), by=staff("custodian"), reason="Yes.", until=DAYS, **narrowed)


def test_the_offer_tells_the_variables_and_all_of_them_are_granted_unless_fewer(federation, executor, tmp_path):
    run = received(tmp_path)
    found = asked_here(DataGrant).get()
    assert set(FEW) < set(found.approved_variables)
    assert found.variables == found.approved_variables
    assert five_safes(run)[2].passed


def test_what_the_panel_was_not_asked_for_is_never_offered(federation, executor, tmp_path):
    """Ada's project asks for three of six columns: her secure data centre hears of these three, and grants no fourth."""
    project = Project.objects.get(lead__email="ada@northgate.example", state="approved")
    section = project.sections.get(key="data")
    version = project.dataset_versions.get(dataset__held_by=CENTRE.id)
    key = f"variables_{version.pk}"
    section.answers[key] = "age: why\r\n region : why\n\nage: again\ndiagnosis: why"
    section.save()
    past = sign_offs(project).first()
    sign(subject=project, verb=past.verb, by=past.by, outcome=past.outcome, reason=past.reason, until=past.until)
    received(tmp_path)
    found = asked_here(DataGrant).get()
    assert found.approved_variables == ["age", "diagnosis", "region"]
    with pytest.raises(BadInput, match="never wider"):
        grant(variables=["age", "sex"])
    section.answers[key] = ""
    section.save()
    assert project.variables_of([version]) == {str(version.pk): version.variables}


def test_a_grant_is_never_wider_than_what_was_approved(federation):
    with pytest.raises(BadInput, match="never wider"):
        grant(variables=[*FEW, "shoe size"])


def test_a_narrower_grant_holds_the_run_until_its_extract_is_there(federation, executor, tmp_path):
    run = received(tmp_path)
    grant(variables=FEW)
    held = sign_off(run)
    assert "holds more than was granted" in held.held_why
    assert "sex" in held.held_why
    whole = DatasetLocation.objects.for_tre(CENTRE.id).get()
    extract = tmp_path / "extract.csv"
    extract.write_text("age,region\n61,North\n")
    facts = {"dataset_version": whole.dataset_version, "name": whole.name, "path": str(extract)}
    custody.locate_dataset(tre=CENTRE.id, by=staff("operator"), project=run.project, **facts)
    work_until_done()
    again = Run.objects.get(pk=run.pk)
    assert again.held_at is None
    assert locations(again) == {"dataset": extract}
    extract.unlink()
    assert "is not where it was" in five_safes(again)[2].sentence
    assert Path(whole.path).is_file()


def test_a_grant_for_other_workflows_does_not_cover_this_one(federation, executor, tmp_path):
    run = received(tmp_path)
    grant(workflows=["https://example.org/another"])
    assert "not with this workflow" in five_safes(run)[2].sentence
    grant(workflows=[run.workflow_approval.identifier])
    assert five_safes(run)[2].passed


def test_the_custodian_chooses_on_the_page(federation, client):
    asked = asked_again()
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = get(DataGrant, "grant").url_for(asked)
    assert "You may grant fewer, never more." in client.get(address).content.decode()
    workflow = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    fields = {"variables": FEW, "workflows": [workflow.identifier], "until": DAYS.isoformat(), "reason": "Enough."}
    fields |= {"seen": asked.shown_sha256()}
    assert client.post(address, fields | {"variables": [*FEW, "x"]}).status_code == 400
    assert client.post(address, fields).status_code == 302
    granted = DataGrant.objects.get(pk=asked.pk)
    assert (granted.variables, granted.workflows) == (FEW, [workflow.identifier])
    page = client.get(granted.get_absolute_url()).content.decode()
    assert "Variables that are granted" in page
    assert workflow.identifier in page


def test_without_variables_or_workflows_the_page_asks_for_neither(federation, client):
    asked = asked_again()
    DataGrant.objects.filter(pk=asked.pk).update(approved_variables=[])
    workflow = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    custody.withdraw_workflow(workflowapproval=workflow, by=staff("operator"), reason="x")
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(get(DataGrant, "grant").url_for(asked)).content.decode()
    assert "Which variables?" not in page
    assert "Leave all of them empty" not in page
