"""Home: what waits on a person, how long in working days, and who does it."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from apps.core.accounts.roles import HUB_ROLES, TRE_ROLES, Role
from apps.core.workflow import waiting
from apps.core.workflow.waiting import Waiting, waiting_list
from apps.core.workflow.working_days import age_in_working_days, working_days_between
from trefx_portal import configuration

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
TRE = "11111111-2222-5333-8444-555555555555"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def things(monkeypatch):
    """Three things wait on officers: two of one kind of work, and a vote that is hers alone."""
    found = [
        Waiting("Decide: Ada", "/researchers/ada/", MONDAY, work="Researchers"),
        Waiting("Decide: Bea", "/researchers/bea/", FRIDAY, work="Researchers"),
        Waiting("Vote: Asthma", "/projects/asthma/", datetime(2026, 11, 19, 9, tzinfo=UTC), alone=True),
    ]
    monkeypatch.setattr(waiting, "_lists", [])
    waiting_list(lambda user: found if user.has_hub_role(Role.ACCREDITATION_OFFICER) else [])
    return found


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(client: Client, address: str = "") -> str:
    return " ".join(client.get(address or reverse("home")).content.decode().split())


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), 0),
        (date(2026, 11, 20), date(2026, 11, 22), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),
        (date(2026, 11, 21), date(2026, 11, 30), 6),
        (date(2026, 12, 24), date(2026, 12, 29), 1),  # Christmas, and Boxing Day given back on Monday
        (date(2026, 3, 30), date(2026, 4, 7), 4),  # Good Friday and Easter Monday
        (date(2026, 11, 23), date(2026, 11, 20), 0),
    ],
)
def test_weekends_and_bank_holidays_are_no_working_days(start, end, days):
    assert working_days_between(start, end) == days


def test_each_part_of_the_kingdom_has_its_own_bank_holidays(settings):
    start, end = date(2026, 4, 2), date(2026, 4, 6)
    assert working_days_between(start, end) == 0
    settings.BANK_HOLIDAYS_OF = "SCT"  # where Easter Monday is a working day
    assert working_days_between(start, end) == 1
    with pytest.raises(ImproperlyConfigured, match="Set it to ENG"):
        configuration.part_of_the_kingdom("UK")


def test_a_day_is_counted_where_staff_are(time_machine):
    """23:30 UTC in summer is the next day in London."""
    time_machine.move_to(datetime(2026, 7, 7, 8, tzinfo=UTC))
    assert age_in_working_days(datetime(2026, 7, 6, 23, 30, tzinfo=UTC)) == 0


def test_what_waited_longest_stands_first_with_its_age(person, things, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, tzinfo=UTC))
    told = page(browser(person("olu", Role.ACCREDITATION_OFFICER)))
    order = [told.index(word) for word in ("Vote: Asthma", "Decide: Bea", "Decide: Ada")]
    assert order == sorted(order)
    assert "For 3 working days" in told
    assert "For 1 working day," in told
    assert told.count("Researchers</h2>") == 1


def test_a_bar_on_every_page_counts_what_waits_and_is_silent_for_others(person, things, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, tzinfo=UTC))
    client = browser(person("olu", Role.ACCREDITATION_OFFICER))
    told = page(client, reverse("profile"))
    assert "3 things wait on you" in told
    assert "The oldest has waited 3 working days." in told
    assert "portal-waiting" not in page(client)
    assert "portal-waiting" not in page(browser(person("ada", Role.RESEARCHER)), reverse("profile"))
    assert "portal-waiting" not in page(Client(), reverse("glossary"))


def test_a_claim_is_a_courtesy_that_ends_by_itself(person, things, time_machine):
    time_machine.move_to(MONDAY)
    olu, pia = person("olu", Role.ACCREDITATION_OFFICER), person("pia", Role.ACCREDITATION_OFFICER)
    one, two = browser(olu), browser(pia)
    bea = {"thing": "/researchers/bea/"}
    assert one.post(reverse("notices:claim"), bea)["Location"] == reverse("home")
    one.post(reverse("notices:claim"), bea)
    assert "You do this" in page(one)
    assert "Olu does this" in page(two)
    refused = two.post(reverse("notices:claim"), bea)
    assert refused.status_code == 409
    assert "You still may" in refused.content.decode()
    two.post(reverse("notices:release"), bea)
    assert "You do this" in page(one)
    one.post(reverse("notices:release"), bea)
    assert "does this" not in page(two)
    one.post(reverse("notices:claim"), bea)
    time_machine.move_to(datetime(2026, 11, 25, 10, tzinfo=UTC))
    assert "does this" not in page(two)
    two.post(reverse("notices:claim"), bea)
    assert "Pia does this" in page(one)


@pytest.mark.parametrize("thing", ["/projects/asthma/", "/elsewhere/", "", "https://evil.example/"])
def test_only_what_waits_and_others_may_do_can_be_claimed(person, things, thing):
    client = browser(person("olu", Role.ACCREDITATION_OFFICER))
    assert client.post(reverse("notices:claim"), {"thing": thing}).status_code == 404


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.RESEARCHER, "apply for a project"),
        (Role.CHAIR, "read the projects that were handed in"),
        (Role.SAFEGUARDING_ADVISER, "read the projects that were handed in"),
        (Role.PUBLISHER, "report what went wrong, or nearly did"),
        (Role.INCIDENT_LEAD, "report what went wrong, or nearly did"),
        (Role.ACCREDITATION_OFFICER, "see who is accredited"),
        (Role.ADMINISTRATOR, "invite somebody"),
        ((Role.OPERATOR, TRE), "see the runs"),
        (None, "You have no role yet."),
    ],
)
def test_who_has_nothing_waiting_reads_what_to_begin_with(person, role, words):
    told = page(browser(person("ada", *([role] if role else []))))
    assert words in told
    assert ("You have no role yet." in told) is (role is None)


@pytest.mark.parametrize("role", [*HUB_ROLES, *((role, TRE) for role in TRE_ROLES)])
def test_nobody_who_has_a_role_reads_that_she_has_none(person, role):
    assert "Until then, you can:" in page(browser(person("ada", role)))
