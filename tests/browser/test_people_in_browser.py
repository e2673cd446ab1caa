"""What the officer and the researcher see of evidence, wide and narrow, looked at by axe."""

import pytest

from apps.core.accounts.models import User
from apps.core.outbox.service import drain
from tests.browser.reader import Reader


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_officer_looks_at_the_evidence_and_approves(live_server, browser, federation):
    dina = User.objects.get(email="dina@northgate.example").accreditations.get()
    officer = Reader(browser, live_server.url, "officer@hub.example")
    officer.open(dina.get_absolute_url())
    assert "Identity check: missing" in officer.page.inner_text("main")
    officer.click("Note an identity check")
    officer.page.fill("textarea[name=how]", "Saw her staff card.")
    officer.page.fill("input[name=on]", "2020-01-01")
    officer.press("main form button")
    officer.click("Approve")
    officer.page.fill("textarea[name=reason]", "Everything is there.")
    officer.page.fill("input[name=until]", "2040-01-01")
    officer.press("main form button")
    assert officer.state() == "approved"
    for path in ("/researchers/rules/", "/researchers/agreement/", "/researchers/organisations/"):
        officer.open(path)
    cleo = Reader(browser, live_server.url, "cleo@northgate.example")
    accreditation = User.objects.get(email="cleo@northgate.example").accreditations.get()
    cleo.open(accreditation.get_absolute_url())
    assert "Access holds until" in cleo.page.inner_text("main")
    drain()
    cleo.click("Where you are accepted")
    assert "You: accepted until" in cleo.page.inner_text("main")
    cleo.page.click("summary")
    assert "The centre has told us nothing about this." in cleo.page.inner_text("main")
    cleo.click("ASTHMA-24: ")
    assert "accepted until" in cleo.page.inner_text("main")
    cleo.open(accreditation.get_absolute_url())
    cleo.click("Add a certificate or letter")
    cleo.open("/profile/")
