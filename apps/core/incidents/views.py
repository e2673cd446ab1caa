from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.accounts import sides
from apps.core.audit.history import history
from apps.core.incidents import actions, permissions, text_actions
from apps.core.incidents.forms import LongerForm, ReportForm, TextForm
from apps.core.incidents.lists import IncidentList
from apps.core.incidents.models import Incident, IncidentText
from apps.core.workflow.asking import about, told_on
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.seen import status_of
from apps.core.workflow.steps import offers, offers_worth_showing
from apps.core.workflow.typed import keeps_what_was_typed


@require_safe
def index(request):
    """What she reported, and what she follows up."""
    listing = IncidentList(request, Incident.objects.visible_to(request.user))
    return listing.csv() if listing.wants_csv else render(request, "incidents/list.html", {"listing": listing})


@require_http_methods(["GET", "POST"])
def report(request):
    """Tell that something went wrong, or nearly."""
    form = ReportForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        incident = actions.report(by=request.user, **form.cleaned_data)
        messages.success(request, _("Thank you. It was reported. An incident lead looks at it next."))
        return redirect(incident)
    return render(request, "incidents/report.html", {"form": form}, status=400 if form.is_bound else 200)


def _incident(request, pk) -> Incident:
    rows = Incident.objects.visible_to(request.user).select_related("reported_by", "longer_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
def detail(request, pk):
    incident = _incident(request, pk)
    leads = request.user.has_role("incident_lead", incident.side)
    context = {
        "incident": incident,
        "side": sides.name_of(incident.side),
        "offers": [offer for offer in offers(incident, request.user) if leads],
        "may_ask_longer": leads and not incident.published_at,
        "may_write": leads and (incident.state == Incident.State.CLOSED or incident.published_at),
        "texts": incident.texts.all(),
        "may_agree": incident.longer_until and permissions.can_agree(request.user, incident),
        "history": history(incident),
    }
    return render(request, "incidents/detail.html", context)


@require_http_methods(["GET", "POST"])
@decides
def propose_text(request, pk):
    """Write for the public about an incident; where a text is in force, this is a correction of it."""
    incident = _incident(request, pk)
    before = incident.texts.exclude(state="proposed").first()
    initial = {"text": before.text if before else incident.public_words}
    form = TextForm(request.POST if request.method == "POST" else None, initial=initial)
    with keeps_what_was_typed(form):
        permissions.check_leads(request.user, incident)
        text_actions.check_may_be_told(incident)
        if form.is_valid():
            text = text_actions.propose_text(incident=incident, by=request.user, **form.cleaned_data)
            messages.success(request, _("Handed in. A publisher has to clear it."))
            return redirect(text)
    context = {"form": form, "incident": incident}
    return render(request, "incidents/text_form.html", context, status=400 if form.is_bound else 200)


@require_safe
def text(request, pk):
    """One text about an incident, with what the public reads beside it and what was decided on it."""
    rows = IncidentText.objects.visible_to(request.user).select_related("incident", "written_by")
    found = get_object_or_404(rows, pk=pk)
    context = {"text": found, "offers": offers_worth_showing(found, request.user), "sign_offs": sign_offs(found)}
    return render(request, "incidents/text.html", context)


@require_http_methods(["GET", "POST"])
@decides
def longer(request, pk):
    """Ask that it stays private for longer."""
    incident = _incident(request, pk)
    permissions.check_leads(request.user, incident)
    form = about(LongerForm(request.POST if request.method == "POST" else None), incident, request.user)
    if form.is_valid():
        with told_on(form):
            actions.ask_longer(incident=incident, by=request.user, **form.cleaned_data)
            messages.success(request, _("Asked. Somebody else has to agree."))
            return redirect(incident)
    context = {"incident": incident, "form": form}
    return render(request, "incidents/longer.html", context, status=status_of(form))


@require_POST
@decides
def agree(request, pk):
    """Agree that it stays private for longer."""
    incident = _incident(request, pk)
    actions.agree_longer(incident=incident, by=request.user, seen=request.POST.get("seen", ""))
    messages.success(request, _("Agreed."))
    return redirect(incident)
