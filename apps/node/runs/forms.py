from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm


class DeclaredForm(ReasonForm):
    """A decision by somebody who says that it is not her own work."""

    declared = forms.BooleanField(
        label=_("I did not ask for this run, and I am not a member of its project."),
        error_messages={"required": _("Say that this is not your own work. If it is, a colleague has to decide.")},
    )


class SignOffForm(DeclaredForm):
    """The yes to a run: where it brings code, or something suspicious, its approver says that she has looked at it."""

    def about(self, run, user):
        if run.has_code():
            self.fields["read_code"] = forms.BooleanField(
                label=_("I have read all of the code that this run brings."),
                help_text=_("It stands on the page of the run, with what is new in it since the last sign-off."),
                error_messages={"required": _("Read the code on the page of the run, then say so.")},
            )
        if run.suspicions:
            self.fields["looked_at_suspicions"] = forms.BooleanField(
                label=_("I have looked at what seems to be a secret or to name a patient, and it may stay."),
                help_text=_("The places stand on the page of the run. Otherwise return the run with a question."),
                error_messages={"required": _("Look at the places on the page of the run, then say so.")},
            )
