from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.utils.translation import gettext as _

from apps.core.accounts import actions

SESSION_KEY = "invitation_token"


class InvitationAdapter(DefaultAccountAdapter):
    """Nobody signs up uninvited, and an invitation is for its own address only."""

    def invitation(self, request):
        return actions.invitation_of_token(request.session.get(SESSION_KEY, ""))

    def is_open_for_signup(self, request):
        return self.invitation(request) is not None

    def clean_email(self, email):
        email = super().clean_email(email)
        invitation = None if self.request.user.is_authenticated else self.invitation(self.request)
        if invitation is not None and invitation.email != email.lower():
            raise forms.ValidationError(
                _("You were invited as %(email)s. Use this address.") % {"email": invitation.email}
            )
        return email

    def get_reauthentication_methods(self, user):
        """Whoever has a second factor is asked for that one: a password that was seen over a shoulder is not enough."""
        methods = super().get_reauthentication_methods(user)
        return [each for each in methods if each["id"] != "reauthenticate"] or methods

    def save_user(self, request, user, form, commit=True):
        """The link came by mail to this address, so the address is verified."""
        invitation = self.invitation(request)
        self.stash_verified_email(request, invitation.email)
        user = super().save_user(request, user, form, commit)
        actions.join(invitation=invitation, user=user)
        del request.session[SESSION_KEY]
        return user
