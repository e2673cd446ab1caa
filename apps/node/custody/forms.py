from datetime import date
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.panels.models import Round
from apps.core.web.file_types import in_words
from apps.core.workflow.seen import SeenMixin
from apps.core.workflow.steps import ReasonForm
from apps.node.custody.effects import Effect, effects_of
from apps.node.custody.facts import shown_of
from apps.node.custody.models import (
    AgreementPolicy,
    DataGrant,
    HubApplication,
    MemberAcceptance,
    ProjectAcceptance,
    WorkflowApproval,
    default_file_types,
)
from apps.node.custody.requirements import MetMixin, RequirementsField


class LocationForm(forms.Form):
    """Where a dataset version lies inside this TRE."""

    tre = forms.ChoiceField(label=_("Secure data centre"))
    dataset_version = forms.UUIDField(
        label=_("Identity of the dataset version"),
        help_text=_("It stands on the dataset's page in the catalogue, and below for what was asked for."),
    )
    project = forms.TypedChoiceField(
        label=_("For which project?"),
        help_text=_("An extract for one project, such as one with fewer variables. Else it is for all."),
        coerce=UUID,
        empty_value=None,
        required=False,
    )
    name = forms.CharField(label=_("Name"), max_length=250)
    path = forms.CharField(
        label=_("Path of the file"),
        help_text=_("An absolute path on the machine that runs analyses. It never leaves this secure data centre."),
        max_length=500,
    )

    def __init__(self, *args, tres, **options):
        super().__init__(*args, **options)
        self.fields["tre"].choices = [(str(policy.tre), policy.tre_name) for policy in tres]
        asked = DataGrant.objects.filter(tre__in=[policy.tre for policy in tres]).order_by("project_code")
        projects = dict(asked.values_list("project", "project_code"))
        self.fields["project"].choices = [("", _("All projects")), *((str(pk), code) for pk, code in projects.items())]
        if len(tres) == 1:
            self.fields["tre"].widget = forms.HiddenInput()
            self.fields["tre"].initial = str(tres[0].tre)

    def clean_path(self):
        if not self.cleaned_data["path"].startswith("/"):
            raise ValidationError(_("Write the whole path, from / on."))
        return self.cleaned_data["path"]


