"""Mail about the public log: nobody gets it who did not confirm, and one click ends it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.audit.models import PublicEntry
from apps.core.outbox.models import Work
from apps.hub.transparency import actions
from apps.hub.transparency.models import Subscription
from tests.functional.federation import CENTRE, work_until_done
from tests.functional.test_public_log import embargoed

pytestmark = pytest.mark.django_db(transaction=True)


def letters() -> list:
    """The mails about the log; people of the federation have others."""
    return [letter for letter in mail.outbox if "/log/mail/end/" in letter.extra_headers.get("List-Unsubscribe", "")]


def link_in(letter, word: str) -> str:
    return re.search(rf"/log/mail/{word}/\S+", letter.body)[0]


def asked(query: str = "") -> None:
    page = Client().post(reverse("subscribe") + query, {"email": "pat@example.org"}).content.decode()
    assert "We have sent you a mail." in page
    work_until_done()


def confirmed(query: str = "") -> Subscription:
    asked(query)
    link = link_in(letters()[-1], "confirm")
    assert "Yes, send me mail" in Client().get(link).content.decode()
    assert Subscription.objects.get().confirmed_at is None
    assert "You hear from us" in Client().post(link).content.decode()
    Client().post(link)
    return Subscription.objects.get()


def a_day_later(time_machine) -> None:
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=5))
    actions.send_news()
    work_until_done()


def test_who_confirms_hears_once_a_day_of_what_she_asked_for(federation, time_machine):
    work_until_done()
    PublicEntry.objects.update(public_from=timezone.now() - timedelta(hours=1))
    confirmed(f"?tre={CENTRE.id}&topic=")
    assert (
        "Secure data centre: Saltmarsh Health Data Haven"
        in Client().get(reverse("subscribe") + f"?tre={CENTRE.id}").content.decode()
    )
    a_day_later(time_machine)
    assert len(letters()) == 1
    embargoed(days=30)
    entry = PublicEntry.objects.filter(tre=CENTRE.id).last()
    at = timezone.now()
    PublicEntry.objects.filter(pk=entry.pk).update(at=at, public_from=at)
    a_day_later(time_machine)
    assert len(letters()) == 2
    letter = letters()[-1]
    assert "Saltmarsh Health Data Haven" in letter.body
    assert "new medicine" not in letter.body
    assert f"/log/?tre={CENTRE.id}" in letter.body
    assert "One-Click" in letter.extra_headers["List-Unsubscribe-Post"]
    actions.tell(str(Subscription.objects.get().pk))
    assert len(letters()) == 2


def test_an_embargo_that_ends_is_news_on_its_day(federation, time_machine):
    confirmed()
    embargoed(days=3)
    for _day in range(5):
        a_day_later(time_machine)
    assert sum("new medicine" in letter.body for letter in letters()) == 1


def test_a_mail_of_many_entries_says_that_there_are_more(federation, time_machine, monkeypatch):
    monkeypatch.setattr(actions, "IN_A_MAIL", 2)
    confirmed()
    at = timezone.now() + timedelta(minutes=1)
    PublicEntry.objects.update(at=at, public_from=at)
    a_day_later(time_machine)
    assert letters()[-1].body.count("GMT:") == 2
    assert "more than fits" in letters()[-1].body


def test_one_click_ends_it_and_the_address_is_forgotten(federation):
    confirmed()
    header = letters()[-1].extra_headers["List-Unsubscribe"].strip("<>")
    path = "/log/" + header.split("/log/", 1)[1]
    assert "forget my address" in Client().get(path).content.decode()
    assert Subscription.objects.count() == 1
    strict = Client(enforce_csrf_checks=True)
    assert "You get no more mail" in strict.post(path, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert Subscription.objects.count() == 0
    for again in (Client().get(path), strict.post(path)):
        assert again.status_code == 200
        assert "You get no more mail" in again.content.decode()
        assert "no-store" in again["Cache-Control"]
    assert Client().get(link_in(letters()[-1], "confirm")).status_code == 404
    assert Client().get(reverse("confirm_subscription", args=["nonsense"])).status_code == 404


def test_what_is_never_confirmed_is_forgotten_and_asked_twice_is_one(federation, time_machine):
    asked()
    asked()
    assert Subscription.objects.count() == 1
    assert len(letters()) == 2
    time_machine.move_to(timezone.now() + timedelta(days=3))
    actions.send_news()
    work_until_done()
    assert Subscription.objects.count() == 0
    actions.ask_to_confirm("0c5f4c1e-0000-4000-8000-000000000001")
    actions.tell("0c5f4c1e-0000-4000-8000-000000000001")
    assert len(letters()) == 2


def test_who_confirms_nothing_gets_three_mails_and_no_more(federation):
    for query in ("", "", "?topic=data", "?topic=log", "?q=asthma"):
        asked(query)
    assert len(letters()) == 3
    assert Subscription.objects.count() == 2


def test_other_spellings_of_one_mailbox_get_no_more_mail(federation):
    for address in ("pat@example.org", "Pat@Example.org", "pat+one@example.org", "pat+two@example.org"):
        actions.subscribe(email=address, filters={})
    work_until_done()
    assert len(letters()) == 3
    assert actions.mailbox_of("+x@example.org") == "+x@example.org"


def test_a_domain_whose_owner_confirms_nothing_gets_no_flood(federation, monkeypatch):
    monkeypatch.setattr(actions, "MAILS_TO_A_DOMAIN", 4)
    for number in range(6):
        actions.subscribe(email=f"anyone{number}@example.org", filters={})
    actions.subscribe(email="pat@elsewhere.example", filters={})
    work_until_done()
    assert len(letters()) == 5
    assert letters()[-1].to == ["pat@elsewhere.example"]


def test_filters_that_do_not_fit_are_not_kept_and_ones_that_no_longer_fit_give_nothing(federation, time_machine):
    response = Client().post(reverse("subscribe") + "?tre=garbage", {"email": "pat@example.org"})
    assert response.status_code == 400
    assert "Secure data centre: " in response.content.decode()
    assert Subscription.objects.count() == 0
    subscription = confirmed(f"?tre={CENTRE.id}")
    subscription.filters = {"dataset": "0c5f4c1e-0000-4000-8000-000000000001"}
    subscription.save()
    at = timezone.now() + timedelta(minutes=1)
    PublicEntry.objects.update(at=at, public_from=at)
    a_day_later(time_machine)
    assert len(letters()) == 1


def test_one_who_is_due_waits_for_one_mail_however_often_the_hour_strikes(federation, time_machine):
    confirmed()
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=5))
    for _hour in range(3):
        actions.send_news()
    assert Work.objects.filter(name="transparency.tell", done_at=None).count() == 1


def test_what_happens_in_the_minute_of_a_confirmation_is_told_in_one_line(federation, time_machine):
    time_machine.move_to(timezone.now().replace(second=40), tick=False)
    confirmed()
    at = timezone.now().replace(second=0, microsecond=0)
    entry = PublicEntry.objects.filter(verb="tre.accredited").first()
    PublicEntry.objects.exclude(pk=entry.pk).update(public_from=at - timedelta(days=1))
    facts = {"tre": "One\n- 1 May: Two"}
    PublicEntry.objects.filter(pk=entry.pk).update(at=at, public_from=at, facts=facts)
    a_day_later(time_machine)
    assert ": One - 1 May: Two was accredited" in letters()[-1].body


def test_no_lock_waits_for_a_mail_server_and_a_mail_that_fails_is_sent_again(federation, time_machine, monkeypatch):
    subscription = confirmed()
    at = timezone.now() + timedelta(minutes=1)
    PublicEntry.objects.update(at=at, public_from=at)

    def ended_meanwhile(*_told):
        assert not connection.in_atomic_block
        actions.end(subscription=subscription)

    monkeypatch.setattr(actions, "send", ended_meanwhile)
    a_day_later(time_machine)
    assert Subscription.objects.count() == 0


def test_a_wrong_address_is_told_and_too_many_are_refused(federation, settings, client):
    page = client.post(reverse("subscribe"), {"email": "pat"})
    assert page.status_code == 400
    assert "Enter a valid email address." in page.content.decode()
    settings.ACCOUNT_RATE_LIMITS = {"subscribe": "1/m/ip"}
    assert client.post(reverse("subscribe"), {"email": "pat@example.org"}).status_code == 200
    assert client.post(reverse("subscribe"), {"email": "pat@example.org"}).status_code == 429
