from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.audit.access import record_access
from apps.core.errors import NotAllowed
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.hub.researchers import actions, evidence_actions, files, permissions
from apps.hub.researchers.forms import AccreditationForm, AttestForm
from apps.hub.researchers.lists import ResearcherList
from apps.hub.researchers.models import Accreditation, Evidence, rules_now
from apps.hub.researchers.queries import accreditation_of


@require_safe
def index(request):
    rows = Accreditation.objects.visible_to(request.user).select_related("user", "organisation")
    listing = ResearcherList(request, rows)
    if listing.wants_csv:
        return listing.csv()
    may_ask = permissions.can_ask(request.user)
    context = {"listing": listing, "own": accreditation_of(request.user), "may_ask": may_ask}
    return render(request, "researchers/list.html", context)


@require_safe
def detail(request, pk):
    """Each requirement beside its evidence, what is missing and what to do; what this person can do now."""
    rows = Accreditation.objects.visible_to(request.user).select_related("user", "organisation")
    accreditation = get_object_or_404(rows.prefetch_related("evidence"), pk=pk)
    now, rules = timezone.now(), rules_now()
    items = accreditation.checklist(now, rules=rules)
    context = {
        "accreditation": accreditation,
        "items": [(item, accreditation.missing.get(item.requirement.key, "")) for item in items],
        "why_not": accreditation.why_not(now) if accreditation.state == "approved" else "",
        "end": accreditation.earliest_end(now, rules) if accreditation.state == "approved" else None,
        "asked_sponsors": accreditation.sponsor_requests.filter(answered_at=None),
        "offers": offers_worth_showing(accreditation, request.user),
        "sign_offs": sign_offs(accreditation),
        "may_read": _may_read(request.user, accreditation),
        "may_amend": accreditation.user == request.user and accreditation.state in ("draft", "returned", "approved"),
    }
    return render(request, "researchers/detail.html", context)


def _may_read(user, accreditation) -> bool:
    try:
        permissions.check_can_read_evidence(user, accreditation)
    except NotAllowed:
        return False
    return True


@require_safe
def evidence(request, pk):
    """The file of a piece of evidence, to keep, never to show in this site; each time is noted."""
    found = get_object_or_404(Evidence.objects.exclude(file="").select_related("accreditation", "requirement"), pk=pk)
    if not Accreditation.objects.visible_to(request.user).filter(pk=found.accreditation_id).exists():
        raise Http404
    permissions.check_can_read_evidence(request.user, found.accreditation)
    record_access(by=request.user, what="evidence", subject=found.accreditation)
    name = f"{found.requirement.key}-{found.file_sha256[:8]}.{files.ending_of(found.media_type)}"
    response = FileResponse(found.open_file(), as_attachment=True, filename=name, content_type=found.media_type)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def new(request):
    """Begin one's own accreditation."""
    permissions.check_can_ask(request.user)
    form = AccreditationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(actions.draft(by=request.user, **form.cleaned_data))
    return render(request, "researchers/form.html", {"form": form}, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def amend(request, pk):
    """Change one's own organisation or public name."""
    accreditation = get_object_or_404(Accreditation.objects.visible_to(request.user), pk=pk)
    permissions.check_is_her_own(request.user, accreditation)
    form = AccreditationForm(request.POST if request.method == "POST" else None, instance=accreditation)
    if form.is_valid():
        actions.amend(accreditation=accreditation, by=request.user, **form.cleaned_data)
        return redirect(accreditation)
    context = {"form": form, "own": accreditation}
    return render(request, "researchers/form.html", context, status=400 if form.is_bound else 200)


@login_not_required
@require_http_methods(["GET", "POST"])
def attest(request, token):
    """A sponsor's page, by the link that was sent to her. Only her POST answers: programs that open links do not."""
    asked = evidence_actions.sponsor_request_of(token)
    if asked is None:
        raise Http404
    by = request.user if request.user.is_authenticated else None
    permissions.check_can_attest(by, asked)
    form = AttestForm(request.POST if request.method == "POST" else None, initial={"name": by.name if by else ""})
    if form.is_valid():
        evidence_actions.attest(
            sponsor_request=asked,
            by=by,
            name=form.cleaned_data["name"],
            says_yes=form.cleaned_data["answer"] == "yes",
            sentence=form.cleaned_data["sentence"],
        )
        return render(request, "researchers/attested.html", {"applicant": asked.accreditation.user})
    context = {"form": form, "accreditation": asked.accreditation}
    return render(request, "researchers/attest.html", context, status=400 if form.is_bound else 200)
