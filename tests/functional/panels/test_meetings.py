"""Meetings of a panel: planned, their agenda and papers, held, and their minutes written, agreed and corrected."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant, User
from apps.core.audit.models import Event, PublicEntry
from apps.core.errors import NotAllowed, WrongState
from apps.core.notices.models import Notice
from apps.core.panels import actions as panels
from apps.core.panels import meeting_actions as meetings
from apps.core.panels import papers, seat_actions
from apps.core.panels.models import Attendance, Meeting, Minutes, Round
from apps.core.panels.models.meetings import MOST_ITEMS
from apps.core.workflow.models import sign_offs
from apps.hub.projects import panel_actions
from apps.hub.projects.amendment_actions import ask, hand_in
from apps.hub.projects.models import Project
from tests.functional.federation import person, seated, voted
from tests.functional.panels.test_votes import act, hub, login, page, round_of
from tests.functional.test_query_counts import clones

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = {"minutes_long": "90", "place": "https://meet.example/panel"}


@pytest.fixture
def project(federation) -> Project:
    return Project.objects.get(code="ASTHMA-25")


@pytest.fixture
def coming(project) -> Meeting:
    """The demonstration's next meeting: one vote under way is on its agenda."""
    return project.panel.meetings.get(state="planned")


@pytest.fixture
def held(project) -> Meeting:
    return project.panel.meetings.get(state="minuted")


def again(thing):
    return type(thing).objects.get(pk=thing.pk)


def in_days(number: int) -> str:
    return (timezone.localdate() + timedelta(days=number)).isoformat()


def asked_for(papers: int = 2, **changed) -> dict:
    return {"day": in_days(9), "time": "10:30", "papers_by": in_days(papers), **PLACE, **changed}


def told(kind: str) -> dict[str, str]:
    """Who was told of this kind last, and what."""
    return {
        each.person.email.split("@")[0]: each.sentence
        for each in Notice.objects.filter(kind=kind).order_by("created_at")
    }


def over(meeting: Meeting, time_machine) -> None:
    time_machine.move_to(meeting.ends_at + timedelta(minutes=1))


def came(meeting: Meeting, how: str = "present") -> dict:
    return dict.fromkeys(meeting.sitting(), how)


def minuted(meeting: Meeting, time_machine) -> Minutes:
    """A meeting that was held, and the draft of its minutes."""
    over(meeting, time_machine)
    meetings.record_attendance(meeting=meeting, by=hub("coordinator"), attendance=came(meeting))
    return meetings.draft_minutes(meeting=meeting, by=hub("coordinator"))


def test_a_coordinator_plans_a_meeting_and_members_are_told(project, client):
    login(client, "coordinator")
    address = reverse("panels:plan_meeting", args=[project.panel_id])
    assert "Plan a meeting" in client.get(address).content.decode()
    made = client.post(address, asked_for())
    meeting = Meeting.objects.latest("created_at")
    assert made["Location"] == meeting.get_absolute_url()
    shown = page(client, meeting)
    assert "10:30 GMT" in shown
    assert "12:00 GMT" in shown
    assert 'href="https://meet.example/panel"' in shown
    assert "Nothing is on it yet." in shown
    heard = told("panel.meeting_planned")
    assert heard["lay"].endswith("10:30 GMT: https://meet.example/panel")
    assert "coordinator" not in heard
    assert client.get(reverse("notices:preferences")).content.decode().count("A meeting of your panel is planned") == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"day": "2020-01-01", "papers_by": "2019-12-31"}, "that have not passed"),
        ({"papers": 10}, "Choose an earlier day."),
        ({"day": "9999-12-31"}, "within the next two years"),
        ({"day": "2027-03-28", "time": "01:30"}, "The clocks change at this time."),
        ({"day": "2027-10-31", "time": "01:30"}, "The clocks change at this time."),
        ({"minutes_long": "5"}, "15"),
        ({"place": ""}, "Fill in: Place, or link"),
    ],
)
def test_what_cannot_be_planned_is_told_and_what_was_typed_stays(project, client, changed, sentence):
    login(client, "coordinator")
    answer = client.post(reverse("panels:plan_meeting", args=[project.panel_id]), asked_for(**changed))
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert sentence in shown
    assert 'value="10:30"' in shown or 'value="01:30"' in shown
    assert Meeting.objects.count() == 2


