from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import ConditionsForm
from apps.core.workflow.steps import ReasonForm
from apps.node.custody.forms import AcceptForm
from apps.node.custody.rounds import newest_round


class OwnPanelForm(ReasonForm):
    """A proposal that a panel of the TRE's own decides."""

    name = forms.CharField(label=_("Name of the panel"), max_length=200)
    field_order = ["name", "reason"]


class AsVotedForm(ConditionsForm, AcceptForm):
    """A yes until a day; where the votes say so, with conditions."""

    def about(self, projectacceptance, user):
        super().about(projectacceptance, user)
        round = newest_round(projectacceptance)
        self.ask(Deliberation.of(round, projectacceptance) if round else None)
