from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm


class DeclaredForm(ReasonForm):
    """A decision by somebody who says that it is not her own work."""

    declared = forms.BooleanField(
        label=_("I did not ask for this run, and I am not a member of its project."),
        error_messages={"required": _("Say that this is not your own work. If it is, a colleague has to decide.")},
    )
