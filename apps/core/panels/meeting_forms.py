"""What the pages of meetings ask."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.panels.models import Attendance, Round
from apps.core.web.texts import one_plain_line
from apps.core.workflow.models import PORTAL_ZONE

FARTHEST = timedelta(days=730)  # from today to a meeting
LONGEST_MINUTES = 60_000  # characters


class ClockInput(forms.TimeInput):
    input_type = "time"


def day_field(label, help_text="") -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}))


class MeetingForm(forms.Form):
    """When and where a panel meets. It gives `starts_at`, `minutes_long`, `place` and `papers_by`."""

    day = day_field(_("Day"))
    time = forms.TimeField(label=_("Time"), help_text=_("In London, such as 14:00."), widget=ClockInput(format="%H:%M"))
    minutes_long = forms.IntegerField(
        label=_("How many minutes will it take?"),
        initial=120,
        validators=[MinValueValidator(15), MaxValueValidator(600)],
    )
    place = forms.CharField(label=_("Place, or link"), max_length=300, validators=[one_plain_line])
    papers_by = day_field(_("Papers go out by"), _("The last day on which members get the papers."))

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        given = {name: cleaned[name] for name in ("minutes_long", "place", "papers_by")}
        given["starts_at"] = self._starts_at(cleaned["day"], cleaned["time"])
        if given["starts_at"] and given["starts_at"] <= timezone.now():
            self.add_error("day", _("Choose a day and a time that have not passed."))
        elif cleaned["day"] > timezone.localdate() + FARTHEST:
            self.add_error("day", _("Choose a day within the next two years."))
        if given["papers_by"] > cleaned.get("day", given["papers_by"]):
            self.add_error("papers_by", _("The papers go out before the meeting. Choose an earlier day."))
        return given

    def _starts_at(self, day, time):
        """The moment in the portal's zone; an error where the clocks change then, and there is none or two of it."""
        try:
            with timezone.override(PORTAL_ZONE):
                return from_current_timezone(datetime.combine(day, time))
        except ValidationError:
            self.add_error("time", _("The clocks change at this time. Choose another one."))
        return None

    def as_it_is(self, meeting) -> None:
        """Begin with what is planned."""
        starts = timezone.localtime(meeting.starts_at, PORTAL_ZONE)
        self.initial |= {"day": starts.date(), "time": f"{starts:%H:%M}", "minutes_long": meeting.minutes_long}
        self.initial |= {"place": meeting.place, "papers_by": meeting.papers_by}


class MoveForm(MeetingForm):
    def about(self, meeting, user):
        self.as_it_is(meeting)


class ItemForm(forms.Form):
    """A vote under way that is not on the agenda yet."""

    round = forms.ModelChoiceField(
        label=_("What is to be talked about?"), queryset=Round.objects.none(), empty_label=_("Choose one")
    )

    def about(self, meeting, user):
        under_way = meeting.panel.rounds.filter(state__in=["open", "closed"]).order_by("created_at")
        self.fields["round"].queryset = under_way.exclude(pk__in=meeting.items.values("round"))


class OnAgendaForm(forms.Form):
    """One item of the agenda."""

    round = forms.ModelChoiceField(label=_("Which one?"), queryset=Round.objects.none(), empty_label=_("Choose one"))

    def about(self, meeting, user):
        self.fields["round"].queryset = Round.objects.filter(pk__in=meeting.items.values("round")).order_by(
            "created_at"
        )


class PlaceForm(OnAgendaForm):
    up = forms.TypedChoiceField(
        label=_("Where to?"),
        choices=[("up", _("one place up")), ("down", _("one place down"))],
        widget=forms.RadioSelect,
        coerce=lambda word: word == "up",
    )


class AttendanceForm(forms.Form):
    """One choice for each seat. It gives `attendance`: seat -> how."""

    def about(self, meeting, user):
        known = {each.seat_id: each.how for each in meeting.attendances.all()}
        self.seats = list(meeting.sitting())
        for seat in self.seats:
            self.fields[str(seat.pk)] = forms.ChoiceField(
                label=str(seat), choices=Attendance.How.choices, widget=forms.RadioSelect, initial=known.get(seat.pk)
            )

    def clean(self):
        cleaned = super().clean()
        return {"attendance": {seat: cleaned.get(str(seat.pk)) for seat in self.seats}}


class MinutesForm(forms.Form):
    """The text, and the hash of the one that was edited, so that what somebody else wrote meanwhile is not lost."""

    text = forms.CharField(label=_("Minutes"), widget=forms.Textarea(attrs={"rows": 24}), max_length=LONGEST_MINUTES)
    began_with = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def about(self, minutes, user):
        self.now = minutes.content_sha256()
        self.initial |= {"text": minutes.text, "began_with": self.now}

    def clean_began_with(self):
        """What was typed stays on the page; sent once more, it takes the place of the other text."""
        if self.cleaned_data["began_with"] != self.now:
            self.data = self.data.copy()
            self.data["began_with"] = self.now
            self.add_error(
                "text", _("Somebody changed the minutes while you wrote. Read them first. Save again to keep yours.")
            )
        return self.now


class AgreeForm(forms.Form):
    """What is read and agreed, by its hash."""

    began_with = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def about(self, minutes, user):
        self.reading = minutes.text
        self.initial["began_with"] = minutes.content_sha256()
