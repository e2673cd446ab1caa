"""The pages of an application: its list of sections, each section, the preview, the papers, versions and comments."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.panels.models import Panel
from apps.core.web.papers import give_paper
from apps.core.web.readability import reading
from apps.core.workflow.steps import can_proceed, get, offers_worth_showing
from apps.core.workflow.typed import keeps_what_was_typed
from apps.hub.projects import application_actions as actions
from apps.hub.projects import deciding, permissions
from apps.hub.projects.application_forms import BeginForm, CommentForm, PaperForm, as_answers, form_of, forms_of
from apps.hub.projects.application_models import Comment, Paper, ProjectVersion
from apps.hub.projects.application_permissions import check_can_comment, check_can_open_closed
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY, QUESTIONS, SECTIONS, is_question
from apps.hub.projects.reading import check_can_read
from apps.hub.projects.sheets import difference, public_sheets, sheets
from apps.hub.projects.similar import similar_to
from apps.hub.projects.versions import changes_of, content_as_written, content_of


def _project(request, pk) -> Project:
    rows = Project.objects.visible_to(request.user).select_related("lead", "organisation", "panel")
    return get_object_or_404(rows, pk=pk)


def _own(request, pk) -> Project:
    """The project of a lead. Raises NotAllowed."""
    project = _project(request, pk)
    permissions.check_is_lead(request.user, project)
    return project


@require_http_methods(["GET", "POST"])
def new(request):
    """Begin an application."""
    permissions.check_can_apply(request.user)
    form = BeginForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        panel = Panel.objects.first_to_decide(settings.HUB_ID)
        return redirect("projects:application", actions.begin(by=request.user, panel=panel, **form.cleaned_data).pk)
    return render(request, "projects/form.html", {"form": form}, status=400 if form.is_bound else 200)


@require_safe
def application(request, pk):
    """The sections of one's application, each with how far it is."""
    project = _own(request, pk)
    rows = []
    for form in forms_of(project):
        problems = len(form.errors) if form.is_bound else None
        rows.append({"section": form.section, "problems": problems, "kept": form.kept})
    context = {
        "project": project,
        "rows": rows,
        "done": sum(row["problems"] == 0 for row in rows),
        "missing": actions.unfinished(project),
        "may_write": can_proceed(project, "submit"),
        "hand_in": get(Project, "submit").url_for(project),
        "similar": similar_to(project, request.user),
        "open_comments": Comment.objects.visible_to(request.user).filter(project=project, state="open").count(),
    }
    return render(request, "projects/application.html", context)


@require_http_methods(["GET", "POST"])
def section(request, pk, key):
    """One section. It is kept as it was written, with its errors shown; another window's later saving is shown beside."""
    project, found = _own(request, pk), BY_KEY.get(key)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _save(request, project, found)
    kept = project.sections.filter(key=key).first()
    form = form_of(found, kept.answers if kept else None, project=project)
    form.leave_unasked_unmarked()
    form.initial = {name: getattr(project, name, None) for name in ("title", "code", "organisation")}
    return _section_page(request, project, form, kept)


def _save(request, project, found):
    revision = request.POST.get("revision", "")
    try:
        form = actions.save_section(
            project=project,
            by=request.user,
            section=found,
            data=request.POST,
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
        )
    except actions.ChangedMeanwhile as problem:
        return _show_both(request, project, found, problem)
    form.leave_unasked_unmarked()
    if _is_autosave(request):
        context = {"kept": form.kept, "problems": len(form.errors), "section": found, "reading": _reading(form)}
        return render(request, "projects/saved.html", context)
    goes_on = request.POST.get("then") == "next"
    if form.errors and not goes_on:
        messages.warning(request, _("Saved. Something is still to be mended: it is marked below."))
        return redirect("projects:section", project.pk, found.key)
    if form.unasked:
        messages.success(request, _("Saved. Now say which columns you need."))
        return redirect("projects:section", project.pk, found.key)
    if form.errors:
        sentence = _("Saved: %(section)s. Something in it is still to be mended.")
        messages.warning(request, sentence % {"section": found.title})
    else:
        messages.success(request, _("Saved: %(section)s.") % {"section": found.title})
    return redirect(_after(project, found, goes_on=goes_on))


def _after(project, found, *, goes_on: bool) -> str:
    """Where a saved section leads: to the next one, where she goes on and there is one; else to the list of them."""
    following = SECTIONS[SECTIONS.index(found) + 1 :]
    if goes_on and following:
        return reverse("projects:section", args=[project.pk, following[0].key])
    return reverse("projects:application", args=[project.pk])


def _is_autosave(request) -> bool:
    """True where htmx saves in the background, and only a part of the page is wanted."""
    return request.headers.get("HX-Request") == "true"


def _show_both(request, project, found, problem):
    """What was saved elsewhere beside what was written here: to save again is to choose this."""
    if _is_autosave(request):
        return render(request, "projects/saved.html", {"kept": None, "sentence": problem.sentence, "reading": None})
    answers = as_answers(found, request.POST)
    form = form_of(found, answers, project=project)
    both = []
    for field in form:
        there, here = (_plain(each.get(field.name, "")) for each in (problem.kept.answers, answers))
        if there != here:
            old, new = difference(there, here)
            both.append({"label": field.label, "there": old, "here": new})
    return _section_page(request, project, form, problem.kept, both=both, status=409)


