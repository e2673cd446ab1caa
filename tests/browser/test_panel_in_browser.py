"""The pages of a panel and its meetings, as its members and its coordinator meet them, wide and narrow, looked at by axe."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.panels.models import Meeting, Seat
from tests.browser.reader import Reader
from tests.browser.test_governance_in_browser import fill, take


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_coordinator_plans_a_meeting_and_a_member_reads_its_papers(live_server, browser, federation):
    panel = Meeting.objects.earliest("created_at").panel
    coordinator = Reader(browser, live_server.url, "coordinator@hub.example")
    coordinator.open(panel.get_absolute_url())
    coordinator.click("When it meets, and when it met")
    assert "minutes agreed" in coordinator.page.inner_text("main")
    coordinator.click("Plan a meeting")
    fill(coordinator.page, {"day": "2020-01-01", "time": "14:00", "place": "Room 2", "papers_by": "2020-01-01"})
    coordinator.press("main form button")
    assert "that have not passed" in coordinator.page.inner_text("main .govuk-error-summary")
    assert coordinator.page.input_value("[name=place]") == "Room 2", "what was typed stays"
    day = timezone.localdate() + timedelta(days=30)
    fill(coordinator.page, {"day": day.isoformat(), "papers_by": (day - timedelta(days=7)).isoformat()})
    coordinator.press("main form button")
    meeting = coordinator.page.url
    coordinator.press(coordinator.page.locator("main").get_by_role("link", name="Put a vote on the agenda"))
    coordinator.page.select_option("[name=round]", index=1)
    coordinator.press("main form button")
    take(coordinator, meeting, "Say that the papers are out")
    take(coordinator, meeting, "Change the time or the place", place="Room 3")
    take(coordinator, meeting, "Cancel the meeting", reason="Too few of us can come.")
    assert "Too few of us can come." in coordinator.page.inner_text("main")

    lay = Reader(browser, live_server.url, "lay@hub.example")
    held = Meeting.objects.get(state="minuted")
    for page in (held.get_absolute_url(), f"{held.get_absolute_url()}papers/", held.minutes.get().get_absolute_url()):
        lay.open(page)
    assert "by video" in lay.page.inner_text("main")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_seat_takes_two_people(live_server, browser, federation):
    panel = Meeting.objects.earliest("created_at").panel
    deputy = Reader(browser, live_server.url, "deputy@hub.example")
    deputy.open(f"{panel.get_absolute_url()}seats/new/")
    fill(deputy.page, {"user": "adviser@hub.example", "kind": "expert"})
    deputy.press("main form button")
    seat = Seat.objects.get(user__email="adviser@hub.example")
    assert seat.state == "proposed"
    coordinator = Reader(browser, live_server.url, "coordinator@hub.example")
    coordinator.open(panel.get_absolute_url())
    coordinator.press(coordinator.page.locator("main").get_by_role("link", name="Confirm the seat").first)
    fill(coordinator.page, {"reason": "We need her."})
    coordinator.press("main form button")
    assert Seat.objects.get(pk=seat.pk).state == "held"
