"""One page for every step: what it asks, then the act."""

from django.apps import apps
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.audit.models import Opening
from apps.core.audit.receipts import receipts_for
from apps.core.workflow import machines, steps
from apps.core.workflow.asking import ask_or_take
from apps.core.workflow.deciding import decides
from apps.core.workflow.middleware import problem_page
from apps.core.workflow.seen import status_of


@require_http_methods(["GET", "POST"])
@decides
def act(request, app_label, noun, pk, verb):
    """Ask what a step needs, then take it. 404 for what this person may not know of, 403 and 409 with a sentence."""
    try:
        step = steps.get(apps.get_model(app_label, noun), verb)
    except (LookupError, KeyError) as unknown:
        raise Http404 from unknown
    thing = get_object_or_404(step.model.objects.visible_to(request.user), pk=pk)
    form = ask_or_take(request, step, thing)
    if form is None:
        return redirect(next_page(request, thing))
    context = {"step": step, "thing": thing, "form": form, "back": next_page(request, thing)}
    return render(request, "workflow/act.html", context, status=status_of(form))


@require_safe
def receipts(request, app_label, noun, pk):
    """That each decision about a thing is in the log of its side: what and when, never by whom. For who sees the thing."""
    try:
        model = apps.get_model(app_label, noun)
    except LookupError as unknown:
        raise Http404 from unknown
    if model not in machines.machines():
        raise Http404
    thing = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    about = Opening.objects.filter(subject_id=thing.pk, subject_type=thing._meta.label, event__side=thing.side)
    sequences = list(about.order_by("event__sequence").values_list("event__sequence", flat=True))
    if not sequences:
        raise Http404
    made = receipts_for(thing.side, sequences, shows=lambda field: field in ("verb", "at", "subject"))
    name = f'attachment; filename="audit-receipts-{thing.pk}.json"'
    return JsonResponse(made, json_dumps_params={"indent": 1}, headers={"Content-Disposition": name})


def next_page(request, thing) -> str:
    """Where the person came from if that is a page of ours, else the page of the thing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return thing.get_absolute_url()


def csrf_failure(request, reason=""):
    return problem_page(
        request,
        403,
        _("This page was open for too long, or cookies are off. Go back, load the page again and try once more."),
    )
