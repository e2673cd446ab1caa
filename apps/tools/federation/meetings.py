"""Meetings of the demonstration's panel: one that was held, with its minutes agreed, and the next one. Run again, it goes on."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.audit.act import act
from apps.core.panels import meeting_actions as meetings
from apps.core.panels.models import Attendance, Meeting, Panel, Round
from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.projects.models import Project

BY_VIDEO = "lay2@hub.example"


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@hub.example")


def call_together(project: Project) -> None:
    """A meeting that began three hours ago about a project whose vote is open, with its papers out."""
    if not project.panel.meetings.exists():
        starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
        with act():
            meeting = _plan(project, starts_at)
            meetings.send_papers(meeting=meeting, by=person("coordinator"))


def hold(panel: Panel) -> None:
    """Everybody came, one by video; the coordinator wrote the minutes, the chair agreed them."""
    meeting = panel.meetings.order_by("created_at")[0]
    if meeting.state == Meeting.State.PLANNED:
        by = person("coordinator")
        how = dict.fromkeys(meeting.sitting(), Attendance.How.PRESENT)
        how |= dict.fromkeys(meeting.sitting().filter(user__email=BY_VIDEO), Attendance.How.VIDEO)
        with act():
            meetings.record_attendance(meeting=meeting, by=by, attendance=how)
            minutes = meetings.draft_minutes(meeting=meeting, by=by)
            meetings.put_to_chair(minutes=minutes, by=by)
            meetings.agree(minutes=minutes, by=person("chair"), began_with=minutes.content_sha256())


def plan_next(project: Project) -> None:
    """The next meeting, two weeks from now, about a project that waits for its vote."""
    if project.panel.meetings.count() < 2:
        day = timezone.localdate() + timedelta(days=14)
        with act():
            _plan(project, datetime.combine(day, time(14), tzinfo=PORTAL_ZONE))


def _plan(project: Project, starts_at: datetime) -> Meeting:
    """A meeting with the newest vote on a project on its agenda."""
    coordinator = person("coordinator")
    meeting = meetings.plan_meeting(
        panel=project.panel,
        by=coordinator,
        starts_at=starts_at,
        minutes_long=120,
        place="Room 2, Kestrel House (invented), or by video",
        papers_by=starts_at.astimezone(PORTAL_ZONE).date() - timedelta(days=7),
    )
    meetings.put_on_agenda(meeting=meeting, by=coordinator, round=Round.objects.of(project)[0])
    return meeting
