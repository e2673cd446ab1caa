"""The whole journey in a real browser, as each person; axe finds nothing on any page, and none scrolls sideways on a phone."""

import pytest

from apps.hub.datasets.models import DatasetVersion
from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.tools.federation.journey import write_request
from apps.tools.federation.people import CENTRES
from tests.browser.reader import Reader
from tests.functional.federation import DESCRIBED

CENTRE = CENTRES[0]


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
    uploaded = ada.page.url
    ada.click("Read the crate: what will run, on what")
    assert ada.page.locator("svg.portal-diagram rect").count() == 5
    ada.click("Everything in it")
    ada.press("main >> .portal-entities a")
    ada.open(uploaded)
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
    priya.press("main >> text=Sign off:")
    run = priya.page.url
    priya.click("Sign off")
    priya.press("main form button")
    priya.page.fill("textarea[name=reason]", "All five safes hold.")
    priya.page.check("input[name=declared]")
    priya.press("main form button")
    priya.wait_for(run, "succeeded")
    for path in ("/runs/", "/tre/", "/tre/?kind=people", "/tre/?kind=data", "/tre/?kind=workflows"):
        priya.open(path)
    priya.press("main >> .portal-list a")

    for number in (1, 2):
        checker = Reader(browser, live_server.url, f"checker{number}@{CENTRE.slug}.example")
        checker.wait_for("/home/", "Check:")
        checker.press("main >> text=Check:")
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
        checker.press("main form button")
    assert checker.state() == "both checkers have decided"
    checker.click("Let out what both approved")
    checker.press("main form button")
    checker.open("/egress/")
    ada.wait_for(request, "Download the result crate")
    with ada.page.expect_download() as download:
        ada.page.click("text=Download the result crate")
    assert download.value.suggested_filename.startswith("result-")
    assert ada.state() == "released"
    ada.click("Read the result crate: what happened, step by step")
    assert ada.page.locator(".portal-phases > li").count() == 8
    ada.click("Everything in this crate")
    ada.click("Run of Count people")
    anyone.open("/verify/")
    anyone.page.set_input_files("input[name=crate]", download.value.path())
    anyone.seen.clear()
    anyone.click("Check it")
    assert "The analysis ran" in anyone.page.inner_text("main")

    for email, path in (
        ("lay@hub.example", "/projects/"),
        ("officer@hub.example", "/researchers/"),
        ("admin@hub.example", "/people/"),
        ("auditor@hub.example", "/submissions/"),
    ):
        reader = Reader(browser, live_server.url, email)
        reader.open("/home/")
        reader.open(path)
        reader.press("main >> .portal-list a")
    anyone.open("/log/")
    anyone.page.select_option("select[name=topic]", "results")
    anyone.press("main form[role=search] button")
    anyone.press("main .portal-timeline a >> nth=0")
    anyone.press("main .govuk-caption-l a")
    anyone.click(CENTRE.name)
    anyone.open("/log/")
    assert f"{CENTRE.name} released the results" in anyone.page.inner_text("main")
    anyone.open("/figures/")
    anyone.open("/log/mail/")
    anyone.open("/verify/")
    anyone.open("/rules/")
    anyone.click("5S-RUN-01")

    coordinator = Reader(browser, live_server.url, "coordinator@hub.example")
    for words in ("Add a secure data centre", "Add an analysis (workflow)", "age, version 1", CENTRE.name):
        coordinator.open("/catalogue/")
        coordinator.click(words)
    coordinator.click("Describe a dataset")
    coordinator.page.fill("input[name=name]", "Clinics")
    coordinator.press("main form button")
    assert "There is a problem" in coordinator.page.inner_text("main")
    coordinator.page.fill("textarea[name=summary]", "Visits to clinics.")
    coordinator.press("main form button")
    coordinator.click("Add a version")
    coordinator.page.fill("input[name=label]", "2024")
    coordinator.page.fill("input[name=years_from]", "2020")
    coordinator.page.fill("input[name=years_to]", "2024")
    for name, words in DESCRIBED.items():
        if name == "sensitivity":
            coordinator.page.select_option("select[name=sensitivity]", words)
        else:
            coordinator.page.fill(f"main [name={name}]", words)
    coordinator.page.fill("textarea[name=dictionary]", "age | in years | 0 to 110")
    (tmp_path / "ages.csv").write_text("years\n61\n")
    coordinator.page.set_input_files("input[name=sample]", tmp_path / "ages.csv")
    coordinator.page.check("input[name=invented]")
    coordinator.press("main form button")
    assert "missing: “age”; too many: “years”" in coordinator.page.inner_text("main")
    (tmp_path / "ages.csv").write_text("age\n61\n")
    coordinator.page.set_input_files("input[name=sample]", tmp_path / "ages.csv")
    coordinator.press("main form button")
    assert "0 to 110" in coordinator.page.inner_text("main")
    assert "First rows of the sample" in coordinator.page.inner_text("main")
    ada.open("/catalogue/")
    ada.click(f"{CENTRE.name.split()[0]} health records")
    with ada.page.expect_download() as download:
        ada.page.click("text=Download the sample")
    assert download.value.suggested_filename == f"{CENTRE.slug}-sample.csv"
    operator = Reader(browser, live_server.url, f"operator@{CENTRE.slug}.example")
    operator.open("/tre/")
    operator.click("Say where a dataset lies")
    operator.page.fill("input[name=dataset_version]", "7d1f9f5e-6c0e-5a41-9d0b-0f1d1c6f5a00")
    operator.page.fill("input[name=name]", "Clinics")
    operator.page.fill("input[name=path]", "/nowhere/clinics.csv")
    operator.press("main form button")
    assert "There is no file at /nowhere/clinics.csv." in operator.page.inner_text("main")
