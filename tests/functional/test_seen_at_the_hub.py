"""What is decided on at the hub is what the page showed: a text, papers or evidence that came since is read first."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core.errors import WrongState
from apps.core.panels import condition_actions as conditions
from apps.core.panels.models import Condition
from apps.core.workflow.steps import get
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Dataset, Tre
from apps.hub.projects import panel_actions
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Accreditation, Evidence
from tests.functional.federation import CENTRE, person, voted
from tests.functional.panels.test_after_the_vote import with_children
from tests.functional.panels.test_votes import hub

pytestmark = pytest.mark.django_db(transaction=True)
DUE = timezone.localdate() + timedelta(days=9)


def project() -> Project:
    return Project.objects.get(code="ASTHMA-25")


def shown_to_be_met() -> Condition:
    voted(project(), "conditions")
    given = {"reason": "Yes, if.", "conditions": ["Say who pays."], "due": DUE}
    panel_actions.approve(project=project(), by=hub("chair"), **given)
    condition = Condition.objects.get(text="Say who pays.")
    conditions.give_evidence(condition=condition, by=project().lead, evidence="The charity pays.")
    return condition


def asked_to_fall_away() -> Condition:
    condition = shown_to_be_met()
    conditions.propose_waiver(condition=condition, by=hub("chair"), reason="It is known.")
    return Condition.objects.get(pk=condition.pk)


def change_of_children() -> Amendment:
    Project.objects.filter(code="ASTHMA-24").update(special_populations=["children"])
    in_force = Project.objects.get(code="ASTHMA-24")
    given = {"kind": "text", "changes": {"lay_summary": "In other words."}}
    made = Amendment.objects.create(project=in_force, reason="x", base_sha256="", asked_by=in_force.lead, **given)
    Amendment.objects.filter(pk=made.pk).update(state="in_review")
    return Amendment.objects.get(pk=made.pk)


def handed_in() -> Accreditation:
    return Accreditation.objects.filter(state="submitted", evidence__isnull=False).first()


def suspended() -> Accreditation:
    found = project().lead.accreditations.get(state="approved")
    Accreditation.objects.filter(pk=found.pk).update(state="suspended")
    return Accreditation.objects.get(pk=found.pk)


def described() -> Dataset:
    return datasets.describe_dataset(
        by=hub("coordinator"), tre=Tre.objects.get(pk=CENTRE.id), name="New", summary="As it was."
    )


def not_listed() -> Dataset:
    dataset = Dataset.objects.filter(state="listed").first()
    Dataset.objects.filter(pk=dataset.pk).update(state="suspended")
    return Dataset.objects.get(pk=dataset.pk)


def other_evidence(condition) -> None:
    Condition.objects.filter(pk=condition.pk).update(evidence="Nobody pays.")


def another_asks(condition) -> None:
    Condition.objects.filter(pk=condition.pk).update(waiver_by=hub("expert"))


def other_words(thing) -> None:
    Project.objects.filter(pk=getattr(thing, "project_id", thing.pk)).update(lay_summary="Quite another thing.")


def paper_gone(accreditation) -> None:
    Evidence.objects.filter(pk=accreditation.evidence.first().pk).update(number="of another")


def other_summary(dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(summary="Also of children.")


DECIDED = {
    "condition met": (shown_to_be_met, other_evidence, "accept", "chair"),
    "condition lacking": (shown_to_be_met, other_evidence, "find_lacking", "chair"),
    "waiver asked": (shown_to_be_met, other_evidence, "propose_waiver", "chair"),
    "waiver agreed": (asked_to_fall_away, another_asks, "waive", "coordinator"),
    "children": (lambda: with_children(project()), other_words, "safeguard", "adviser"),
    "children in a change": (change_of_children, other_words, "safeguard", "adviser"),
    "papers returned": (handed_in, paper_gone, "send_back", "officer"),
    "papers refused": (handed_in, paper_gone, "reject", "officer"),
    "access given again": (suspended, paper_gone, "reinstate", "officer"),
    "dataset listed": (described, other_summary, "publish", "officer"),
    "dataset listed again": (not_listed, other_summary, "reinstate", "officer"),
}


@pytest.mark.parametrize("case", DECIDED)
def test_what_changed_since_the_page_was_opened_is_not_decided_at_the_hub(case, federation, client):
    begin, change, verb, role = DECIDED[case]
    thing = begin()
    step = get(type(thing), verb)
    address = step.url_for(thing)
    client.force_login(hub(role), backend=settings.AUTHENTICATION_BACKENDS[0])
    seen = client.get(address).context["form"]["seen"].value()
    change(thing)
    fields = {"reason": "I looked at all of it.", "due": DUE.isoformat()}
    refused = client.post(address, fields | {"seen": seen})
    assert refused.status_code == 409
    assert "This was changed since you opened the page." in refused.content.decode()
    assert "I looked at all of it." in refused.content.decode()
    asked = {"due": DUE} if verb == "find_lacking" else {}
    with pytest.raises(WrongState, match="changed since you opened the page"):
        step.take(thing, person(hub(role).email), reason="x", seen=seen, **asked)
    now = refused.context["form"]["seen"].value()
    assert client.post(address, fields | {"seen": now}).status_code == 302
