from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.accounts import actions
from apps.core.accounts.adapter import SESSION_KEY
from apps.core.accounts.forms import InviteForm, LeaveForm, ProfileForm, RoleForm
from apps.core.accounts.models import RoleGrant, User
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.web.paging import keyset_page


@require_http_methods(["GET", "POST"])
def profile(request):
    """Her name, her ORCID iD, her roles."""
    form = ProfileForm(
        request.POST if request.method == "POST" else None, instance=User.objects.get(pk=request.user.pk)
    )
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("profile")
    grants = request.user.role_grants.filter(ended_at=None)
    return render(
        request, "accounts/profile.html", {"form": form, "grants": grants}, status=400 if form.is_bound else 200
    )


@login_not_required
@require_safe
def invitation(request, token):
    """The link of an invitation: on to signing up, with the token kept in the session and out of further addresses."""
    found = actions.invitation_of_token(token)
    if found is None:
        raise Http404
    request.session[SESSION_KEY] = token
    return redirect("account_signup")


@require_http_methods(["GET", "POST"])
def leave(request):
    """Leave the portal, for good."""
    form = LeaveForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        actions.leave(by=request.user)
        logout(request)
        return redirect("/")
    return render(request, "accounts/leave.html", {"form": form}, status=400 if form.is_bound else 200)


def _side(request) -> UUID:
    """The side that this person administers; the hub first. Raises NotAllowed."""
    administered = [side for role, side in request.user.roles() if role == Role.ADMINISTRATOR]
    if not administered:
        raise NotAllowed(_("Only an administrator sees who is here."))
    hub = UUID(settings.HUB_ID)
    return hub if hub in administered else sorted(administered)[0]


@require_safe
def people(request):
    """Who has a role on the side that one administers."""
    grants = RoleGrant.objects.filter(side=_side(request), ended_at=None).select_related("user")
    page = keyset_page(grants, request, by=("-granted_at", "-pk"))
    return render(request, "accounts/people.html", {"page": page, "form": InviteForm()})


@require_POST
def invite(request):
    side, form = _side(request), InviteForm(request.POST)
    if form.is_valid():
        actions.invite(by=request.user, side=side, **form.cleaned_data)
        messages.success(request, _("Invited."))
        return redirect("people")
    grants = RoleGrant.objects.filter(side=side, ended_at=None).select_related("user")
    context = {"page": keyset_page(grants, request, by=("-granted_at", "-pk")), "form": form}
    return render(request, "accounts/people.html", context, status=400)


@require_http_methods(["GET", "POST"])
def person(request, pk):
    """One person's roles on the side that one administers: give another, end one."""
    side = _side(request)
    found = get_object_or_404(User.objects.filter(role_grants__side=side).distinct(), pk=pk)
    form = RoleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.grant_role(by=request.user, user=found, side=side, **form.cleaned_data)
        messages.success(request, _("Given."))
        return redirect("person", pk=pk)
    grants = found.role_grants.filter(side=side).order_by("granted_at")
    return render(request, "accounts/person.html", {"person": found, "form": form, "grants": grants})


@require_POST
def end_role(request, pk):
    """End one role, at once."""
    grant = get_object_or_404(RoleGrant, pk=pk, side=_side(request))
    actions.end_role(by=request.user, grant=grant)
    messages.success(request, _("Ended."))
    return redirect("person", pk=grant.user_id)
