"""Mail about the public log, without an account: asked for, confirmed by a link, ended by a link. The log does not tell of it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act, outbox
from apps.core.outbox.registry import hourly, work
from apps.hub.transparency.models import Subscription
from apps.hub.transparency.search import SearchForm

KEPT_UNCONFIRMED = timedelta(days=2)
BETWEEN_MAILS = timedelta(days=1)
SETTLED = timedelta(minutes=2)  # an act takes seconds to be committed; its entry bears the minute in which it began
IN_A_MAIL = 50


def subscribe(*, email: str, filters: dict[str, str]) -> Subscription:
    """Keep a wish, and send a link that confirms it. Asked twice, the link is sent again."""
    with act():
        found = Subscription.objects.filter(email__iexact=email, filters=filters).first()
        made = found or Subscription.objects.create(email=email, filters=filters)
        outbox(ask_to_confirm, subscription=made.pk)
    return made


@work("transparency.ask_to_confirm")
def ask_to_confirm(subscription: str) -> None:
    """Mail the link that confirms; nothing where it was confirmed before, or is over."""
    found = Subscription.objects.filter(pk=subscription, confirmed_at=None).first()
    if found:
        link = settings.PUBLIC_URL + reverse("confirm_subscription", args=[found.token(Subscription.CONFIRM)])
        send(found, _("Please confirm: mail about the public log"), "confirm", {"link": link})


def confirm(*, subscription: Subscription) -> None:
    """From now on there is mail. Confirmed twice, nothing changes."""
    with transaction.atomic():
        locked = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if locked.confirmed_at is None:
            locked.confirmed_at = locked.heard_until = timezone.now()
            locked.save()


def end(*, subscription: Subscription) -> None:
    """No more mail, and nothing of the address is kept."""
    subscription.delete()


@hourly
def send_news(now: datetime | None = None) -> None:
    """Put a mail into the outbox for whoever has waited a day; forget what was never confirmed."""
    now = now or timezone.now()
    Subscription.objects.filter(confirmed_at=None, created_at__lt=now - KEPT_UNCONFIRMED).delete()
    due = Subscription.objects.filter(confirmed_at__isnull=False, heard_until__lte=now - BETWEEN_MAILS)
    for pk in due.values_list("pk", flat=True).iterator():
        with act():
            outbox(tell, subscription=pk)


@work("transparency.tell")
def tell(subscription: str) -> None:
    """Mail what became public since the last time; no mail where that is nothing. A mail may come twice, never too seldom."""
    until = timezone.now() - SETTLED
    with transaction.atomic():
        found = Subscription.objects.select_for_update().filter(pk=subscription, confirmed_at__isnull=False).first()
        if found is None or found.heard_until > until - BETWEEN_MAILS + SETTLED:
            return
        entries = SearchForm(found.filters).entries()
        entries = entries.filter(public_from__gt=found.heard_until, public_from__lte=until)
        newest = list(entries.order_by("-sequence")[: IN_A_MAIL + 1])
        if newest:
            query = f"?{urlencode(found.filters)}" if found.filters else ""
            told = {"entries": newest[:IN_A_MAIL], "more": len(newest) > IN_A_MAIL}
            send(found, _("What the public log says"), "news", told | {"log": reverse("log") + query})
        found.heard_until = until
        found.save()


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
