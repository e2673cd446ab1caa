"""Where nothing can be done yet, the page says who does what next; and no button refuses whoever it is shown to."""

import pytest
from django.urls import reverse

from apps.core.errors import NotAllowed
from apps.core.workflow import steps
from apps.hub.projects import actions as projects
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.models import Project
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs.models import Run
from tests.functional import federation as demonstration
from tests.functional.test_amendments import asked, later
from tests.functional.test_safes import end_project, mend_project
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


def after(thing, verb: str) -> str:
    """What the page says once this step was taken."""
    return steps.get(type(thing), verb).sentence_after(thing)


def test_a_vote_says_until_when_it_may_be_changed(federation):
    project = Project.objects.get(code="ASTHMA-25")
    round = demonstration.voted(project, members=())
    lay = browser(demonstration.person("lay@hub.example"))
    address = steps.get(type(round), "declare").url_for(round)
    assert "you may now read it and vote." in lay.post(address, {"kind": "none"}, follow=True).content.decode()
    address = steps.get(type(round), "vote").url_for(round)
    told = lay.post(address, {"choice": "approve", "reason": "It helps."}, follow=True).content.decode()
    assert "Your vote is kept. You may change it until the vote closes." in told


def test_a_change_says_whether_the_panel_or_the_chair_is_next(federation):
    assert "The panel votes on it next" in after(asked("text", question="protection", answer="We round."), "hand_in")
    assert "The chair decides on it next" in after(asked("extension", until=later()), "hand_in")
    assert Amendment.objects.count() == 2


def test_a_sign_off_and_a_release_say_so_only_where_they_came_to_pass(federation, executor, tmp_path):
    run = demonstration.received(tmp_path)
    end_project(run)
    assert "Nothing was signed: this run is on hold." in after(demonstration.sign_off(run), "sign_off")
    mend_project(run)
    demonstration.work_until_done()
    run = demonstration.sign_off(run)
    assert after(run, "sign_off").startswith(f"Signed off: “{run}”.")
    demonstration.work_until_done()
    request = EgressRequest.objects.get()
    assert "A second checker looks at the files next." in after(demonstration.review(request, "checker1"), "review")
    assert "Two have checked" in after(demonstration.review(request, "checker2"), "review")
    end_project(run)
    egress.release(egressrequest=request, by=demonstration.staff("checker1"), note="")
    assert "Nothing was let out: this run is on hold." in after(request, "release")
    mend_project(run)
    demonstration.work_until_done()
    assert not Run.objects.get().held_at
    egress.release(egressrequest=request, by=demonstration.staff("checker1"), note="")
    assert "is packed next" in after(request, "release")
