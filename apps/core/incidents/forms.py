from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts import sides
from apps.core.incidents.models import Incident
from apps.core.incidents.permissions import sides_of
from apps.core.workflow.seen import SeenMixin


def long_text(label, help_text="", length=4000):
    return forms.CharField(
        label=label, help_text=help_text, max_length=length, widget=forms.Textarea(attrs={"rows": 4})
    )


def number_of_people():
    return forms.IntegerField(
        label=_("How many people are affected?"),
        help_text=_("Leave it empty if nobody knows yet. The public never reads a number below 10."),
        min_value=0,
        max_value=1_000_000_000,
        required=False,
    )


class ReportForm(forms.Form):
    side = forms.TypedChoiceField(label=_("Where did it happen?"))
    kind = forms.ChoiceField(label=_("What was it?"), choices=Incident.Kind.choices, widget=forms.RadioSelect)
    severity = forms.ChoiceField(
        label=_("How bad is it, as far as you know?"), choices=Incident.Severity.choices, widget=forms.RadioSelect
    )
    happened_on = forms.DateField(label=_("On which day?"), widget=forms.DateInput(attrs={"type": "date"}))
    what_happened = long_text(_("What happened?"), _("In your own words. Do not name patients."))
    people_affected = number_of_people()

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        names = sides.names()
        self.fields["side"].choices = [(str(side), names.get(side, side)) for side in sides_of(user)]

    def clean_happened_on(self):
        if self.cleaned_data["happened_on"] > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return self.cleaned_data["happened_on"]


class ContainForm(forms.Form):
    how_contained = long_text(_("What was done to stop it?"))


class AssessForm(forms.Form):
    severity = forms.ChoiceField(label=_("How bad is it?"), choices=Incident.Severity.choices, widget=forms.RadioSelect)
    people_affected = number_of_people()
    assessment = long_text(_("How did it come about, and what follows from it?"))

    def about(self, incident, user):
        self.initial |= {"severity": incident.severity, "people_affected": incident.people_affected}


class NotifyForm(forms.Form):
    who_was_told = long_text(
        _("Who was told, and when?"), _("The people themselves, the data's keeper, the regulator. If nobody: why not?")
    )


def words_for_the_public():
    return long_text(
        _("What does the public read?"),
        _("Two or three plain sentences without any name. They stand in the log, once a publisher has cleared them."),
        600,
    )


class CloseForm(forms.Form):
    actions_taken = long_text(_("What changes, so that it does not happen again?"))
    public_words = words_for_the_public()


class TextForm(forms.Form):
    text = words_for_the_public()


class LongerForm(SeenMixin):
    until = forms.DateField(label=_("Private until"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = long_text(_("Why?"), _("Somebody else has to agree. The public reads that it was done."))
