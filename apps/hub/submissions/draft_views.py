"""Ask for an analysis by form: choose a project and an analysis, fill in what it asks for, look at the crate, ask."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.forms import FileField
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.crates.check import document_of
from apps.core.crates.graph import Graph, first_text, types
from apps.core.errors import Problem
from apps.core.web.paging import keyset_page
from apps.hub.datasets.models import WorkflowVersion
from apps.hub.projects.queries import projects_of, projects_to_join
from apps.hub.projects.tre_decisions import not_yet
from apps.hub.submissions import actions, checking, draft_actions, drafting, eligibility, permissions
from apps.hub.submissions.forms import looked_at_suspicions
from apps.hub.submissions.models import Draft, Submission

LIVE_BYTES = 4 * 1024 * 1024  # with larger files, the crate is looked at when it is saved


@require_http_methods(["GET", "POST"])
def ask(request):
    """The first page: for which project, which analysis."""
    permissions.check_can_upload(request.user)
    projects = list(projects_of(request.user).order_by("code"))
    error = ""
    if request.method == "POST":
        project = next((each for each in projects if str(each.pk) == request.POST.get("project")), None)
        version = WorkflowVersion.objects.filter(pk=_uuid(request.POST.get("workflow"))).first()
        if project and version:
            return redirect(draft_actions.start(by=request.user, project=project, workflow_version=version))
        error = _("Choose a project and an analysis.")
    context = {
        "projects": [{"project": each, "why_not": each.why_not(timezone.now())} for each in projects],
        "to_join": projects_to_join(request.user).order_by("code"),
        "page": keyset_page(found_workflows(request.GET.get("q", "")), request, by=("-added_at", "-pk"), size=20),
        "q": request.GET.get("q", ""),
        "chosen": request.POST,
        "error": error,
    }
    return render(request, "submissions/ask.html", context, status=400 if error else 200)


def found_workflows(words: str):
    """The catalogue's workflow versions that speak of every one of the words, in name, summary or outputs."""
    rows = WorkflowVersion.objects.select_related("workflow")
    for word in words.replace("\0", " ").split()[:10]:
        named = Q(workflow__name__icontains=word) | Q(workflow__summary__icontains=word)
        rows = rows.filter(named | Q(outputs__icontains=word))
    return rows


