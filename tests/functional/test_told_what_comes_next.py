"""Where nothing can be done yet, the page says who does what next; and no button refuses whoever it is shown to."""

import pytest
from django.urls import reverse

from apps.core.errors import NotAllowed
from apps.hub.projects import actions as projects
from apps.hub.projects.models import Project
from tests.functional import federation as demonstration
from tests.functional.test_waiting_leads_somewhere import browser

pytestmark = pytest.mark.django_db(transaction=True)
ADA, DINA, COORDINATOR, OFFICER = (
    "ada@northgate.example",
    "dina@northgate.example",
    "coordinator@hub.example",
    "officer@hub.example",
)


def page(email: str, address: str) -> str:
    return " ".join(browser(demonstration.person(email)).get(address).content.decode().split())


@pytest.fixture
def approved(federation) -> Project:
    return Project.objects.get(code="ASTHMA-24")


def test_who_is_proposed_reads_who_has_to_accept_her(approved):
    assert "has to accept" not in page(ADA, approved.get_absolute_url())
    projects.propose_member(project=approved, by=demonstration.person(ADA), email=demonstration.person(DINA))
    assert "accreditation officer</a> has to accept her." in page(ADA, approved.get_absolute_url())
    assert "accreditation officer</a> has to accept you." in page(DINA, approved.get_absolute_url())
    asked = page(DINA, reverse("submissions:ask"))
    assert "You cannot choose these yet" in asked
    assert "accreditation officer</a> has to accept you." in asked
    assert str(approved) in asked
    assert "You cannot choose these yet" not in page(ADA, reverse("submissions:ask"))


def test_a_lead_leaves_by_a_change_of_lead(approved):
    own = approved.memberships.get(user__email=ADA)
    assert f"/membership/{own.pk}/end/" not in page(ADA, approved.get_absolute_url())
    with pytest.raises(NotAllowed, match="Ask for a change of its lead first"):
        projects.end(membership=own, by=demonstration.person(ADA), reason="I move.")
    projects.end(membership=own, by=demonstration.person(OFFICER), reason="One person may always stop.")


def test_a_member_reads_when_a_centre_is_asked(approved):
    told = "It is asked when you send your first analysis there."
    assert told in page(ADA, approved.get_absolute_url())
    seen = page(COORDINATOR, approved.get_absolute_url())
    assert "Nothing was asked of it yet." in seen
    assert told not in seen


def test_only_a_researcher_is_offered_to_ask_for_accreditation(person):
    address = reverse("researchers:list")
    for role, is_offered in (("researcher", True), ("accreditation_officer", False)):
        told = browser(person(role, role)).get(address).content.decode()
        assert ("Ask to be accredited" in told) is is_offered
