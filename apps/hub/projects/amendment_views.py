"""The pages of amendments: choose what is to be changed, write it, see it old beside new."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.accounts.models import User
from apps.core.panels.models import Round
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.core.workflow.typed import keeps_what_was_typed
from apps.hub.projects import amendment_actions as actions
from apps.hub.projects import deciding, permissions
from apps.hub.projects.amending import content_after, needs_vote
from apps.hub.projects.amendment_forms import FORMS, sections_of, texts_of
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.application_permissions import lacking
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY
from apps.hub.projects.reading import check_can_read
from apps.hub.projects.sheets import changes
from apps.hub.projects.versions import content_of

# Kinds that change one of several: the word for it in the address, and what it may be.
CHOICES = {"text": ("question", texts_of), "section": ("section", sections_of)}


def _project(request, pk, kind: str = "") -> Project:
    """The project of which she may ask for a change of that kind. Raises NotAllowed."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("lead"), pk=pk)
    permissions.check_can_ask_for_change(request.user, project, kind)
    return project


def _asked_about(request, project: Project, kind: str) -> str:
    """What the address names, for a kind that changes one of several. Raises Http404."""
    if kind not in CHOICES:
        return ""
    name, choices = CHOICES[kind]
    about = request.GET.get(name, "")
    if about not in {each.key for each in choices(project)}:
        raise Http404
    return about


@require_safe
def amend(request, pk):
    """What can be changed of a project in force."""
    project = _project(request, pk)
    context = {
        "project": project,
        "kinds": [each for each in Amendment.Kind.choices if each[0] not in CHOICES],
        "sections": sections_of(project),
        "texts": texts_of(project),
    }
    return render(request, "projects/amend.html", context)


@require_http_methods(["GET", "POST"])
def new_amendment(request, pk, kind):
    """Write what is to be changed. Of a text the address names the `question`, of a part of the application the `section`."""
    project = _project(request, pk, kind)
    if kind not in FORMS:
        raise Http404
    about = _asked_about(request, project, kind)
    form = FORMS[kind](request.POST if request.method == "POST" else None, project=project, about=about)
    with keeps_what_was_typed(form):
        actions.check_can_be_amended(project, kind)
        if form.is_valid():
            reason, changed = form.cleaned_data["reason"], form.changes()
            made = actions.ask(project=project, by=request.user, kind=kind, reason=reason, changes=changed)
            return redirect(made)
    title = BY_KEY[about].title if about in BY_KEY and kind == "section" else Amendment.Kind(kind).label
    context = {"project": project, "form": form, "title": title, "about": about}
    return render(request, "projects/amendment_form.html", context, status=400 if form.is_bound else 200)


@require_safe
def amendment(request, pk):
    """One amendment: what it changes, old beside new, and what was decided."""
    rows = Amendment.objects.visible_to(request.user).select_related("project__panel", "asked_by")
    found = get_object_or_404(rows, pk=pk)
    if undeclared := deciding.must_declare(request.user, found):
        return redirect(undeclared)
    check_can_read(request.user, found.project)
    written_for = found.project.versions.filter(sha256=found.base_sha256).last()
    before = content_of(written_for) if written_for else found.project.content()
    is_open = found.state in (Amendment.State.DRAFT, Amendment.State.IN_REVIEW)
    context = {
        "amendment": found,
        "rounds": Round.objects.of(found) & Round.objects.visible_to(request.user),
        "needs_vote": deciding.round_of(found) is not None or needs_vote(found),
        "is_open": is_open,
        "lacking": lacking(found) if found.state == Amendment.State.IN_REVIEW else [],
        "changes": changes(before, content_after(before, found)),
        "people": User.objects.filter(pk__in=found.changes.get("people", [])),
        "offers": offers_worth_showing(found, request.user),
        "sign_offs": sign_offs(found),
    }
    return render(request, "projects/amendment.html", context)
