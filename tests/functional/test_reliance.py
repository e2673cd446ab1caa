"""A TRE relies on a panel: decided by two, ended by one; then what the panel approved is accepted by itself, and says so."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import BadInput, NotAllowed
from apps.core.panels.models import Panel
from apps.core.workflow.models import latest_sign_off
from apps.core.workflow.steps import get
from apps.node.custody import actions as custody
from apps.node.custody import reliance
from apps.node.custody.models import MemberAcceptance, ProjectAcceptance, Reliance
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from tests.functional.federation import CENTRE, asked_here, received, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = timezone.localdate() + timedelta(days=30)


def relying(**changed) -> Reliance:
    panel = Panel.objects.get(side=settings.HUB_ID)
    facts = {"panel": panel.pk, "panel_name": panel.name, "for_projects": True, "for_members": True, "until": DAYS}
    made = reliance.propose(tre=CENTRE.id, by=staff("custodian"), reason="We know it.", **facts | changed)
    reliance.confirm(reliance=made, by=staff("approver"), reason="So do I.")
    return Reliance.objects.get(pk=made.pk)


def forget_what_was_accepted():
    """As if the offer were the first that this TRE hears of the project."""
    from django.db import connection

    from apps.core.audit import triggers

    with triggers.lifted(connection):
        MemberAcceptance.objects.for_tre(CENTRE.id).delete()
        ProjectAcceptance.objects.for_tre(CENTRE.id).delete()


def test_an_offer_with_the_panels_evidence_is_accepted_and_ending_it_asks_a_person(federation, executor, tmp_path):
    forget_what_was_accepted()
    made = relying()
    run = received(tmp_path)
    project = asked_here(ProjectAcceptance).get()
    signed = latest_sign_off(project)
    assert (project.state, project.until, signed.by) == ("accepted", DAYS, None)
    assert signed.reason == "By reliance: Data access panel"
    assert set(asked_here(MemberAcceptance).values_list("state", flat=True)) == {"accepted"}
    board = five_safes(run)
    assert [each.passed for each in board[:2]] == [True, True]
    assert board[0].signed_by == ""
    reliance.end(reliance=made, by=staff("checker1"), reason="Not any more.")
    work_until_done()
    assert ProjectAcceptance.objects.get(pk=project.pk).state == "offered"
    assert not five_safes(Run.objects.get(pk=run.pk))[0].passed
    custody.accept_project(
        projectacceptance=project, by=staff("custodian"), reason="A decision of our own.", until=DAYS
    )
    assert five_safes(Run.objects.get(pk=run.pk))[0].passed


NOT = {
    "another panel": {"panel": "6ff7b0a6-3d7b-4d8b-9b1e-0d8f3b0e4a11"},
    "over": {"until": timezone.localdate() - timedelta(days=1)},
    "people alone": {"for_projects": False},
}


@pytest.mark.parametrize("why", NOT)
def test_else_a_person_decides(why, federation, executor, tmp_path):
    forget_what_was_accepted()
    relying(**NOT[why])
    received(tmp_path)
    assert asked_here(ProjectAcceptance).get().state == "offered"


def test_what_a_person_stopped_is_not_accepted_by_reliance(federation, executor, tmp_path):
    relying()
    project = asked_here(ProjectAcceptance).get()
    custody.end_project(projectacceptance=project, by=staff("operator"), reason="Stop.")
    received(tmp_path)
    assert ProjectAcceptance.objects.get(pk=project.pk).state == "ended"
    custody.offer_project_again(projectacceptance=project, by=staff("operator"), reason="Again?")
    received(tmp_path)
    assert ProjectAcceptance.objects.get(pk=project.pk).state == "offered"
    reliance.accept_by(project, None)
    assert ProjectAcceptance.objects.get(pk=project.pk).state == "offered"


def test_it_takes_two_and_the_same_words(federation):
    facts = {"panel": CENTRE.id, "panel_name": "A panel", "for_projects": True, "for_members": False, "until": DAYS}
    with pytest.raises(NotAllowed, match="Only a custodian"):
        reliance.propose(tre=CENTRE.id, by=staff("approver"), reason="x", **facts)
    made = reliance.propose(tre=CENTRE.id, by=staff("custodian"), reason="x", **facts)
    with pytest.raises(NotAllowed, match="second person"):
        reliance.confirm(reliance=made, by=staff("custodian"), reason="x")
    with pytest.raises(NotAllowed, match="custodian or a run approver"):
        reliance.confirm(reliance=made, by=staff("operator"), reason="x")
    Reliance.objects.filter(pk=made.pk).update(panel_name="Another")
    with pytest.raises(BadInput, match="changed after"):
        reliance.confirm(reliance=made, by=staff("approver"), reason="x")


def test_it_is_proposed_and_confirmed_by_pages(federation, client):
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert reverse("custody:rely") in client.get(f"{reverse('custody:list')}?kind=reliance").content.decode()
    panel = Panel.objects.get(side=settings.HUB_ID)
    fields = {"panel_name": panel.name, "panel": panel.pk, "until": DAYS.isoformat(), "reason": "We know it."}
    assert client.get(reverse("custody:rely")).status_code == 200
    assert client.post(reverse("custody:rely"), fields).status_code == 400
    made = client.post(reverse("custody:rely"), fields | {"relied_on": ["projects"]})
    shown = client.get(made["Location"]).content.decode()
    assert "You proposed this. A second person has to confirm it." in shown
    assert "We rely on: Data access panel" in shown
    client.force_login(staff("approver"), backend=settings.AUTHENTICATION_BACKENDS[0])
    proposed = Reliance.objects.for_tre(CENTRE.id).get()
    assert client.post(get(Reliance, "confirm").url_for(proposed), {"reason": "Yes."}).status_code == 302
    assert Reliance.objects.get(pk=proposed.pk).holds(timezone.now())
