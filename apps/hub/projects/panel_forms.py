from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import ConditionsForm, person_at
from apps.core.panels.models import Panel
from apps.core.workflow.steps import ReasonForm
from apps.hub.projects import deciding


class ApproveForm(ConditionsForm):
    """The chair's letter; where the votes say so, the conditions."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Your letter to the applicant")

    def about(self, project, user):
        """Begin with what the members asked for."""
        round = deciding.round_of(project)
        self.ask(Deliberation(round, project) if round else None)


class HearingForm(ReasonForm):
    """Who hears the appeal."""

    panel = forms.ModelChoiceField(label=_("The panel that hears it"), queryset=Panel.objects.none())
    presiding = forms.EmailField(label=_("E-mail address of who presides, if it is not the chair"), required=False)
    field_order = ["panel", "presiding", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["panel"].queryset = Panel.objects.filter(side=settings.HUB_ID).order_by("name")

    def clean_presiding(self):
        return person_at(self.cleaned_data["presiding"]) if self.cleaned_data["presiding"] else None
