from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.models import User
from apps.core.errors import NotAllowed
from apps.core.panels import counting, permissions
from apps.core.panels.models import PanelRule, Seat, Vote
from apps.core.panels.models.rounds import DECLARED
from apps.core.panels.papers import summary_of
from apps.core.web.papers import PapersField
from apps.core.web.texts import one_plain_line
from apps.core.workflow.seen import SeenReasonForm
from apps.core.workflow.steps import ReasonForm


def person_at(address: str) -> User:
    """The person with this e-mail address. Raises ValidationError."""
    found = User.objects.filter(email__iexact=address, is_active=True).first()
    if found is None:
        raise ValidationError(_("Nobody here has this address. Ask an administrator to invite her."))
    return found


# More than any panel has members, and the days of a year: what is above is a slip of the hand.
MOST = {"quorum": 50, "least_lay": 50, "least_organisations": 50, "voting_days": 366, "appeal_days": 366}

LONGEST_POPULATION = Seat._meta.get_field("population").max_length


class RuleForm(forms.ModelForm):
    """A change of the rule of `panel`: all of its numbers, and why."""

    reason = forms.CharField(label=_("Why?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)

    class Meta:
        model = PanelRule
        fields = PanelRule.NUMBERS

    def __init__(self, *args, panel, **options):
        super().__init__(*args, **options)
        for name, most in MOST.items():
            self.fields[name].validators.append(MaxValueValidator(most))
        self.fields["lay_populations"].widget.attrs["rows"] = 3
        self.fields["lay_populations"].help_text = _(
            "Wales, for example. No decision is made before a lay member from each has voted. Leave it empty to name none."
        )
        for name in () if panel.is_of_hub else PanelRule.OF_HUB:
            del self.fields[name]

    def clean_lay_populations(self):
        """One a line, each once, none longer than a seat's own."""
        lines = [" ".join(line.split()) for line in self.cleaned_data["lay_populations"].splitlines()]
        named = {counting.folded(line): line for line in lines if line}
        for line in named.values():
            one_plain_line(line)
            if len(line) > LONGEST_POPULATION:
                raise ValidationError(_("Each line has up to %(most)s characters.") % {"most": LONGEST_POPULATION})
        return "\n".join(named.values())

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("least_lay") or 0) > (cleaned.get("quorum") or 0):
            self.add_error("least_lay", _("There cannot be more lay votes than votes."))
        if (cleaned.get("least_organisations") or 0) > (cleaned.get("quorum") or 0):
            self.add_error("least_organisations", _("There cannot be more organisations than votes."))
        if len((cleaned.get("lay_populations") or "").splitlines()) > (cleaned.get("quorum") or 0):
            self.add_error("lay_populations", _("There cannot be more of them than votes: each member is from one."))
        return cleaned


class SeatForm(forms.Form):
    """A seat for a person, by her e-mail address."""

    user = forms.EmailField(label=_("E-mail address of the person"))
    kind = forms.ChoiceField(label=_("She sits there as"), choices=Seat.Kind.choices, widget=forms.RadioSelect)
    is_chair = forms.BooleanField(label=_("She is the chair"), required=False)
    organisation = forms.CharField(
        label=_("Her organisation (empty for who speaks for herself)"), max_length=200, required=False
    )
    named_population = forms.ChoiceField(
        label=_("Whose people she comes from, for a lay member: one that the rule names"), required=False
    )
    population = forms.CharField(
        label=_("Whose people she comes from, for a lay member"), max_length=LONGEST_POPULATION, required=False
    )
    deputy_of = forms.EmailField(label=_("E-mail address of the member for whom she is the deputy"), required=False)

    def __init__(self, *args, panel, **kwargs):
        super().__init__(*args, **kwargs)
        self.panel = panel
        for name in ("organisation", "population"):
            self.fields[name].validators.append(one_plain_line)
        self._offer_populations(panel.rule_now())

    def _offer_populations(self, rule):
        """Those that the rule in force names are chosen, so that no slip of the pen keeps her vote from being heard."""
        if not (rule and rule.populations):
            del self.fields["named_population"]
            return
        self.fields["named_population"].choices = [
            ("", _("None of these")),
            *((each, each) for each in rule.populations),
        ]
        self.fields["population"].label = _("Or another, in your words")

    def clean_user(self):
        return person_at(self.cleaned_data["user"])

    def clean_deputy_of(self):
        address = self.cleaned_data["deputy_of"]
        if not address:
            return None
        seat = Seat.objects.sitting().filter(panel=self.panel, user__email__iexact=address, deputy_of=None).first()
        if seat is None:
            raise ValidationError(_("No member of this panel has this address."))
        return seat

    def clean(self):
        cleaned = super().clean()
        speaks = cleaned.get("kind") != Seat.Kind.COORDINATOR and not cleaned.get("deputy_of")
        if cleaned.get("is_chair") and not speaks:
            self.add_error("is_chair", _("A coordinator or a deputy is never the chair."))
        named = cleaned.pop("named_population", "")
        if named and cleaned.get("population"):
            self.add_error("population", _("Choose one that the rule names, or write another: not both."))
        cleaned["population"] = named or cleaned.get("population", "")
        if cleaned.get("kind") == Seat.Kind.LAY and not cleaned["population"] and "population" not in self.errors:
            self.add_error("population", _("Say whose people she comes from: it shows whom the panel hears."))
        if user := cleaned.get("user"):
            try:
                permissions.check_can_be_lay(user, cleaned.get("kind", ""))
            except NotAllowed as problem:
                self.add_error("kind", problem.sentence)
        return cleaned


class DeclareForm(forms.Form):
    """None, or one, and what it is."""

    kind = forms.ChoiceField(
        label=_("Do you have a conflict of interest?"),
        choices=[(value, label) for value, label in DECLARED],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What is it?"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, required=False
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") not in (None, "none") and not cleaned.get("words"):
            self.add_error("words", _("Say in a few words what the conflict is."))
        return cleaned


class CorrectionForm(forms.Form):
    """Why nothing binds her after all."""

    words = forms.CharField(
        label=_("Why do you have no conflict of interest after all?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class AcceptCorrectionForm(ReasonForm):
    """Whose conflict is taken back."""

    user = forms.EmailField(label=_("E-mail address of the member who asks"))
    field_order = ["user", "reason"]

    def clean_user(self):
        return person_at(self.cleaned_data["user"])


class VoteForm(ReasonForm):
    """A vote always has a reason; a vote with conditions says which."""

    choice = forms.ChoiceField(label=_("Your vote"), choices=Vote.Choice.choices, widget=forms.RadioSelect)
    conditions = forms.CharField(
        label=_("Your conditions, if you have some"),
        help_text=_(
            "One on each line. The chair begins with them, and the applicant is told those that the chair sets."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )
    field_order = ["choice", "conditions", "reason"]
    reading = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "The panel, its coordinator and the auditors read it under your name. The minutes repeat it. "
            "The applicant reads the letter of the chair, not this."
        )

    def about(self, round, user):
        """The plain summary stands above: whoever may vote may read it."""
        self.reading = summary_of(round)

    def clean(self):
        cleaned = super().clean()
        asks, text = cleaned.get("choice") == Vote.Choice.CONDITIONS, cleaned.get("conditions")
        if asks and not text:
            self.add_error("conditions", _("Say which conditions you ask for."))
        if text and not asks:
            self.add_error("choice", _("You wrote conditions. Choose “approve with conditions”, or take them out."))
        return cleaned


class DissentForm(forms.Form):
    """What the public reads, in her own words."""

    words = forms.CharField(
        label=_("Why you did not agree, in your own words. The public reads them."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=600,
        validators=[one_plain_line],
    )
    named = forms.BooleanField(label=_("Show my name. Without it you are “a lay member”."), required=False)


class PresidingForm(ReasonForm):
    user = forms.EmailField(label=_("E-mail address of the member who presides"))
    field_order = ["user", "reason"]

    def clean_user(self):
        return person_at(self.cleaned_data["user"])


class EvidenceForm(forms.Form):
    """In words, and with files that show it."""

    evidence = forms.CharField(label=_("How was it met?"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    files = PapersField(
        label=_("Files that show it, if you have some"),
        help_text=_("PDF, ODT, DOCX, text, PNG or JPEG. Up to 20 MB each."),
        required=False,
    )


class LackingForm(SeenReasonForm):
    due = forms.DateField(label=_("The new last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_due(self):
        if self.cleaned_data["due"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["due"]


class ConditionsForm(ReasonForm):
    """A yes; where the votes say so, with conditions, one on each line, and their last day."""

    conditions = forms.CharField(
        label=_("Conditions, one on each line"), widget=forms.Textarea(attrs={"rows": 5}), required=False
    )
    due = forms.DateField(label=_("To be met by"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    asks = False

    def ask(self, deliberation):
        """Begin with what the members asked for. `deliberation`: None where there was no vote."""
        self.asks = bool(deliberation) and deliberation.outcome.decision == counting.CONDITIONS
        if not self.asks:
            del self.fields["conditions"], self.fields["due"]
        else:
            asked = [line.strip() for vote in deliberation.votes for line in vote.conditions.splitlines()]
            self.initial["conditions"] = "\n".join(dict.fromkeys(line for line in asked if line))

    def clean_conditions(self):
        return [line.strip() for line in self.cleaned_data["conditions"].splitlines() if line.strip()]

    def clean_due(self):
        if self.cleaned_data["due"] and self.cleaned_data["due"] < timezone.localdate():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["due"]

    def clean(self):
        cleaned = super().clean()
        for name in ("conditions", "due"):
            if self.asks and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("The votes ask for conditions: write them down, with a last day."))
        return cleaned
