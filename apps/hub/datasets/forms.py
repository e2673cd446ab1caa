"""What the coordinator and administrators fill in to keep the catalogue."""

import json

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.crates.check import CONTEXT_OF_OUTPUT
from apps.core.crates.parameters import KINDS, TYPES, BadParameter, value_of
from apps.core.errors import BadInput
from apps.core.notices.reminders import today
from apps.core.proofs.signatures import is_public_key
from apps.core.workflow.steps import ReasonForm
from apps.hub.datasets import samples
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre
from apps.hub.researchers.forms import DayInput, check_paper


class LinesField(forms.CharField):
    """A table that is typed as lines of `a | b | c`: a list of {column: value}. Columns in `optional` may be left off the end."""

    widget = forms.Textarea

    def __init__(self, *, columns: tuple[str, ...], optional: tuple[str, ...] = (), **options):
        super().__init__(**options)
        self.columns, self.optional = columns, optional

    def clean(self, value):
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        return [self.row(line) for line in lines]

    def row(self, line: str) -> dict:
        cells = [cell.strip() for cell in line.split("|")]
        everything = (*self.columns, *self.optional)
        if not len(self.columns) <= len(cells) <= len(everything) or not cells[0]:
            raise ValidationError(
                _("“%(line)s” needs %(count)s parts with | between them: %(columns)s.")
                % {"line": line, "count": len(self.columns), "columns": " | ".join(self.columns)}
            )
        return dict.fromkeys(everything, "") | dict(zip(everything, cells, strict=False))


OPT_OUT_LABEL = gettext_lazy("How a person opts out, and what that changes")
OPT_OUT_HELP = gettext_lazy(
    "In plain words, for the public: whom to ask, how long it takes, what happens to data used before."
)


