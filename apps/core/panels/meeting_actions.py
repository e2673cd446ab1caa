"""A meeting: planned, its agenda arranged, held, and its minutes written and agreed. It decides nothing: votes do."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.panels import permissions
from apps.core.panels.drafting import draft_of
from apps.core.panels.meeting_forms import (
    AgreeForm,
    AttendanceForm,
    ItemForm,
    MinutesForm,
    MoveForm,
    OnAgendaForm,
    PlaceForm,
)
from apps.core.panels.meeting_notices import tell_members
from apps.core.panels.models import AgendaItem, Attendance, Meeting, Minutes, Panel, Round
from apps.core.panels.models.meetings import MOST_ITEMS
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import NothingForm, step

keeps = permissions.check_can_keep_meeting


def plan_meeting(*, panel: Panel, by, starts_at, minutes_long: int, place: str, papers_by) -> Meeting:
    """A meeting without an agenda yet. The members are told."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=panel.pk)
        permissions.check_coordinates(by, panel)
        when = {"starts_at": starts_at, "minutes_long": minutes_long, "place": place, "papers_by": papers_by}
        meeting = Meeting.objects.create(panel=panel, **when)
        record("panel.meeting_planned", by=by, subject=meeting, **when)
        tell_members("panel.meeting_planned", meeting, by)
    return meeting


def _asked(meeting: Meeting, by, transition: str, *, check=keeps) -> Meeting:
    """Lock, who and when of a meeting, inside the act under way."""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("panel").get(pk=meeting.pk)
    check(by, meeting)
    steps.check_state(meeting, transition)
    return meeting


def _arranged(meeting: Meeting, by) -> tuple[Meeting, list[AgendaItem]]:
    """A meeting whose agenda is changed, and its items, inside the act under way."""
    meeting = _asked(meeting, by, "arrange")
    meeting.arrange()
    meeting.save()
    return meeting, list(meeting.items.all())


@step(Meeting, label=gettext_lazy("Put a vote on the agenda"), check=keeps, transition="arrange", form=ItemForm)
def put_on_agenda(*, meeting, by, round):
    """A vote under way of this panel, as the last item."""
    with act():
        meeting, items = _arranged(meeting, by)
        round = Round.objects.select_for_update().get(pk=round.pk)
        if round.panel_id != meeting.panel_id or round.state not in (Round.State.OPEN, Round.State.CLOSED):
            raise WrongState(_("Only a vote of this panel that is under way is put on the agenda."))
        if len(items) >= MOST_ITEMS or round.pk in {each.round_id for each in items}:
            raise WrongState(_("It is on the agenda already, or the agenda is full; nothing was changed."))
        permissions.check_can_arrange(by, round)
        AgendaItem.objects.create(meeting=meeting, round=round, position=len(items) + 1)
        record("panel.agenda_changed", by=by, subject=meeting, agenda=meeting.agenda_content())


@step(Meeting, label=gettext_lazy("Take a vote off"), check=keeps, transition="arrange", form=OnAgendaForm)
def take_off_agenda(*, meeting, by, round):
    """The items after it move up."""
    with act():
        meeting, items = _arranged(meeting, by)
        item = items.pop(_place_of(round, items))
        permissions.check_can_arrange(by, round)
        item.delete()
        _number(meeting, items, by)


@step(Meeting, label=gettext_lazy("Change the order"), check=keeps, transition="arrange", form=PlaceForm)
def move_item(*, meeting, by, round, up: bool):
    """One place up or down. Raises WrongState at the end of the list."""
    with act():
        meeting, items = _arranged(meeting, by)
        old = _place_of(round, items)
        permissions.check_can_arrange(by, round)
        new = old - 1 if up else old + 1
        if not 0 <= new < len(items):
            raise WrongState(_("It stands at the end of the list; nothing was changed."))
        items[old], items[new] = items[new], items[old]
        _number(meeting, items, by)


