"""The whole journey in a real browser, as each person; axe finds nothing on any page, and none scrolls sideways on a phone."""

import os
import threading
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import sync_playwright

from apps.core.outbox import service as outbox
from apps.hub.datasets.models import DatasetVersion
from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.tools.federation.journey import write_request
from apps.tools.federation.people import CENTRES, PASSWORD

CENTRE = CENTRES[0]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PICTURES = os.environ.get("PICTURES")


class Reader:
    """A person with her own browser window. Every page she meets is looked at by axe, wide and narrow."""

    def __init__(self, browser, address, email=""):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=True)
        self.page = self.context.new_page()
        self.address, self.seen = address, set()
        if email:
            self.open("/accounts/login/")
            self.page.fill("input[name=login]", email)
            self.page.fill("input[name=password]", PASSWORD)
            self.page.click("main button")
            self.look()

    def open(self, path):
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.look()

    def click(self, words):
        self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words)).first.click()
        self.look()

    def look(self, picture=""):
        """No fault of accessibility, no sideways scroll at 320 px."""
        title = self.page.title()
        if title not in self.seen:
            self.seen.add(title)
            found = Axe().run(self.page).response["violations"]
            assert found == [], (title, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found])
            self.page.set_viewport_size({"width": 320, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, (title, wide)
            self.picture(title, "320")
            self.page.set_viewport_size({"width": 1280, "height": 900})
            self.picture(title, "1280")

    def picture(self, title, width):
        if PICTURES:
            name = "".join(letter if letter.isalnum() else "-" for letter in title)[:60]
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)

    def wait_for(self, path, words):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.page.goto(self.address + path if path.startswith("/") else path)
            if words in self.page.inner_text("main"):
                return self.look()
            time.sleep(0.2)
        raise AssertionError((path, words, self.page.inner_text("main")))

    def state(self):
        return self.page.inner_text("h1 .govuk-tag")


@pytest.fixture
def browser():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop of its own beside the test
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def worker(db):
    ended = threading.Event()

    def work():
        while not ended.is_set():
            outbox.drain()
            time.sleep(0.05)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.browser
@pytest.mark.sandbox
@pytest.mark.django_db(transaction=True)
def test_each_person_does_her_part_in_a_browser(live_server, browser, federation, worker, tmp_path):
    provision(home() / "cwl")
    anyone = Reader(browser, live_server.url)
    anyone.open("/")
    anyone.click("Read what happened")
    anyone.open("/nothing/")
    anyone.open("/accounts/password/reset/")
    write_request(tmp_path / "request.zip")
    (tmp_path / "bad.zip").write_text("not a zip")
    ada = Reader(browser, live_server.url, "ada@northgate.example")
    for path in (
        "/profile/",
        "/projects/",
        "/projects/new/",
        "/researchers/",
        "/catalogue/",
        "/accounts/email/",
        "/leave/",
    ):
        ada.open(path)
    ada.open("/submissions/")
    ada.click("Upload a crate")
    ada.click("Upload and check")
    ada.page.set_input_files("input[type=file]", tmp_path / "bad.zip")
    ada.click("Upload and check")
    assert ada.state() == "refused"
    ada.open("/submissions/upload/")
    ada.page.set_input_files("input[type=file]", tmp_path / "request.zip")
    ada.click("Upload and check")
    assert ada.state() == "ready to send"
    ada.click("Choose where to send it")
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    ada.page.get_by_label(f"Ask {CENTRE.name}").check()
    ada.page.select_option(f"select[name=data_{CENTRE.id}_dataset]", str(version.pk))
    ada.click("Send")
    ada.click(CENTRE.name)
    request = ada.page.url
    ada.wait_for(request, "awaiting approval")

    priya = Reader(browser, live_server.url, f"approver@{CENTRE.slug}.example")
    priya.wait_for("/home/", "Sign off:")
    priya.page.click("main >> text=Sign off:")
    priya.look()
    run = priya.page.url
    priya.click("Sign off")
    priya.page.click("main form button")
    priya.look()
    priya.page.fill("textarea[name=reason]", "All five safes hold.")
    priya.page.check("input[name=declared]")
    priya.page.click("main form button")
    priya.wait_for(run, "succeeded")
    for path in ("/runs/", "/tre/", "/tre/?kind=people", "/tre/?kind=data", "/tre/?kind=workflows"):
        priya.open(path)
    priya.page.click("main >> .portal-list a")
    priya.look()

    for number in (1, 2):
        checker = Reader(browser, live_server.url, f"checker{number}@{CENTRE.slug}.example")
        checker.wait_for("/home/", "Check:")
        checker.page.click("main >> text=Check:")
        checker.look()
        outputs = checker.page.url
        for file in ("Counts by region and age band", "The counts as bars"):
            checker.click(file)
            checker.open(outputs)
        checker.click("Check the files")
        for box in checker.page.locator("input[type=radio][value=approve]").all():
            box.check()
        for comment in checker.page.locator("textarea").all():
            comment.fill("Counts over ten only.")
        checker.page.check("input[name=declared]")
        checker.page.click("main form button")
        checker.look()
    assert checker.state() == "both checkers have decided"
    checker.click("Let out what both approved")
    checker.page.click("main form button")
    checker.open("/egress/")
    ada.wait_for(request, "Download the result crate")
    with ada.page.expect_download() as download:
        ada.page.click("text=Download the result crate")
    assert download.value.suggested_filename.startswith("result-")
    assert ada.state() == "released"

    for email, path in (
        ("lay@hub.example", "/projects/"),
        ("officer@hub.example", "/researchers/"),
        ("admin@hub.example", "/people/"),
        ("auditor@hub.example", "/submissions/"),
    ):
        reader = Reader(browser, live_server.url, email)
        reader.open("/home/")
        reader.open(path)
        reader.page.click("main >> .portal-list a")
        reader.look()
    anyone.open("/log/")
    assert f"{CENTRE.name} released the results" in anyone.page.inner_text("main")
    anyone.open("/verify/")
    anyone.open("/rules/")
    anyone.click("5S-RUN-01")

    coordinator = Reader(browser, live_server.url, "coordinator@hub.example")
    for words in ("Add a secure data centre", "Add an analysis (workflow)", CENTRE.name):
        coordinator.open("/catalogue/")
        coordinator.click(words)
    coordinator.click("Describe a dataset")
    coordinator.page.fill("input[name=name]", "Clinics")
    coordinator.page.click("main form button")
    assert "There is a problem" in coordinator.page.inner_text("main")
    coordinator.page.fill("textarea[name=summary]", "Visits to clinics.")
    coordinator.page.click("main form button")
    coordinator.click("Add a version")
    coordinator.page.fill("input[name=label]", "2024")
    coordinator.page.fill("input[name=years_from]", "2020")
    coordinator.page.fill("input[name=years_to]", "2024")
    coordinator.page.fill("textarea[name=dictionary]", "age | in years | 0 to 110")
    coordinator.page.click("main form button")
    coordinator.look()
    assert "0 to 110" in coordinator.page.inner_text("main")
    operator = Reader(browser, live_server.url, f"operator@{CENTRE.slug}.example")
    operator.open("/tre/")
    operator.click("Say where a dataset lies")
    operator.page.fill("input[name=dataset_version]", "7d1f9f5e-6c0e-5a41-9d0b-0f1d1c6f5a00")
    operator.page.fill("input[name=name]", "Clinics")
    operator.page.fill("input[name=path]", "/nowhere/clinics.csv")
    operator.page.click("main form button")
    assert "There is no file at /nowhere/clinics.csv." in operator.page.inner_text("main")
