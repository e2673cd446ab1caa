"""Working days, as staff count them: no weekends, no bank holidays of their part of the United Kingdom."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
from django.conf import settings
from django.utils import timezone

from apps.core.workflow.models import PORTAL_ZONE


@lru_cache
def bank_holidays(part: str) -> holidays.HolidayBase:
    """The bank holidays of ENG, NIR, SCT or WLS; the library works out each year as it is asked for."""
    return holidays.country_holidays("GB", subdiv=part)


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`: what came on a Friday is one day old on Monday."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    weekdays = weeks * 5 + sum((end - timedelta(days=number)).weekday() < 5 for number in range(rest))
    free: list[date] = bank_holidays(settings.BANK_HOLIDAYS_OF)[start + timedelta(days=1) : end + timedelta(days=1)]  # type: ignore[index]
    return weekdays - sum(day.weekday() < 5 for day in free)


def age_in_working_days(since: datetime) -> int:
    """How many working days ago that was, in the portal's zone."""
    local = timezone.localtime(since, PORTAL_ZONE).date()
    return working_days_between(local, timezone.localtime(timezone.now(), PORTAL_ZONE).date())
