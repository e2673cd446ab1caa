"""The second factor: who has to set one up, when it is asked for again, and what is not lost meanwhile."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.core.accounts import role_actions, second_factor
from apps.core.accounts.models import AccessChange
from apps.core.accounts.roles import Role
from apps.core.panels import seat_actions

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
REASON = {"reason": "She takes over from Bo."}


@pytest.fixture(autouse=True)
def asked_for(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def sign_in(client, user):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(client) -> str:
    """Set up an app as a person does, in her session; its secret."""
    page = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    if "reauthenticate" in page or "Is it still you" in page:
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'<code class="portal-code">(\w+)</code>', page)[1]
    assert client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    shown = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True).content.decode()
    assert "Your recovery codes" in shown
    return secret


def test_a_role_that_decides_has_to_set_one_up_before_any_page_and_a_researcher_has_not(person, client):
    user = person("lay", Role.PANEL_MEMBER)
    sign_in(client, user)
    page = client.get("/home/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "Set one up first" in page.content.decode()
    assert "Go on to your home page" not in page.content.decode(), "it would lead back here"
    asked = client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    assert "even if you signed in just now" in asked
    for open_page in ("/", "/glossary/", "/roles/", "/accounts/email/", "/accounts/sessions/"):
        assert client.get(open_page).status_code == 200
    secret = set_up_app(client)
    assert "Go on to your home page" in client.get("/accounts/2fa/").content.decode()
    assert client.get("/home/").status_code == 200
    kept = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in kept
    ada = person("ada", Role.RESEARCHER)
    client.logout()
    sign_in(client, ada)
    assert client.get("/home/").status_code == 200


def test_the_second_factor_is_asked_for_at_sign_in_and_a_recovery_code_works_once(person, client):
    user = person("lay", Role.PANEL_MEMBER)
    sign_in(client, user)
    secret = set_up_app(client)
    codes = client.get("/accounts/2fa/recovery-codes/download/").content.decode().split()
    assert len(codes) == 10
    assert "Make new recovery codes" in client.get("/accounts/2fa/").content.decode()
    client.post("/accounts/logout/")
    assert sign_in(client, user)["Location"] == "/accounts/2fa/authenticate/"
    assert "Your second factor, please" in client.get("/accounts/2fa/authenticate/").content.decode()
    assert client.get("/home/").status_code == 302
    assert "Incorrect code" in client.post("/accounts/2fa/authenticate/", {"code": "123456"}).content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert client.get("/home/").status_code == 200
    client.post("/accounts/logout/")
    sign_in(client, user)
    assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 200
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302


@pytest.fixture
def change(person):
    """A proposed role, and Noor who may confirm it."""
    robin, noor = person("robin", Role.ADMINISTRATOR), person("noor", Role.ADMINISTRATOR)
    ada = person("ada", Role.RESEARCHER)
    role_actions.propose_role(by=robin, user=ada, role="auditor", side=settings.HUB_ID, **REASON)
    return noor


def test_a_decision_asks_again_after_fifteen_minutes_and_keeps_what_was_typed(change, client, time_machine):
    sign_in(client, change)
    secret = set_up_app(client)
    client.post("/accounts/logout/")
    sign_in(client, change)
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    refuse = f"/act/accounts/accesschange/{AccessChange.objects.get().pk}/refuse/"
    assert client.get(refuse).status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    assert client.get("/home/").status_code == 200
    asked = client.get(refuse)
    assert asked["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    asked = client.post(refuse, {"reason": "Two pages of good reasons."})
    assert AccessChange.objects.get().state == "proposed"
    page = client.get(asked["Location"]).content.decode()
    assert "What you typed is kept" in page
    again = {"next": refuse}
    # A password is no second factor, wherever it is sent.
    assert client.post("/accounts/reauthenticate/", again | {"password": PASSWORD}).status_code == 302
    assert client.post("/accounts/2fa/reauthenticate/", again | {"code": "1"}).status_code == 200
    assert AccessChange.objects.get().state == "proposed"
    client.post("/accounts/2fa/reauthenticate/", again | {"code": code(secret)})
    assert AccessChange.objects.get().state == "refused"
    from apps.core.audit.models import Opening

    assert Opening.objects.get(verb="access.refused").values["reason"] == "Two pages of good reasons."


def test_a_form_that_was_filled_in_wrongly_comes_back_with_what_was_typed(change, client, time_machine):
    sign_in(client, change)
    secret = set_up_app(client)
    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    typed = {"email": "no address", "role": "auditor", "reason": "Typed with care."}
    assert client.post("/people/invite/", typed).status_code == 302
    back = {"next": "/people/invite/", "code": code(secret)}
    page = client.post("/accounts/2fa/reauthenticate/", back)
    assert page.status_code == 400
    assert "Typed with care." in page.content.decode()


def test_whoever_has_only_a_passkey_is_asked_for_the_passkey(change, client):
    user = change
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key", "credential": {}})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    asked = client.post("/people/invite/", {"email": "x@example.org"})
    assert asked["Location"] == "/accounts/2fa/webauthn/reauthenticate/?next=%2Fpeople%2Finvite%2F"


def test_a_passkey_is_listed_and_taken_away(person, client):
    user = person("ada", Role.RESEARCHER)
    sign_in(client, user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    keys = [
        Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {}})
        for name in ("Laptop", "Phone")
    ]
    assert "You have 2 passkeys" in client.get("/accounts/2fa/").content.decode()
    remove = f"/accounts/2fa/webauthn/keys/{keys[0].pk}/remove/"
    with_passkey = client.get(remove, follow=True).content.decode()
    assert "You can no longer sign in with it." in with_passkey
    assert "The passkey is gone." in client.post(remove, follow=True).content.decode()
    assert list(Authenticator.objects.filter(type="webauthn")) == [keys[1]]
    assert "You have 1 passkey<" in client.get("/accounts/2fa/").content.decode()


def test_whoever_has_an_app_and_a_passkey_may_choose_which_is_asked_for(change, client, time_machine):
    sign_in(client, change)
    set_up_app(client)
    Authenticator.objects.create(user=change, type="webauthn", data={"name": "Key", "credential": {}})
    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    page = client.get(client.post("/people/invite/", {"email": "x@example.org"})["Location"]).content.decode()
    assert 'href="/accounts/2fa/webauthn/reauthenticate/' in page


def test_where_none_is_asked_for_each_page_says_so(person, client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    user = person("lay", Role.PANEL_MEMBER)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get("/home/")
    assert page.status_code == 200
    assert "nobody needs a second factor" in page.content.decode()
    settings.REQUIRE_SECOND_FACTOR = True
    assert "nobody needs a second factor" not in client.get("/").content.decode()


def test_a_passkey_is_bound_to_the_public_address(settings):
    settings.PUBLIC_URL = "https://portal.example:8443"
    assert second_factor.SecondFactorAdapter().get_public_key_credential_rp_entity()["id"] == "portal.example"


def test_one_sees_where_one_is_signed_in_and_signs_out_elsewhere(person, client):
    user = person("ada", Role.RESEARCHER)
    sign_in(client, user)
    other = Client(headers={"user-agent": "The old laptop"})
    sign_in(other, user)
    page = client.get("/accounts/sessions/").content.decode()
    assert "The old laptop" in page
    assert "Sign out everywhere else" in page
    assert client.post("/accounts/sessions/").status_code == 302
    assert other.get("/home/").status_code == 302
    assert "Sign out everywhere else" not in client.get("/accounts/sessions/").content.decode()


def test_a_reset_signs_her_out_everywhere(person, client):
    user = person("ada", Role.RESEARCHER)
    sign_in(client, user)
    from apps.core.audit.act import act

    with act():
        role_actions.reset_second_factor(user)
    assert client.get("/home/").status_code == 302


def test_the_app_is_taken_away_and_new_codes_are_made(person, client):
    user = person("ada", Role.RESEARCHER)
    sign_in(client, user)
    set_up_app(client)
    assert "Take the app away" in client.get("/accounts/2fa/").content.decode()
    assert client.get("/accounts/2fa/recovery-codes/generate/").status_code == 200
    assert client.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    codes = Authenticator.objects.get(user=user, type="recovery_codes")
    codes.data = codes.data | {"used_mask": 2**10 - 1}
    codes.save()
    assert "All are used" in client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_seat_on_a_panel_asks_for_one_too_whatever_roles_she_holds(person, client):
    lay, keeper, second = person("lay"), person("keeper", Role.ADMINISTRATOR), person("second", Role.COORDINATOR)
    panel = seat_actions.found_panel(by=keeper, side=settings.HUB_ID, name="Panel")
    assert not second_factor.needs_one(lay)
    seat = seat_actions.propose_seat(panel=panel, by=keeper, user=lay, kind="lay")
    seat_actions.confirm_seat(seat=seat, by=second, reason="Yes.")
    sign_in(client, lay)
    assert client.get("/home/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    seat_actions.give_up_seat(seat=seat, by=lay, reason="I move.")
    assert client.get("/home/").status_code == 200
