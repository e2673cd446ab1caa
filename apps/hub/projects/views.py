from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.panels.models import Round
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.core.workflow.typed import keeps_what_was_typed
from apps.hub.projects import actions, deciding, permissions, text_actions
from apps.hub.projects.application_models import Amendment, Comment
from apps.hub.projects.application_permissions import can_comment, can_open_closed
from apps.hub.projects.centres import centres_of
from apps.hub.projects.forms import MemberForm, TextForm
from apps.hub.projects.lists import ProjectList
from apps.hub.projects.models import Membership, Project, PublicText
from apps.hub.projects.panel_views import panel_context
from apps.hub.projects.reading import why_summary_only
from apps.hub.projects.sheets import sheets
from apps.hub.projects.similar import similar_to
from apps.hub.projects.tre_decisions import own_places
from apps.hub.projects.versions import papers_of, readable_content


@require_safe
def index(request):
    rows = Project.objects.visible_to(request.user).select_related("lead", "organisation")
    listing = ProjectList(request, rows)
    if listing.wants_csv:
        return listing.csv()
    context = {"listing": listing, "may_apply": request.user.has_hub_role("researcher")}
    return render(request, "projects/list.html", context)


@require_safe
def places(request):
    """Where a person is accepted: her projects, and what each TRE said of them and of her."""
    return render(request, "projects/places.html", {"projects": own_places(request.user)})


def _project(request, pk) -> Project:
    rows = Project.objects.visible_to(request.user).select_related("lead", "organisation", "panel")
    return get_object_or_404(rows, pk=pk)


def _summary(request, project, why: str):
    """The page of a project for a member of the panel who may not read it."""
    context = {
        "project": project,
        "why": why,
        "lay_summary": readable_content(project, request.user)["lay_summary"],
        "rounds": Round.objects.of(project) & Round.objects.visible_to(request.user),
    }
    return render(request, "projects/summary.html", context)


@require_safe
def detail(request, pk):
    project = _project(request, pk)
    if undeclared := deciding.must_declare(request.user, project):
        return redirect(undeclared)
    if why := why_summary_only(request.user, project):
        return _summary(request, project, why)
    is_lead = project.lead == request.user
    content = readable_content(project, request.user)
    papers = papers_of(project, content)
    memberships = list(project.memberships.select_related("user", "project").order_by("created_at"))
    team = [each.user for each in memberships if each.state == Membership.State.APPROVED]
    context = {
        "project": project,
        "offers": offers_worth_showing(project, request.user),
        "sign_offs": sign_offs(project),
        "members": [(each, offers_worth_showing(each, request.user)) for each in memberships],
        "sheets": sheets(content),
        "papers": papers,
        "opens_closed": any(each.closed_now for each in papers) and can_open_closed(request.user, project),
        "amendments": Amendment.objects.visible_to(request.user).filter(project=project).select_related("project"),
        "may_change": is_lead and project.state in ("approved", "expired"),
        "versions": project.versions.select_related("by").order_by("-number"),
        "may_name_lead": permissions.may_name_lead(request.user, project),
        "may_amend": is_lead and project.state in ("draft", "returned"),
        "may_comment": project.state == "in_review" and can_comment(request.user, project),
        "comments": Comment.objects.visible_to(request.user).filter(project=project).exclude(state="resolved").count(),
        "similar": [] if project.state == "draft" else similar_to(project, request.user),
        "may_propose": is_lead,
        "may_send": project.state == "approved" and request.user in team,
        "centres": centres_of(project, request.user, team),
        "texts": project.texts.order_by("-created_at"),
        "may_write_outcome": project.state in ("outcome_due", "closed"),
        "may_write_text": permissions.can_write_text(request.user, project),
    }
    return render(request, "projects/detail.html", context | panel_context(request.user, project))


@require_http_methods(["GET", "POST"])
def propose_member(request, pk):
    """Name a person who is to join."""
    project = _project(request, pk)
    permissions.check_is_lead(request.user, project)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.propose_member(project=project, by=request.user, **form.cleaned_data)
        return redirect(project)
    context = {"form": form, "project": project}
    return render(request, "projects/member.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def propose_text(request, pk, kind="news"):
    """Write for the public about a project; where a text of the kind is in force, this is a correction of it."""
    project = _project(request, pk)
    in_force = project.texts.filter(kind=kind, state="published").first()
    initial = {"title": in_force.title, "text": in_force.text} if in_force else {}
    form = TextForm(request.POST if request.method == "POST" else None, initial=initial)
    with keeps_what_was_typed(form):
        permissions.check_can_write_text(request.user, project)
        if form.is_valid():
            return redirect(text_actions.propose_text(project=project, by=request.user, kind=kind, **form.cleaned_data))
    context = {"form": form, "project": project, "in_force": in_force, "is_outcome": kind == "outcome"}
    return render(request, "projects/text_form.html", context, status=400 if form.is_bound else 200)


@require_safe
def text(request, pk):
    """One text for the public, with what was decided on it."""
    found = get_object_or_404(
        PublicText.objects.visible_to(request.user).select_related("project", "written_by"), pk=pk
    )
    context = {"text": found, "offers": offers_worth_showing(found, request.user), "sign_offs": sign_offs(found)}
    return render(request, "projects/text.html", context)