def test_only_the_coordinator_plans_and_only_who_sits_there_knows_of_it(project, coming, client):
    login(client, "lay")
    assert client.get(reverse("panels:plan_meeting", args=[project.panel_id])).status_code == 403
    shown = page(client, coming)
    assert "What you can do now" not in shown
    assert "Move up" not in shown
    assert act(client, coming, "cancel_meeting", reason="x").status_code == 403
    assert reverse("panels:meetings", args=[project.panel_id]) in page(client, project.panel)
    assert coming.get_absolute_url() in page(client, round_of(project))
    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(coming.get_absolute_url()).status_code == 404
    assert reverse("panels:meetings", args=[project.panel_id]) not in page(client, project.panel)
    with pytest.raises(NotAllowed, match="coordinator"):
        meetings.plan_meeting(
            panel=project.panel, by=hub("chair"), starts_at=timezone.now(), minutes_long=9, place="x", papers_by=None
        )


def test_meetings_are_listed_the_next_first_and_the_past_by_pages(project, coming, held, client):
    login(client, "auditor")
    address = reverse("panels:meetings", args=[project.panel_id])
    shown = client.get(address).content.decode()
    assert shown.index(str(coming)) < shown.index("Past") < shown.index(str(held))
    assert "Plan a meeting" not in shown
    assert "Next page" not in shown
    clones(coming, 21, starts_at=lambda number: timezone.now() - timedelta(days=9 + number))
    first = client.get(address)
    assert len(first.context["past"]) == 20
    second = client.get(first.context["page"]["next_url"])
    assert len(second.context["past"]) == 2
    assert "To come" not in second.content.decode()
    assert second.context["page"] == {"first_url": address, "next_url": ""}
    for wrong in ("x", "2026-02-31T10:00:00Z", "2026-02-03T10:00:00", "9999-12-31T23:59:59-14:00"):
        assert "To come" in client.get(address, {"before": wrong}).content.decode()


def test_a_panel_that_never_met_says_so(project, client):
    other = seat_actions.found_panel(by=hub("coordinator"), side=settings.HUB_ID, name="Second panel")
    shown = login(client, "coordinator").get(reverse("panels:meetings", args=[other.pk])).content.decode()
    assert "No meeting is planned." in shown
    assert "This panel has not met yet." in shown


def rounds_beside(round: Round, many: int) -> list[Round]:
    """More votes under way of the same panel, about things of their own."""
    things = list(User.objects.order_by("pk").values_list("pk", flat=True)[:many])
    about = {"subject_type": lambda number: "accounts.User", "subject_id": lambda number: things[number]}
    return clones(round, many, **about, title=lambda number: f"MORE-{number}: again")


def order(meeting: Meeting) -> list[str]:
    return [each.round.title.split(":")[0] for each in meeting.items.select_related("round")]


def test_the_agenda_is_put_in_order_without_scripts(project, coming, client):
    more = rounds_beside(round_of(project), 2)
    login(client, "coordinator")
    form = client.get(f"/act/panels/meeting/{coming.pk}/put_on_agenda/").content.decode()
    assert "MORE-1" in form
    assert str(project) not in form
    for each in more:
        assert act(client, coming, "put_on_agenda", round=each.pk).status_code == 302
    assert act(client, coming, "put_on_agenda", round=more[0].pk).status_code == 400
    assert order(coming) == ["ASTHMA-25", "MORE-0", "MORE-1"]
    arrange = lambda round: reverse("panels:arrange_agenda", args=[coming.pk, round.pk])  # noqa: E731
    assert arrange(more[1]) in page(client, coming)
    assert client.post(arrange(more[1]), {"do": "up"})["Location"].endswith("#agenda")
    assert order(coming) == ["ASTHMA-25", "MORE-1", "MORE-0"]
    client.post(arrange(round_of(project)), {"do": "down"})
    assert order(coming) == ["MORE-1", "ASTHMA-25", "MORE-0"]
    assert client.post(arrange(more[1]), {"do": "up"}).status_code == 409
    assert client.post(arrange(more[0]), {"do": "down"}).status_code == 409
    assert client.post(arrange(more[1]), {"do": "off"}).status_code == 302
    assert order(coming) == ["ASTHMA-25", "MORE-0"]
    assert list(coming.items.values_list("position", flat=True)) == [1, 2]
    assert client.post(arrange(more[1]), {"do": "off"}).status_code == 409
    assert client.post(arrange(coming), {"do": "off"}).status_code == 404
    assert client.get(arrange(more[0])).status_code == 405
    login(client, "chair")
    assert client.post(arrange(more[0]), {"do": "up"}).status_code == 403
    assert str(coming.items.first()).startswith("1. ASTHMA-25")


