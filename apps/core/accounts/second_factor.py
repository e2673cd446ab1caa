"""The second factor: who needs one, how fresh it has to be, and what a passkey is bound to."""

import base64
import hashlib
import time
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.workflow.deciding import decides_without_a_role, guards_decisions

# Addresses that somebody without a second factor still needs: signing in and out, and setting one up.
OPEN_PREFIXES = ("account_", "mfa_", "usersessions_")


class SecondFactorAdapter(DefaultMFAAdapter):
    """A passkey is bound to the portal's public address, not to what a request says; a secret lies encrypted."""

    def get_public_key_credential_rp_entity(self):
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": "TRE-FX Portal"}

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    """By a key that is derived from SECRET_KEY: a copy of the database alone opens nothing."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor:{settings.SECRET_KEY}".encode()).digest()))


def needs_one(user) -> bool:
    """True where the portal asks for one, and she holds any role but a researcher's, or a seat. Two queries at most."""
    return settings.REQUIRE_SECOND_FACTOR and (user.is_staff or decides_without_a_role(user))


def has_one(user) -> bool:
    """True where she has a passkey or an app. Recovery codes alone are none."""
    kinds = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def is_fresh(request) -> bool:
    """True where she used her second factor in this session within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    used = [each["at"] for each in get_authentication_records(request, request.user) if each["method"] == "mfa"]
    return bool(used) and time.time() - max(used) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def page_to_ask_on(user) -> str:
    """The address that asks for the second factor that she has: an app first, else a passkey."""
    has_app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return reverse("mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn")


@guards_decisions
def ask_afresh(request):
    """Before a decision: her second factor again, then back to the very form, with what she typed."""
    if not needs_one(request.user) or is_fresh(request):
        return None
    return suspend_request(request, page_to_ask_on(request.user))


class SecondFactorMiddleware:
    """Whoever needs a second factor and has none sets it up before she sees any page for those who are signed in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.url_name or ""
        is_open = not getattr(view, "login_required", True) or name.startswith(OPEN_PREFIXES)
        if is_open or not request.user.is_authenticated or not needs_one(request.user) or has_one(request.user):
            return None
        messages.info(request, _("Your role needs a second factor. Set one up first, then go on."))
        return redirect("mfa_index")
