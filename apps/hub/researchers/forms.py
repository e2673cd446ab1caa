from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm
from apps.hub.researchers.models import Accreditation


class ApprovalForm(ReasonForm):
    """A decision that ends."""

    until = forms.DateField(label=_("Until when?"), help_text=_("The last day that counts, for example 2027-06-30."))

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]


class AccreditationForm(forms.ModelForm):
    class Meta:
        model = Accreditation
        fields = ("organisation", "training_name", "training_until", "agreement_signed_on")
        help_texts = {
            "training_name": _("The course on safe use of data that you passed."),
            "training_until": _("For example 2027-06-30."),
            "agreement_signed_on": _("The day on which you signed the agreement to use data safely."),
        }
