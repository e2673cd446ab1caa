"""Mail about the public log, without an account: asked for, confirmed by a link, ended by a link. The log does not tell of it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act, outbox
from apps.core.outbox.models import Work
from apps.core.outbox.registry import hourly, work
from apps.hub.transparency.models import Subscription
from apps.hub.transparency.search import SearchForm

MAILS_UNCONFIRMED = 3  # to one mailbox
MAILS_TO_A_DOMAIN = 300  # unconfirmed, in two days; high, for many readers share a domain
KEPT_UNCONFIRMED = timedelta(days=2)
BETWEEN_MAILS = timedelta(days=1)
SETTLED = timedelta(minutes=2)  # an act takes seconds to be committed; its entry bears the minute in which it began
IN_A_MAIL = 50


def subscribe(*, email: str, filters: dict[str, str]) -> None:
    """Keep a wish, and send a link that confirms it. Asked twice, the link is sent again.

    A mailbox that confirms nothing gets three mails in two days and then no more, whoever asks: it may be a victim's. So does
    a domain, after more of them, whose owner may take the mail of every name.
    """
    mailbox = mailbox_of(email)
    domain = mailbox.rpartition("@")[2]
    with act():
        wishes = list(Subscription.objects.select_for_update().filter(mailbox=mailbox))
        unconfirmed = Subscription.objects.filter(domain=domain, confirmed_at=None)
        to_domain = unconfirmed.aggregate(number=Sum("times_asked", default=0))["number"]
        asked = sum(each.times_asked for each in wishes if each.confirmed_at is None)
        if asked >= MAILS_UNCONFIRMED or to_domain >= MAILS_TO_A_DOMAIN:
            return
        found = next((each for each in wishes if each.filters == filters and each.email.lower() == email.lower()), None)
        wish = found or Subscription(email=email, mailbox=mailbox, domain=domain, filters=filters)
        wish.times_asked += 1
        wish.save()
        outbox(ask_to_confirm, subscription=wish.pk)


def mailbox_of(email: str) -> str:
    """The mailbox behind an address, for counting: small letters, and nothing after a plus (RFC 5233). Dots stay."""
    name, _at, domain = email.strip().lower().rpartition("@")
    return f"{name.partition('+')[0] or name}@{domain}"


@work("transparency.ask_to_confirm")
def ask_to_confirm(subscription: str) -> None:
    """Mail the link that confirms; nothing where it was confirmed before, or is over."""
    found = Subscription.objects.filter(pk=subscription, confirmed_at=None).first()
    if found:
        link = settings.PUBLIC_URL + reverse("confirm_subscription", args=[found.token(Subscription.CONFIRM)])
        send(found, _("Please confirm: mail about the public log"), "confirm", {"link": link})


def confirm(*, subscription: Subscription) -> None:
    """From this minute on there is mail (entries bear their minute). Confirmed twice, nothing changes."""
    with transaction.atomic():
        locked = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if locked.confirmed_at is None:
            locked.confirmed_at = timezone.now()
            locked.heard_until = locked.confirmed_at.replace(second=0, microsecond=0)
            locked.save()


def end(*, subscription: Subscription) -> None:
    """No more mail, and nothing of the address is kept."""
    subscription.delete()


@hourly
def send_news(now: datetime | None = None) -> None:
    """Put one mail into the outbox for whoever has waited a day; forget what was never confirmed."""
    now = now or timezone.now()
    Subscription.objects.filter(confirmed_at=None, created_at__lt=now - KEPT_UNCONFIRMED).delete()
    due = Subscription.objects.filter(confirmed_at__isnull=False, heard_until__lte=now - BETWEEN_MAILS)
    waiting = Work.objects.filter(name=tell.work_name, done_at=None).values_list("arguments__subscription", flat=True)
    for pk in due.exclude(pk__in=list(waiting)).values_list("pk", flat=True).iterator():
        with act():
            outbox(tell, subscription=pk)


@work("transparency.tell")
def tell(subscription: str) -> None:
    """Mail what became public since the last time; no mail where that is nothing. A mail may come twice, never too seldom.

    The mail is sent between transactions: no lock waits for a mail server.
    """
    until = timezone.now() - SETTLED
    found = Subscription.objects.filter(pk=subscription, confirmed_at__isnull=False).first()
    if found is None or found.heard_until > until - BETWEEN_MAILS + SETTLED:
        return
    entries = SearchForm(found.filters).entries()
    entries = entries.filter(public_from__gte=found.heard_until, public_from__lt=until)
    newest = list(entries.order_by("-sequence")[: IN_A_MAIL + 1])
    if newest:
        query = f"?{urlencode(found.filters)}" if found.filters else ""
        lines = [(entry.at, in_one_line(entry.sentence)) for entry in newest[:IN_A_MAIL]]
        told = {"lines": lines, "more": len(newest) > IN_A_MAIL}
        send(found, _("What the public log says"), "news", told | {"log": reverse("log") + query})
    heard(subscription, until)


def heard(subscription: str, until: datetime) -> None:
    """Write up to when a subscription has heard, where it still is and has not heard more."""
    with transaction.atomic():
        found = Subscription.objects.select_for_update().filter(pk=subscription, heard_until__lt=until).first()
        if found:
            found.heard_until = until
            found.save()


def in_one_line(sentence: str) -> str:
    """Text that cannot pass for another line of the mail."""
    return " ".join(sentence.split())


def send(subscription: Subscription, subject: str, template: str, context: dict) -> None:
    """One mail in plain text, with a way out that mail programs know (RFC 8058)."""
    out = settings.PUBLIC_URL + reverse("end_subscription", args=[subscription.token(Subscription.END)])
    told = {"address": settings.PUBLIC_URL, "out": out, **context}
    EmailMessage(
        subject,
        render_to_string(f"transparency/email/{template}.txt", told),
        to=[subscription.email],
        headers={"List-Unsubscribe": f"<{out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    ).send()
