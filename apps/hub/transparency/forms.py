from django import forms
from django.utils.translation import gettext_lazy as _


class VerifyForm(forms.Form):
    """A result crate, and the request that it should answer."""

    crate = forms.FileField(label=_("The result crate"), help_text=_("The .zip file as you received it."))
    request = forms.FileField(
        label=_("Its request, if you have it"),
        help_text=_("Then we also compare what was asked for with what came back."),
        required=False,
    )


class SubscribeForm(forms.Form):
    """The address that mail goes to."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We use it for this alone. Every mail has a link that ends it, and then we forget the address."),
    )
