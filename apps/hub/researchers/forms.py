from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.ror import check_ror
from apps.core.workflow.seen import SeenMixin
from apps.core.workflow.steps import ReasonForm
from apps.hub.researchers.files import media_type_of
from apps.hub.researchers.models import Accreditation, AgreementVersion, Organisation, Requirement, rules_now

LARGEST_FILE = 10 * 1024 * 1024


class DayInput(forms.DateInput):
    """A day, with the browser's calendar."""

    input_type = "date"


class ApprovalForm(SeenMixin, ReasonForm):
    """A decision that ends."""

    until = forms.DateField(label=_("Until when?"), help_text=_("The last day that counts."), widget=DayInput)

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]


class ConfirmForm(SeenMixin, ReasonForm):
    """A yes to what was added."""


class ReturnForm(SeenMixin, ReasonForm):
    """A line for each requirement: what is missing."""

    def about(self, accreditation, user):
        super().about(accreditation, user)
        for requirement in Requirement.objects.all():
            self.fields[f"missing-{requirement.key}"] = forms.CharField(
                label=_("What is missing for: %(title)s") % {"title": requirement.title},
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self):
        cleaned = super().clean()
        lines = {
            name.removeprefix("missing-"): value
            for name, value in cleaned.items()
            if name.startswith("missing-") and value
        }
        return {"reason": cleaned.get("reason", ""), "missing": lines, "seen": cleaned.get("seen")}


class AccreditationForm(forms.ModelForm):
    class Meta:
        model = Accreditation
        fields = ("organisation", "named_as")
        widgets = {"named_as": forms.RadioSelect}
        help_texts = {
            "organisation": _("Where you work. Is it not in the list? Write to the accreditation office."),
            "named_as": _("Who asks is public. Your name is known to whoever decides, whatever you choose."),
        }


def check_paper(file):
    """A PDF, PNG or JPEG of at most 10 MB. Raises ValidationError."""
    if file.size > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 10 MB."))
    if not media_type_of(file):
        raise ValidationError(_("This is not a PDF, PNG or JPEG."))


class _SpanForm(forms.Form):
    """From when until when something counts."""

    held_from = forms.DateField(label=_("From which day?"), widget=DayInput)
    until = forms.DateField(label=_("Until which day?"), help_text=_("The last day that counts."), widget=DayInput)

    def clean(self):
        found = super().clean()
        start, end = found.get("held_from"), found.get("until")
        if start and end and end < start:
            self.add_error("until", _("The last day comes before the first."))
        return found


class PaperForm(_SpanForm):
    """A certificate, or a letter about a status."""

    requirement = forms.ModelChoiceField(Requirement.objects.none(), label=_("What is it for?"), empty_label=None)
    issuer = forms.CharField(label=_("Who gave it to you?"), max_length=200)
    number = forms.CharField(label=_("Its number, if it has one"), max_length=100, required=False)
    file = forms.FileField(
        label=_("The certificate or letter"),
        help_text=_("A PDF, PNG or JPEG of at most 10 MB."),
        validators=[check_paper],
    )
    field_order = ("requirement", "issuer", "number", "held_from", "until", "file")

    def about(self, accreditation, user):
        kinds = (Requirement.Kind.TRAINING, Requirement.Kind.STATUS)
        self.fields["requirement"].queryset = Requirement.objects.filter(kind__in=kinds)


class TakeBackForm(forms.Form):
    evidence = forms.ChoiceField(label=_("Which paper?"), widget=forms.RadioSelect)

    def about(self, accreditation, user):
        papers = [each for each in accreditation.evidence.select_related("requirement") if each.waits_for_officer()]
        self.fields["evidence"].choices = [
            (str(each.pk), f"{each.requirement}: {each.issuer or each.noted_as}") for each in papers
        ]


class SponsorForm(forms.Form):
    email = forms.EmailField(
        label=_("Your sponsor's e-mail address"),
        help_text=_("Somebody who knows your work. She gets a link and answers for herself. She cannot be you."),
    )


class AttestForm(forms.Form):
    name = forms.CharField(label=_("Your full name and position"), max_length=200)
    answer = forms.ChoiceField(
        label=_("Do you speak for her?"), choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect
    )
    sentence = forms.CharField(
        label=_("In a sentence: how do you know her work, and why do you trust her with data?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class AcceptForm(forms.Form):
    """The text in force, to read, and her yes to exactly that text."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(label=_("I have read this and I accept it."))

    def about(self, accreditation, user):
        version = rules_now().current_version()
        self.reading = version.text if version else ""
        self.fields["sha256"].initial = version.sha256 if version else ""


class IdentityForm(forms.Form):
    how = forms.CharField(
        label=_("How did you check who she is?"),
        help_text=_("For example: saw her passport in a video call. Write down no number of it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    on = forms.DateField(label=_("On which day?"), widget=DayInput)

    def clean_on(self):
        if self.cleaned_data["on"] > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return self.cleaned_data["on"]


class AgreementForm(forms.ModelForm):
    class Meta:
        model = AgreementVersion
        fields = ("text", "grace_days")
        widgets = {"text": forms.Textarea(attrs={"rows": 20})}
        help_texts = {"grace_days": _("For so many more days, whoever accepted the version before keeps her access.")}


class OrganisationForm(forms.ModelForm):
    class Meta:
        model = Organisation
        fields = ("name", "kind", "country", "ror")
        help_texts = {"ror": _("Its number at ror.org, if it has one. For example https://ror.org/052gg0110.")}

    def clean_ror(self):
        return check_ror(self.cleaned_data["ror"])


class RequirementForm(forms.ModelForm):
    valid_days = forms.IntegerField(
        label=_("Days for which it counts"),
        help_text=_("For an identity check and a sponsor's word. Empty: without end."),
        min_value=1,
        max_value=36500,
        required=False,
    )

    class Meta:
        model = Requirement
        fields = ("key", "kind", "title", "why", "to_do", "required", "required_from", "valid_days", "order")
        widgets = {"required_from": DayInput}
        help_texts = {
            "required_from": _("Give people time: whoever lacks it on that day loses access. Empty: at once."),
        }