class UntilForm(ReasonForm):
    """A yes that ends."""

    until = forms.DateField(
        label=_("Until when does your yes count?"),
        help_text=_("The last day that counts."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_until(self):
        if self.cleaned_data["until"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]


def last_day_of(thing) -> date | None:
    """The day on which what it rests on ends at the latest, to begin with: the panel's approval, her accreditation. One query."""
    projects = ProjectAcceptance.objects.for_tre(thing).filter(project=getattr(thing, "project", None))
    return min(filter(None, [thing.lapses(), *projects.values_list("hub_until", flat=True)]), default=None)


class ShownMixin(SeenMixin):
    """A decision on what its own page shows, fact by fact."""

    facts: list[tuple[str, list[str]]] = []
    machine_facts: list[tuple[str, list[str]]] = []

    def about(self, thing, user):
        super().about(thing, user)
        self.facts, self.machine_facts = shown_of(thing)
        if "until" in self.fields:
            self.fields["until"].initial = last_day_of(thing)


class AcceptForm(ShownMixin, UntilForm):
    """A yes until a day."""


class MemberForm(MetMixin, AcceptForm):
    """A yes to a person: each thing that this TRE asks of her is ticked off."""

    def about(self, memberacceptance, user):
        super().about(memberacceptance, user)
        self.ask(memberacceptance)


class RefuseForm(ShownMixin, ReasonForm):
    """A no to what was never accepted."""


class GrantForm(ShownMixin, UntilForm):
    """The custodian's yes to a use of data."""

    def about(self, datagrant, user):
        super().about(datagrant, user)
        if datagrant.approved_variables:
            self.fields["variables"] = forms.MultipleChoiceField(
                label=_("Which variables?"),
                help_text=self.about_variables(datagrant),
                choices=[(each, each) for each in datagrant.approved_variables],
                initial=datagrant.approved_variables,
                widget=forms.CheckboxSelectMultiple,
            )
        workflows = WorkflowApproval.objects.for_tre(datagrant).filter(state=WorkflowApproval.YES).order_by("name")
        if workflows:
            self.fields["workflows"] = forms.MultipleChoiceField(
                label=_("Only with these workflows"),
                help_text=_("Leave all of them empty to allow any workflow that is approved here."),
                choices=[(each.identifier, str(each)) for each in workflows],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )

    @staticmethod
    def about_variables(datagrant) -> str:
        """What the variables are that may be granted. One query."""
        if HubApplication.word_on(datagrant) == HubApplication.Word.UNDECIDED:
            return _("The panel has not decided yet. It was asked for these. You may grant fewer, never more.")
        return _("The panel approved these. You may grant fewer, never more.")


VOTES_END = _(
    "Your panel votes on people now. If you change this, the votes that are not over yet are void, and a custodian takes "
    "these people to the panel again."
)


STALE_POLICY = _(
    "Somebody else changed the policy since you opened this page, and nothing was saved. Where yours differs from what "
    "counts now, that stands beside it. Save again to put yours in its place."
)
# The least and the most that each number may be. Without a least cell count or with rounding to nothing no result is checked.
NUMBERS = {
    "least_count": (1, 1000),
    "rounding": (1, 1000),
    "most_megabytes": (1, 10_000),
    "days_promised": (1, 250),
    "dominance_largest": (1, 100),
    "dominance_percent": (1, 100),
}


class PolicyForm(SeenMixin, forms.ModelForm):
    """The policy of a TRE: what is published, and the two numbers that stay here."""

    stale_sentence = STALE_POLICY

    file_types = forms.MultipleChoiceField(
        label=_("Types of files that may leave"),
        choices=[
            (each, in_words(each)) for each in (*default_file_types(), "text/tab-separated-values", "application/pdf")
        ],
        widget=forms.CheckboxSelectMultiple,
    )

    requirements = RequirementsField(
        label=_("What you tick off for each person"),
        help_text=_(
            "One a line: its title | a sentence that says what you ask. Add | evidence where you want to see a paper. "
            "For example: Induction | You have taken our induction. | evidence. "
            "It counts for everybody whom you accept from now on."
        ),
        required=False,
    )

    class Meta:
        model = AgreementPolicy
        fields = (
            *("least_count", "rounding", "file_types", "most_megabytes", "review", "other_organisation"),
            *("days_promised", "asked_of_people", "requirements", "dominance_largest", "dominance_percent"),
        )
        labels = {
            "least_count": _("Smallest number of people in a cell"),
            "rounding": _("Counts are rounded to this number"),
            "most_megabytes": _("Largest file, in MB"),
            "review": _("How do the two checkers decide?"),
            "other_organisation": _("Nobody signs off, checks or lets out what a colleague of hers asked for"),
            "days_promised": _("Working days that you promise"),
            "asked_of_people": _("What you ask of a person beside her accreditation"),
            "dominance_largest": _("Dominance: how many of the largest values"),
            "dominance_percent": _("Dominance: their share of a total at most, in percent"),
        }
        help_texts = {
            "rounding": _("1 means that they are not rounded."),
            "other_organisation": _("It goes by where each person works. Your staff say it in their profiles."),
            "asked_of_people": _("In plain words. Researchers read it before they ask."),
            "dominance_largest": _(
                "A total can give people away where a few of them make up most of it. Say how many you look at together. "
                "This stays here. It is not published."
            ),
            "dominance_percent": _("This stays here. It is not published."),
        }
        widgets = {"review": forms.RadioSelect}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name, (least, most) in NUMBERS.items():
            self.fields[name].validators = [MinValueValidator(least), MaxValueValidator(most)]
        self.about(self.instance, None)
        people = MemberAcceptance._meta.label
        if Round.objects.under_way().filter(panel__side=self.instance.tre, subject_type=people).exists():
            asked = self.fields["requirements"]
            asked.help_text = format_lazy("{} {}", asked.help_text, VOTES_END)

    def clean(self):
        cleaned = super().clean()
        for name in self.differing() if self.is_stale else ():
            told = {"label": self.fields[name].label, "now": self.in_words(name)}
            self.add_error(name, _("%(label)s. What counts now: %(now)s") % told)
        return cleaned

    def differing(self) -> list[str]:
        """The fields whose words are others than those that count now."""
        now = {name: self.fields[name].prepare_value(self[name].initial) for name in self._meta.fields}
        sent = {name: self[name].data for name in now}
        sent |= {name: value.replace("\r\n", "\n") for name, value in sent.items() if isinstance(value, str)}
        return [name for name in now if self.fields[name].has_changed(now[name], sent[name])]

    def in_words(self, name: str) -> str:
        """What counts now, as its field would show it."""
        field, now = self.fields[name], self[name].initial
        if isinstance(now, bool):
            return str(_("yes") if now else _("no"))
        choices = dict(getattr(field, "choices", ()))
        if choices:
            chosen = now if isinstance(now, list) else [now]
            return ", ".join(str(choices.get(each, each)) for each in chosen)
        return str(field.prepare_value(now)) or str(_("nothing"))


class RelianceForm(UntilForm):
    """A proposal to rely on a panel."""

    panel_name = forms.CharField(label=_("Name of the panel"), max_length=200)
    panel = forms.UUIDField(
        label=_("Its identity"), help_text=_("It stands on the page of a project that this panel approved.")
    )
    relied_on = forms.MultipleChoiceField(
        label=_("What do we take its word for?"),
        choices=[("projects", _("Projects")), ("members", _("People in these projects"))],
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["panel_name", "panel", "relied_on", "until", "reason"]

    def clean(self):
        cleaned = super().clean()
        relied_on = cleaned.pop("relied_on", [])
        return cleaned | {f"for_{kind}": kind in relied_on for kind in ("projects", "members")}


class EndForm(ReasonForm):
    """A no to what was accepted: what it holds is shown first, and she says that she has seen it."""

    effects: list[Effect] = []

    def about(self, thing, user):
        self.effects = effects_of(thing)
        if self.effects:
            number = sum(effect.number for effect in self.effects)
            label = ngettext(
                "I have seen that this holds %(number)s thing that waits or runs.",
                "I have seen that this holds %(number)s things that wait or run.",
                number,
            )
            self.fields["seen"] = forms.BooleanField(
                label=label % {"number": number},
                error_messages={"required": _("Look at what this holds, and say that you have seen it.")},
            )

    def clean(self):
        cleaned = super().clean()
        cleaned.pop("seen", None)
        return cleaned
