"""The pages of meetings: of a panel, of one meeting, its papers, its minutes, and a file for a calendar."""

from datetime import UTC

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.panels import meeting_actions, permissions
from apps.core.panels.calendars import event_file
from apps.core.panels.meeting_forms import MeetingForm
from apps.core.panels.models import Meeting, Minutes, Round
from apps.core.panels.models.meetings import panels_read_by
from apps.core.panels.papers import papers
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing

ON_A_PAGE = 20
BESIDE_AN_ITEM = ("take_off_agenda", "move_item")


@require_safe
def index(request, pk):
    """The meetings of a panel: those to come, the next one first, and those that were, the last one first."""
    panel = get_object_or_404(panels_read_by(request.user), pk=pk)
    now = timezone.now()
    before = _moment(request.GET.get("before", ""))
    past = panel.meetings.filter(starts_at__lt=before or now).order_by("-starts_at", "pk")[: ON_A_PAGE + 1]
    context = {
        "panel": panel,
        "coming": [] if before else panel.meetings.filter(starts_at__gte=now),
        "past": past[:ON_A_PAGE],
        "page": _pages(panel, list(past), before),
        "may_plan": permissions.coordinates(request.user, panel),
    }
    return render(request, "panels/meeting_list.html", context)


def _moment(text: str):
    """A moment with its zone, as UTC, or None where `text` says none, or one outside of all years."""
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found and timezone.is_aware(found) else None
    except (ValueError, OverflowError):
        return None


def _pages(panel, past: list, before) -> dict:
    """The links to earlier meetings and back. Two of a panel never begin at one moment but by mistake."""
    first = reverse("panels:meetings", args=[panel.pk])
    more = len(past) > ON_A_PAGE
    older = f"{first}?{urlencode({'before': past[ON_A_PAGE - 1].starts_at.isoformat()})}" if more else ""
    return {"first_url": first if before else "", "next_url": older}


@require_http_methods(["GET", "POST"])
@decides
def plan(request, pk):
    """When and where the panel meets next."""
    panel = get_object_or_404(panels_read_by(request.user), pk=pk)
    permissions.check_coordinates(request.user, panel)
    form = MeetingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(meeting_actions.plan_meeting(panel=panel, by=request.user, **form.cleaned_data))
    context = {"form": form, "panel": panel}
    return render(request, "panels/meeting_form.html", context, status=400 if form.is_bound else 200)


def _meeting(request, pk) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).select_related("panel"), pk=pk)


@require_safe
def meeting(request, pk):
    """One meeting: its agenda, who came, its minutes, and what can be done."""
    found = _meeting(request, pk)
    coordinates = permissions.coordinates(request.user, found.panel)
    context = {
        "meeting": found,
        "items": found.items.select_related("round"),
        "may_arrange": coordinates and found.state == Meeting.State.PLANNED,
        "may_read_papers": coordinates or found.papers_out_at is not None,
        "attendances": found.attendances.select_related("seat__user"),
        "minutes": Minutes.objects.visible_to(request.user).filter(meeting=found).select_related("meeting"),
        "is_link": found.place.startswith("https://"),
        "offers": _offers(found, request.user) if coordinates else [],
    }
    return render(request, "panels/meeting.html", context)


def _offers(meeting: Meeting, user) -> list:
    """What can be done with the meeting as a whole; each item of the agenda has its own buttons."""
    return [each for each in offers_worth_showing(meeting, user) if each.step.verb not in BESIDE_AN_ITEM]


@require_POST
@decides
def arrange(request, pk, item):
    """Move one item of the agenda up or down, or take it off. `item`: the round."""
    found = _meeting(request, pk)
    asked = {"meeting": found, "by": request.user, "round": get_object_or_404(Round, pk=item, panel=found.panel_id)}
    if request.POST.get("do") == "off":
        meeting_actions.take_off_agenda(**asked)
    else:
        meeting_actions.move_item(**asked, up=request.POST.get("do") == "up")
    return redirect(f"{found.get_absolute_url()}#agenda")


@require_safe
def meeting_papers(request, pk):
    """The papers, to read or to print: of each application what this person may read of it."""
    found = _meeting(request, pk)
    permissions.check_papers_are_open(request.user, found)
    return render(request, "panels/meeting_papers.html", {"meeting": found, "items": papers(found, request.user)})


@require_safe
def meeting_calendar(request, pk):
    """The meeting for one's own calendar. It names the panel, and nothing that is on the agenda."""
    found = _meeting(request, pk)
    url = request.build_absolute_uri(found.get_absolute_url())
    content = event_file(
        uid=f"{found.pk}@{request.get_host()}",
        stamp=timezone.now(),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        summary=_("Meeting of the %(panel)s") % {"panel": found.panel},
        place=found.place,
        url=url,
        sequence=found.times_changed,
        cancelled=found.state == Meeting.State.CANCELLED,
    )
    name = f'attachment; filename="meeting-{found.day.isoformat()}.ics"'
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": name})


@require_safe
def minutes(request, pk):
    """One version of the minutes, with what the chair decided on it."""
    rows = Minutes.objects.visible_to(request.user).select_related("meeting__panel", "written_by")
    found = get_object_or_404(rows, pk=pk)
    context = {
        "minutes": found,
        "sha256": found.content_sha256(),
        "offers": offers_worth_showing(found, request.user),
        "sign_offs": sign_offs(found),
    }
    return render(request, "panels/meeting_minutes.html", context)
