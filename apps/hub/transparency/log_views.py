"""The public log: search, exports, and the stories of requests, projects and secure data centres. For anyone."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.audit.models import PublicEntry
from apps.core.web.paging import keyset_page
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.hub.submissions.models import Request
from apps.hub.transparency import exports, stories
from apps.hub.transparency.figures import figures
from apps.hub.transparency.search import SearchForm

NEWEST, OLDEST = ("-sequence",), ("sequence",)


@login_not_required
@require_safe
def log(request):
    """What happened, in plain words, for anyone: newest first, or oldest."""
    form = SearchForm(request.GET)
    entries = form.entries()
    oldest = request.GET.get("order") == "oldest"
    page = keyset_page(entries, request, by=OLDEST if oldest else NEWEST, size=50)
    context = {
        "form": form,
        "page": page,
        "rows": rows(page.items, request.path),
        "oldest": oldest,
        "in_use": form.in_use(),
        "query": _query(request, "order", "after"),
        "hidden": PublicEntry.objects.hidden(settings.HUB_ID).count(),
    }
    return render(request, "transparency/log.html", context)


def rows(entries, here: str) -> list[dict]:
    """Entries with the address of what each is about; empty where that is this very page, or nothing but its proof."""
    told = [{"entry": entry, "address": exports.story_of(entry)} for entry in entries]
    return [row | {"address": "" if row["address"] == here else row["address"]} for row in told]


def _query(request, *without: str) -> str:
    """The filters of this page, for the addresses of the same entries in another form."""
    asked = request.GET.copy()
    for name in without:
        asked.pop(name, None)
    return asked.urlencode()


def _asked(request):
    return SearchForm(request.GET).entries().order_by("-sequence")


@login_not_required
@require_safe
def log_csv(request):
    response = StreamingHttpResponse(exports.as_csv(_asked(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="public-log.csv"'
    return response


@login_not_required
@require_safe
def log_json(request):
    return StreamingHttpResponse(exports.as_json(_asked(request)), content_type="application/json")


@login_not_required
@require_safe
def log_atom(request):
    """A feed of what was asked for, in pages."""
    page = keyset_page(_asked(request), request, by=NEWEST, size=exports.IN_A_FEED)
    following = request.build_absolute_uri(page.next_url) if page.next_url else ""
    here = request.build_absolute_uri(request.get_full_path())
    return StreamingHttpResponse(exports.as_atom(page.items, here, following), content_type="application/atom+xml")


def _story(request, template: str, entries, **context):
    """A story page; 404 while nothing of it may be read."""
    if not entries.exists():
        raise Http404
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
    context = {
        "asked": found,
        "project": found.submission.project,
        "gates": stories.gates_of_request(found),
        "files": result.files if result else [],
    }
    return _story(request, "transparency/request_story.html", entries, **context)


@login_not_required
@require_safe
def project_story(request, pk):
    """One project: the lay summary first, the five gates, what happened."""
    found = get_object_or_404(Project.objects.select_related("panel", "organisation"), pk=pk)
    entries = PublicEntry.objects.shown(settings.HUB_ID).filter(project=pk)
    context = {
        "project": found,
        "gates": stories.gates_of_project(found),
        "texts": found.texts.published(),
        "tres": found.tres.order_by("name"),
        "versions": found.dataset_versions.select_related("dataset__held_by"),
    }
    return _story(request, "transparency/project_story.html", entries, **context)


@login_not_required
@require_safe
def tre_story(request, pk):
    """One secure data centre: what it holds, and what happened there."""
    found = get_object_or_404(Tre, pk=pk)
    entries = PublicEntry.objects.shown(settings.HUB_ID).filter(tre=pk)
    datasets = found.datasets.exclude(state="draft").order_by("name")
    return _story(request, "transparency/tre_story.html", entries, tre=found, datasets=datasets)


@login_not_required
@require_safe
def public_figures(request):
    """How many, how long, how often not: by month, centre and kind of organisation."""
    return render(request, "transparency/figures.html", {"figures": figures()})
