from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm


class UploadForm(forms.Form):
    """A crate, and a name for it in the researcher's own list."""

    title = forms.CharField(
        label=_("A name for your own list"),
        help_text=_("Leave it empty to use the name that the crate gives itself."),
        max_length=200,
        required=False,
    )
    crate = forms.FileField(
        label=_("The crate"),
        help_text=_("A .zip file that holds one BagIt folder: a Five Safes RO-Crate."),
        max_length=255,
    )


class WithdrawForm(ReasonForm):
    """Why a request is taken back; the TRE reads it."""


class AnswerForm(forms.Form):
    """What the researcher answers a TRE's question; its staff read it."""

    answer = forms.CharField(
        label=_("Your answer"),
        help_text=_("The staff of the secure data centre read it, and look at your request again."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )


class ChoiceForm(forms.Form):
    """The TREs, and for each dataset parameter of the workflow a dataset there.

    Field names: `tre_<id>` and `data_<tre id>_<parameter>`.
    """

    def __init__(self, *args, submission, tres, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.tres = tres
        self.parameters = submission.workflow_version.dataset_parameters()
        for tre in tres:
            self.fields[f"tre_{tre.pk}"] = forms.BooleanField(label=_("Ask %(tre)s") % {"tre": tre}, required=False)
            there = [version for version in versions if version.dataset.held_by_id == tre.pk]
            for parameter in self.parameters:
                self.fields[f"data_{tre.pk}_{parameter['name']}"] = forms.ChoiceField(
                    label=_("%(parameter)s at %(tre)s") % {"parameter": parameter["label"], "tre": tre},
                    choices=[("", _("Choose a dataset")), *((str(version.pk), str(version)) for version in there)],
                    required=False,
                )

    def clean(self):
        cleaned = super().clean()
        chosen = [tre for tre in self.tres if cleaned.get(f"tre_{tre.pk}")]
        if not chosen:
            raise forms.ValidationError(_("Choose at least one secure data centre."))
        for tre in chosen:
            for parameter in self.parameters:
                name = f"data_{tre.pk}_{parameter['name']}"
                if not cleaned.get(name):
                    self.add_error(name, _("Choose a dataset at %(tre)s.") % {"tre": tre})
        return cleaned

    def choices(self) -> dict:
        """{TRE id: {parameter: dataset version id}} of what was chosen."""
        return {
            str(tre.pk): {
                parameter["name"]: self.cleaned_data[f"data_{tre.pk}_{parameter['name']}"]
                for parameter in self.parameters
            }
            for tre in self.tres
            if self.cleaned_data[f"tre_{tre.pk}"]
        }
