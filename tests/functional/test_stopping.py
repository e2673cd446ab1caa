"""Any one of the staff stops; what that holds is shown first; what a person stopped takes two to start again."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.errors import NotAllowed
from apps.core.workflow.steps import get
from apps.node.custody import actions as custody
from apps.node.custody.models import DataGrant, MemberAcceptance, ProjectAcceptance, WorkflowApproval
from tests.functional.federation import CENTRE, asked_here, received, sign_off, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = {"until": timezone.localdate() + timedelta(days=30)}

STOPS = {
    ProjectAcceptance: ("end", custody.end_project, custody.offer_project_again, custody.accept_project),
    MemberAcceptance: ("end", custody.end_member, custody.offer_member_again, custody.accept_member),
    DataGrant: ("revoke", custody.revoke_grant, custody.request_grant_again, custody.grant),
    WorkflowApproval: (
        "withdraw",
        custody.withdraw_workflow,
        custody.propose_workflow_again,
        custody.approve_workflow,
    ),
}


def of_run(model, run):
    rows = model.objects.for_tre(run) if model is WorkflowApproval else asked_here(model)
    return rows.get(member=run.requester["id"]) if model is MemberAcceptance else rows.get()


@pytest.mark.parametrize("model", STOPS)
def test_one_stops_and_two_start_again(model, federation, executor, tmp_path):
    _verb, stop, ask, decide = STOPS[model]
    noun, role = model._meta.model_name, "approver" if model is WorkflowApproval else "custodian"
    thing = of_run(model, received(tmp_path))
    stop(**{noun: thing}, by=staff("checker1"), reason="Stop.")
    with pytest.raises(NotAllowed, match="staff"):
        ask(**{noun: thing}, by=RoleGrant.objects.filter(role="researcher").first().user, reason="x")
    ask(**{noun: thing}, by=staff(role), reason="It was a mistake.")
    with pytest.raises(NotAllowed, match="A second person has to decide"):
        decide(**{noun: thing}, by=staff(role), reason="x", **UNTIL)
    RoleGrant.objects.create(
        user=staff("operator"), role="run_approver" if role == "approver" else role, side=CENTRE.id
    )
    decide(**{noun: thing}, by=staff("operator"), reason="Two say so.", **UNTIL)
    assert model.objects.get(pk=thing.pk).state == model.YES


def test_what_was_refused_is_looked_at_again_by_its_decider_alone(federation):
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    custody.withdraw_workflow(workflowapproval=approval, by=staff("operator"), reason="x")
    custody.propose_workflow_again(workflowapproval=approval, by=staff("operator"), reason="x")
    custody.refuse_workflow(workflowapproval=approval, by=staff("approver"), reason="No.")
    with pytest.raises(NotAllowed, match="run approver"):
        custody.propose_workflow_again(workflowapproval=approval, by=staff("operator"), reason="x")
    custody.propose_workflow_again(workflowapproval=approval, by=staff("approver"), reason="Looked wrongly.")
    custody.approve_workflow(workflowapproval=approval, by=staff("approver"), reason="Yes.", **UNTIL)
    assert WorkflowApproval.objects.get(pk=approval.pk).state == "approved"


@pytest.mark.parametrize("model", STOPS)
def test_what_it_holds_is_shown_first_and_has_to_be_seen(model, federation, executor, tmp_path, client):
    finished = sign_off(received(tmp_path))
    work_until_done()
    run = received(tmp_path)
    thing = of_run(model, run)
    client.force_login(staff("operator"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = get(model, STOPS[model][0]).url_for(thing)
    shown = client.get(address).content.decode()
    assert "Runs: 1" in shown
    assert run.get_absolute_url() in shown
    assert finished.get_absolute_url() not in shown
    assert "Results that wait to be checked or let out: 1" in shown
    assert "I have seen that this holds 2 things that wait or run." in shown
    refused = client.post(address, {"reason": "x"})
    assert refused.status_code == 400
    assert "Look at what this holds" in refused.content.decode()
    assert client.post(address, {"reason": "x", "seen": "on"}).status_code == 302
    assert model.objects.get(pk=thing.pk).state == model.STOPPED


def test_where_nothing_waits_nothing_has_to_be_seen(federation, client):
    thing = asked_here(DataGrant).get()
    client.force_login(staff("operator"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = get(DataGrant, "revoke").url_for(thing)
    assert "What this holds" not in client.get(address).content.decode()
    assert client.post(address, {"reason": "x"}).status_code == 302
