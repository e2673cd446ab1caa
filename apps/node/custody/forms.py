from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm


class LocationForm(forms.Form):
    """Where a dataset version lies inside this TRE."""

    tre = forms.ChoiceField(label=_("Secure data centre"))
    dataset_version = forms.UUIDField(
        label=_("Identity of the dataset version"),
        help_text=_("It stands on the dataset's page in the catalogue, and below for what was asked for."),
    )
    name = forms.CharField(label=_("Name"), max_length=250)
    path = forms.CharField(
        label=_("Path of the file"),
        help_text=_("An absolute path on the machine that runs analyses. It never leaves this secure data centre."),
        max_length=500,
    )

    def __init__(self, *args, tres, **options):
        super().__init__(*args, **options)
        self.fields["tre"].choices = [(str(policy.tre), policy.tre_name) for policy in tres]
        if len(tres) == 1:
            self.fields["tre"].widget = forms.HiddenInput()
            self.fields["tre"].initial = str(tres[0].tre)

    def clean_path(self):
        if not self.cleaned_data["path"].startswith("/"):
            raise ValidationError(_("Write the whole path, from / on."))
        return self.cleaned_data["path"]


class UntilForm(ReasonForm):
    """A yes that ends."""

    until = forms.DateField(label=_("Until when?"), help_text=_("The last day that counts, for example 2027-06-30."))

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]
