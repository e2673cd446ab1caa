from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import NotAllowed
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.hub.researchers import actions, permissions
from apps.hub.researchers.forms import AccreditationForm
from apps.hub.researchers.lists import ResearcherList
from apps.hub.researchers.models import Accreditation
from apps.hub.researchers.queries import accreditation_of


@require_safe
def index(request):
    rows = Accreditation.objects.visible_to(request.user).select_related("user", "organisation")
    listing = ResearcherList(request, rows)
    if listing.wants_csv:
        return listing.csv()
    context = {"listing": listing, "own": accreditation_of(request.user)}
    return render(request, "researchers/list.html", context)


@require_safe
def detail(request, pk):
    rows = Accreditation.objects.visible_to(request.user).select_related("user", "organisation")
    accreditation = get_object_or_404(rows, pk=pk)
    context = {
        "accreditation": accreditation,
        "offers": offers_worth_showing(accreditation, request.user),
        "sign_offs": sign_offs(accreditation),
        "may_amend": accreditation.user == request.user and accreditation.state in ("draft", "returned"),
    }
    return render(request, "researchers/detail.html", context)


@require_http_methods(["GET", "POST"])
def new(request):
    """Begin one's own accreditation."""
    if not request.user.has_hub_role("researcher"):
        raise NotAllowed(_("Only a researcher asks to be accredited."))
    form = AccreditationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(actions.draft(by=request.user, **form.cleaned_data))
    return render(request, "researchers/form.html", {"form": form}, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def amend(request, pk):
    """Change one's own draft."""
    accreditation = get_object_or_404(Accreditation.objects.visible_to(request.user), pk=pk)
    permissions.check_is_her_own(request.user, accreditation)
    form = AccreditationForm(request.POST if request.method == "POST" else None, instance=accreditation)
    if form.is_valid():
        actions.amend(accreditation=accreditation, by=request.user, **form.cleaned_data)
        return redirect(accreditation)
    return render(request, "researchers/form.html", {"form": form}, status=400 if form.is_bound else 200)