def test_the_agenda_is_arranged_in_the_admin_too(project, coming, client):
    (more,) = rounds_beside(round_of(project), 1)
    meetings.put_on_agenda(meeting=coming, by=hub("coordinator"), round=more)
    login(client, "coordinator")
    home = f"/admin/panels/meeting/{coming.pk}"
    shown = client.get(f"{home}/change/").content.decode()
    assert "one place up" in shown
    assert "Change the order" not in page(client, coming)
    assert client.post(f"{home}/act/move_item/", {"round": more.pk, "up": "up"}).status_code == 302
    assert order(coming) == ["MORE-0", "ASTHMA-25"]
    assert client.post(f"{home}/act/move_item/", {"round": more.pk, "up": "down"}).status_code == 302
    assert client.post(f"{home}/act/take_off_agenda/", {"round": uuid4()}).status_code == 400
    assert client.post(f"{home}/act/take_off_agenda/", {"round": more.pk}).status_code == 302
    assert order(coming) == ["ASTHMA-25"]


def test_who_left_the_panel_after_a_meeting_is_still_asked_for(project, coming, time_machine):
    over(coming, time_machine)
    seat_actions.give_up_seat(seat=project.panel.seats.get(user=hub("expert")), by=hub("expert"), reason="I move.")
    assert hub("expert") in {seat.user for seat in coming.sitting()}
    later = Meeting(panel=project.panel, starts_at=timezone.now() + timedelta(days=1))
    assert hub("expert") not in {seat.user for seat in later.sitting()}


def test_only_votes_under_way_of_this_panel_come_on_an_agenda_that_has_room(project, coming, held):
    coordinator = hub("coordinator")
    decided = held.items.get().round
    with pytest.raises(WrongState, match="under way"):
        meetings.put_on_agenda(meeting=coming, by=coordinator, round=decided)
    with pytest.raises(WrongState, match="on the agenda already"):
        meetings.put_on_agenda(meeting=coming, by=coordinator, round=round_of(project))
    with pytest.raises(WrongState, match="cannot be done now"):
        meetings.put_on_agenda(meeting=held, by=coordinator, round=round_of(project))
    more = rounds_beside(round_of(project), MOST_ITEMS)
    for each in more[:-1]:
        meetings.put_on_agenda(meeting=coming, by=coordinator, round=each)
    with pytest.raises(WrongState, match="agenda is full"):
        meetings.put_on_agenda(meeting=coming, by=coordinator, round=more[-1])


def test_papers_go_out_once_for_an_agenda_and_again_where_it_changes(project, coming, client):
    coordinator, address = hub("coordinator"), reverse("panels:meeting_papers", args=[coming.pk])
    login(client, "lay")
    assert client.get(address).status_code == 403
    assert "They are to go out by" in page(client, coming)
    assert login(client, "coordinator").get(address).status_code == 200
    assert act(client, coming, "send_papers").status_code == 302
    assert told("panel.papers_out")["lay"].startswith("The papers are out for the meeting of the Data access panel on")
    assert act(client, coming, "send_papers").status_code == 409
    assert login(client, "lay").get(address).status_code == 200
    assert "Out since" in page(client, coming)
    meetings.take_off_agenda(meeting=coming, by=coordinator, round=round_of(project))
    assert client.get(address).status_code == 403
    with pytest.raises(WrongState, match="nothing on the agenda"):
        meetings.send_papers(meeting=coming, by=coordinator)
    assert "Nothing is on the agenda yet." in login(client, "coordinator").get(address).content.decode()


