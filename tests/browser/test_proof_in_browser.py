"""A reader goes from the log to the proof of an entry, and checks it in her own browser."""

import json
from uuid import UUID

import pytest
from django.conf import settings

from apps.core.audit.act import act, record
from tests.browser.reader import Reader
from tests.integration.core.logs import Thing


class Ours(Thing):
    side = UUID(settings.HUB_ID)


@pytest.fixture
def log(transactional_db):
    """Three public entries of the hub's log."""
    with act():
        for number in range(3):
            record("log.public_test", by="portal", subject=Ours, public={"thing": f"the “{number}”"})


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_proof_is_checked_in_the_browser(live_server, browser, log):
    reader = Reader(browser, live_server.url)
    reader.open("/log/")
    reader.click("Check it (entry 2)")
    assert "the “2”" in reader.page.inner_text("main")
    reader.page.click("text=The numbers")
    reader.page.click("text=Check it here")
    reader.page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    told = reader.page.locator("#check-proof [role=status] > ul > li").all_inner_texts()
    assert [line.split(":")[0] for line in told] == ["Holds"] * 3
    values = reader.page.locator("#check-proof li li").all_inner_texts()
    assert values == ["thing: the “2”", "verb: log.public_test"]
    with reader.page.expect_download() as download:
        reader.page.click("text=The receipt of this entry")
    assert download.value.suggested_filename == "receipt-2.json"
    with reader.page.expect_download() as download:
        reader.page.click("text=The script, verify.py")
    assert download.value.suggested_filename == "verify.py"
    reader.click("Who signs this log, and who watches it")
    assert "Nobody has told us yet that they watch" in reader.page.inner_text("main")
    reader.open("/log/")
    reader.click("How you can check that")


def backwards(leaf: str) -> str:
    """The leaf with its commitments the other way round."""
    read = json.loads(leaf)
    return json.dumps(read | {"c": read["c"][::-1]}, separators=(",", ":"), sort_keys=True)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_receipt_that_opens_a_field_twice_does_not_hold_in_the_browser(live_server, browser, log):
    reader = Reader(browser, live_server.url)
    text = reader.page.request.get(f"{live_server.url}/log/2/receipt.json").text()
    twice = text.replace('"opening": {', '"opening": {"public.thing": {"salt": "00", "value": "another"},')
    assert json.loads(twice) == json.loads(text)
    reader.page.route("**/receipt.json", lambda route: route.fulfill(body=twice, content_type="application/json"))
    reader.open("/log/2/proof")
    reader.page.click("text=Check it here")
    reader.page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    told = reader.page.locator("#check-proof [role=status] > ul > li").all_inner_texts()
    assert [line.split(":")[0] for line in told] == ["Does not hold", "Holds", "Holds"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda receipts: receipts["receipts"][0]["opening"]["public.thing"].update(value="another"), [0]),
        (lambda receipts: receipts["receipts"][0].update(sequence=1), [1]),
        (lambda receipts: receipts["receipts"][0].update(sequence=9), [1]),
        (lambda receipts: receipts["receipts"][0]["opening"].clear(), [0]),
        (lambda receipts: receipts["receipts"][0].update(leaf=backwards(receipts["receipts"][0]["leaf"])), [0, 1]),
        (lambda receipts: receipts.update(checkpoint=receipts["checkpoint"].replace("\n3\n", "\n4\n")), [1, 2]),
    ],
)
def test_what_does_not_hold_is_told_in_the_browser(live_server, browser, log, change, wrong):
    reader = Reader(browser, live_server.url)

    def tamper(route):
        receipts = json.loads(route.fetch().text())
        change(receipts)
        route.fulfill(body=json.dumps(receipts), content_type="application/json")

    reader.page.route("**/receipt.json", tamper)
    reader.open("/log/2/proof")
    reader.page.click("text=Check it here")
    reader.page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    told = reader.page.locator("#check-proof [role=status] > ul > li").all_inner_texts()
    assert [number for number, line in enumerate(told) if line.startswith("Does not hold:")] == wrong


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_receipt_of_another_entry_does_not_hold_on_this_page(live_server, browser, log):
    reader = Reader(browser, live_server.url)
    other = reader.page.request.get(f"{live_server.url}/log/1/receipt.json").text()
    reader.page.route("**/receipt.json", lambda route: route.fulfill(body=other, content_type="application/json"))
    reader.open("/log/2/proof")
    reader.page.click("text=Check it here")
    reader.page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    told = reader.page.locator("#check-proof [role=status] > ul > li").all_inner_texts()
    assert told[1].startswith("Does not hold:")
    assert "thing: the “1”" in told[0]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_javascript_the_page_explains_and_the_script_is_there(live_server, browser, log):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/log/0/proof")
    text = page.inner_text("main")
    assert "This needs JavaScript. The other way does not." in text
    assert "python3 verify.py http://127.0.0.1:8000/log --receipt receipt-0.json" in text
    assert not page.get_by_role("button", name="Check it here").is_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_that_cannot_is_told_what_to_do(live_server, browser, log):
    reader = Reader(browser, live_server.url)
    reader.page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('NotSupportedError'))")
    reader.open("/log/2/proof")
    reader.page.click("text=Check it here")
    reader.page.locator("#check-proof [role=status] > ul > li").nth(2).wait_for()
    assert "The script below can." in reader.page.locator("#check-proof [role=status] > ul > li").nth(2).inner_text()
    reader.page.route("**/receipt.json", lambda route: route.fulfill(body="x"))
    reader.page.click("text=Check it here")
    reader.page.locator("text=The check could not be done.").wait_for()
