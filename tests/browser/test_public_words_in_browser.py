"""The public pages in a real browser: on a phone, by keyboard, at 200%, on paper. axe looks at each."""

import os
from pathlib import Path

import pytest

from apps.hub.datasets.models import Tre
from apps.tools.federation.people import CENTRES
from tests.browser.reader import Reader

PICTURES = os.environ.get("PICTURES")


def keep(page, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_anyone_reads_who_answers_what_words_mean_and_what_is_not_accessible(live_server, browser, federation):
    anyone = Reader(browser, live_server.url)
    page = anyone.page
    anyone.open("/")
    anyone.click("Who we are, and how to opt out")
    assert "The names and addresses on this page are invented" in page.inner_text("main")
    for centre in CENTRES:
        assert centre.opt_out.split(".")[0] in page.inner_text("main")
    page.click("main .portal-term >> text=crate")
    anyone.look()
    assert page.url.endswith("/glossary/#crate")
    assert page.evaluate("document.querySelector(':target dt').innerText") == "Crate"
    anyone.click("Accessibility")
    for path in ("/", "/log/", "/verify/", "/rules/", "/rules/5S-RUN-01/"):
        anyone.open(path)
    assert anyone.context.cookies() == [] or {cookie["name"] for cookie in anyone.context.cookies()} == {"csrftoken"}
    assert "This page was true on" in page.locator(".portal-as-of").inner_text()

    tre = Tre.objects.get(pk=CENTRES[0].id)
    coordinator = Reader(browser, live_server.url, "coordinator@hub.example")
    coordinator.open(tre.get_absolute_url())
    coordinator.click("Change how to opt out")
    coordinator.page.fill("textarea[name=opt_out]", "Ring the bell at the gate.")
    coordinator.press("main form button")
    anyone.open("/about/")
    assert "Ring the bell at the gate." in page.inner_text("main")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_public_pages_work_by_keyboard_enlarged_and_on_paper(live_server, browser, federation):
    page = Reader(browser, live_server.url).page
    for path in ("/", "/about/", "/glossary/", "/accessibility/", "/log/"):
        page.goto(live_server.url + path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
        links = page.locator("a:visible, button:visible").count()
        fields = page.locator("input:visible, select:visible, textarea:visible").count()
        met = set()
        for _number in range(links + 4 * fields + 5):
            met.add(page.evaluate("[...document.querySelectorAll('a, button')].indexOf(document.activeElement)"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or page.evaluate("document.activeElement === document.body"), path
            page.keyboard.press("Tab")
        assert len(met - {-1}) == links, (path, links, len(met))
        page.set_viewport_size({"width": 640, "height": 450})  # 1280 x 900 at 200%
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
        page.set_viewport_size({"width": 1280, "height": 900})

        page.emulate_media(media="print")
        for gone in (".portal-person", ".portal-footer", ".govuk-skip-link"):
            assert not page.locator(gone).is_visible(), (path, gone)
        assert page.locator(".portal-as-of").is_visible()
        after = "[...document.querySelectorAll('main a')].map(a => getComputedStyle(a, '::after').content)"
        assert set(page.evaluate(after)) <= {"none", "normal"}
        keep(page, f"print{path.replace('/', '-')}")
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="screen")
