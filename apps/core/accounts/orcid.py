"""ORCID says whose iD it is. It proves an iD to the portal; nobody signs in through it."""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.orcid.views import oauth2_callback, oauth2_login
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.accounts import profile_actions


class OrcidLinkAdapter(DefaultSocialAccountAdapter):
    """Takes the iD from ORCID's answer and keeps nothing else of it: no account, no token."""

    def pre_social_login(self, request, sociallogin):
        profile_actions.link_orcid(by=request.user, orcid=sociallogin.account.uid)
        messages.success(request, _("ORCID has said that this iD is yours."))
        raise ImmediateHttpResponse(redirect("profile"))

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        messages.error(request, _("ORCID did not say whose iD it is. Nothing was changed."))
        raise ImmediateHttpResponse(redirect("profile"))


@require_POST
def link(request):
    """On to ORCID, to sign in there."""
    return oauth2_login(request)


@require_safe
def answer(request):
    """Back from ORCID, still signed in here."""
    return oauth2_callback(request)
