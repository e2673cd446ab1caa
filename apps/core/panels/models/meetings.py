"""A meeting of a panel: when and where, what is on its agenda, who came, and its minutes."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.panels.models.panels import Panel, overseen_by
from apps.core.panels.models.rounds import Round
from apps.core.panels.models.seats import Seat
from apps.core.workflow.models import PORTAL_ZONE, Governed

MOST_ITEMS = 20  # that a meeting can talk about; so the papers' page, which asks about each, has a bound


def panels_read_by(user) -> models.QuerySet:
    """The panels whose meetings she may know of: those on which she sits, and those of a side that she oversees."""
    seats = Seat.objects.sitting().filter(user=user)
    return Panel.objects.filter(Q(pk__in=seats.values("panel")) | Q(side__in=overseen_by(user)))


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the panels on which she sits; all of a side for its coordinators and auditors."""
        return self.filter(panel__in=panels_read_by(user))


class Meeting(Governed):
    """Members talk about the rounds on its agenda. Nothing is decided by it: votes are."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        MINUTED = "minuted", _("minutes agreed")
        CANCELLED = "cancelled", _("cancelled")

    TAG_COLOURS = {State.HELD: "blue"}  # elsewhere what is held waits

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    minutes_long = models.PositiveSmallIntegerField(default=120)
    place = models.CharField(max_length=300)
    papers_by = models.DateField()
    papers_out_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.TextField(blank=True)
    times_changed = models.PositiveIntegerField(default=0)
    rounds = models.ManyToManyField(Round, through="AgendaItem", related_name="meetings")
    state = FSMField(protected=True, choices=State.choices, default=State.PLANNED)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting of a panel")
        verbose_name_plural = _("meetings of panels")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "held", "minuted", "cancelled"]), name="panels_meeting_state"
            ),
            models.CheckConstraint(condition=Q(minutes_long__gte=1), name="panels_meeting_minutes_long"),
        ]

    def __str__(self):
        return str(_("Meeting of %(day)s")) % {"day": date_format(self.day, "j F Y")}

    def get_absolute_url(self):
        return reverse("panels:meeting", args=[self.pk])

    @property
    def side(self):
        return self.panel.side

    @property
    def day(self):
        """Its day in the portal's zone."""
        return timezone.localtime(self.starts_at, PORTAL_ZONE).date()

    @property
    def ends_at(self):
        return self.starts_at + timedelta(minutes=self.minutes_long)

    def content(self):
        when = {"starts_at": self.starts_at.isoformat(), "minutes_long": self.minutes_long, "place": self.place}
        return {"id": str(self.pk), "panel": str(self.panel_id), **when, "agenda": self.agenda_content()}

    def agenda_content(self) -> list[str]:
        return [str(pk) for pk in self.items.values_list("round", flat=True)]

    def sitting(self) -> models.QuerySet:
        """The seats that are asked to come, the coordinator's among them; also one that ended since it was held."""
        asked = Q(state__in=["held", "ending"]) | Q(ended_at__gte=self.starts_at)
        return Seat.objects.filter(asked, panel=self.panel_id).select_related("user")

    @transition(field=state, source=State.PLANNED, target=State.PLANNED)
    def arrange(self):
        """The agenda changes, so the papers that went out are no longer its papers."""
        self.papers_out_at = None

    @transition(field=state, source=State.PLANNED, target=State.PLANNED)
    def move(self, *, starts_at, minutes_long, place, papers_by):
        self.starts_at, self.minutes_long, self.place, self.papers_by = starts_at, minutes_long, place, papers_by
        self.times_changed += 1

    @transition(field=state, source=State.PLANNED, target=State.PLANNED)
    def send_papers(self, *, at):
        self.papers_out_at = at

    @transition(field=state, source=State.PLANNED, target=State.CANCELLED)
    def cancel(self, *, reason):
        self.cancelled_because = reason
        self.times_changed += 1

    @transition(field=state, source=[State.PLANNED, State.HELD], target=State.HELD)
    def record_attendance(self, *, at):
        self.held_at = self.held_at or at

    @transition(field=state, source=State.HELD, target=State.HELD)
    @transition(field=state, source=State.MINUTED, target=State.MINUTED)
    def draft_minutes(self):
        pass

    @transition(field=state, source=[State.HELD, State.MINUTED], target=State.MINUTED)
    def agree_minutes(self):
        pass


