"""What waits on a person leads her to a page that she may read."""

import pytest
from django.conf import settings
from django.test import Client

from apps.core.accounts.models import User
from apps.core.workflow.waiting import waiting_on
from tests.functional.federation import person

pytestmark = pytest.mark.django_db(transaction=True)


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def titles(user) -> list[str]:
    return [each.title for each in waiting_on(user)]


def test_everything_that_waits_on_anybody_opens_for_her(federation):
    opened = 0
    for user in User.objects.order_by("email"):
        client = browser(user)
        for address in {each.url for each in waiting_on(user)}:
            assert (user.email, address, client.get(address, follow=True).status_code) == (user.email, address, 200)
            opened += 1
    assert opened >= 7


def test_an_officer_is_not_asked_about_the_team_of_a_draft(federation):
    assert not [title for title in titles(person("officer@hub.example")) if "WINTER-26" in title]
