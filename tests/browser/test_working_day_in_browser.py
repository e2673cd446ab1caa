"""A working day: home says what waits, a claim, a notice that is read, a list that is narrowed, saved and opened again."""

import pytest
from django.urls import reverse

from apps.core.audit.act import act
from apps.core.notices.service import notify
from apps.hub.projects.models import Project
from tests.browser.reader import Reader
from tests.functional.federation import person, received, work_until_done

LAY = "lay@hub.example"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_waits_is_claimed_a_notice_is_read_and_a_filter_is_saved(
    live_server, browser, federation, executor, tmp_path
):
    received(tmp_path)
    work_until_done()
    approver = Reader(browser, live_server.url, "approver@saltmarsh.example")
    approver.open(reverse("home"))
    assert "Sign off: " in approver.page.inner_text("main")
    approver.click("I do this")
    assert "You do this" in approver.page.inner_text("main").replace("YOU DO THIS", "You do this")
    approver.open(reverse("runs:list"))
    assert "waits on you" in approver.page.inner_text("body")
    approver.open(reverse("notices:list"))
    approver.press("main h2 a")
    approver.click("Go to it")
    assert "Sign off" in approver.page.inner_text("main")
    approver.open(reverse("notices:preferences"))

    project = Project.objects.get(code="ASTHMA-25")
    with act():
        notify("project.suspended", to=person(LAY), about=project, project=project.title)
    lay = Reader(browser, live_server.url, LAY)
    lay.open(reverse("projects:list"))
    lay.page.click("summary")
    lay.page.get_by_label("State").select_option("approved")
    lay.click("Show these")
    lay.page.get_by_label("Save this filter as").fill("Running now")
    lay.seen.clear()
    lay.press("form.portal-save button")
    assert "Running now" in lay.page.inner_text("main nav")
    assert "ASTHMA-25" not in lay.page.inner_text("main ul.portal-list")
