from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.accounts import actions, profile_actions, role_actions, sides
from apps.core.accounts.adapter import SESSION_KEY
from apps.core.accounts.forms import InviteForm, LeaveForm, ProfileForm, ResetForm, RoleForm
from apps.core.accounts.lists import PeopleList
from apps.core.accounts.models import AccessChange, RoleGrant, User
from apps.core.accounts.roles import SENTENCES, Role, roles_of_side
from apps.core.audit.history import history
from apps.core.errors import NotAllowed
from apps.core.workflow import steps
from apps.core.workflow.deciding import decides


@require_http_methods(["GET", "POST"])
def profile(request):
    """Her name, her ORCID iD, her roles."""
    form = ProfileForm(
        request.POST if request.method == "POST" else None, instance=User.objects.get(pk=request.user.pk)
    )
    if form.is_valid():
        profile_actions.change_profile(by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    grants = request.user.role_grants.in_force()
    return render(
        request,
        "accounts/profile.html",
        {"form": form, "grants": grants, "asks_orcid": bool(settings.ORCID)},
        status=400 if form.is_bound else 200,
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
    """Who has a role on the side that one administers, and what waits for a second administrator."""
    return _people_page(request, InviteForm(side=_side(request)))


def _people_page(request, form):
    side = _side(request)
    grants = RoleGrant.objects.in_force().filter(side=side).select_related("user")
    listing = PeopleList(request, grants, side)
    if listing.wants_csv:
        return listing.csv()
    waiting = AccessChange.objects.filter(side=side, state=AccessChange.State.PROPOSED).select_related(
        "user", "proposed_by"
    )
    context = {
        "listing": listing,
        "waiting": waiting,
        "form": form,
        "side": sides.name_of(side),
    }
    return render(request, "accounts/people.html", context, status=400 if form.errors else 200)


@require_POST
@decides
def invite(request):
    """Propose that somebody comes in: by an invitation, or, where she has an account already, by the role alone. Else whoever
    lost her last role, or works on another side, could not be found by anybody who gives roles."""
    side = _side(request)
    form = InviteForm(request.POST, side=side)
    if not form.is_valid():
        return _people_page(request, form)
    asked = {"by": request.user, "side": side} | form.cleaned_data
    known = User.objects.filter(email__iexact=asked["email"], is_active=True).first()
    if known is None:
        return _proposed(request, role_actions.invite(**asked))
    del asked["email"]
    return _proposed(request, role_actions.propose_role(user=known, **asked))


def _proposed(request, change: AccessChange):
    if change.state == AccessChange.State.PROPOSED:
        messages.success(request, _("Proposed. It waits on another administrator to confirm it."))
    else:
        messages.success(request, _("Done, by you alone: this side has no second administrator yet."))
    return redirect(change)


@require_http_methods(["GET", "POST"])
@decides
def person(request, pk):
    """One person's roles on the side that one administers: propose another, end one."""
    side = _side(request)
    found = get_object_or_404(User.objects.filter(role_grants__side=side).distinct(), pk=pk)
    form = RoleForm(request.POST if request.method == "POST" else None, side=side)
    if form.is_valid():
        change = role_actions.propose_role(by=request.user, user=found, side=side, **form.cleaned_data)
        return _proposed(request, change)
    grants = found.role_grants.filter(side=side).order_by("granted_at")
    context = {
        "person": found,
        "form": form,
        "grants": grants,
        "has_second_factor": Authenticator.objects.filter(user=found).exists(),
    }
    return render(request, "accounts/person.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def reset(request, pk):
    """Propose that a lost second factor is taken away."""
    side = _side(request)
    found = get_object_or_404(User.objects.filter(role_grants__side=side).distinct(), pk=pk)
    form = ResetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _proposed(
            request, role_actions.propose_reset(by=request.user, user=found, side=side, **form.cleaned_data)
        )
    context = {"person": found, "form": form}
    return render(request, "accounts/reset.html", context, status=400 if form.is_bound else 200)


@require_safe
def access_change(request, pk):
    """One change of access: what it would do, who proposed it, and the steps of a second administrator."""
    change = get_object_or_404(
        AccessChange.objects.visible_to(request.user).select_related("user", "proposed_by", "decided_by"), pk=pk
    )
    context = {
        "change": change,
        "side": sides.name_of(change.side),
        "offers": steps.offers(change, request.user),
        "history": history(change),
    }
    return render(request, "accounts/access_change.html", context)


@require_POST
@decides
def end_role(request, pk):
    """End one role, at once."""
    grant = get_object_or_404(RoleGrant, pk=pk, side=_side(request))
    role_actions.end_role(by=request.user, grant=grant)
    messages.success(request, _("Ended."))
    return redirect("person", pk=grant.user_id)


@login_not_required
@require_safe
def roles(request):
    """For anyone: what each role may do, and how many people hold it, side by side."""
    held = RoleGrant.objects.in_force().filter(user__is_active=True)
    counted = {
        (row["side"], row["role"]): row["people"]
        for row in held.values("side", "role").annotate(people=Count("user", distinct=True))
    }
    parts = [
        {
            "name": name,
            "roles": [
                (role.label, SENTENCES[role], counted.get((side, role.value), 0)) for role in roles_of_side(side)
            ],
        }
        for side, name in sides.names().items()
    ]
    return render(request, "accounts/roles.html", {"parts": parts})
