"""Hourly: the offices hear before a certificate of a TRE ends."""

from django.conf import settings

from apps.core.accounts.holders import holders
from apps.core.notices.reminders import horizon, remind, today
from apps.core.outbox.registry import hourly
from apps.hub.datasets.models import Certificate
from apps.hub.datasets.notices import CERTIFICATE_OFFICES


@hourly
def remind_of_certificates() -> None:
    """Tell who keeps the catalogue and who confirms, 30, 21, 14, 7 and 1 days before. An end needs no act: the day decides."""
    ending = Certificate.objects.filter(state="confirmed", until__range=(today(), horizon()))
    for each in ending.exclude(held_by__state="left").select_related("held_by"):
        to = holders(*CERTIFICATE_OFFICES, side=settings.HUB_ID)
        remind("certificate.ends", about=each, to=to, until=each.until, tre=each.held_by, standard=each.standard)