def _plain(answer) -> str:
    return ", ".join(answer) if isinstance(answer, list) else answer


def _reading(form):
    """How the lay summary reads, where this section has it."""
    text = form["lay_summary"].value() if "lay_summary" in form.fields else ""
    return reading(text, QUESTIONS["lay_summary"].words) if text else None


def _section_page(request, project, form, kept, *, both=(), status=200):
    keys = [*form.fields, *(["papers"] if form.section.key == "approvals" else [])]
    asked = (
        Comment.objects.visible_to(request.user).filter(project=project, question__in=keys).exclude(state="resolved")
    )
    position = SECTIONS.index(form.section)
    context = {
        "project": project,
        "form": form,
        "section": form.section,
        "number": position + 1,
        "of": len(SECTIONS),
        "kept": kept,
        "revision": kept.revision if kept else 0,
        "reading": _reading(form),
        "both": both,
        "comments": asked.select_related("by"),
        "papers": project.papers.filter(removed_at=None) if form.section.key == "approvals" else None,
        "paper_form": PaperForm(auto_id="id_%s"),
        "may_write": can_proceed(project, "submit"),
    }
    return render(request, "projects/section.html", context, status=status)


@require_safe
def preview(request, pk):
    """The application as the public will read it."""
    project = _own(request, pk)
    context = {
        "project": project,
        "sheets": public_sheets(content_as_written(project)),
        "embargo_ends": project.embargo_ends(),
    }
    return render(request, "projects/preview.html", context)


@require_http_methods(["GET", "POST"])
def add_paper(request, pk):
    """Add a file to one's application."""
    project = _own(request, pk)
    form = PaperForm(request.POST or None, request.FILES or None) if request.method == "POST" else PaperForm()
    is_too_large = getattr(request, "upload_too_large", False)
    if request.method == "POST" and not is_too_large and form.is_valid():
        actions.add_paper(
            project=project, by=request.user, file=form.cleaned_data["paper"], is_closed=form.cleaned_data["is_closed"]
        )
        return redirect("projects:section", project.pk, "approvals")
    context = {"project": project, "form": form, "too_large": is_too_large}
    return render(request, "projects/paper_form.html", context, status=400 if request.method == "POST" else 200)


def _paper(request, pk) -> Paper:
    return get_object_or_404(Paper.objects.with_doors().visible_to(request.user).select_related("project"), pk=pk)


@require_safe
def paper(request, pk):
    """A file of an application, to keep: never shown in the browser. It opens for a member after her declaration."""
    found = _paper(request, pk)
    if undeclared := deciding.must_declare(request.user, found.project):
        return redirect(undeclared)
    check_can_read(request.user, found.project)
    if found.closed_now:
        check_can_open_closed(request.user, found.project)
    return give_paper(found.name, found.sha256)


@require_POST
def remove_paper(request, pk):
    """Take a file out of one's application."""
    found = _paper(request, pk)
    actions.remove_paper(paper=found, by=request.user)
    return redirect("projects:section", found.project_id, "approvals")


@require_safe
def version(request, pk, number):
    """An application as it was handed in, and what changed since the version before."""
    project = _project(request, pk)
    if undeclared := deciding.must_declare(request.user, project):
        return redirect(undeclared)
    check_can_read(request.user, project)
    found = get_object_or_404(ProjectVersion.objects.select_related("by"), project=project, number=number)
    context = {
        "project": project,
        "version": found,
        "changes": changes_of(found),
        "sheets": sheets(content_of(found)),
        "is_first": found.number == 1,
    }
    return render(request, "projects/version.html", context)


@require_safe
def comments(request, pk):
    """What the panel asked about an application, with the answers."""
    project = _project(request, pk)
    if undeclared := deciding.must_declare(request.user, project):
        return redirect(undeclared)
    check_can_read(request.user, project)
    rows = (
        Comment.objects.visible_to(request.user).filter(project=project).select_related("by", "answered_by", "project")
    )
    told = [
        {"comment": row, "label": _label(row.question), "offers": offers_worth_showing(row, request.user)}
        for row in rows
    ]
    return render(request, "projects/comments.html", {"project": project, "rows": told})


def _label(key: str) -> str:
    """The question in words."""
    for found in SECTIONS:
        for question in found.questions:
            if question.key == key:
                return str(question.label)
    return {"papers": _("Files"), "lead": _("Led by")}.get(key, _("Columns of a dataset"))


@require_http_methods(["GET", "POST"])
def comment(request, pk):
    """Ask about one answer of an application."""
    project = _project(request, pk)
    question, form = request.GET.get("question", ""), CommentForm(request.POST if request.method == "POST" else None)
    with keeps_what_was_typed(form):
        check_can_comment(request.user, project)
        if not is_question(question):
            raise Http404
        if form.is_valid():
            actions.comment(project=project, by=request.user, question=question, **form.cleaned_data)
            return redirect("projects:comments", project.pk)
    context = {"project": project, "form": form, "label": _label(question)}
    return render(request, "projects/comment_form.html", context, status=400 if form.is_bound else 200)
