"""Every page that the portal has, as somebody who may open it: axe finds no fault, nothing scrolls sideways at 320 px, and no
two pages have one title."""

from collections import defaultdict

import pytest
from django.conf import settings
from django.test import Client

from tests.browser.reader import Reader
from tests.functional.federation import person
from tests.functional.test_urls import KINDS, TABLE, world  # noqa: F401

# Whoever works with a page comes before whoever only reads it: her page has the most on it.
WORKS_WITH_IT_MOST = (
    *("coordinator", "chair", "officer", "custodian", "checker", "approver", "operator", "administrator"),
    *("researcher", "panel", "auditor", "colleague", "other", "anyone"),
)


def reader_of(kind: str, browser, address: str) -> Reader:
    """The window of somebody of that kind, signed in."""
    reader = Reader(browser, address)
    if KINDS[kind]:
        client = Client()
        client.force_login(person(KINDS[kind]), backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
        reader.context.add_cookies([cookie | {"url": address}])
    return reader


def is_page(reader: Reader, path: str) -> bool:
    """True of what a browser shows; not of a file or of an answer to a program."""
    return "text/html" in reader.context.request.get(reader.address + path).headers["content-type"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_has_a_fault_scrolls_sideways_or_has_the_title_of_another(live_server, browser, world):  # noqa: F811
    assert set(WORKS_WITH_IT_MOST) == set(KINDS)
    readers, wrong, titles = {}, [], defaultdict(list)
    for name, expected in TABLE.items():
        kind = next((each for each in WORKS_WITH_IT_MOST if expected[each] == 200), "")
        if not kind:
            continue
        if kind not in readers:
            readers[kind] = reader_of(kind, browser, live_server.url)
        reader = readers[kind]
        path = world(name)
        if not is_page(reader, path):
            continue
        reader.page.goto(live_server.url + path)
        reader.page.set_viewport_size({"width": 1280, "height": 900})
        reader.page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")
        titles[reader.page.title()].append(name)
        wrong += [(name, each["id"], [node["html"][:200] for node in each["nodes"]]) for each in reader.faults()]
        reader.page.set_viewport_size({"width": 320, "height": 900})
        if (wide := reader.page.evaluate("document.documentElement.scrollWidth")) > 320:
            wrong.append((name, "wide", wide))
        reader.picture(f"{name}-{kind}", "320")
    wrong += [(title, names) for title, names in titles.items() if len(names) > 1]
    assert wrong == [], "\n".join(map(str, wrong))
