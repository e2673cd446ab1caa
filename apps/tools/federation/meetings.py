"""Meetings of the demonstration's panel: one that was held, with its minutes agreed, and the next one. Run again, it goes on."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.panels import meeting_actions as meetings
from apps.core.panels.models import Attendance, Meeting, Panel, Round
from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.projects.models import Project

BY_VIDEO = "lay2@hub.example"


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@hub.example")


def call_together(project: Project) -> None:
    """A meeting that began three hours ago about a project whose vote is open, with its papers out."""
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    meeting = project.panel.meetings.order_by("created_at").first() or _plan(project.panel, starts_at)
    if meeting.state == Meeting.State.PLANNED:
        _bring(meeting, project)
        if Meeting.objects.get(pk=meeting.pk).papers_out_at is None:
            meetings.send_papers(meeting=meeting, by=person("coordinator"))


def hold(panel: Panel) -> None:
    """Everybody came, one by video; the coordinator wrote the minutes, the chair agreed them."""
    coordinator, meeting = person("coordinator"), panel.meetings.order_by("created_at").first()
    if meeting.state == Meeting.State.PLANNED:
        how = {
            seat: Attendance.How.VIDEO if seat.user.email == BY_VIDEO else Attendance.How.PRESENT
            for seat in meeting.sitting()
        }
        meetings.record_attendance(meeting=meeting, by=coordinator, attendance=how)
    minutes = meeting.minutes.first() or meetings.draft_minutes(meeting=meeting, by=coordinator)
    if minutes.state == minutes.State.DRAFT:
        meetings.put_to_chair(minutes=minutes, by=coordinator)
    minutes = meeting.minutes.get()
    if minutes.state == minutes.State.PUT:
        meetings.agree(minutes=minutes, by=person("chair"), began_with=minutes.content_sha256())


def plan_next(project: Project) -> None:
    """The next meeting, two weeks from now, about a project that waits for its vote."""
    if project.panel.meetings.count() < 2:
        day = timezone.localdate() + timedelta(days=14)
        _plan(project.panel, datetime.combine(day, time(14), tzinfo=PORTAL_ZONE))
    _bring(project.panel.meetings.order_by("created_at").last(), project)


def _plan(panel: Panel, starts_at: datetime) -> Meeting:
    return meetings.plan_meeting(
        panel=panel,
        by=person("coordinator"),
        starts_at=starts_at,
        minutes_long=120,
        place="Room 2, Kestrel House (invented), or by video",
        papers_by=starts_at.astimezone(PORTAL_ZONE).date() - timedelta(days=7),
    )


def _bring(meeting: Meeting, project: Project) -> None:
    if not meeting.items.exists():
        meetings.put_on_agenda(meeting=meeting, by=person("coordinator"), round=Round.objects.of(project)[0])
