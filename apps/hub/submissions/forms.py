from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.crates.check import CONTEXT_OF_OUTPUT
from apps.core.crates.package import is_safe_path
from apps.core.crates.parameters import CODE_BYTES, asked_for, is_code
from apps.core.workflow.steps import ReasonForm


class UploadForm(forms.Form):
    """A crate, and a name for it in the researcher's own list."""

    title = forms.CharField(
        label=_("A name for your own list"),
        help_text=_("Leave it empty to use the name that the crate gives itself."),
        max_length=200,
        required=False,
    )
    crate = forms.FileField(
        label=_("The crate"),
        help_text=_("A .zip file that holds one BagIt folder: a Five Safes RO-Crate."),
        max_length=255,
    )


class WithdrawForm(ReasonForm):
    """Why a request is taken back; the TRE reads it."""


class AnswerForm(forms.Form):
    """What the researcher answers a TRE's question; its staff read it."""

    answer = forms.CharField(
        label=_("Your answer"),
        help_text=_("The staff of the secure data centre read it, and look at your request again."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )


def looked_at_suspicions() -> forms.BooleanField:
    """The tick of who sends something that looks like a secret, or names a patient."""
    return forms.BooleanField(
        label=_("I have looked at what seems to be a secret or to name a patient. None of it is."),
        help_text=_("If one is, take it out first. The staff of the secure data centre look at these places too."),
        error_messages={"required": _("Look at each place that the check found, then say so.")},
    )


class ChoiceForm(forms.Form):
    """The TREs, and for each dataset parameter of the workflow a dataset there.

    Field names: `tre_<id>` and `data_<tre id>_<parameter>`. What `is_suspicious` has to be looked at by who sends it.
    """

    def __init__(self, *args, workflow_version, tres, versions, is_suspicious=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.tres = tres
        self.parameters = workflow_version.dataset_parameters()
        for tre in tres:
            self.fields[f"tre_{tre.pk}"] = forms.BooleanField(label=_("Ask %(tre)s") % {"tre": tre}, required=False)
            there = [version for version in versions if version.dataset.held_by_id == tre.pk]
            for parameter in self.parameters:
                self.fields[f"data_{tre.pk}_{parameter['name']}"] = forms.ChoiceField(
                    label=_("%(parameter)s at %(tre)s") % {"parameter": parameter["label"], "tre": tre},
                    choices=[("", _("Choose a dataset")), *((str(version.pk), str(version)) for version in there)],
                    initial=str(there[0].pk) if len(there) == 1 else "",
                    required=False,
                )
        if is_suspicious:
            self.fields["looked_at_suspicions"] = looked_at_suspicions()

    def clean(self):
        cleaned = super().clean()
        chosen = [tre for tre in self.tres if cleaned.get(f"tre_{tre.pk}")]
        if not chosen:
            raise forms.ValidationError(_("Choose at least one secure data centre."))
        for tre in chosen:
            for parameter in self.parameters:
                name = f"data_{tre.pk}_{parameter['name']}"
                if not cleaned.get(name):
                    self.add_error(name, _("Choose a dataset at %(tre)s.") % {"tre": tre})
        return cleaned

    def chosen(self) -> dict:
        """What was chosen, of a form that was not asked whether it is right. Raises KeyError."""
        self.full_clean()
        return self.choices()

    def choices(self) -> dict:
        """{TRE id: {parameter: dataset version id}} of what was chosen."""
        return {
            str(tre.pk): {
                parameter["name"]: self.cleaned_data[f"data_{tre.pk}_{parameter['name']}"]
                for parameter in self.parameters
            }
            for tre in self.tres
            if self.cleaned_data[f"tre_{tre.pk}"]
        }


CONTEXT_WORDS = {
    "population": (_("Whom it is about"), _("Such as: adults with asthma in the North.")),
    "counts": (
        _("What is counted, and about how many you expect"),
        _("Such as: people in each region; some hundreds."),
    ),
    "controls": (
        _("How small groups are protected"),
        _("Such as: counts under 10 are left out; totals are rounded to 5."),
    ),
}


def parameter_field(parameter: dict, *, has_file: bool) -> forms.Field:
    """The form field that a parameter of a workflow becomes, by its type and kind."""
    unit = parameter.get("unit")
    label = f"{parameter['label']} ({unit})" if unit else parameter["label"]
    told = {"label": label, "initial": parameter["default"], "required": not parameter["default"]}
    if parameter["type"] == "file":
        return forms.FileField(label=label, required=not has_file, max_length=255)
    if parameter.get("kind") == "choice":
        return forms.ChoiceField(**told, choices=[(each, each) for each in parameter["choices"]])
    if parameter["type"] == "boolean":
        return forms.ChoiceField(**told, choices=[("true", _("Yes")), ("false", _("No"))], widget=forms.RadioSelect)
    if is_code(parameter):
        told["help_text"] = _("This is code. The staff of the secure data centre read all of it before they decide.")
        return forms.CharField(**told, max_length=CODE_BYTES, strip=False, widget=forms.Textarea(attrs={"rows": 12}))
    if parameter["type"] == "integer":
        return forms.IntegerField(**told, widget=forms.TextInput)
    if parameter["type"] == "number":
        return forms.FloatField(**told, widget=forms.TextInput)
    return forms.CharField(**told, max_length=1000)


class AskForm(ChoiceForm):
    """A whole request by form. Fields beside those of the choice of TREs:

    `title`, `description`; `in_<parameter>` for each parameter of the workflow that is no dataset; and for each output
    `out_<output>_population`, `_counts`, `_controls`: what a checker of outputs has to know.
    """

    field_order = ("title", "description")

    def __init__(self, *args, draft, **kwargs):
        super().__init__(*args, workflow_version=draft.workflow_version, **kwargs)
        self.draft = draft
        self.fields["title"] = forms.CharField(label=_("A name for this request"), max_length=200)
        self.fields["description"] = forms.CharField(
            label=_("What you want to find out, in plain words"),
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=2000,
        )
        self.asked_for = asked_for(draft.workflow_version.parameters)
        for parameter in self.asked_for:
            has_file = parameter["name"] in draft.files
            self.fields[f"in_{parameter['name']}"] = parameter_field(parameter, has_file=has_file)
        for output in draft.workflow_version.outputs:
            for word, (label, hint) in CONTEXT_WORDS.items():
                missing = gettext("Fill this in for “%(output)s”.") % {"output": output["title"]}
                self.fields[f"out_{output['name']}_{word}"] = forms.CharField(
                    label=label,
                    help_text=hint,
                    initial=output.get(word, ""),
                    max_length=500,
                    error_messages={"required": missing},
                )

    def clean(self):
        cleaned = super().clean()
        for parameter in self.asked_for:
            file = cleaned.get(f"in_{parameter['name']}") if parameter["type"] == "file" else None
            if file and not is_safe_path(file.name):
                self.add_error(f"in_{parameter['name']}", gettext("Give the file a plain name: letters, digits, . - _"))
            if file and is_code(parameter) and file.size > CODE_BYTES:
                self.add_error(f"in_{parameter['name']}", gettext("This is code, and longer than a person can read."))
        return cleaned

    def new_files(self) -> dict:
        """{parameter: uploaded file} of the files that came now and are right."""
        found = {each["name"]: self.files.get(f"in_{each['name']}") for each in self.asked_for}
        return {name: file for name, file in found.items() if file and f"in_{name}" not in self.errors}

    def typed(self) -> dict[str, str]:
        """{field: text} as it came, right or wrong, so that nothing of it is lost."""
        return {name: self.data[name].replace("\0", "") for name in self.fields if name in self.data}

    def section(self, *prefixes: str) -> list[forms.BoundField]:
        """The fields whose names begin so, for one part of the page."""
        return [self[name] for name in self.fields if name.startswith(prefixes)]

    def in_words(self) -> list[str]:
        """Each TRE that was chosen, with the datasets that are to be used there."""
        told = []
        for tre in self.tres:
            if self.cleaned_data.get(f"tre_{tre.pk}"):
                names = [f"data_{tre.pk}_{parameter['name']}" for parameter in self.parameters]
                chosen = [dict(self.fields[name].choices)[self.cleaned_data[name]] for name in names]
                told.append(f"{tre}: {', '.join(chosen)}" if chosen else str(tre))
        return told

    def about(self):
        return self.section("title", "description")

    def inputs(self):
        return self.section("in_")

    def outputs(self) -> list[dict]:
        """Each output with the three fields of its context."""
        return [
            {"output": each, "fields": [self[f"out_{each['name']}_{word}"] for word in CONTEXT_OF_OUTPUT]}
            for each in self.draft.workflow_version.outputs
        ]

    def where(self):
        return self.section("tre_", "data_")