def _place_of(round, items: list[AgendaItem]) -> int:
    found = [place for place, each in enumerate(items) if each.round_id == round.pk]
    if not found:
        raise WrongState(_("It is not on the agenda any more; nothing was changed."))
    return found[0]


def _number(meeting: Meeting, items: list[AgendaItem], by) -> None:
    for position, each in enumerate(items, start=1):
        each.position = position
    AgendaItem.objects.bulk_update(items, ["position"])
    record("panel.agenda_changed", by=by, subject=meeting, agenda=meeting.agenda_content())


@step(Meeting, label=gettext_lazy("Say that the papers are out"), check=keeps, form=NothingForm)
def send_papers(*, meeting, by):
    """From now on members read the papers of this agenda, and are told. Where it changes, the papers go out again."""
    with act():
        meeting = _asked(meeting, by, "send_papers")
        if meeting.papers_out_at is not None:
            raise WrongState(_("The papers of this agenda are out already; nothing was changed."))
        if not meeting.items.exists():
            raise WrongState(_("There is nothing on the agenda yet, so there are no papers."))
        meeting.send_papers(at=timezone.now())
        meeting.save()
        record("panel.papers_sent", by=by, subject=meeting, agenda=meeting.agenda_content())
        tell_members("panel.papers_out", meeting, by)


@step(Meeting, label=gettext_lazy("Change the time or the place"), check=keeps, transition="move", form=MoveForm)
def move_meeting(*, meeting, by, starts_at, minutes_long: int, place: str, papers_by):
    """Another time or place. The members are told."""
    when = {"starts_at": starts_at, "minutes_long": minutes_long, "place": place, "papers_by": papers_by}
    with act():
        meeting = _asked(meeting, by, "move")
        meeting.move(**when)
        meeting.save()
        record("panel.meeting_moved", by=by, subject=meeting, **when)
        tell_members("panel.meeting_moved", meeting, by)


@step(
    Meeting,
    label=gettext_lazy("Record who came"),
    check=permissions.check_can_record_attendance,
    form=AttendanceForm,
)
def record_attendance(*, meeting, by, attendance: dict):
    """Seat by seat; with the first record the meeting was held, and the public reads that it was. `attendance`: seat -> how."""
    with act():
        meeting = _asked(meeting, by, "record_attendance", check=permissions.check_can_record_attendance)
        is_first = meeting.state == Meeting.State.PLANNED
        meeting.record_attendance(at=timezone.now())
        meeting.save()
        for seat, how in attendance.items():
            Attendance.objects.update_or_create(meeting=meeting, seat=seat, defaults={"how": how})
        told = {"attendance": {str(seat.pk): how for seat, how in attendance.items()}}
        if is_first:
            told["public"] = {"panel": meeting.panel.name, "number": meeting.items.count()}
        record("panel.meeting_held" if is_first else "panel.attendance_corrected", by=by, subject=meeting, **told)


@step(Meeting, label=gettext_lazy("Write the minutes, or correct them"), check=keeps, form=NothingForm)
def draft_minutes(*, meeting, by) -> Minutes:
    """A draft from votes and reasons; a correction begins with what was agreed. One is written at a time."""
    with act():
        meeting = _asked(meeting, by, "draft_minutes")
        permissions.check_is_free_of_agenda(by, meeting)
        before = list(meeting.minutes.all())
        if any(each.state in (Minutes.State.DRAFT, Minutes.State.PUT) for each in before):
            raise WrongState(_("The minutes are being written already; nothing was changed."))
        meeting.draft_minutes()
        meeting.save()
        text = before[0].text if before else draft_of(meeting)
        made = Minutes.objects.create(meeting=meeting, number=len(before) + 1, text=text, written_by=by)
        record("panel.minutes_drafted", by=by, subject=made, number=made.number)
    return made


