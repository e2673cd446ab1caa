"""What waits on the coordinator and the chair around a meeting."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.panels.models import Meeting, Minutes, Seat
from apps.core.workflow.waiting import Waiting

MOST = 50


def around_meetings(user, seats: list[Seat]) -> list[Waiting]:
    """Papers that are due, attendance, minutes; for a chair what she is to agree. No query for anybody else."""
    found: list[Waiting] = []
    coordinated = [seat.panel_id for seat in seats if not seat.has_vote]
    sides = {side for role, side in user.roles() if role == Role.COORDINATOR}
    if coordinated or sides:
        found += _to_coordinate(Meeting.objects.filter(Q(panel__in=coordinated) | Q(panel__side__in=sides)))
    if chaired := [seat.panel_id for seat in seats if seat.is_chair]:
        put = Minutes.objects.filter(meeting__panel__in=chaired, state="put").exclude(written_by=user)
        found += _waiting(_("Agree the minutes: %(thing)s"), put.select_related("meeting"), alone=True)
    return found


def _to_coordinate(own) -> list[Waiting]:
    """Three queries."""
    now = timezone.now()
    due = own.filter(state="planned", papers_out_at=None, papers_by__lte=timezone.localdate(now), starts_at__gt=now)
    over = own.filter(state="planned", starts_at__lte=now)
    unwritten = own.filter(state="held").exclude(minutes__state="put")
    return [
        *_waiting(_("Send the papers out: %(thing)s"), due),
        *_waiting(_("Record who came: %(thing)s"), over),
        *_waiting(_("Write the minutes: %(thing)s"), unwritten),
    ]


def _waiting(sentence: str, rows, *, alone: bool = False) -> list[Waiting]:
    return [
        Waiting(sentence % {"thing": each}, each.get_absolute_url(), each.created_at, alone=alone)
        for each in rows[:MOST]
    ]
