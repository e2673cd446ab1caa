from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.accounts.roles import Role
from apps.core.audit.access import record_access
from apps.core.audit.history import history
from apps.core.errors import WrongState
from apps.core.web.crates import stored_workflow
from apps.core.web.paging import keyset_page
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import ReasonForm, offers_worth_showing
from apps.node.custody.models import WorkflowApproval
from apps.node.runs import actions, standing
from apps.node.runs.code import code_of, incoming_files
from apps.node.runs.forms import StandingForm
from apps.node.runs.lists import RunList
from apps.node.runs.models import Run, StandingSignOff
from apps.node.runs.safes import five_safes


@require_safe
def index(request):
    listing = RunList(request, Run.objects.visible_to(request.user))
    return listing.csv() if listing.wants_csv else render(request, "runs/list.html", {"listing": listing})


def _run(request, pk) -> Run:
    return get_object_or_404(Run.objects.visible_to(request.user).select_related("workflow_approval", "held_by"), pk=pk)


def values_told(run: Run, besides: set[str]) -> list[tuple[str, object]]:
    """(what a parameter is, in the words of its workflow; its value), without those that are shown elsewhere."""
    labels = {each["name"]: each["label"] for each in run.parameters_told}
    return [(labels.get(name, name), value) for name, value in run.parameters.items() if name not in besides]


@require_safe
def detail(request, pk):
    """The five safes board, what comes in, what was decided, what happened."""
    run = _run(request, pk)
    record_access(by=request.user, what="view run", subject=run)
    code = code_of(run)
    context = {
        "run": run,
        "board": five_safes(run),
        "offers": offers_worth_showing(run, request.user),
        "sign_offs": sign_offs(run),
        "history": history(run),
        "attempts": run.attempts.all(),
        "files": incoming_files(run),
        "code": code,
        "values": values_told(run, besides={each.parameter for each in code}),
        "shown": stored_workflow("offers", run.workflow_approval.crate),
        "may_hold": run.state not in ("refused", "succeeded", "failed", "cancelled"),
    }
    return render(request, "runs/detail.html", context)


@require_http_methods(["GET", "POST"])
@decides
def hold(request, pk):
    """Put a run on hold, with a reason."""
    run = _run(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.put_on_hold(run=run, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("On hold. Two people are needed to resume."))
        return redirect(run)
    return render(request, "runs/hold.html", {"run": run, "form": form}, status=400 if form.is_bound else 200)


@require_POST
@decides
def resume(request, pk):
    """Ask to resume, or confirm what a colleague asked."""
    run = _run(request, pk)
    actions.resume(run=run, by=request.user)
    messages.success(request, _("Noted."))
    return redirect(run)


@require_safe
def standing_list(request):
    """What is signed off in advance here, and the workflows for which that can be asked."""
    rows = StandingSignOff.objects.visible_to(request.user).select_related("workflow_approval")
    approver_of = request.user.sides(Role.RUN_APPROVER)
    workflows = WorkflowApproval.objects.filter(tre__in=approver_of, state=WorkflowApproval.YES).order_by("name")
    context = {
        "page": keyset_page(rows, request),
        "workflows": [(each, standing.why_not_in_advance(each)) for each in workflows[:50]],
    }
    return render(request, "runs/standing_list.html", context)


@require_safe
def standing_detail(request, pk):
    """One sign-off in advance: its bounds in plain words, what is left of it, and each use."""
    related = ("workflow_approval", "proposed_by", "confirmed_by")
    thing = get_object_or_404(StandingSignOff.objects.visible_to(request.user).select_related(*related), pk=pk)
    offers = offers_worth_showing(thing, request.user)
    context = {
        "thing": thing,
        "offers": [each for each in offers if each.step.verb != "end"],
        "end": next((each for each in offers if each.step.verb == "end" and each.allowed), None),
        "uses": thing.uses.select_related("run", "standing"),
        "sign_offs": sign_offs(thing),
        "history": history(thing),
    }
    return render(request, "runs/standing.html", context)


@require_http_methods(["GET", "POST"])
@decides
def standing_new(request, workflow):
    """Propose a sign-off in advance for one workflow."""
    approver_of = request.user.sides(Role.RUN_APPROVER)
    approval = get_object_or_404(WorkflowApproval.objects.filter(tre__in=approver_of), pk=workflow)
    why = standing.why_not_in_advance(approval)
    if why:
        raise WrongState(why)
    form = StandingForm(request.POST or None, workflow=approval)
    if form.is_valid():
        made = standing.propose(workflow=approval, by=request.user, **form.cleaned_data)
        messages.success(request, _("Proposed. A second run approver confirms it."))
        return redirect(made)
    context = {"form": form, "workflow": approval}
    return render(request, "runs/standing_new.html", context, status=400 if form.is_bound else 200)