@step(Meeting, label=gettext_lazy("Cancel the meeting"), check=keeps, transition="cancel", warning=True)
def cancel_meeting(*, meeting, by, reason: str):
    """It is not held. The members are told why."""
    with act():
        meeting = _asked(meeting, by, "cancel")
        meeting.cancel(reason=reason)
        meeting.save()
        record("panel.meeting_cancelled", by=by, subject=meeting, reason=reason)
        tell_members("panel.meeting_cancelled", meeting, by, reason=reason)


def _asked_of_minutes(minutes: Minutes, by, transition: str, *, check, began_with: str = "") -> Minutes:
    """The meeting locked, then its minutes; who and when, inside the act. `began_with`: the hash of what she has read."""
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("panel").get(pk=minutes.meeting_id)
    minutes = Minutes.objects.select_for_update().get(pk=minutes.pk)
    minutes.meeting = meeting
    check(by, minutes)
    steps.check_state(minutes, transition)
    permissions.check_is_free_of_agenda(by, meeting)
    if began_with and began_with != minutes.content_sha256():
        raise WrongState(_("The minutes were changed while you read them. Read them again."))
    return minutes


@step(
    Minutes,
    label=gettext_lazy("Edit the minutes"),
    check=permissions.check_can_write_minutes,
    transition="write",
    form=MinutesForm,
)
def write_minutes(*, minutes, by, text: str, began_with: str):
    """The coordinator's words, while they are a draft."""
    with act():
        check = permissions.check_can_write_minutes
        minutes = _asked_of_minutes(minutes, by, "write", check=check, began_with=began_with)
        minutes.write(text=text, by=by)
        minutes.save()
        record("panel.minutes_written", by=by, subject=minutes, content_sha256=minutes.content_sha256())


@step(Minutes, label=gettext_lazy("Put them to the chair"), check=permissions.check_can_write_minutes, form=NothingForm)
def put_to_chair(*, minutes, by):
    """From now on they are not edited: the chair agrees them, or sends them back."""
    with act():
        minutes = _asked_of_minutes(minutes, by, "put_to_chair", check=permissions.check_can_write_minutes)
        minutes.put_to_chair()
        minutes.save()
        record("panel.minutes_put", by=by, subject=minutes, content_sha256=minutes.content_sha256())


@step(Minutes, label=gettext_lazy("Agree the minutes"), check=permissions.check_can_agree_minutes, form=AgreeForm)
def agree(*, minutes, by, began_with: str):
    """The chair's yes to exactly this text. What was agreed before is kept, and said to be corrected."""
    with act():
        check = permissions.check_can_agree_minutes
        minutes = _asked_of_minutes(minutes, by, "agree", check=check, began_with=began_with)
        _supersede_agreed(minutes.meeting, by)
        minutes.agree(at=timezone.now())
        minutes.save()
        minutes.meeting.agree_minutes()
        minutes.meeting.save()
        sign(subject=minutes, verb="panel.minutes_agreed", by=by, outcome=SignOff.Outcome.APPROVED, reason="")
        record("panel.minutes_agreed", by=by, subject=minutes, content_sha256=minutes.content_sha256())


def _supersede_agreed(meeting: Meeting, by) -> None:
    for each in Minutes.objects.select_for_update().filter(meeting=meeting, state="agreed"):
        each.supersede()
        each.save()
        record("panel.minutes_corrected", by=by, subject=each)


@step(Minutes, label=gettext_lazy("Send them back"), check=permissions.check_chairs_meeting)
def send_back(*, minutes, by, reason: str):
    """A draft again, with what the chair wants otherwise."""
    with act():
        minutes = _asked_of_minutes(minutes, by, "send_back", check=permissions.check_chairs_meeting)
        minutes.send_back()
        minutes.save()
        sign(subject=minutes, verb="panel.minutes_returned", by=by, outcome=SignOff.Outcome.RETURNED, reason=reason)
        record("panel.minutes_returned", by=by, subject=minutes, reason=reason)
