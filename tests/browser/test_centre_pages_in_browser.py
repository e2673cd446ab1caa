"""Pages of a secure data centre's own panel, of what it asks, of its leaving, and of an incident's words: wide and narrow,
looked at by axe."""

import pytest
from django.urls import reverse

from apps.core.incidents import actions as incidents
from apps.core.panels.models import Round
from apps.hub.datasets.models import Tre
from apps.node.custody import actions as custody
from apps.node.custody.models import MemberAcceptance, OwnPanel, ProjectAcceptance
from tests.browser.reader import Reader
from tests.browser.test_governance_in_browser import fill
from tests.functional.federation import CENTRE, asked_here, person, staff
from tests.functional.incidents import report_one
from tests.functional.test_own_panel import equipped
from tests.functional.test_requirements import ASKED, ask


def send(reader, **answers):
    """Fill the form of the page, and send it."""
    fill(reader.page, answers)
    reader.press("main form button")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_centre_sets_up_a_panel_of_its_own(live_server, browser, federation):
    admin = Reader(browser, live_server.url, staff("admin").email)
    admin.open(reverse("custody:set_up_panel"))
    send(admin, name="Our panel", reason="Our patients want a say.")
    own = OwnPanel.objects.for_tre(CENTRE.id).get()
    admin.open(own.panel.get_absolute_url())
    equipped(own)
    custodian = Reader(browser, live_server.url, staff("custodian").email)
    custodian.open(own.get_absolute_url())
    custodian.click("Confirm: this panel decides on projects and people")
    send(custodian, reason="It has all it needs.")
    assert custodian.state() == "in force"
    for model in (ProjectAcceptance, MemberAcceptance):
        custodian.open(model.objects.for_tre(CENTRE.id)[0].get_absolute_url())
    ask(ASKED[:1])
    member = asked_here(MemberAcceptance)[0]
    custody.end_member(memberacceptance=member, by=staff("operator"), reason="Her contract ended.")
    custody.offer_member_again(memberacceptance=member, by=staff("operator"), reason="She has a new one.")
    custodian.open(member.get_absolute_url())
    custodian.click("Take to our panel")
    send(custodian)
    assert "has begun. The members of your panel are asked to vote." in custodian.page.inner_text("main")
    chair = Reader(browser, live_server.url, staff("approver").email)
    chair.open(Round.objects.of(member)[0].get_absolute_url())
    assert f"May {member} work here?" in chair.page.inner_text("main")
    chair.open(member.get_absolute_url())
    assert "not ticked off" in chair.page.inner_text("main")
    outsider = Reader(browser, live_server.url, "chair@hub.example")
    assert outsider.page.goto(live_server.url + own.panel.get_absolute_url()).status == 404
    assert outsider.page.goto(live_server.url + own.get_absolute_url()).status == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_a_centre_asks_and_what_is_to_be_done_before_it_has_left(live_server, browser, federation):
    tre = Tre.objects.get(pk=CENTRE.id)
    administrator = Reader(browser, live_server.url, "admin@hub.example")
    administrator.open(tre.get_absolute_url())
    administrator.open(reverse("datasets:leaving", args=[tre.pk]))
    assert "It is not leaving now." in administrator.page.inner_text("main")
    lay = Reader(browser, live_server.url, "lay@hub.example")
    assert lay.page.goto(live_server.url + reverse("datasets:leaving", args=[tre.pk])).status == 403


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_publisher_clears_the_words_of_an_incident(live_server, browser, federation):
    by = person("coordinator@hub.example")
    incident = report_one(person("ada@northgate.example"))
    incidents.contain(incident=incident, by=by, how_contained="Called back.")
    incidents.assess(incident=incident, by=by, severity="medium", people_affected=3, assessment="A typing error.")
    incidents.notify(incident=incident, by=by, who_was_told="The person herself.")
    lead = Reader(browser, live_server.url, by.email)
    lead.open(incident.get_absolute_url())
    lead.open(f"/act/incidents/incident/{incident.pk}/close/")
    send(lead, actions_taken="Names are checked.", public_words="A mail went to a wrong address. It was deleted.")
    publisher = Reader(browser, live_server.url, "publisher@hub.example")
    publisher.open("/home/")
    publisher.open(incident.texts.get().get_absolute_url())
    publisher.click("Publish it")
    send(publisher, reason="Plain and true.")
    assert publisher.state() == "published"
