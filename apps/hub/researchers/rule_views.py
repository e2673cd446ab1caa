"""What is asked of everybody: the requirements, the agreement, the organisations. Read by all, kept by few."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import NotAllowed
from apps.core.web.paging import keyset_page
from apps.core.workflow.deciding import decides
from apps.hub.researchers import evidence_actions, permissions
from apps.hub.researchers.forms import AgreementForm, OrganisationForm, RequirementForm
from apps.hub.researchers.models import AgreementVersion, Organisation, Requirement, rules_now


def _may(check, user) -> bool:
    if not user.is_authenticated:
        return False
    try:
        check(user)
    except NotAllowed:
        return False
    return True


def _bound(request):
    return request.POST if request.method == "POST" else None


def _page(request, title, form, back):
    context = {"title": title, "form": form, "back": back}
    return render(request, "researchers/rule_form.html", context, status=400 if form.is_bound else 200)


@login_not_required
@require_safe
def rules(request):
    """Everything that is asked of a researcher, in plain words."""
    found = rules_now()
    context = {
        "requirements": found.requirements,
        "version": found.current_version(),
        "may_set": _may(permissions.check_sets_requirements, request.user),
        "may_keep": _may(permissions.check_keeps_rules, request.user),
    }
    return render(request, "researchers/rules.html", context)


@require_http_methods(["GET", "POST"])
@decides
def requirement(request, pk=None):
    """Ask something of everybody, or change what is asked."""
    permissions.check_sets_requirements(request.user)
    found = get_object_or_404(Requirement, pk=pk) if pk else None
    form = RequirementForm(_bound(request), instance=found)
    if form.is_valid():
        evidence_actions.set_requirement(by=request.user, requirement=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("researchers:rules")
    return _page(
        request,
        _("Change “%(thing)s”") % {"thing": found} if found else _("Ask something of everybody"),
        form,
        "researchers:rules",
    )


@login_not_required
@require_safe
def agreement(request):
    """The agreement: its text in force, and the versions before."""
    versions = list(AgreementVersion.objects.order_by("-number")[:50])
    context = {"versions": versions, "may_keep": _may(permissions.check_keeps_rules, request.user)}
    return render(request, "researchers/agreement.html", context)


@require_http_methods(["GET", "POST"])
@decides
def new_agreement(request):
    """Publish a new version."""
    permissions.check_keeps_rules(request.user)
    version = rules_now().current_version()
    form = AgreementForm(_bound(request), initial={"text": version.text if version else ""})
    if form.is_valid():
        evidence_actions.publish_agreement(by=request.user, **form.cleaned_data)
        messages.success(request, _("Published. Everybody is asked again."))
        return redirect("researchers:agreement")
    return _page(request, _("Publish a new version of the agreement"), form, "researchers:agreement")


@require_safe
def organisations(request):
    """Where researchers work."""
    page = keyset_page(Organisation.objects.all(), request, by=("name", "pk"))
    may_keep = _may(permissions.check_keeps_rules, request.user)
    return render(request, "researchers/organisations.html", {"page": page, "may_keep": may_keep})


@require_http_methods(["GET", "POST"])
@decides
def organisation(request, pk=None):
    """Add an organisation, or correct one."""
    permissions.check_keeps_rules(request.user)
    found = get_object_or_404(Organisation, pk=pk) if pk else None
    form = OrganisationForm(_bound(request), instance=found)
    if form.is_valid():
        evidence_actions.keep_organisation(by=request.user, organisation=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("researchers:organisations")
    return _page(
        request,
        _("Correct “%(thing)s”") % {"thing": found} if found else _("Add an organisation"),
        form,
        "researchers:organisations",
    )