def test_who_has_not_declared_or_is_in_conflict_reads_the_summary_alone(project, coming, client):
    round = round_of(project)
    meetings.send_papers(meeting=coming, by=hub("coordinator"))
    address = reverse("panels:meeting_papers", args=[coming.pk])
    benefit = project.versions.last()
    whole, summary = f'<span class="portal-value">{benefit.sha256}', project.lay_summary.split(".")[0]

    def read(name):
        return login(client, name).get(address).content.decode()

    shown = read("lay")
    assert summary in shown
    assert whole not in shown
    assert "First say whether you have a conflict of interest. So you read only the summary." in shown
    panels.declare(round=round, by=hub("lay"), kind="none")
    shown = read("lay")
    assert whole in shown
    assert shown.count(summary) == 1
    assert shown.index("Led by") < shown.index(whole)
    assert "read only the summary" not in shown
    panels.declare(round=round, by=hub("expert"), kind="financial", words="I own a part of it.")
    shown = read("expert")
    assert summary in shown
    assert whole not in shown
    assert "Led by" not in shown
    assert "You have a conflict of interest" in shown
    for name in ("coordinator", "auditor"):
        assert whole in read(name)


def test_a_coordinator_with_a_vote_and_a_conflict_reads_the_summary_alone(project, coming):
    RoleGrant.objects.create(user=hub("expert"), role="coordinator", side=settings.HUB_ID)
    panels.declare(round=round_of(project), by=hub("expert"), kind="personal", words="My sister leads it.")
    (item,) = papers.papers(coming, hub("expert"))
    assert item.why_not.startswith("You have a conflict of interest")
    assert item.paper.sections == []


def test_papers_show_the_text_of_the_vote_and_never_a_later_one(project, coming):
    Project.objects.filter(pk=project.pk).update(lay_summary="Quietly changed")
    (item,) = papers.papers(coming, hub("coordinator"))
    assert "Quietly" not in item.paper.summary
    assert item.paper.sections
    Round.objects.filter(pk=round_of(project).pk).update(content_sha256="0" * 64)
    (item,) = papers.papers(coming, hub("coordinator"))
    assert item.paper == papers.Paper("Quietly changed")


def test_a_change_of_a_project_reads_before_and_after(project, coming):
    approved = Project.objects.get(code="ASTHMA-24")
    changed = {"team": "Ada, and Dina from May."}
    asked = ask(project=approved, by=approved.lead, kind="text", reason="She joins us.", changes=changed)
    hand_in(amendment=asked, by=approved.lead)
    meetings.put_on_agenda(meeting=coming, by=hub("coordinator"), round=round_of(asked))
    paper = papers.papers(coming, hub("coordinator"))[1].paper
    assert paper.summary == approved.lay_summary
    assert paper.sections[0] == ("Why", [("another answer", "She joins us.")])
    assert paper.sections[1][1][1] == ("After", "Ada, and Dina from May.")


def test_a_thing_that_no_app_puts_in_words_is_named_alone(project, coming, monkeypatch, client):
    monkeypatch.setattr(papers, "_makers", {})
    shown = login(client, "coordinator").get(reverse("panels:meeting_papers", args=[coming.pk])).content.decode()
    assert str(project) in shown
    assert "portal-sheet" not in shown


