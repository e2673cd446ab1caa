from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.crates.parameters import asked_for
from apps.core.workflow.steps import ReasonForm
from apps.node.custody.forms import UntilForm
from apps.node.custody.models import DataGrant
from apps.node.runs.bounds import NUMBERS, choices_of

LARGEST = 2**53 - 1  # the largest whole number that canonical JSON writes exactly (RFC 8785, 3.2.2.3)


class DeclaredForm(ReasonForm):
    """A decision by somebody who says that it is not her own work."""

    declared = forms.BooleanField(
        label=_("I did not ask for this run, and I am not a member of its project."),
        error_messages={"required": _("Say that this is not your own work. If it is, a colleague has to decide.")},
    )


class GrantChoice(forms.ModelChoiceField):
    """Uses of data that are granted, each with its last day."""

    def label_from_instance(self, grant):
        told = {"project": grant.project_code, "dataset": grant.dataset_name, "day": date_format(grant.until, "j F Y")}
        return _("%(project)s: %(dataset)s, until %(day)s") % told


class StandingForm(UntilForm):
    """A yes in advance: for which use of data, within which bounds, for how many runs, until when. `workflow` says which
    parameters there are; its fields are `bound_least_<name>`, `bound_most_<name>`, `bound_among_<name>` and
    `bound_pattern_<name>`, which no other field of the form begins with."""

    grant = GrantChoice(
        DataGrant.objects.none(), label=_("Which project, on which data?"), empty_label=None, widget=forms.RadioSelect
    )
    most_uses = forms.IntegerField(label=_("For how many runs?"), min_value=1, max_value=1000)
    declared = forms.BooleanField(
        label=_("I am not a member of this project."),
        error_messages={"required": _("Say that this is not your own work. If it is, a colleague has to decide.")},
    )

    def __init__(self, *args, workflow, **options):
        super().__init__(*args, **options)
        self.parameters = asked_for(workflow.parameters)
        granted = DataGrant.objects.for_tre(workflow).filter(state=DataGrant.YES)
        self.fields["grant"].queryset = granted.order_by("project_code", "dataset_name")
        for parameter in self.parameters:
            self.add_bounds(parameter)
        bounds = [name for name in self.fields if name.startswith("bound_")]
        self.order_fields(["grant", *bounds, "most_uses", "until", "reason"])

    def add_bounds(self, parameter) -> None:
        """The fields that bound one parameter, filled in with its usual value."""
        name, label, usual = parameter["name"], parameter["label"], parameter["default"]
        if choices_of(parameter):
            self.fields[f"bound_among_{name}"] = forms.MultipleChoiceField(
                label=_("%(parameter)s: which may be chosen?") % {"parameter": label},
                choices=[(each, each) for each in choices_of(parameter)],
                initial=[usual],
                widget=forms.CheckboxSelectMultiple,
            )
        elif parameter["type"] in NUMBERS:
            number = forms.IntegerField if parameter["type"] == "integer" else forms.FloatField
            told, limits = {"parameter": label}, {"min_value": -LARGEST, "max_value": LARGEST}
            self.fields[f"bound_least_{name}"] = number(
                label=_("%(parameter)s: at least") % told, initial=usual, **limits
            )
            self.fields[f"bound_most_{name}"] = number(
                label=_("%(parameter)s: at most") % told, initial=usual, **limits
            )
        else:
            self.fields[f"bound_pattern_{name}"] = forms.CharField(
                label=_("%(parameter)s: which text?") % {"parameter": label},
                help_text=_(
                    "Only a run that gives exactly this text passes. Three signs stand for more: * for any text, ? for one "
                    "character, [0-9] for one digit. For example, 20[0-9][0-9] lets 2024 pass, and 0-17* lets 0-17,18+ pass."
                ),
                initial=usual,
                max_length=500,
            )

    def clean(self):
        cleaned = super().clean()
        bounds = {each["name"]: self.bound_of(each, cleaned) for each in self.parameters}
        kept = ("grant", "until", "most_uses", "reason")
        return {name: cleaned[name] for name in kept if name in cleaned} | {"bounds": bounds}

    def bound_of(self, parameter, cleaned) -> dict:
        """What was filled in for one parameter."""
        name = parameter["name"]
        if f"bound_among_{name}" in self.fields:
            return {"among": cleaned.get(f"bound_among_{name}", [])}
        if f"bound_pattern_{name}" in self.fields:
            return {"pattern": cleaned.get(f"bound_pattern_{name}", "")}
        least, most = cleaned.get(f"bound_least_{name}"), cleaned.get(f"bound_most_{name}")
        if least is not None and most is not None and least > most:
            self.add_error(f"bound_most_{name}", _("The most is less than the least."))
        return {"least": least, "most": most}


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