def _uuid(text: str | None):
    """A UUID out of a form, or None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _draft(request, pk) -> Draft:
    rows = Draft.objects.visible_to(request.user)
    related = ("by", "project__organisation", "workflow_version__workflow", "submission")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@require_http_methods(["GET", "POST"])
def draft(request, pk):
    """What the analysis asks for. Whatever was typed is kept, right or wrong."""
    draft = _draft(request, pk)
    if draft.submission:
        if request.method == "POST":
            messages.error(request, _("This was asked already, so nothing was saved. Ask again to change something."))
        return redirect(draft.submission)
    if request.method == "GET":
        form = drafting.saved_form(draft) if "check" in request.GET else drafting.form_of(draft)
        return _draft_page(request, draft, form)
    form = drafting.form_of(draft, request.POST, request.FILES)
    is_right = form.is_valid()
    too_large = getattr(request, "upload_too_large", False)
    # A form that was cut off at a file too large has lost the fields behind it, so what was saved before stands.
    values = draft.values | form.typed() if too_large else form.typed()
    draft = draft_actions.save(draft=draft, by=request.user, values=values, files=form.new_files())
    if too_large:
        return _draft_page(request, draft, drafting.form_of(draft), status=413)
    if "look" in request.POST:
        return redirect("submissions:look", draft.pk) if is_right else _draft_page(request, draft, form, status=400)
    messages.success(request, _("Saved. You can come back to it at any time."))
    return redirect(draft)


def _draft_page(request, draft, form, status=200):
    context = {"draft": draft, "form": form, "too_large": status == 413, "limit": settings.UPLOAD_LIMIT_MB}
    return render(request, "submissions/draft.html", context, status=status)


@require_POST
def draft_so_far(request, pk):
    """What is still missing, or what the check says of the crate: a part of the page, while the form is filled in."""
    draft = _draft(request, pk)
    form = drafting.form_of(draft, request.POST, {})
    is_right = form.is_valid()
    # A file that was chosen is named by the browser here; it comes with the saving.
    files = [field for field in form if isinstance(field.field, FileField)]
    chosen = [field for field in files if field.errors and request.POST.get(field.name)]
    missing = [{"field": None, "sentence": sentence} for sentence in form.non_field_errors()]
    missing += [
        {"field": field, "sentence": " ".join(field.errors)}
        for field in form
        if field.errors and field.name not in {each.name for each in chosen}
    ]
    if not is_right:
        return render(request, "submissions/so_far.html", {"missing": missing, "files": chosen})
    if sum(file["size"] for file in draft.files.values()) > LIVE_BYTES:
        return render(request, "submissions/so_far.html", {"missing": [], "files": [], "large": True})
    return render(request, "submissions/so_far.html", looked_at(request, draft, form))


@require_http_methods(["GET", "POST"])
def look(request, pk):
    """The crate as it would be sent, with what the check says of it; then: ask."""
    draft = _draft(request, pk)
    if draft.submission:
        return redirect(draft.submission)
    form = drafting.saved_form(draft)
    if not form.is_valid():
        return redirect(draft.get_absolute_url() + "?check=1")
    if request.method == "POST":
        looked, seen = bool(request.POST.get("looked_at_suspicions")), request.POST.get("seen", "")
        try:
            submission = draft_actions.ask(draft=draft, by=request.user, seen=seen, looked_at_suspicions=looked)
        except Problem as problem:
            asked = Draft.objects.filter(pk=pk).values_list("submission", flat=True).first()
            return redirect("submissions:detail", asked) if asked else _look_page(request, draft, form, problem)
        if submission.state == Submission.State.SENT:
            messages.success(request, _("Sent. You see below what each secure data centre says."))
        else:
            messages.success(request, _("Handed in. It is sent as soon as our check of it is done."))
        return redirect(submission)
    return _look_page(request, draft, form)


def _look_page(request, draft, form, problem: Problem | None = None):
    chosen = [tre for tre in form.tres if form.cleaned_data.get(f"tre_{tre.pk}")]
    context = {"draft": draft, "form": form, "problem": problem, **looked_at(request, draft, form)}
    context["not_yet"] = not_yet(draft.project, request.user, chosen)
    return render(request, "submissions/look.html", context, status=problem.status if problem else 200)


def looked_at(request, draft: Draft, form) -> dict:
    """What the page shows of a draft's crate: findings, reasons against sending it, contents."""
    with drafting.crate_of(draft, form) as path:
        report, facts = checking.look_into(path)
        size = path.stat().st_size
        document = document_of(path) if facts else {"@graph": []}
    labels = {each["name"]: each["label"] for each in form.asked_for}
    return {
        "report": report,
        "reasons": eligibility.reasons(facts, request.user) if facts else [],
        "facts": facts,
        "inputs": [each | {"label": labels[each["parameter"]]} for each in facts.get("inputs", [])],
        "size": size,
        "entities": [
            {"id": each["@id"], "types": ", ".join(sorted(types(each))), "name": first_text(each, "name")}
            for each in Graph(document).entities
        ],
        "tick": looked_at_suspicions() if actions.is_suspicious(report) else None,
        "chosen": form.in_words(),
    }


@require_safe
def draft_crate(request, pk):
    """The crate of a draft, to submit elsewhere."""
    draft = _draft(request, pk)
    form = drafting.saved_form(draft)
    if draft.submission or not form.is_valid():
        return redirect(draft.get_absolute_url() + "?check=1")
    with drafting.crate_of(draft, form) as path:
        response = FileResponse(path.open("rb"), as_attachment=True, filename="request.zip")
    response["Content-Type"] = "application/zip"
    response["Link"] = '<https://w3id.org/ro/crate>; rel="profile"'
    return response


@require_http_methods(["GET", "POST"])
def discard_draft(request, pk):
    """Throw a draft away, once that is confirmed."""
    draft = _draft(request, pk)
    if request.method == "POST":
        draft_actions.discard(draft=draft, by=request.user)
        messages.success(request, _("Thrown away."))
        return redirect("submissions:list")
    return render(request, "submissions/discard_draft.html", {"draft": draft})


@require_POST
def ask_again(request, pk):
    """A new draft that begins with what an earlier submission asked for."""
    submission = get_object_or_404(Submission.objects.visible_to(request.user), pk=pk)
    draft = draft_actions.ask_again(submission=submission, by=request.user)
    messages.success(request, _("This is a new request. It begins with what was asked before: change what you like."))
    return redirect(draft)
