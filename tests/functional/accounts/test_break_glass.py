"""Break glass: two named people, each proved; a short list; told to everybody."""

from datetime import timedelta
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core.accounts import emergency
from apps.core.accounts.management.commands import break_glass
from apps.core.accounts.models import RoleGrant, User
from apps.core.accounts.roles import Role
from apps.core.audit.models import PublicEntry
from apps.core.errors import BadInput
from apps.core.outbox import service as outbox

pytestmark = pytest.mark.django_db(transaction=True)
HUB = UUID(settings.HUB_ID)
PASSWORD = "correct horse battery"
NAMES = ("officer@example.org", "auditor@example.org")


@pytest.fixture
def crew(person):
    """The only administrator has left; an officer and an auditor are here."""
    return person("officer", Role.ACCREDITATION_OFFICER), person("auditor", Role.AUDITOR), person("boss", Role.OPERATOR)


@pytest.fixture
def typed(monkeypatch):
    """What is typed at each question, in turn."""

    def answers(*words):
        left = list(words)
        monkeypatch.setattr(break_glass, "getpass", lambda question: left.pop(0))

    return answers


def break_it(act, *by, person="boss@example.org", reason="Both administrators left."):
    call_command("break_glass", act, person, by=list(by or NAMES), reason=reason)


def test_two_people_restore_an_administrator_and_the_public_reads_it(crew, typed, client):
    typed(PASSWORD, PASSWORD)
    break_it("restore_administrator")
    assert User.objects.get(email="boss@example.org").has_hub_role(Role.ADMINISTRATOR)
    grant = RoleGrant.objects.get(role="administrator")
    assert (grant.granted_by, grant.confirmed_by) == crew[:2]
    sentence = "two people made somebody an administrator again"
    page = client.get("/log/").content.decode()
    assert sentence in page
    assert "officer@" not in page
    assert PublicEntry.objects.count() == 1
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="already"):
        break_it("restore_administrator")


def test_where_two_administrators_are_in_office_none_is_restored(crew, person, typed):
    first, second = person("first", Role.ADMINISTRATOR), person("second", Role.ADMINISTRATOR)
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="two administrators in office. One of them proposes it"):
        break_it("restore_administrator")
    assert not User.objects.get(email="boss@example.org").has_hub_role(Role.ADMINISTRATOR)
    assert not PublicEntry.objects.exists()
    typed(PASSWORD, PASSWORD)
    break_it("end_roles", person=second.email)
    typed(PASSWORD, PASSWORD)
    break_it("restore_administrator")
    assert User.objects.get(email="boss@example.org").has_hub_role(Role.ADMINISTRATOR)
    assert User.objects.get(pk=first.pk).has_hub_role(Role.ADMINISTRATOR)


def test_whoever_lapsed_by_the_clock_is_restored(crew, typed):
    boss = crew[2]
    past = timezone.localdate() - timedelta(days=1)
    RoleGrant.objects.create(user=boss, role="administrator", side=HUB, until=past)
    typed(PASSWORD, PASSWORD)
    break_it("restore_administrator")
    assert User.objects.get(pk=boss.pk).has_hub_role(Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("by", "about", "words", "sentence"),
    [
        (("officer@example.org", "officer@example.org"), "boss@example.org", [], "Two different people"),
        (("boss@example.org", "auditor@example.org"), "boss@example.org", [], "for herself"),
        (("ada@example.org", "auditor@example.org"), "boss@example.org", [], "no role on this side"),
        (("nobody@example.org", "auditor@example.org"), "boss@example.org", [], "Nobody here has the address"),
        (NAMES, "boss@example.org", ["wrong"], "not the password of Officer"),
        (NAMES, "boss@example.org", [PASSWORD, "wrong"], "not the password of Auditor"),
        (NAMES, "lay@example.org", [PASSWORD, PASSWORD], "cannot hold a role that decides"),
    ],
)
def test_whoever_does_not_fit_breaks_nothing(crew, person, typed, by, about, words, sentence):
    person("ada", Role.RESEARCHER)
    person("lay", Role.PANEL_MEMBER)
    typed(*words)
    with pytest.raises(CommandError, match=sentence):
        break_it("restore_administrator", *by, person=about)
    assert not RoleGrant.objects.filter(role="administrator").exists()
    assert not PublicEntry.objects.exists()


def test_each_gives_a_code_where_second_factors_are_needed(crew, typed, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    typed(PASSWORD, "12345678")
    with pytest.raises(CommandError, match="no code of Officer"):
        break_it("end_roles")
    codes = [RecoveryCodes.activate(each).get_unused_codes()[0] for each in crew[:2]]
    typed(PASSWORD, codes[0], PASSWORD, codes[1])
    break_it("end_roles")
    assert User.objects.get(email="boss@example.org").roles() == frozenset()
    typed(PASSWORD, codes[0])
    with pytest.raises(CommandError, match="no code"):
        break_it("end_roles")


def test_a_lost_second_factor_and_roles_are_ended(crew, typed, mailoutbox):
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="no second factor"):
        break_it("reset_second_factor")
    Authenticator.objects.create(user=crew[2], type="totp", data={"secret": "x"})
    typed(PASSWORD, PASSWORD)
    break_it("reset_second_factor")
    assert not Authenticator.objects.exists()
    outbox.drain()
    assert mailoutbox[-1].to == ["boss@example.org"]
    typed(PASSWORD, PASSWORD)
    break_it("end_roles")
    typed(PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="has no role"):
        break_it("end_roles")


def test_it_wants_a_reason_and_its_list_is_short(crew):
    with pytest.raises(BadInput):
        emergency.end_roles(person=crew[2], side=HUB, by=crew[:2], reason=" ")
    assert User.objects.get(pk=crew[2].pk).roles()
    assert set(emergency.ACTS) == {"restore_administrator", "reset_second_factor", "end_roles"}
