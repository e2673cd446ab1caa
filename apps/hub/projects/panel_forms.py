from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.panels import counting
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import person_at
from apps.core.panels.models import Panel
from apps.core.workflow.steps import ReasonForm
from apps.hub.projects import deciding


class ApproveForm(ReasonForm):
    """The chair's letter; where the votes say so, the conditions, one on each line."""

    conditions = forms.CharField(
        label=_("Conditions, one on each line"), widget=forms.Textarea(attrs={"rows": 5}), required=False
    )
    due = forms.DateField(label=_("To be met by"), widget=forms.DateInput(attrs={"type": "date"}), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Your letter to the applicant")
        self.asks = False

    def about(self, project, user):
        """Begin with what the members asked for."""
        round = deciding.round_of(project)
        deliberation = Deliberation(round, project) if round else None
        self.asks = bool(deliberation) and deliberation.outcome.decision == counting.CONDITIONS
        if not self.asks:
            del self.fields["conditions"], self.fields["due"]
        else:
            asked = [line.strip() for vote in deliberation.votes for line in vote.conditions.splitlines()]
            self.initial["conditions"] = "\n".join(dict.fromkeys(line for line in asked if line))

    def clean_conditions(self):
        return [line.strip() for line in self.cleaned_data["conditions"].splitlines() if line.strip()]

    def clean_due(self):
        if self.cleaned_data["due"] and self.cleaned_data["due"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["due"]

    def clean(self):
        cleaned = super().clean()
        for name in ("conditions", "due"):
            if self.asks and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("The votes ask for conditions: write them down, with a last day."))
        return cleaned


class HearingForm(ReasonForm):
    """Who hears the appeal."""

    panel = forms.ModelChoiceField(label=_("The panel that hears it"), queryset=Panel.objects.order_by("name"))
    presiding = forms.EmailField(label=_("E-mail address of who presides, if it is not the chair"), required=False)
    field_order = ["panel", "presiding", "reason"]

    def clean_presiding(self):
        return person_at(self.cleaned_data["presiding"]) if self.cleaned_data["presiding"] else None
