"""A request is written by form, looked at, asked, and its code is read before it is signed: each page in a real browser."""

import pytest

from apps.hub.datasets.models import DatasetVersion, WorkflowVersion
from apps.node.custody.models import WorkflowApproval
from apps.tools.federation.people import CENTRES
from tests.browser.reader import Reader
from tests.functional.test_asking import CHOICE, CODE, FILE, OTHERS, approved_again

CENTRE = CENTRES[0]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_request_is_written_without_json_and_its_code_is_read(live_server, browser, federation, worker, tmp_path):
    parameters = [*WorkflowVersion.objects.get().parameters, CODE, CHOICE, FILE, *OTHERS]
    approved_again(parameters)
    WorkflowVersion.objects.update(parameters=parameters)
    assert WorkflowApproval.objects.filter(parameters=parameters).exists()
    (tmp_path / "regions.csv").write_text("region,password\nNorth,password=hunter22\n")
    ada = Reader(browser, live_server.url, "ada@northgate.example")
    ada.open("/submissions/")
    ada.click("Ask for an analysis")
    ada.page.fill("input[name=q]", "diabetes")
    ada.press(".portal-search button")
    assert "No analysis speaks of this" in ada.page.inner_text("main")
    ada.click("Show all")
    ada.click("Go on")
    assert "Choose a project and an analysis." in ada.page.inner_text("main")
    ada.page.get_by_label("ASTHMA-24").check()
    ada.page.get_by_label("Count people with asthma").check()
    ada.click("Go on")
    ada.page.fill("input[name=title]", "Asthma by region")
    ada.click("Save and look at the crate")
    assert "There is a problem" in ada.page.inner_text("main")
    ada.page.fill("textarea[name=description]", "Where do people with asthma live?")
    ada.page.fill("textarea[name=in_query]", "select region, count(*)\nfrom data\ngroup by region")
    ada.page.locator("#so-far >> text=Still to do:").wait_for()
    ada.page.set_input_files("input[name=in_regions]", tmp_path / "regions.csv")
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    ada.page.get_by_label(f"Ask {CENTRE.name}").check()
    ada.page.select_option(f"select[name=data_{CENTRE.id}_dataset]", str(version.pk))
    ada.click("Save and look at the crate")
    assert "looks like a password" in ada.page.inner_text("main")
    assert "hunter22" not in ada.page.inner_text("main")
    ada.page.check("input[name=looked_at_suspicions]")
    ada.click("Ask for it")
    assert ada.state() == "sent"

    priya = Reader(browser, live_server.url, f"approver@{CENTRE.slug}.example")
    priya.wait_for("/home/", "Sign off:")
    priya.press("main >> text=Sign off:")
    assert "group by region" in priya.page.inner_text("main")
    assert "Look at these places" in priya.page.inner_text("main")
    priya.click("Sign off")
    priya.press("main form button")
    assert "Read the code on the page of the run" in priya.page.inner_text("main")

    ada.click("Ask again")
    assert "It begins with what was asked before" in ada.page.inner_text("main")
    ada.click("Throw away")
    ada.click("Keep it")
    ada.open("/submissions/")
    assert "Not sent yet" in ada.page.inner_text("main")
