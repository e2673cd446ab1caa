"""The near miss of the demonstration."""

from datetime import timedelta

from django.utils import timezone

from apps.core.audit.act import act
from apps.core.incidents import actions as incidents
from apps.core.incidents.models import Incident
from apps.tools.federation.accounts import HUB, user


def seed_incident() -> None:
    """A near miss at the hub that somebody follows up."""
    if not Incident.objects.exists():
        with act():
            told = incidents.report(
                by=user("ada@northgate.example"),
                side=HUB,
                kind="near_miss",
                severity="low",
                happened_on=timezone.localdate() - timedelta(days=2),
                what_happened="I nearly sent a draft to the wrong colleague. Nothing left the portal.",
            )
            lead = user("coordinator@hub.example")
            incidents.contain(incident=told, by=lead, how_contained="The draft was taken back before it was sent.")
