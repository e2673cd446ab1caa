"""What waits on a person leads her to a page that she may read."""

import pytest
from django.conf import settings
from django.test import Client

from apps.core.accounts.models import User
from apps.core.panels import seat_actions
from apps.core.workflow.waiting import waiting_on
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Tre
from apps.node.custody import own_panel
from tests.functional.federation import CENTRE, person, staff

pytestmark = pytest.mark.django_db(transaction=True)


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def titles(user) -> list[str]:
    return [each.title for each in waiting_on(user)]


def test_everything_that_waits_on_anybody_opens_for_her(federation):
    centre = Tre.objects.get(pk=CENTRE.id)
    datasets.announce_leaving(tre=centre, by=person("officer@hub.example"), reason="It closes.")
    opened = 0
    for user in User.objects.order_by("email"):
        client = browser(user)
        for address in {each.url for each in waiting_on(user)}:
            assert (user.email, address, client.get(address, follow=True).status_code) == (user.email, address, 200)
            opened += 1
    assert opened > 7


def test_seats_and_rules_wait_on_whoever_may_confirm_them(federation):
    made = own_panel.propose(tre=CENTRE.id, by=staff("admin"), name="Our panel", reason="We decide here.")
    given = {"user": staff("approver"), "kind": "expert", "is_chair": True}
    seat_actions.propose_seat(panel=made.panel, by=staff("admin"), **given)
    numbers = {"quorum": 2, "least_lay": 0, "least_organisations": 1, "voting_days": 7, "appeal_days": 7}
    seat_actions.propose_rule(panel=made.panel, by=staff("admin"), reason="Ours.", **numbers)
    asked = {"Decide on a rule: Rule of Our panel", f"Decide on a seat: {staff('approver')} (expert)"}
    assert asked <= set(titles(staff("deputy")))
    for other in (staff("admin"), staff("approver"), staff("custodian"), person("deputy@hub.example")):
        assert not asked & set(titles(other)), other.email
    client = browser(staff("deputy"))
    assert {client.get(each.url).status_code for each in waiting_on(staff("deputy"))} == {200}


def test_an_officer_is_not_asked_about_the_team_of_a_draft(federation):
    assert not [title for title in titles(person("officer@hub.example")) if "WINTER-26" in title]
