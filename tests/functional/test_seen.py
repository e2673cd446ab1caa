"""What a TRE decides on is what the page showed: else nothing is decided, and what was written is kept."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.errors import WrongState
from apps.core.workflow.steps import get
from apps.node.custody import actions as custody
from apps.node.custody.models import DataGrant, MemberAcceptance, ProjectAcceptance, WorkflowApproval
from tests.functional.federation import CENTRE, staff

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = timezone.localdate() + timedelta(days=30)
DECIDED = {
    ProjectAcceptance: (custody.end_project, custody.offer_project_again, "title", "accept", "custodian"),
    MemberAcceptance: (custody.end_member, custody.offer_member_again, "name", "accept", "custodian"),
    DataGrant: (custody.revoke_grant, custody.request_grant_again, "dataset_name", "grant", "custodian"),
    WorkflowApproval: (custody.withdraw_workflow, custody.propose_workflow_again, "label", "approve", "approver"),
}


def waiting(model):
    """One that waits for its decider once more."""
    end, ask = DECIDED[model][:2]
    thing, noun = model.objects.for_tre(CENTRE.id).first(), model._meta.model_name
    end(**{noun: thing}, by=staff("operator"), reason="x")
    ask(**{noun: thing}, by=staff("operator"), reason="x")
    return model.objects.get(pk=thing.pk)


@pytest.mark.parametrize("says", ["yes", "no"])
@pytest.mark.parametrize("model", DECIDED)
def test_what_changed_since_the_page_was_opened_is_not_decided(model, says, federation, client):
    field, verb, role = DECIDED[model][2:]
    thing = waiting(model)
    verb = verb if says == "yes" else "refuse"
    address = get(model, verb).url_for(thing)
    client.force_login(staff(role), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(address)
    shown = page.content.decode()
    assert getattr(thing, field) in shown
    seen = page.context["form"]["seen"].value()
    model.objects.filter(pk=thing.pk).update(**{field: "Something else"})
    fields = {"reason": "I looked at all of it.", "until": UNTIL.isoformat()}
    if model is DataGrant:
        fields |= {"variables": thing.approved_variables}
    for old in ({"seen": seen}, {"seen": ""}, {}):
        refused = client.post(address, fields | old)
        assert refused.status_code == 409
        told = refused.content.decode()
        assert "This was changed since you opened the page." in told
        assert "I looked at all of it." in told
        assert "Something else" in told
        assert model.objects.get(pk=thing.pk).state == thing.state
    now = refused.context["form"]["seen"].value()
    assert client.post(address, fields | {"seen": now}).status_code == 302
    assert model.objects.get(pk=thing.pk).state == (model.YES if says == "yes" else "refused")


@pytest.mark.parametrize("model", DECIDED)
def test_it_is_asked_again_under_the_lock(model, federation):
    verb, role = DECIDED[model][3:]
    thing, noun = waiting(model), model._meta.model_name
    said = {noun: thing, "by": staff(role), "reason": "x", "seen": ""}
    with pytest.raises(WrongState, match="changed since you opened the page"):
        get(model, verb).do(**said, until=UNTIL)
    with pytest.raises(WrongState, match="changed since you opened the page"):
        get(model, "refuse").do(**said)
    assert model.objects.get(pk=thing.pk).state == thing.state
