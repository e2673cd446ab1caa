"""As a patient representative: from the front page to what data were used for, who agreed, what was held back, and to the proof."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.hub.datasets.models import Dataset
from tests.browser.reader import Reader
from tests.functional.federation import CENTRE
from tests.functional.test_public_log import asked  # noqa: F401 - a fixture

PICTURES = os.environ.get("PICTURES")


class Representative(Reader):
    """Counts what she clicks."""

    clicks = 0

    def press(self, where) -> None:
        self.clicks += 1
        super().press(where)

    def keep(self, name: str) -> None:
        """A picture of what she sees, for docs/log.md."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}.png")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_data_were_used_for_who_agreed_what_was_held_back_and_the_proof(live_server, browser, asked, tmp_path):  # noqa: F811
    reader = Representative(browser, live_server.url)
    page = reader.page
    reader.open("/")
    reader.click("Read what happened")
    dataset = Dataset.objects.get(held_by=CENTRE.id)
    page.select_option("select[name=dataset]", str(dataset.pk))
    reader.clicks += 1
    reader.click("Show these")
    assert (
        "released some results for the project “Where people live with asthma” and held some back"
        in page.inner_text("main")
    )
    reader.keep("log-found")
    reader.press(page.locator("li", has_text="released some results").get_by_role("link", name="The whole story").first)
    told = page.inner_text("main")
    for said in (
        "Where people live with asthma",
        "The panel said yes.",
        "From the public: ",
        "1 file was held back.",
        "let out",
    ):
        assert said in told
    reader.keep("log-story")
    assert reader.clicks == 4

    reader.click("Check it (entry")
    page.get_by_role("button", name="Check it here").click()
    reader.clicks += 1
    page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    lines = page.locator("#check-proof [role=status] > ul > li").all_inner_texts()
    assert [line.split(":")[0] for line in lines] == ["Holds"] * 3
    page.locator("#check-proof").scroll_into_view_if_needed()
    reader.keep("log-proof")
    assert reader.clicks == 6

    for name in ("The receipt of this entry", "The script, verify.py"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        reader.clicks += 1
        download.value.save_as(tmp_path / download.value.suggested_filename)
    receipt = next(tmp_path.glob("receipt-*.json"))
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), f"{live_server.url}/log", "--receipt", str(receipt)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count("OK:") == 2
    assert reader.clicks == 8


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_the_entries_come_first(live_server, browser, federation):
    reader = Reader(browser, live_server.url)
    reader.page.set_viewport_size({"width": 320, "height": 700})
    reader.page.goto(f"{live_server.url}/log/")
    assert not reader.page.locator("select[name=dataset]").is_visible()
    assert reader.page.locator(".portal-timeline li").first.bounding_box()["y"] < 700
    reader.page.click("text=Search the log")
    assert reader.page.locator("select[name=dataset]").is_visible()
