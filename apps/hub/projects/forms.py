from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.models import User
from apps.core.web.texts import one_plain_line
from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects.models import Project, PublicText

YEARS_OF_EMBARGO = 5
LINES = ("title", "code", "embargo_reason")


class PlainLines(forms.ModelForm):
    """A form whose single lines show what was written: the public log repeats them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in LINES:
            if name in self.fields:
                self.fields[name].validators.append(one_plain_line)


class ProjectForm(PlainLines):
    """The application, lay summary first."""

    class Meta:
        model = Project
        fields = (
            "lay_summary",
            "title",
            "code",
            "benefit",
            "commercial",
            "organisation",
            "tres",
            "dataset_versions",
            "until",
            "embargo_until",
            "embargo_reason",
        )
        labels = {
            "lay_summary": _("What do you want to find out, in plain words?"),
            "code": _("A short code, such as ASTHMA-24"),
            "benefit": _("Who benefits, and how?"),
            "commercial": _("A company pays for this, or will earn from it"),
            "tres": _("Secure data centres"),
            "dataset_versions": _("Datasets"),
            "until": _("The last day of the project"),
            "embargo_until": _("Keep it from the public until (leave empty if it may be read at once)"),
            "embargo_reason": _("Why it has to be kept from the public until then"),
        }
        widgets = {"tres": forms.CheckboxSelectMultiple, "dataset_versions": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tres"].queryset = Tre.objects.filter(state="accredited").order_by("name")
        listed = DatasetVersion.objects.filter(dataset__state="listed").select_related("dataset__held_by")
        self.fields["dataset_versions"].queryset = listed

    def clean(self):
        cleaned = super().clean()
        if "embargo_until" in cleaned and bool(cleaned["embargo_until"]) != bool(cleaned.get("embargo_reason")):
            self.add_error("embargo_reason", _("An embargo has a last day and a reason: give both, or neither."))
        return cleaned

    def clean_embargo_until(self):
        """An embargo ends: on a day to come, and within some years."""
        day, today = self.cleaned_data["embargo_until"], timezone.localdate()
        if day and day < today:
            raise ValidationError(_("Choose a day that has not passed."))
        if day and (day.year - YEARS_OF_EMBARGO, day.month, day.day) > (today.year, today.month, today.day):
            raise ValidationError(_("An embargo lasts five years at the most. Choose an earlier day."))
        return day

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]


class TextForm(PlainLines):
    """A text for the public, or a correction of one."""

    class Meta:
        model = PublicText
        fields = ("title", "text")
        labels = {"title": _("Headline"), "text": _("What the public should know, in plain words")}
        help_texts = {"text": _("Short sentences. A second person reads it before it is published.")}


class MemberForm(forms.Form):
    """A person who joins, by her e-mail address: named individuals only."""

    email = forms.EmailField(label=_("E-mail address of the person"))

    def clean_email(self):
        found = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody here has this address. Ask an administrator to invite her."))
        return found
