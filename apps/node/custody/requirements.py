"""What a TRE asks of a person beyond the baseline: published with its policy, and ticked off before she is accepted there."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import BadInput
from apps.node.custody.models import AgreementPolicy, MemberAcceptance

MOST = 20
EVIDENCE = gettext_lazy("evidence")
EXAMPLE = gettext_lazy("Induction | You have taken our induction. | evidence")


class RequirementsField(forms.CharField):
    """One requirement a line: its title | its sentence, and | evidence where a paper is asked for."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value):
        """The lines of what is kept; what was typed stays as it was."""
        return value if isinstance(value, str) or value is None else "\n".join(map(line_of, value))

    def clean(self, value):
        text = super().clean(value)
        rows = [requirement_of(line) for line in text.splitlines() if line.strip()]
        titles = [row["title"] for row in rows]
        if len(set(titles)) < len(titles):
            raise ValidationError(_("Two lines have the same title. Give each its own."))
        if len(rows) > MOST:
            raise ValidationError(_("Ask for %(number)s things at most.") % {"number": MOST})
        return rows


def line_of(requirement: dict) -> str:
    """A requirement as it is typed."""
    return " | ".join(
        [requirement["title"], requirement["sentence"], *([str(EVIDENCE)] if requirement["evidence"] else [])]
    )


def requirement_of(line: str) -> dict:
    """The requirement of a line. Raises ValidationError."""
    parts = [each.strip() for each in line.split("|")]
    if len(parts) not in (2, 3) or not all(parts[:2]) or parts[2:] not in ([], [str(EVIDENCE)]):
        told = {"line": line, "example": EXAMPLE}
        raise ValidationError(_("“%(line)s” is not written like this example: %(example)s") % told)
    return {"title": parts[0][:100], "sentence": parts[1][:500], "evidence": bool(parts[2:])}


def not_over(until: date) -> None:
    """A day that has not passed. Raises ValidationError."""
    if until < timezone.localdate():
        raise ValidationError(_("Choose a day that has not passed."))


class MetMixin(forms.Form):
    """For each requirement: is it met, until when, and what showed it."""

    asked: list[dict] = []
    all_of_them = True

    def ask(self, member: MemberAcceptance) -> None:
        """Add the fields of what this TRE asks; they come before the decision itself. Where `all_of_them` is off, what is
        not met yet may stay empty."""
        self.asked = AgreementPolicy.asked_at(member.tre)
        unmet = _("“%(title)s” is asked of everybody here. Where it is not met, do not accept.")
        for number, each in enumerate(self.asked):
            self.fields[f"met_{number}"] = forms.BooleanField(
                label=_("Met: %(title)s") % each,
                help_text=each["sentence"],
                error_messages={"required": unmet % each},
            )
            self.fields[f"until_{number}"] = forms.DateField(
                label=_("%(title)s: until when does it hold?") % each,
                help_text=_("The last day that counts."),
                widget=forms.DateInput(attrs={"type": "date"}),
                validators=[not_over],
            )
            if each["evidence"]:
                self.fields[f"evidence_{number}"] = forms.CharField(
                    label=_("%(title)s: which paper did you see?") % each, max_length=300
                )
        first = [name for name in self.fields if name.partition("_")[0] in ("met", "until", "evidence") and "_" in name]
        self.order_fields(first)
        if not self.all_of_them:
            self._let_some_be_empty()

    def _let_some_be_empty(self) -> None:
        """Only what is ticked needs its day, and the paper that is asked for."""
        for number in self.numbers:
            is_ticked = bool(self.data.get(f"met_{number}"))
            self.fields[f"met_{number}"].required = False
            for name in (f"until_{number}", f"evidence_{number}"):
                if name in self.fields:
                    self.fields[name].required = is_ticked

    def clean(self):
        cleaned = super().clean()
        told = [
            [cleaned.pop(f"{name}_{number}", None) for name in ("met", "until", "evidence")] for number in self.numbers
        ]
        met = {each["title"]: row[1:] for each, row in zip(self.asked, told, strict=True) if row[0]}
        return cleaned | {
            "met": {title: {"until": until, "evidence": seen or ""} for title, (until, seen) in met.items()}
        }

    @property
    def numbers(self) -> range:
        return range(len(self.asked))


def ticked(member: MemberAcceptance, met: dict[str, dict], by) -> list[dict]:
    """What is kept of what was ticked off. `met`: {title: {"until": date, "evidence": text}}. Raises BadInput for what is
    missing, over, or without the paper that is asked for."""
    return [kept(each, met.get(each["title"], {}), by) for each in AgreementPolicy.asked_at(member.tre)]


def ticked_so_far(member: MemberAcceptance, met: dict[str, dict], by) -> list[dict]:
    """The same of what is met already, where the rest may still be missing. Raises BadInput for what is over, or without its
    paper."""
    asked = AgreementPolicy.asked_at(member.tre)
    return [kept(each, met[each["title"]], by) for each in asked if each["title"] in met]


def kept(requirement: dict, told: dict, by) -> dict:
    """One requirement as it was ticked off. Raises BadInput."""
    until, evidence = told.get("until"), str(told.get("evidence", "")).strip()
    if not isinstance(until, date) or until < timezone.localdate():
        raise BadInput(_("“%(title)s” is asked of everybody here, and is not met today.") % requirement)
    if requirement["evidence"] and not evidence:
        raise BadInput(_("“%(title)s”: say which paper you saw.") % requirement)
    return {"title": requirement["title"], "until": until.isoformat(), "evidence": evidence, "by": by.name}
