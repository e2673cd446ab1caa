"""What anyone reads: who answers for the portal, what words mean, and what a cache may keep of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.http import http_date, parse_http_date

from apps.core.accounts.models import User
from apps.core.audit.models import Opening, PublicEntry
from apps.core.crates.table import RULES
from apps.core.errors import NotAllowed
from apps.core.web import public
from apps.core.web.glossary import TERMS
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Tre
from apps.hub.transparency.models import Subscription
from apps.hub.transparency.sitemap import PAGES
from apps.tools.federation.people import CENTRES, HUB_PEOPLE, staff_of

pytestmark = pytest.mark.django_db(transaction=True)
READ_ONLY = [name for name in PAGES if name != "verify"]
TRUE = re.compile(r'This page was true on <time datetime="([^"]+)">([^<]+)</time>')


def login(email):
    client = Client()
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_public_page_may_be_kept_for_a_minute_sets_no_cookie_and_says_when_it_was_true(name, client):
    with time_machine.travel(datetime(2026, 11, 24, 14, 5, tzinfo=UTC), tick=False):
        response = client.get(reverse(name))
    assert response["Cache-Control"] == "public, max-age=60"
    assert {"Cookie", "Accept-Language"} <= {each.strip() for each in response["Vary"].split(",")}
    assert response.cookies == {}
    assert client.cookies == {}
    assert TRUE.search(response.content.decode()).groups() == (
        "2026-11-24T14:05:00+00:00",
        "24 November 2026, 14:05 GMT",
    )


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_reader_who_has_the_page_already_gets_304(name, client):
    first = client.get(reverse(name))
    assert ("Last-Modified" in first) == (name in public.DATED)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        has_it = [{"if-none-match": first["ETag"]}]
        if name in public.DATED:
            has_it.append({"if-modified-since": first["Last-Modified"]})
            long_ago = http_date(parse_http_date(first["Last-Modified"]) - 1)
            assert client.get(reverse(name), headers={"if-modified-since": long_ago}).status_code == 200
        for header in has_it:
            again = client.get(reverse(name), headers=header)
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
        assert client.get(reverse(name), headers={"if-none-match": 'W/"another"'}).status_code == 200
    assert client.head(reverse(name))["ETag"] == first["ETag"]


def test_something_new_makes_a_new_page(federation, client):
    newest = PublicEntry.objects.filter(side=settings.HUB_ID).order_by("-sequence").first().at
    with time_machine.travel(newest + timedelta(seconds=119)):
        assert "Last-Modified" not in client.get(reverse("front"))
    tomorrow = newest + timedelta(days=1)
    with time_machine.travel(tomorrow):
        first = client.get(reverse("front"))
        assert parse_http_date(first["Last-Modified"]) == max(int(newest.timestamp()) + 120, public.code_changed())
        told = {"tre": Tre.objects.get(pk=CENTRES[0].id), "by": User.objects.get(email="coordinator@hub.example")}
        datasets.say_how_to_opt_out(**told, opt_out="Ring the bell.")
        for header in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
            again = client.get(reverse("front"), headers=header)
            assert again.status_code == 200
            assert again["ETag"] != first["ETag"]
    with time_machine.travel(tomorrow + timedelta(hours=1)):
        again = client.get(reverse("front"), headers={"if-modified-since": first["Last-Modified"]})
        assert again.status_code == 200
        assert parse_http_date(again["Last-Modified"]) == int(tomorrow.timestamp()) + 120


def test_an_embargo_shows_in_no_date_before_its_day_and_renews_pages_on_it(federation, client):
    newest = PublicEntry.objects.shown(settings.HUB_ID).latest("at").at
    day = newest + timedelta(days=30)
    with time_machine.travel(newest + timedelta(days=1)):
        before = client.get(reverse("front"))["Last-Modified"]
        kept_back = PublicEntry.objects.shown(settings.HUB_ID).filter(at=newest).latest("sequence")
        PublicEntry.objects.filter(pk=kept_back.pk).update(at=newest + timedelta(hours=1), public_from=day)
        assert client.get(reverse("front"))["Last-Modified"] == before
    with time_machine.travel(day + timedelta(hours=1)):
        renewed = client.get(reverse("front"), headers={"if-modified-since": before})
        assert (renewed.status_code, parse_http_date(renewed["Last-Modified"])) == (200, int(day.timestamp()) + 120)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_person_sees_who_is_signed_in_is_never_kept(name, federation):
    response = login("ada@northgate.example").get(reverse(name))
    assert TRUE.search(response.content.decode())
    assert not {"ETag", "Last-Modified", "Cache-Control"} & set(response.headers)


def test_only_whole_public_pages_of_ours_are_kept(client):
    ends = Subscription.objects.create(email="reader@example.org").token(Subscription.END)
    mail = reverse("end_subscription", args=[ends])
    for path in (mail, "/verify/", "/accounts/login/", "/nothing/", "/rules/none/", "/profile/"):
        response = client.get(path)
        assert "public" not in response.headers.get("Cache-Control", ""), path
        assert "ETag" not in response.headers, path
    assert "This page was true on" not in client.get("/accounts/login/").content.decode()
    assert "public" not in client.post("/verify/").headers.get("Cache-Control", "")
    assert "public" not in client.get("/health/")["Cache-Control"]


def test_crawlers_are_told_of_public_pages_only(client):
    robots = client.get("/robots.txt").content.decode().splitlines()
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in robots
    assert "Disallow: /accounts/" in robots
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    assert response["Cache-Control"] == "public, max-age=3600"
    addresses = re.findall(r"<loc>(.*?)</loc>", response.getvalue().decode())
    assert len(addresses) == len(set(addresses)) == len(PAGES) + len(RULES)
    for address in addresses:
        assert address.startswith(settings.PUBLIC_URL)
        assert client.get(address.removeprefix(settings.PUBLIC_URL)).status_code == 200


def test_about_names_who_answers_and_how_each_tre_lets_people_opt_out(federation, client):
    page = client.get("/about/").content.decode()
    for told in ("The Example Federation (invented)", "data-protection@hub.example", "complaints@hub.example"):
        assert told in page
    assert "https://ico.org.uk/make-a-complaint/" in page
    assert "This is a demonstration." in page
    for centre in CENTRES:
        assert centre.name in page
        assert centre.opt_out in page
    emails = [person.email for person in (*HUB_PEOPLE, *staff_of(CENTRES[0]))]
    assert not [each for each in (*emails, *(person.name for person in HUB_PEOPLE)) if each in page]


def test_about_with_a_real_controller_invents_nothing(client, settings):
    settings.CONTROLLER = dict.fromkeys(settings.CONTROLLER, "Real & true") | {"is_invented": False}
    page = client.get("/about/").content.decode()
    assert "Real &amp; true" in page
    assert "This is a demonstration." not in page
    assert "No secure data centre takes part yet." in page


def test_a_tre_says_how_to_opt_out_and_the_log_says_that_it_did(federation, client):
    tre = Tre.objects.get(pk=CENTRES[0].id)
    signed = tre.content_sha256()
    coordinator = login("coordinator@hub.example")
    address = reverse("datasets:opt_out", args=[tre.pk])
    assert address in coordinator.get(tre.get_absolute_url()).content.decode()
    assert CENTRES[0].opt_out in coordinator.get(address).content.decode()
    assert coordinator.post(address, {"opt_out": ""}).status_code == 302
    nothing = "It has not told us yet how to"
    for page in (client.get("/about/"), coordinator.get(tre.get_absolute_url())):
        assert nothing in page.content.decode()
        assert f"mailto:{tre.contact_email}" in page.content.decode()
    assert (
        coordinator.post(address, {"opt_out": "Ring <b>once</b>.\n\nThen wait."})["Location"] == tre.get_absolute_url()
    )
    assert "<p>Ring &lt;b&gt;once&lt;/b&gt;.</p>" in client.get("/about/").content.decode()
    assert f"{tre.name} changed what it says about opting out." in client.get("/log/").content.decode()
    assert Opening.objects.filter(verb="tre.opt_out_said").latest("at").values["opt_out"].startswith("Ring <b>")
    tre = Tre.objects.get(pk=tre.pk)
    assert (tre.state, tre.content_sha256()) == ("accredited", signed)
    with pytest.raises(NotAllowed, match="keeps the catalogue"):
        datasets.say_how_to_opt_out(tre=tre, by=User.objects.get(email="ada@northgate.example"), opt_out="x")
    assert Tre.objects.get(pk=tre.pk).opt_out.startswith("Ring")


def test_a_tre_that_is_not_accredited_yet_is_not_on_the_public_page(federation, client):
    told = {"name": "Newhaven", "slug": "newhaven", "summary": "s", "contact_email": "n@example.org", "public_key": {}}
    tre = datasets.add_tre(by=User.objects.get(email="admin@hub.example"), **told, opt_out="Call us.")
    assert tre.opt_out == "Call us."
    assert "Newhaven" not in client.get("/about/").content.decode()


def test_each_word_stands_in_the_glossary_once_in_order_with_its_anchor(client):
    page = client.get("/glossary/").content.decode()
    anchors = re.findall(r'<div class="portal-glossary__row" id="([\w-]+)">', page)
    assert sorted(anchors) == sorted(TERMS)
    words = [str(TERMS[key].word).lower() for key in anchors]
    assert words == sorted(words)
    assert set(re.findall(r'href="#([\w-]+)"', page)) - {"main"} <= set(anchors)
    assert "Also written: SHA-256, SHA-512" in page


def test_a_word_on_a_page_links_to_its_meaning_and_tells_it(client):
    page = client.get("/rules/").content.decode()
    assert f'<a class="portal-term" href="/glossary/#crate" title="{TERMS["crate"].meaning}">crate</a>' in page


def test_every_page_links_to_about_glossary_and_accessibility(federation):
    for client, path in ((Client(), "/"), (Client(), "/accounts/login/"), (login("ada@northgate.example"), "/home/")):
        footer = client.get(path).content.decode().split("<footer")[1]
        for name in ("log", "about", "glossary", "accessibility"):
            assert f'href="{reverse(name)}"' in footer, (path, name)
