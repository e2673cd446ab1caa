"""A project's whole life with its panel: written, returned, changed, voted with one who stands back, approved with a
condition, amended, expired. Each person in her own browser."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import actions as projects
from apps.hub.projects.models import Project
from apps.hub.projects.questions import SECTIONS
from apps.hub.researchers.models import Organisation
from apps.tools.federation.application import answers_for
from tests.browser.reader import Reader

PICTURES = os.environ.get("GOVERNANCE_PICTURES")
MEMBERS = ("chair", "expert", "lay", "lay2")
STANDS_BACK = "caretaker"


def keep(reader, name):
    """A picture for docs/, where one was asked for."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        reader.page.screenshot(path=f"{PICTURES}/{name}.png")


def fill(page, answers):
    """Write into every field of the page that has an answer."""
    for name, answer in answers.items():
        wanted = [str(each) for each in (answer if isinstance(answer, list) else [answer])]
        for field in page.locator(f"main [name='{name}']").all():
            if field.get_attribute("type") in ("radio", "checkbox"):
                if field.get_attribute("value") in wanted:
                    field.check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(wanted)
            else:
                field.fill(wanted[0])


def take(reader, path, label, **answers):
    """Take the step with this name on the page of a thing: what it asks, then its button."""
    reader.open(path)
    reader.press(reader.page.locator(".portal-actions").get_by_role("link", name=label, exact=True))
    fill(reader.page, answers)
    reader.press("main form button")
    assert reader.page.locator("main .govuk-error-summary").count() == 0, reader.page.inner_text("main")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_project_lives_from_its_first_word_to_its_last_day(live_server, browser, federation, time_machine):
    def person(name):
        return Reader(browser, live_server.url, f"{name}@hub.example")

    ada = Reader(browser, live_server.url, "ada@northgate.example")
    ada.open("/projects/")
    ada.click("Apply for a project")
    northgate = Organisation.objects.get(name__startswith="Northgate")
    fill(ada.page, {"title": "Coughs at night", "code": "COUGH-27", "organisation": str(northgate.pk)})
    ada.press("main form button")
    assert "0 of 11 parts are done" in ada.page.inner_text("main")
    cough = Project.objects.get(code="COUGH-27")
    page_of, version = f"/projects/{cough.pk}/", DatasetVersion.objects.get(dataset__held_by__slug="saltmarsh")
    answers = answers_for(cough, [version], timezone.localdate() + timedelta(days=90))
    for section in SECTIONS:
        for _again in range(1 + (section.key == "data")):  # the columns are asked for once the datasets are known
            ada.open(f"{page_of}application/{section.key}/")
            fill(ada.page, answers)
            ada.press(ada.page.get_by_role("button", name="Save", exact=True))
    assert "11 of 11 parts are done" in ada.page.inner_text("main")
    keep(ada, "application")
    ada.click("See it as the public will read it")
    ada.open(f"{page_of}application/")
    ada.click("Hand it in")
    ada.press("main form button")

    coordinator = person("coordinator")
    take(coordinator, page_of, "Take it to the panel")
    coordinator.open(page_of)
    coordinator.press(coordinator.page.locator("main .govuk-summary-list__actions a").first)
    fill(coordinator.page, {"text": "Which nights?"})
    coordinator.press("main form button")

    panel = {name: person(name) for name in (*MEMBERS, STANDS_BACK)}

    def declare_and_vote(choice, **more):
        for name, member in panel.items():
            member.open(page_of)
            assert "Say first whether you have a conflict of interest" in member.page.inner_text("main")
            vote_page = member.page.url
            if name == STANDS_BACK:
                words = {"kind": "financial", "words": "I am paid by the funder."}
                take(member, vote_page, "Say whether you have a conflict of interest", **words)
                member.open(vote_page)
                assert "You take no part in this vote" in member.page.inner_text("main")
                continue
            take(member, vote_page, "Say whether you have a conflict of interest", kind="none")
            member.open(vote_page)
            assert "You see the votes when you have voted" in member.page.inner_text("main")
            take(member, vote_page, "Vote, or change your vote", choice=choice, reason="As I read it.", **more)
        keep(panel["lay"], f"vote-{choice}")

    declare_and_vote("changes")
    take(panel["chair"], page_of, "Return it, as the votes say", reason="Say which nights you mean.")
    assert panel["chair"].state() == "returned with a question"

    ada.open("/home/")
    assert "Answer the panel" in ada.page.inner_text("main")
    ada.open(f"{page_of}application/summary/")
    clearer = answers["lay_summary"] + " We look at the nights from May to July."
    fill(ada.page, {"lay_summary": clearer})
    ada.press(ada.page.get_by_role("button", name="Save", exact=True))
    ada.click("Hand it in")
    ada.press("main form button")
    ada.open(f"{page_of}versions/2/")
    assert "We look at the nights from May to July." in ada.page.locator("main ins").first.inner_text()
    keep(ada, "difference")

    take(coordinator, page_of, "Take it to the panel")
    declare_and_vote("conditions", conditions="Say who pays.")
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    take(panel["chair"], page_of, "Approve, as the votes say", reason="A good question.", due=day)
    assert panel["chair"].state() == "approved"

    ada.open("/home/")
    assert ada.page.locator("main a", has_text="Say who pays").count() == 1
    ada.press(ada.page.locator("main a", has_text="Say who pays"))
    condition = ada.page.url
    take(ada, condition, "Show that it is met", evidence="The Invented Research Fund pays, see the letter.")
    take(panel["chair"], condition, "It is met", reason="It is clear now.")
    assert panel["chair"].state() == "met"
    keep(panel["chair"], "condition")

    ada.open(page_of)
    ada.click("Ask for a change")
    ada.press(ada.page.locator("main a[href*='/new/extension/']"))
    longer = timezone.localdate() + timedelta(days=120)
    fill(ada.page, {"until": longer.isoformat(), "reason": "We lost a month."})
    ada.press("main form button")
    amendment = ada.page.url
    take(ada, amendment, "Hand it in")
    take(panel["chair"], amendment, "Approve", reason="A month is fair.")
    assert panel["chair"].state() == "approved"
    keep(panel["chair"], "amendment")
    assert Project.objects.get(pk=cough.pk).until == longer

    anyone = Reader(browser, live_server.url)
    anyone.open(f"/log/projects/{cough.pk}/")
    assert "lay" in anyone.page.inner_text("main")
    keep(anyone, "story")

    time_machine.move_to(timezone.now() + timedelta(days=121))
    projects.expire_lapsed()
    assert Project.objects.get(pk=cough.pk).state == "expired"
    late = Reader(browser, live_server.url, "ada@northgate.example")
    late.open(page_of)
    assert late.state() == "expired"
    keep(late, "expired")
