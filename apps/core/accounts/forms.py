import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.identity import bare_orcid
from apps.core.accounts.models import User
from apps.core.accounts.roles import roles_of_side
from apps.core.accounts.ror import check_ror
from apps.core.web.texts import one_plain_line
from apps.core.workflow.steps import ReasonForm


class NameForm(forms.Form):
    """What sign-up asks besides e-mail and password."""

    name = forms.CharField(label=_("Your full name"), max_length=200, validators=[one_plain_line])

    def signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


def check_orcid(value: str) -> None:
    """ISO 7064 mod 11-2, as ORCID describes its check digit. Raises ValidationError."""
    digits = value.replace("-", "")
    if not re.fullmatch(r"\d{15}[\dX]", digits):
        raise ValidationError(_("An ORCID iD looks like 0000-0002-1825-0097."))
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if digits[-1] != ("X" if check == 10 else str(check)):
        raise ValidationError(_("One digit of this ORCID iD is wrong: its check digit does not fit."))


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "orcid", "organisation", "ror")
        help_texts = {
            "orcid": _("For example 0000-0002-1825-0097. A crate that you send has to name it."),
            "organisation": _("Nobody decides on the work of her colleagues where a secure data centre says so."),
            "ror": _("For example https://ror.org/052gg0110. Leave it empty where you do not know it."),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not self.instance.tres():  # a researcher's organisation stands in her accreditation
            del self.fields["organisation"], self.fields["ror"]
        for name in {"name", "organisation"} & self.fields.keys():
            self.fields[name].validators.append(one_plain_line)

    def clean_orcid(self):
        given = self.cleaned_data["orcid"].strip()
        orcid = bare_orcid(given)
        if given:
            check_orcid(orcid or given)
        return orcid

    def clean_ror(self):
        return check_ror(self.cleaned_data["ror"])


class ProposalForm(forms.Form):
    """What a change of access needs: why, and for a role which one and until when. A second administrator confirms it."""

    role = forms.ChoiceField(label=_("Role"))
    until = forms.DateField(
        label=_("Last day"),
        help_text=_("Leave it empty where the role has no end."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=_("Why?"), help_text=_("Your reason is kept with the change."), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, side, **options):
        super().__init__(*args, **options)
        self.fields["role"].choices = [(role.value, role.label) for role in roles_of_side(side)]

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until and until < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return until


class InviteForm(ProposalForm):
    email = forms.EmailField(
        label=_("E-mail address"), help_text=_("Who has an account here already gets the role without an invitation.")
    )
    field_order = ("email", "role", "until", "reason")


class RoleForm(ProposalForm):
    """A further role for somebody who is here."""


class ResetForm(ReasonForm):
    """Why a lost second factor is taken away."""


class LeaveForm(forms.Form):
    password = forms.CharField(
        label=_("Your password"),
        help_text=_("So that nobody else can do this for you."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password."))
        return self.cleaned_data["password"]
