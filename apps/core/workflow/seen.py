"""What is decided on is what the page showed: its form carries the hash of it, and where that has changed since, nothing is
decided and nothing of what was written is lost."""

from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.core.workflow.steps import ReasonForm

CHANGED = _("This was changed since you opened the page. Look at it again. Nothing was decided.")


class SeenMixin(forms.Form):
    """A form that carries the hash of what its page showed. One that comes back with another hash, or with none, is shown again
    as it was filled in, over what there is to see now."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    is_stale = False
    stale_sentence = CHANGED

    def about(self, thing, user):
        now = thing.shown_sha256()
        self.fields["seen"].initial = now
        if self.is_bound and self.data.get("seen", "") != now:
            self.is_stale = True
            data = cast(QueryDict, self.data).copy()
            data["seen"] = now
            self.data = data

    def clean(self):
        cleaned = super().clean()
        if self.is_stale:
            self.add_error(None, self.stale_sentence)
        return cleaned


class SeenReasonForm(SeenMixin, ReasonForm):
    """A reason for a decision on what was shown."""


def status_of(form: forms.Form) -> int:
    """The status of a page with this form: 409 where it was about what has changed, 400 where it is not right."""
    if not form.is_bound:
        return 200
    return 409 if getattr(form, "is_stale", False) else 400


def check_seen(thing, seen: str | None) -> None:
    """Asked again under the lock. `seen`: the hash of what was shown; None where no page was. Raises WrongState."""
    if seen is not None and seen != thing.shown_sha256():
        raise WrongState(CHANGED)
