"""A passkey is set up, signs in alone, and is asked for again before a decision: with Chromium's virtual authenticator."""

from datetime import timedelta

import pytest
from django.conf import settings as configured

from apps.core.accounts import role_actions
from apps.core.accounts.models import AccessChange
from apps.core.accounts.roles import Role
from tests.browser.reader import Reader

PASSWORD = "correct horse battery"


def with_authenticator(reader: Reader) -> None:
    """A key inside this browser, as a phone or a laptop has one (WebAuthn over the DevTools protocol)."""
    session = reader.page.context.new_cdp_session(reader.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_passkey_from_its_set_up_to_a_decision(live_server, browser, person, settings, monkeypatch):
    settings.REQUIRE_SECOND_FACTOR = True
    settings.PUBLIC_URL = live_server.url
    robin, noor = person("robin", Role.ADMINISTRATOR), person("noor", Role.ADMINISTRATOR)
    ada = person("ada", Role.RESEARCHER)
    reason = {"reason": "She reads what we decide."}
    role_actions.propose_role(by=robin, user=ada, role="auditor", side=configured.HUB_ID, **reason)

    reader = Reader(browser, live_server.url)
    with_authenticator(reader)
    reader.open("/accounts/login/")
    reader.page.fill("input[name=login]", noor.email)
    reader.page.fill("input[name=password]", PASSWORD)
    reader.press("main button >> nth=0")
    assert "Set one up first" in reader.page.inner_text("main")
    reader.click("Set up an app")
    if reader.page.locator("input[name=password]").count():
        reader.page.fill("input[name=password]", PASSWORD)
        reader.press("main form button")
    reader.click("Go back")
    reader.click("Add a passkey")
    reader.page.fill("input[name=name]", "My laptop")
    reader.page.check("input[name=passwordless]")
    reader.page.click("#add_passkey")
    reader.page.wait_for_url("**/recovery-codes/")
    reader.look()
    reader.open("/accounts/2fa/webauthn/")
    assert "My laptop" in reader.page.inner_text("main")
    reader.click("Give it another name")
    reader.open("/accounts/sessions/")
    reader.press(".portal-person button")
    reader.open("/accounts/login/")
    reader.page.click("#passkey_login")
    reader.page.wait_for_url("**/home/")
    reader.look()

    monkeypatch.setattr(settings, "ACCOUNT_REAUTHENTICATION_TIMEOUT", timedelta(0).total_seconds())
    reader.press("main >> text=Confirm or refuse")
    reader.page.click("text=Refuse this change")
    reader.page.wait_for_url("**/webauthn/reauthenticate/**")
    reader.look()
    monkeypatch.setattr(settings, "ACCOUNT_REAUTHENTICATION_TIMEOUT", 15 * 60)
    reader.page.click("#use_passkey")
    reader.page.wait_for_url("**/refuse/")
    reader.page.fill("textarea[name=reason]", "Not now.")
    reader.press("main form button")
    assert AccessChange.objects.get().state == "refused"

    reader.press(".portal-person button")
    reader.open("/accounts/login/")
    reader.page.fill("input[name=login]", noor.email)
    reader.page.fill("input[name=password]", PASSWORD)
    reader.press("main button >> nth=0")
    assert "Your second factor, please" in reader.page.inner_text("main")
    reader.page.click("#use_passkey")
    reader.page.wait_for_url("**/home/")
    reader.open("/people/")
    reader.open("/roles/")
