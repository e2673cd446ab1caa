"""How long a TRE usually takes to answer: told beside the days that it promises, so that both can be compared."""

from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median_low

from django.utils import timezone

from apps.core.workflow.models import PORTAL_ZONE
from apps.core.workflow.working_days import working_days_between
from apps.hub.submissions.models import Request

# Fewer answers say little of what is usual, and much of each of them.
LEAST_ANSWERS, DAYS_BACK = 10, 365


def decided_lately(tres):
    """The requests on which these TREs first decided in the last year."""
    return Request.objects.filter(tre__in=tres, decided_at__gte=timezone.now() - timedelta(days=DAYS_BACK))


def day_of(at: datetime) -> date:
    """The day of a moment, in the portal's zone."""
    return timezone.localtime(at, PORTAL_ZONE).date()


def days(spans: Counter) -> int | None:
    """The working days within which at least half of the answers came; None where there were too few. `spans`: how often each
    (day sent, day decided) was, so that each pair is worked out once, however many requests it stands for."""
    if spans.total() < LEAST_ANSWERS:
        return None
    taken: Counter = Counter()
    for (sent, decided), number in spans.items():
        taken[working_days_between(sent, decided)] += number
    return median_low(taken.elements())