class TreForm(forms.ModelForm):
    """A secure data centre that wants to take part, with what its node says of itself."""

    id = forms.UUIDField(
        label=gettext_lazy("Its identity"),
        help_text=gettext_lazy("The UUID under which its node keeps its log. Its operator knows it."),
    )
    public_key = forms.CharField(
        label=gettext_lazy("Its public key"),
        help_text=gettext_lazy("What “manage.py public_key” prints in its node: one line that begins with {."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ["name", "slug", "summary", "contact_email", "opt_out", "id", "public_key"]

    class Meta:
        model = Tre
        fields = ("name", "slug", "summary", "contact_email", "opt_out")
        labels = {
            "name": gettext_lazy("Name"),
            "slug": gettext_lazy("Short name, small letters and hyphens"),
            "summary": gettext_lazy("What it holds, for whom, in plain words"),
            "contact_email": gettext_lazy("E-mail address for questions"),
            "opt_out": OPT_OUT_LABEL,
        }
        help_texts = {"opt_out": OPT_OUT_HELP}

    def clean_id(self):
        if Tre.objects.filter(pk=self.cleaned_data["id"]).exists():
            raise ValidationError(_("A secure data centre with this identity is in the catalogue already."))
        return self.cleaned_data["id"]

    def clean_public_key(self):
        try:
            key = json.loads(self.cleaned_data["public_key"])
        except ValueError:
            key = None
        if not is_public_key(key):
            raise ValidationError(_("This is not a public key. Copy the whole line that the node printed."))
        return key


class CertificateForm(forms.Form):
    """Evidence that a secure data centre works to a standard."""

    standard = forms.CharField(
        label=gettext_lazy("Which standard?"), help_text=gettext_lazy("Such as ISO/IEC 27001."), max_length=100
    )
    issuer = forms.CharField(label=gettext_lazy("Who gave it?"), max_length=200)
    number = forms.CharField(label=gettext_lazy("Its number"), max_length=100)
    until = forms.DateField(
        label=gettext_lazy("Until which day?"), help_text=gettext_lazy("The last day that counts."), widget=DayInput
    )
    file = forms.FileField(
        label=gettext_lazy("The certificate"),
        help_text=gettext_lazy("A PDF, PNG or JPEG of at most 10 MB. The public does not see it."),
        validators=[check_paper],
    )

    def clean_until(self):
        if self.cleaned_data["until"] < today():
            raise ValidationError(_("Choose a day that has not passed."))
        return self.cleaned_data["until"]


class OptOutForm(forms.ModelForm):
    """What a TRE says to the public about opting out."""

    class Meta:
        model = Tre
        fields = ("opt_out",)
        labels = {"opt_out": OPT_OUT_LABEL}
        help_texts = {"opt_out": OPT_OUT_HELP}


SAY_SO = {"required": gettext_lazy("Say that you know what this does. Nothing was changed.")}


class LeavingForm(ReasonForm):
    """That a TRE leaves: it reaches many people, so one click does not do it."""

    sure = forms.BooleanField(
        label=gettext_lazy(
            "Yes: from now on nothing new is asked of it. Everybody who runs it or uses its data is told at once, "
            "and so is the public. Only another officer can take this back."
        ),
        error_messages=SAY_SO,
    )

    def clean(self):
        cleaned = super().clean()
        cleaned.pop("sure", None)
        return cleaned


class LeftForm(LeavingForm):
    """That a TRE has left: nobody can take it back."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes: nothing that it signs counts any more, and nobody can take this back."),
        error_messages=SAY_SO,
    )


class TickForm(forms.Form):
    """One thing that a leaving TRE has done. `undone`: the items that nobody ticked off yet."""

    item = forms.ChoiceField(label=_("What is done?"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("How do you know?"),
        help_text=_("Who told you, and when. For the log: where it is kept, and until which day."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, undone, **options):
        super().__init__(*args, **options)
        self.fields["item"].choices = [(item.key, item.sentence) for item in undone]


class DatasetForm(forms.ModelForm):
    class Meta:
        model = Dataset
        fields = ("name", "summary")
        labels = {
            "name": gettext_lazy("Name"),
            "summary": gettext_lazy("What it tells about whom, in plain words"),
        }

    def __init__(self, *args, tre: Tre, **options):
        super().__init__(*args, **options)
        self.tre = tre

    def clean_name(self):
        if self.tre.datasets.filter(name=self.cleaned_data["name"]).exists():
            raise ValidationError(_("This secure data centre has a dataset of that name already."))
        return self.cleaned_data["name"]


NATIONS = ("England", "Scotland", "Wales", "Northern Ireland")
OPT_OUTS = ("applies", "does not apply")


class VersionForm(forms.ModelForm):
    nations = LinesField(
        label=gettext_lazy("Legal ground and national data opt-out, nation by nation"),
        help_text=gettext_lazy(
            "One line for each nation: England, Scotland, Wales or Northern Ireland | the legal ground "
            "| the opt-out “applies” or “does not apply” | why."
        ),
        columns=("nation", "basis", "opt_out", "reason"),
    )
    dictionary = LinesField(
        label=gettext_lazy("What each column means"),
        help_text=gettext_lazy("One line for each column: name | meaning | values."),
        columns=("name", "meaning", "values"),
    )
    sample = forms.FileField(
        label=gettext_lazy("A sample of invented rows"),
        help_text=gettext_lazy(
            "A CSV file in UTF-8 of at most 1 MB, with exactly these columns in its first line. Researchers try their "
            "analysis on it before they ask. Everybody who is signed in can read it."
        ),
        max_length=200,
    )
    invented = forms.BooleanField(
        label=gettext_lazy("No row of the sample is about a real person"),
        error_messages={"required": gettext_lazy("Say that no row is about a real person, or choose another sample.")},
    )

    class Meta:
        model = DatasetVersion
        fields = (
            *("label", "extracted_on", "population", "places", "years_from", "years_to"),
            *("protection", "sensitivity", "custodians"),
        )
        labels = {
            "label": gettext_lazy("Version, such as 2024"),
            "extracted_on": gettext_lazy("Day on which the data were taken"),
            "population": gettext_lazy("Whom it tells of"),
            "places": gettext_lazy("Places that it covers"),
            "years_from": gettext_lazy("First year that it covers"),
            "years_to": gettext_lazy("Last year that it covers"),
            "protection": gettext_lazy("What was done so that nobody is known by it"),
            "sensitivity": gettext_lazy("How sensitive is it?"),
            "custodians": gettext_lazy("Who looks after it"),
        }
        help_texts = {"custodians": gettext_lazy("An office or a role, not a person's name.")}

    field_order = [
        *("label", "extracted_on", "population", "places", "years_from", "years_to"),
        *("protection", "nations", "sensitivity", "custodians", "dictionary", "sample", "invented"),
    ]

    def __init__(self, *args, dataset: Dataset, **options):
        super().__init__(*args, **options)
        self.dataset = dataset
        for name in ("extracted_on", "population", "places", "protection", "sensitivity", "custodians"):
            self.fields[name].required = True

    def clean_nations(self):
        rows = self.cleaned_data["nations"]
        named = [row["nation"] for row in rows]
        if set(named) - set(NATIONS) or len(set(named)) < len(named):
            raise ValidationError(_("Name each nation once: %(all)s.") % {"all": ", ".join(NATIONS)})
        for row in rows:
            if row["opt_out"] not in OPT_OUTS or not row["basis"] or not row["reason"]:
                raise ValidationError(
                    _("%(nation)s: give the legal ground, “applies” or “does not apply”, and the reason.") % row
                )
        return rows

    def clean_label(self):
        if self.dataset.versions.filter(label=self.cleaned_data["label"]).exists():
            raise ValidationError(_("This dataset has a version of that name already."))
        return self.cleaned_data["label"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("years_from", 0) > cleaned.get("years_to", 9999):
            self.add_error("years_to", _("The last year is before the first."))
        if cleaned.get("sample") and cleaned.get("dictionary"):
            self.check_sample(cleaned["sample"], cleaned["dictionary"])
        return cleaned

    def check_sample(self, sample, dictionary: list[dict]) -> None:
        try:
            samples.check(sample, dictionary)
        except BadInput as problem:
            self.add_error("sample", str(problem.sentence))

    def facts(self) -> dict:
        """What a version is made of: all but the declaration."""
        return {name: value for name, value in self.cleaned_data.items() if name != "invented"}


class WorkflowForm(forms.Form):
    """A version of a workflow, with its crate."""

    name = forms.CharField(label=gettext_lazy("Name of the analysis"), max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("What it does, in plain words"), widget=forms.Textarea(attrs={"rows": 3})
    )
    label = forms.CharField(label=gettext_lazy("Version, such as 1.0"), max_length=50)
    crate = forms.FileField(
        label=gettext_lazy("Its Workflow RO-Crate"),
        help_text=gettext_lazy("A .zip file that holds ro-crate-metadata.json and the workflow that it names."),
    )
    parameters = LinesField(
        label=gettext_lazy("What it asks for"),
        help_text=gettext_lazy(
            "One line each: name | type (dataset, file, integer, number, string or boolean) | kind (data, choice or code) "
            "| what it is, in words | usual value | unit | choices with commas. Unit and choices may be left off. "
            "Code is a script, a query or a command: a person reads it before each run."
        ),
        columns=("name", "type", "kind", "label", "default"),
        optional=("unit", "choices"),
    )
    outputs = LinesField(
        label=gettext_lazy("What it puts out"),
        help_text=gettext_lazy(
            "One line each: name | title | media type, such as text/csv | file name | whom it is about | what is counted "
            "| how small groups are protected. The last three may be left off; a request begins with them."
        ),
        columns=("name", "title", "media_type", "file"),
        optional=CONTEXT_OF_OUTPUT,
    )

    def clean_parameters(self):
        return [parameter_of(row) for row in self.cleaned_data["parameters"]]


def parameter_of(row: dict[str, str]) -> dict:
    """A parameter as it is kept, of a typed row. Raises ValidationError."""
    parameter = row | {"choices": [each.strip() for each in row["choices"].split(",") if each.strip()]}
    if row["type"] not in TYPES:
        raise ValidationError(_("“%(type)s” is not a type of parameter.") % {"type": row["type"]})
    if row["kind"] not in KINDS:
        raise ValidationError(_("“%(kind)s” is not a kind of parameter: say data, choice or code.") % row)
    if (row["kind"] == "choice") != bool(parameter["choices"]) or (row["kind"] == "choice" and row["type"] != "string"):
        raise ValidationError(_("%(name)s: a choice is of type string and has choices; nothing else has any.") % row)
    if row["kind"] == "code" and row["type"] not in ("string", "file"):
        raise ValidationError(_("%(name)s: code is typed (string) or comes as a file.") % row)
    try:
        if row["default"] and row["type"] not in ("dataset", "file"):
            value_of(row["default"], parameter)
    except BadParameter as problem:
        raise ValidationError(_("The usual value does not fit. %(why)s") % {"why": problem})
    return parameter
