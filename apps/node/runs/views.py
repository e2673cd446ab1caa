from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.audit.access import record_access
from apps.core.audit.history import history
from apps.core.web.crates import stored_workflow
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import ReasonForm, offers_worth_showing
from apps.node.runs import actions
from apps.node.runs.code import code_of, incoming_files
from apps.node.runs.lists import RunList
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes


@require_safe
def index(request):
    listing = RunList(request, Run.objects.visible_to(request.user))
    return listing.csv() if listing.wants_csv else render(request, "runs/list.html", {"listing": listing})


def _run(request, pk) -> Run:
    return get_object_or_404(Run.objects.visible_to(request.user).select_related("workflow_approval", "held_by"), pk=pk)


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
        "values": {
            name: value for name, value in run.parameters.items() if name not in {each.parameter for each in code}
        },
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
