"""A person with her own browser window."""

import os
import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from apps.tools.federation.people import PASSWORD

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
            self.press("main button")

    def open(self, path):
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.look()

    def click(self, words):
        self.press(self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words)).first)

    def press(self, where):
        """Click what leads to another page, and look at that one. The wait is ours: a click of Playwright's own returns
        when the mouse is up, and on a slow machine what follows would still be done to the page that is left."""
        with self.page.expect_navigation():
            (self.page.locator(where).first if isinstance(where, str) else where).click()
        self.look()

    def look(self, picture=""):
        """No fault of accessibility, no sideways scroll at 320 px."""
        title = self.page.title()
        if title not in self.seen:
            self.seen.add(title)
            found = self.faults()
            assert found == [], (title, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found])
            self.page.set_viewport_size({"width": 320, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, (title, wide)
            self.picture(title, "320")
            self.page.set_viewport_size({"width": 1280, "height": 900})
            self.picture(title, "1280")

    def faults(self):
        """What axe finds. A page that renews itself while axe looks (it has a live part) is looked at once more."""
        try:
            return Axe().run(self.page).response["violations"]
        except Error:
            self.page.wait_for_load_state()
            return Axe().run(self.page).response["violations"]

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
