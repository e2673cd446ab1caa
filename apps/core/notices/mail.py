"""Mail of notices: at once, or one a day. The hub's says what it is about; a TRE's has a link and nothing else."""

from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.audit.act import act, outbox
from apps.core.notices import kinds
from apps.core.notices.models import Mail, Notice
from apps.core.outbox.models import Work
from apps.core.outbox.registry import hourly, work
from apps.core.workflow.models import PORTAL_ZONE

DIGEST_HOUR = 7  # in the portal's zone: it lies there when a working day begins
IN_A_DIGEST = 100


@work("notices.mail")
def mail_notice(notice: str) -> None:
    """Mail one notice at once; nothing where it was mailed or read before. It may come twice, never too seldom."""
    found = Notice.objects.select_related("person").filter(pk=notice, mailed_at=None, read_at=None).first()
    if found and found.person.is_active:
        known = kinds.find(found.kind)
        send([found], str(known.name) if known else _("A notice"))
        Notice.objects.filter(pk=notice).update(mailed_at=timezone.now())


@hourly
def send_digests(now: datetime | None = None) -> None:
    """From DIGEST_HOUR on, put one mail into the outbox for whoever has something to read and had none today."""
    local = timezone.localtime(now or timezone.now(), PORTAL_ZONE)
    if local.hour < DIGEST_HOUR:
        return
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    had = Notice.objects.filter(mail=Mail.DAILY, mailed_at__gte=midnight).values("person")
    due = Notice.objects.to_digest().exclude(person__in=had).order_by().values_list("person", flat=True).distinct()
    under_way = Work.objects.filter(name="notices.digest", done_at=None)
    waiting = set(under_way.values_list("arguments__person", flat=True))
    for person in due:
        if str(person) not in waiting:
            with act():
                outbox(mail_digest, person=person)


@work("notices.digest")
def mail_digest(person: str) -> None:
    """One person's daily mail, one for each side whose words it has."""
    reader = get_user_model().objects.get(pk=person)
    rows = Notice.objects.to_digest().of(reader).select_related("person").order_by("side", "created_at", "pk")
    for _side, group in groupby(rows, key=lambda each: each.side):
        notices = list(group)
        number = len(notices)
        send(notices, ngettext("%(number)s notice", "%(number)s notices", number) % {"number": number})
        Notice.objects.filter(pk__in=[each.pk for each in notices]).update(mailed_at=timezone.now())


def send(notices: list[Notice], subject: str) -> None:
    """One mail in plain text about notices of one person and one side."""
    first = notices[0]
    if not first.is_of_hub:
        # The subject tells no name and no kind: mail leaves the TRE and is read by whoever carries it.
        subject, template = _("You have something to read"), "of_a_tre"
    else:
        template = "of_the_hub"
    told = {
        "notices": notices[:IN_A_DIGEST],
        "more": len(notices) > IN_A_DIGEST,
        "address": settings.PUBLIC_URL,
        "link": settings.PUBLIC_URL + link_of(notices),
        "preferences": settings.PUBLIC_URL + reverse("notices:preferences"),
    }
    subject = _("TRE-FX Portal: %(subject)s") % {"subject": subject}
    EmailMessage(subject, render_to_string(f"notices/email/{template}.txt", told), to=[first.person.email]).send()


def link_of(notices: list[Notice]) -> str:
    """To the one notice, or to all of them."""
    return reverse("notices:open", args=[notices[0].pk]) if len(notices) == 1 else reverse("notices:list")
