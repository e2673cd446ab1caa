"""The public log: search, exports, and the stories of requests, projects and secure data centres. For anyone."""

from functools import wraps
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.audit.models import PublicEntry
from apps.core.notices.reminders import today
from apps.core.web.paging import keyset_page
from apps.core.web.public import KEPT_SECONDS
from apps.hub.datasets import policy
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.hub.submissions.models import Request
from apps.hub.transparency import exports, stories
from apps.hub.transparency.applications import application_of, is_under_embargo
from apps.hub.transparency.figures import figures
from apps.hub.transparency.search import SearchForm, soon, streamed

NEWEST = ("-sequence",)
BY_PLACE = {False: ("-place",), True: ("place",)}  # as the search puts them (see search.asked_of)
NEWLY_PUBLIC = ("-public_from", "-sequence")  # what comes out of an embargo is news


@login_not_required
@require_safe
def log(request):
    """What happened, in plain words, for anyone: newest first, or oldest."""
    form = SearchForm(request.GET)
    oldest = request.GET.get("order") == "oldest"
    with soon():
        page = keyset_page(form.entries(), request, by=BY_PLACE[oldest], size=50)
    context = {
        "form": form,
        "page": page,
        "rows": rows(page.items, request.path),
        "oldest": oldest,
        "in_use": form.in_use(),
        "query": _query(request, "order", "after"),
        "hidden": about(PublicEntry.objects.hidden(settings.HUB_ID).count()),
    }
    return render(request, "transparency/log.html", context, status=400 if form.errors else 200)


def about(number: int) -> str:
    """A number in words from which nobody sees it grow by one."""
    tens = number // 10 * 10
    return _("At least %(number)s") % {"number": tens} if tens else _("Fewer than 10")


def rows(entries, here: str) -> list[dict]:
    """Entries with the address of what each is about; empty where that is this very page, or nothing but its proof."""
    told = [{"entry": entry, "address": exports.story_of(entry)} for entry in entries]
    others = [row for row in told if row["address"] != here]
    steps = steps_of({row["entry"].request for row in others} - {None})
    for row in told:
        is_here = row["address"] == here
        row |= {
            "address": "" if is_here else row["address"],
            "steps": 0 if is_here else steps.get(row["entry"].request, 0),
        }
    return told


def steps_of(requests) -> dict[UUID, int]:
    """How many public entries each of these requests has. One query."""
    shown = PublicEntry.objects.shown(settings.HUB_ID).filter(request__in=requests).order_by()
    return dict(shown.values("request").annotate(steps=Count("pk")).values_list("request", "steps"))


def _query(request, *without: str) -> str:
    """The filters of this page, for the addresses of the same entries in another form."""
    asked = request.GET.copy()
    for name in without:
        asked.pop(name, None)
    return asked.urlencode()


def export(view):
    """A view of the entries that the address asks for: view(request, entries). A filter that does not fit is told of (400)."""

    @login_not_required
    @require_safe
    @wraps(view)
    def exported(request):
        form = SearchForm(request.GET)
        if not form.is_valid():
            return HttpResponse("\n".join(form.problems()), status=400, content_type="text/plain; charset=utf-8")
        if ratelimit.consume_or_429(request, action="log_export", limit_get=True):
            sentence = _("That was a lot in a short time. Wait a minute, then try again.")
            return HttpResponse(sentence, status=429, content_type="text/plain; charset=utf-8")
        response = view(request, form.entries())
        patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
        return response

    return exported


@export
def log_csv(request, entries):
    """What was asked for, newest first, as a table."""
    found = exports.as_csv(streamed(entries))
    response = StreamingHttpResponse(found, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="public-log.csv"'
    return response


@export
def log_json(request, entries):
    """What was asked for, newest first, for programs."""
    return StreamingHttpResponse(exports.as_json(streamed(entries)), content_type="application/json")


@export
def log_atom(request, entries):
    """A feed of what was asked for, in pages: what became public last comes first."""
    with soon():
        page = keyset_page(entries, request, by=NEWLY_PUBLIC, size=exports.IN_A_FEED)
    following = request.build_absolute_uri(page.next_url) if page.next_url else ""
    here = request.build_absolute_uri(request.get_full_path())
    return StreamingHttpResponse(exports.as_atom(page.items, here, following), content_type="application/atom+xml")


def _story(request, template: str, entries, project: Project | None = None, **context):
    """A story page; 404 while nothing of it may be read, or an embargo is on its project."""
    if (project and is_under_embargo(project)) or not entries.exists():
        raise Http404
    if project:
        context |= {"project": project, "application": application_of(project)}
    page = keyset_page(entries, request, by=NEWEST, size=50)
    told = {"page": page, "rows": rows(page.items, request.path)}
    return render(request, template, context | told)


@login_not_required
@require_safe
def request_story(request, pk):
    """One request: the five gates, where it stands, what happened."""
    related = ("tre", "submission__by", "submission__project__panel", "submission__workflow_version__workflow")
    found = get_object_or_404(Request.objects.select_related(*related), pk=pk)
    entries = PublicEntry.objects.shown(settings.HUB_ID).filter(request=pk)
    result = getattr(found, "result", None)
    files = result.files if result else []
    context = {
        "asked": found,
        "project": found.submission.project,
        "gates": stories.gates_of_request(found),
        "let_out": [file["name"] for file in files if file["released"]],
        "held_back": sum(not file["released"] for file in files),
    }
    return _story(request, "transparency/request_story.html", entries, **context)


@login_not_required
@require_safe
def project_story(request, pk):
    """One project: the lay summary first, the five gates, what happened."""
    found = get_object_or_404(Project.objects.select_related("panel"), pk=pk)
    entries = PublicEntry.objects.shown(settings.HUB_ID).filter(project=pk)
    context = {
        "project": found,
        "gates": stories.gates_of_project(found),
        "people": stories.people_named(found),
        "texts": found.texts.published(),
    }
    return _story(request, "transparency/project_story.html", entries, **context)


@login_not_required
@require_safe
def tre_story(request, pk):
    """One secure data centre: what it holds, and what happened there."""
    found = get_object_or_404(Tre, pk=pk)
    entries = PublicEntry.objects.shown(settings.HUB_ID).filter(tre=pk)
    datasets = found.datasets.exclude(state="draft").order_by("name")
    certified = found.certificates_in_force(today())
    context = {"tre": found, "datasets": datasets, "certified": certified, "versions": policy.versions_of(found)}
    return _story(request, "transparency/tre_story.html", entries, **context)


@login_not_required
@require_safe
def public_figures(request):
    """How many, how long, how often not: by month, centre and kind of organisation."""
    return render(request, "transparency/figures.html", {"figures": figures()})
