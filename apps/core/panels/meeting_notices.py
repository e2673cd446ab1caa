"""What members are told of their meetings."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.notices.kinds import register
from apps.core.notices.service import notify
from apps.core.panels.models import Meeting
from apps.core.workflow.models import PORTAL_ZONE

register(
    "panel.meeting_planned",
    name=_("A meeting of your panel is planned"),
    sentence=_("The {panel} meets on {when}: {place}"),
)
register(
    "panel.meeting_moved",
    name=_("A meeting of your panel has another time or place"),
    sentence=_("The meeting of the {panel} is now on {when}: {place}"),
    urgent=True,
)
register(
    "panel.meeting_cancelled",
    name=_("A meeting of your panel is cancelled"),
    sentence=_("The meeting of the {panel} on {when} is cancelled: {reason}"),
    urgent=True,
)
register(
    "panel.papers_out",
    name=_("The papers of a meeting are out"),
    sentence=_("The papers are out for the meeting of the {panel} on {when}."),
)


def tell_members(kind: str, meeting: Meeting, by, **facts) -> None:
    """Tell who sits on the panel, but not who did it, inside the act."""
    people = [each.user for each in meeting.sitting() if each.user.is_active and each.user_id != by.pk]
    when = date_format(timezone.localtime(meeting.starts_at, PORTAL_ZONE), "j F Y, H:i T")
    notify(kind, to=people, about=meeting, panel=meeting.panel, when=when, place=meeting.place, **facts)
