"""How long a project lasts at the most: no approval is for ever, so that a panel looks at each again."""

from datetime import MAXYEAR, date

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BadInput
from apps.hub.projects.models import Project

MOST_YEARS = 5


def years_after(day: date) -> date:
    """The same day as many years later as a project lasts; 28 February for a 29th, which the later year lacks."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=min(day.year + MOST_YEARS, MAXYEAR), day=28 if is_leap_day else day.day)


def too_long() -> str:
    """The sentence for a last day that is too late."""
    return _("A project lasts at most %(years)s years at a time. Choose an earlier day.") % {"years": MOST_YEARS}


def latest_extension(project: Project) -> date:
    """The last day that an extension may ask for."""
    return years_after(max(project.until, timezone.localdate()))


def check_is_not_too_long(project: Project, changes: dict) -> None:
    """Raises BadInput where an amendment asks for too late a last day."""
    if "until" in changes and date.fromisoformat(changes["until"]) > latest_extension(project):
        raise BadInput(too_long())
