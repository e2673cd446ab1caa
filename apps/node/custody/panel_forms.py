from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import ConditionsForm
from apps.core.workflow.steps import ReasonForm
from apps.node.custody.forms import AcceptForm, ShownMixin
from apps.node.custody.requirements import MetMixin
from apps.node.custody.rounds import newest_round


class OwnPanelForm(ReasonForm):
    """A proposal that a panel of the TRE's own decides."""

    name = forms.CharField(label=_("Name of the panel"), max_length=200)
    field_order = ["name", "reason"]


class AsVotedForm(ConditionsForm, AcceptForm):
    """A yes until a day; where the votes say so, with conditions."""

    def about(self, acceptance, user):
        super().about(acceptance, user)
        round = newest_round(acceptance)
        self.ask(Deliberation.of(round, acceptance) if round else None)


class TakePersonForm(MetMixin, ShownMixin):
    """What of this TRE's own requirements she meets: the panel sees it, and what is left."""

    all_of_them = False

    def about(self, memberacceptance, user):
        super().about(memberacceptance, user)
        self.ask(memberacceptance)