class AgendaItem(models.Model):
    """One round on the agenda of a meeting, at its place."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "round"], name="panels_agendaitem_once")]

    def __str__(self):
        return f"{self.position}. {self.round}"


class Attendance(models.Model):
    """Who came to a meeting, seat by seat."""

    class How(models.TextChoices):
        PRESENT = "present", _("present")
        VIDEO = "video", _("by video")
        APOLOGIES = "apologies", _("sent apologies")
        AWAY = "away", _("did not come")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)

    class Meta:
        ordering = ["seat__created_at"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat"], name="panels_attendance_once"),
            models.CheckConstraint(
                condition=Q(how__in=["present", "video", "apologies", "away"]), name="panels_attendance_how"
            ),
        ]

    def __str__(self):
        return f"{self.seat}: {self.get_how_display()}"


class MinutesQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What was agreed, to whom knows of the meeting; before it, to the chair or who presided in her stead, the coordinator
        and who oversees."""
        keeps = Q(is_chair=True) | Q(kind=Seat.Kind.COORDINATOR)
        kept = Seat.objects.sitting().filter(keeps, user=user).values("panel")
        presided = AgendaItem.objects.filter(round__presided_by=user, round__panel__in=panels_read_by(user))
        early = Q(meeting__panel__in=kept) | Q(meeting__panel__side__in=overseen_by(user))
        early |= Q(meeting__in=presided.values("meeting"))
        agreed = Q(state__in=["agreed", "superseded"], meeting__panel__in=panels_read_by(user))
        return self.filter(early | agreed)


class Minutes(Governed):
    """What is kept of a meeting. Agreed by the chair they are never edited: a correction is a new row, and both stay."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUT = "put", _("with the chair")
        AGREED = "agreed", _("agreed")
        SUPERSEDED = "superseded", _("corrected since")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = _("minutes of a meeting")
        verbose_name_plural = _("minutes of meetings")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "put", "agreed", "superseded"]), name="panels_minutes_state"
            ),
            models.UniqueConstraint(fields=["meeting", "number"], name="panels_minutes_number"),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state__in=["draft", "put"]), name="panels_minutes_one_being_written"
            ),
            models.UniqueConstraint(fields=["meeting"], condition=Q(state="agreed"), name="panels_minutes_one_agreed"),
        ]

    def __str__(self):
        day = date_format(self.meeting.day, "j F Y")
        return str(_("Minutes of %(day)s, version %(number)s")) % {"day": day, "number": self.number}

    def get_absolute_url(self):
        return reverse("panels:minutes", args=[self.pk])

    @property
    def side(self):
        return self.meeting.side

    def content(self):
        came = [[str(seat), how] for seat, how in self.meeting.attendances.values_list("seat", "how")]
        told = {"id": str(self.pk), "number": self.number, "text": self.text}
        return told | {"meeting": self.meeting.content(), "attendance": came}

    @transition(field=state, source=State.DRAFT, target=State.DRAFT)
    def write(self, *, text, by):
        self.text, self.written_by = text, by

    @transition(field=state, source=State.DRAFT, target=State.PUT)
    def put_to_chair(self):
        pass

    @transition(field=state, source=State.PUT, target=State.DRAFT)
    def send_back(self):
        pass

    @transition(field=state, source=State.PUT, target=State.AGREED)
    def agree(self, *, at):
        self.agreed_at = at

    @transition(field=state, source=State.AGREED, target=State.SUPERSEDED)
    def supersede(self):
        pass
