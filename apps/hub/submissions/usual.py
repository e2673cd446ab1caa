"""How long a TRE usually takes to answer: told beside the days that it promises, so that both can be compared."""

from collections import Counter
from datetime import timedelta
from statistics import median_low
from uuid import UUID

from django.utils import timezone

from apps.core.workflow.models import PORTAL_ZONE
from apps.core.workflow.working_days import working_days_between
from apps.hub.datasets.models import Tre
from apps.hub.projects.centres import times
from apps.hub.submissions.models import Request

# Fewer answers say little of what is usual, and much of each of them.
LEAST_ANSWERS, DAYS_BACK = 10, 365


@times
def usual_days(tres: list[Tre]) -> dict[UUID, int]:
    """{TRE: working days from a request to its first decision there, within which at least half of those of the last year
    came}, where there were enough. One query."""
    since = timezone.now() - timedelta(days=DAYS_BACK)
    decided = Request.objects.filter(tre__in=tres, decided_at__gte=since)
    of_tres: dict[UUID, Counter] = {}
    for tre, sent, answered in decided.values_list("tre", "created_at", "decided_at").iterator():
        of_tres.setdefault(tre, Counter())[_day(sent), _day(answered)] += 1
    return {tre: _median(spans) for tre, spans in of_tres.items() if spans.total() >= LEAST_ANSWERS}


def _day(at):
    return timezone.localtime(at, PORTAL_ZONE).date()


def _median(spans: Counter) -> int:
    """The middle of the working days; each pair of days is worked out once, however many requests it stands for."""
    days: Counter = Counter()
    for (sent, answered), number in spans.items():
        days[working_days_between(sent, answered)] += number
    return median_low(days.elements())
