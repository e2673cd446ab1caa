from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm


class UntilForm(ReasonForm):
    """A yes that ends."""

    until = forms.DateField(label=_("Until when?"), help_text=_("The last day that counts, for example 2027-06-30."))

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]
