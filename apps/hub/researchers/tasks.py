"""Hourly bookkeeping: the state follows what has ended, and people hear before it does."""

from django.utils import timezone

from apps.core.notices.reminders import remind, today
from apps.core.outbox.registry import hourly
from apps.hub.researchers import actions
from apps.hub.researchers.company import who_relies_on
from apps.hub.researchers.models import Accreditation, Rules, rules_now

AT_ONCE = 500  # rows in memory: everybody's papers would be too many


@hourly
def expire_lapsed() -> None:
    """The officer's own last day has passed. A paper that ended does not end the accreditation: a new one mends it."""
    for accreditation in Accreditation.objects.filter(state__in=["approved", "suspended"], until__lt=today()):
        actions.expire(accreditation=accreditation)


@hourly
def remind_of_ends() -> None:
    """Tell each accredited person, and who relies on her, 30, 21, 14, 7 and 1 days before her access ends."""
    rules = rules_now()
    rows = Accreditation.objects.filter(state="approved").select_related("user")
    for accreditation in rows.prefetch_related("evidence").iterator(chunk_size=AT_ONCE):
        remind_of_end(accreditation, rules)


def remind_of_end(accreditation: Accreditation, rules: Rules) -> None:
    """The reminder that is due for one person, if one is."""
    end = accreditation.earliest_end(timezone.now(), rules)
    if end is None:
        return
    until, what = end
    remind("accreditation.ends", about=accreditation, to=accreditation.user, until=until, what=what)
    facts = {"name": accreditation.user.name, "what": what}
    remind(
        "accreditation.member_ends",
        about=accreditation,
        to=who_relies_on(accreditation.user),
        until=until,
        **facts,
    )