def test_a_meeting_moves_or_is_cancelled_and_members_are_told(coming, client):
    login(client, "coordinator")
    form = client.get(f"/act/panels/meeting/{coming.pk}/move_meeting/").content.decode()
    assert 'value="14:00"' in form
    assert "Kestrel House" in form
    assert act(client, coming, "move_meeting", **asked_for(papers=10)).status_code == 400
    assert act(client, coming, "move_meeting", **asked_for(place="Hall 4")).status_code == 302
    assert told("panel.meeting_moved")["chair"].endswith("10:30 GMT: Hall 4")
    assert act(client, coming, "cancel_meeting", reason="Too few can come.").status_code == 302
    assert told("panel.meeting_cancelled")["expert"].endswith("is cancelled: Too few can come.")
    shown = page(client, coming)
    assert "It is cancelled:" in shown
    assert "Move up" not in shown
    assert act(client, coming, "move_meeting", **asked_for()).status_code == 409
    calendar = client.get(reverse("panels:meeting_calendar", args=[coming.pk])).content.decode()
    assert "STATUS:CANCELLED" in calendar
    assert "SEQUENCE:2" in calendar


def test_a_calendar_file_names_the_panel_and_nothing_on_the_agenda(project, coming, client):
    answer = login(client, "lay").get(reverse("panels:meeting_calendar", args=[coming.pk]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="meeting-{coming.day}.ics"'
    text = answer.content.decode()
    assert "SUMMARY:Meeting of the Data access panel" in text
    assert "LOCATION:Room 2\\, Kestrel House (invented)\\, or by video" in text
    assert f"DTSTART:{coming.starts_at:%Y%m%dT%H%M%SZ}" in text
    assert project.code not in text


def test_who_came_is_recorded_after_the_meeting_began_and_the_public_reads_a_count(
    project, coming, client, time_machine
):
    coordinator = hub("coordinator")
    with pytest.raises(NotAllowed, match="has not begun"):
        meetings.record_attendance(meeting=coming, by=coordinator, attendance=came(coming))
    over(coming, time_machine)
    login(client, "coordinator")
    assert f"Record who came: {coming}" in client.get("/home/").content.decode()
    seats = list(coming.sitting())
    how = {str(seat.pk): "present" for seat in seats}
    wrong = act(client, coming, "record_attendance", **dict(list(how.items())[1:]))
    assert wrong.status_code == 400
    assert f"Fill in: {seats[0]}" in wrong.content.decode()
    assert act(client, coming, "record_attendance", **how).status_code == 302
    public = [each.sentence() if callable(each.sentence) else each.sentence for each in PublicEntry.objects.all()]
    assert public.count("The panel “Data access panel” met. Projects it talked about: 1.") == 2
    assert act(client, coming, "record_attendance", **how | {str(seats[0].pk): "apologies"}).status_code == 302
    shown = page(client, coming)
    assert f"{seats[0]}: sent apologies" in shown
    assert (
        'value="apologies" checked'
        in client.get(f"/act/panels/meeting/{coming.pk}/record_attendance/").content.decode()
    )
    assert str(Attendance.objects.get(meeting=coming, seat=seats[0])) == f"{seats[0]}: sent apologies"
    verbs = list(Event.objects.filter(opening__subject_id=coming.pk).values_list("opening__verb", flat=True))
    assert verbs.count("panel.meeting_held") == 1
    assert f"Write the minutes: {coming}" in client.get("/home/").content.decode()


def test_papers_that_are_due_wait_on_the_coordinator(coming, client, time_machine):
    login(client, "coordinator")
    assert "Send the papers out" not in client.get("/home/").content.decode()
    time_machine.move_to(coming.starts_at - timedelta(days=6))
    assert f"Send the papers out: {coming}" in client.get("/home/").content.decode()


def test_minutes_are_drafted_from_votes_recusals_and_reasons(project, coming, held, time_machine):
    round = voted(project, "approve conditions approve approve", members=("chair", "expert", "caretaker", "lay"))
    panels.declare(round=round, by=hub("lay2"), kind="personal", words="My sister.")
    text = minuted(coming, time_machine).text
    assert f"{hub('lay2')} took no part: personal." in text
    assert "The vote is still open." in text
    assert "Nothing is decided yet." not in text
    assert f"{hub('expert')} (expert): approve with conditions" not in text
    told_of = held.minutes.get().text
    assert told_of.startswith(f"Data access panel\n{held}, ")
    assert "Present: " in told_of
    assert f"By video: {hub('lay2')} (lay member)." in told_of
    assert f"{hub('chair')} (expert, chair)" in told_of
    assert f"- {hub('lay')} (lay member): approve. The benefit is clear, the risk is small." in told_of
    assert f"Decided: approve. Confirmed by {hub('chair')}" in told_of


def test_minutes_tell_conditions_what_is_not_decided_and_what_was_taken_back(project, coming, time_machine):
    voted(project, "conditions conditions approve conditions abstain")
    coordinator = hub("coordinator")
    over(coming, time_machine)
    meetings.record_attendance(meeting=coming, by=coordinator, attendance=came(coming, "away"))
    panels.close(round=round_of(project), by=coordinator)
    text = meetings.draft_of(again(coming))
    assert "Conditions: Say who pays." in text
    assert "Nothing is decided yet." in text
    assert "Did not come: " in text
    due = timezone.localdate() + timedelta(days=9)
    panel_actions.approve(project=project, by=hub("chair"), reason="x", conditions=["Say who pays."], due=due)
    panel_actions.revoke_decision(project=project, by=hub("expert"), reason="We counted wrong.")
    assert f"Taken back as a mistake by {hub('expert')}: We counted wrong." in meetings.draft_of(again(coming))


def test_minutes_of_a_vote_in_which_nobody_voted(project, coming, time_machine):
    over(coming, time_machine)
    meetings.record_attendance(meeting=coming, by=hub("coordinator"), attendance={})
    time_machine.move_to(timezone.now() + timedelta(days=40))
    panels.close_overdue()
    assert "Nobody voted." in meetings.draft_of(again(coming))


def test_the_coordinator_edits_the_chair_agrees_and_it_is_frozen(coming, client, time_machine):
    minutes = minuted(coming, time_machine)
    login(client, "lay")
    assert client.get(minutes.get_absolute_url()).status_code == 404
    assert str(minutes) not in page(client, coming)
    login(client, "coordinator")
    with pytest.raises(WrongState, match="written already"):
        meetings.draft_minutes(meeting=coming, by=hub("coordinator"))
    form = client.get(f"/act/panels/minutes/{minutes.pk}/write_minutes/").content.decode()
    assert f'value="{minutes.content_sha256()}"' in form
    began = minutes.content_sha256()
    assert act(client, minutes, "write_minutes", text="They talked.", began_with=began).status_code == 302
    late = act(client, minutes, "write_minutes", text="I typed this.", began_with=began)
    assert late.status_code == 400
    assert "Somebody changed the minutes while you wrote." in late.content.decode()
    assert "I typed this." in late.content.decode()
    assert f'value="{again(minutes).content_sha256()}"' in late.content.decode()
    with pytest.raises(WrongState, match="while you read them"):
        meetings.write_minutes(minutes=minutes, by=hub("coordinator"), text="x", began_with=began)
    assert act(client, minutes, "put_to_chair").status_code == 302
    assert "Write the minutes" not in client.get("/home/").content.decode()
    now = again(minutes).content_sha256()
    assert act(client, minutes, "write_minutes", text="x", began_with=now).status_code == 409
    assert act(client, minutes, "agree", began_with=now).status_code == 403
    login(client, "chair")
    assert f"Agree the minutes: {minutes}" in client.get("/home/").content.decode()
    assert "They talked." in client.get(f"/act/panels/minutes/{minutes.pk}/agree/").content.decode()
    assert act(client, minutes, "agree", began_with="0" * 64).status_code == 409
    assert act(client, minutes, "send_back", reason="Say who was late.").status_code == 302
    assert again(minutes).state == "draft"
    meetings.put_to_chair(minutes=minutes, by=hub("coordinator"))
    assert act(client, minutes, "agree", began_with=now).status_code == 302
    assert again(coming).state == "minuted"
    signed = sign_offs(minutes).first()
    assert signed.content_sha256 == now
    assert signed.binds(again(minutes))
    assert "Agree the minutes: " not in client.get("/home/").content.decode()
    shown = page(login(client, "lay"), minutes)
    assert "They talked." in shown
    assert now in shown
    assert minutes.get_absolute_url() in page(client, coming)
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        Minutes.objects.filter(pk=minutes.pk).update(text="Otherwise.")
    with pytest.raises(WrongState, match="cannot be done now"):
        meetings.record_attendance(meeting=coming, by=hub("coordinator"), attendance=came(coming))


def test_a_correction_takes_the_place_of_agreed_minutes_and_both_stay(held, client):
    old = held.minutes.get()
    made = meetings.draft_minutes(meeting=held, by=hub("coordinator"))
    assert made.text == old.text
    began = made.content_sha256()
    meetings.write_minutes(minutes=made, by=hub("coordinator"), text="Corrected.", began_with=began)
    meetings.put_to_chair(minutes=made, by=hub("coordinator"))
    meetings.agree(minutes=made, by=hub("chair"), began_with=again(made).content_sha256())
    assert [(each.number, each.state) for each in held.minutes.all()] == [(2, "agreed"), (1, "superseded")]
    login(client, "lay")
    assert "These minutes were corrected since." in page(client, old)
    assert "Corrected." in page(client, made)
    assert str(made).endswith("version 2")


def test_nobody_agrees_minutes_that_she_wrote(held):
    RoleGrant.objects.create(user=hub("chair"), role="coordinator", side=settings.HUB_ID)
    made = meetings.draft_minutes(meeting=held, by=hub("chair"))
    meetings.put_to_chair(minutes=made, by=hub("coordinator"))
    with pytest.raises(NotAllowed, match="You wrote these minutes"):
        meetings.agree(minutes=made, by=hub("chair"), began_with=made.content_sha256())
    with pytest.raises(NotAllowed, match="Only the chair"):
        meetings.send_back(minutes=made, by=hub("expert"), reason="x")


def test_who_coordinates_by_seat_has_the_panels_meetings(project, coming, client):
    ada = person("dina@northgate.example")
    seated(project.panel, ada, "coordinator")
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(f"/act/panels/meeting/{coming.pk}/cancel_meeting/").status_code == 200
    coming = meetings.send_papers(meeting=coming, by=person("dina@northgate.example"))
    assert "dina" not in told("panel.papers_out")


def test_nobody_arranges_or_minutes_what_she_has_a_conflict_in(project, coming, time_machine):
    """A coordinator and a chair with their own project on the agenda: others do it, who presided in the chair's stead too."""
    round = round_of(project)
    RoleGrant.objects.create(user=project.lead, role="coordinator", side=settings.HUB_ID)
    lead = person(project.lead.email)
    for arrange, asked in (
        (meetings.take_off_agenda, {"round": round}),
        (meetings.move_item, {"round": round, "up": True}),
    ):
        with pytest.raises(NotAllowed, match="another person arranges it"):
            arrange(meeting=coming, by=lead, **asked)
    meetings.take_off_agenda(meeting=coming, by=hub("coordinator"), round=round)
    with pytest.raises(NotAllowed, match="another person arranges it"):
        meetings.put_on_agenda(meeting=coming, by=lead, round=round)
    meetings.put_on_agenda(meeting=coming, by=hub("coordinator"), round=round)
    panels.declare(round=round, by=hub("chair"), kind="professional", words="I advise them.")
    minutes = minuted(coming, time_machine)
    began = minutes.content_sha256()
    with pytest.raises(NotAllowed, match="in an item of this meeting"):
        meetings.write_minutes(minutes=minutes, by=lead, text="It was good.", began_with=began)
    meetings.put_to_chair(minutes=minutes, by=hub("coordinator"))
    with pytest.raises(NotAllowed, match="in an item of this meeting"):
        meetings.agree(minutes=minutes, by=hub("chair"), began_with=began)
    assert not Minutes.objects.visible_to(hub("expert")).filter(pk=minutes.pk).exists()
    panels.name_presiding(round=round, by=hub("coordinator"), user=hub("expert"), reason="The chair advises them.")
    assert Minutes.objects.visible_to(hub("expert")).filter(pk=minutes.pk).exists()
    meetings.agree(minutes=minutes, by=hub("expert"), began_with=began)
    with pytest.raises(NotAllowed, match="in an item of this meeting"):
        meetings.draft_minutes(meeting=again(coming), by=lead)
