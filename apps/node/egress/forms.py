from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.steps import ReasonForm
from apps.node.egress.models import FileVote


class ReviewForm(forms.Form):
    """One checker's decision on every file. Field names: `vote_<file>`, `code_<file>`, `comment_<file>`."""

    def about(self, egressrequest, user):
        self.files = list(egressrequest.files.all())
        for file in self.files:
            self.fields[f"vote_{file.pk}"] = forms.ChoiceField(
                label=_("%(file)s: may it leave?") % {"file": file.title},
                choices=[("approve", _("Yes, it may leave")), ("refuse", _("No, it stays"))],
                widget=forms.RadioSelect,
            )
            self.fields[f"code_{file.pk}"] = forms.ChoiceField(
                label=_("%(file)s: if it stays, why?") % {"file": file.title},
                help_text=_("The researcher is told this."),
                choices=FileVote.Reason.choices,
                required=False,
            )
            self.fields[f"comment_{file.pk}"] = forms.CharField(
                label=_("%(file)s: what you looked at") % {"file": file.title},
                help_text=_("For your colleagues here. It never leaves this secure data centre."),
                widget=forms.Textarea(attrs={"rows": 2}),
                max_length=4000,
            )
        self.fields["declared"] = forms.BooleanField(
            label=_("I did not ask for this run, and I am not a member of its project."),
            error_messages={"required": _("Say that this is not your own work. If it is, a colleague has to decide.")},
        )

    def clean(self):
        cleaned = super().clean()
        for file in self.files:
            if cleaned.get(f"vote_{file.pk}") == "refuse" and not cleaned.get(f"code_{file.pk}"):
                self.add_error(f"code_{file.pk}", _("Choose why %(file)s stays.") % {"file": file.title})
        votes = {
            str(file.pk): {
                "approves": cleaned.get(f"vote_{file.pk}") == "approve",
                "reason_code": cleaned.get(f"code_{file.pk}", ""),
                "comment": cleaned.get(f"comment_{file.pk}", ""),
            }
            for file in self.files
        }
        return {"votes": votes, "declared": cleaned.get("declared", False)}


class ReleaseForm(forms.Form):
    note = forms.CharField(
        label=_("A few words for the researcher"),
        help_text=_("Sent with the results. Say nothing about what is held back beyond its reason."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
    )


class DiscussForm(ReasonForm):
    """Why the two checkers want to talk before anything leaves."""
