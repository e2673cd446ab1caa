"""Reminders of what ends on a day: each step once, also where the portal was off on the very day."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from apps.core.audit.act import act
from apps.core.notices.service import notify
from apps.core.workflow.models import PORTAL_ZONE

STEPS = (30, 21, 14, 7, 1)  # days before the last day


def today() -> date:
    """The day in the portal's zone."""
    return timezone.localtime(timezone.now(), PORTAL_ZONE).date()


def horizon() -> date:
    """The last day that reminders are sent for: ask the database for rows that end between today() and this day."""
    return today() + timedelta(days=max(STEPS))


def step_due(until: date, day: date) -> int | None:
    """The step in force on `day`: of the steps that have been reached the last one. None before the first or after the end."""
    left = (until - day).days
    return min((step for step in STEPS if step >= left), default=None) if left >= 0 else None


def remind(kind: str, *, about, to, until: date, **facts: Any) -> None:
    """Remind of what ends at the end of `until`, where a step is due and was not told. Safe to call every hour.

    A step that was missed is not made up for: only the last one that was reached is told. The kind's sentence may
    name {until} and {days}, the days that are left, besides the facts. A new `until` begins anew.
    """
    step = step_due(until, today())
    if step is None:
        return
    told = {"until": date_format(until, "j F Y"), "days": (until - today()).days, **facts}
    with act():
        notify(kind, to=to, about=about, once=f"{about.pk} {until.isoformat()} {step}", **told)
