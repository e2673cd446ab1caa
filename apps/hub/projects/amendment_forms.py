"""What an amendment asks for, by its kind. Each form gives `changes()`: question -> what is to stand there."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.models import User
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.application_forms import (
    MOST_WORDS_OF_COLUMNS,
    DataForm,
    SectionForm,
    WordLimit,
    as_answers,
    room_for,
    wrong_lines,
)
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.lengths import latest_extension, too_long
from apps.hub.projects.models import Project
from apps.hub.projects.questions import (
    BY_KEY,
    MANY,
    QUESTIONS,
    SECTIONS,
    VARIABLES,
    Question,
    Section,
    is_variables,
    section_of,
)
from apps.hub.projects.sheets import answers_of

# The parts of an application that are changed as a whole. Of the others the texts are, one by one; the name, the organisation and
# the embargo of a project never are.
WHOLE_SECTIONS = ("money", "law", "data", "populations", "approvals")


class AmendmentForm(forms.Form):
    """Why it is to be changed; the kinds add what. `about`: the question or the part, where the kind has one."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The panel and the public read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args, project: Project, about: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.project, self.about = project, about
        self.order_fields([name for name in self.fields if name != "reason"])


class ExtensionForm(AmendmentForm):
    until = forms.DateField(label=gettext_lazy("New last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_until(self):
        day = self.cleaned_data["until"]
        if day <= max(self.project.until, timezone.localdate()):
            raise ValidationError(_("Choose a day after the last day that was agreed, and after today."))
        if day > latest_extension(self.project):
            raise ValidationError(too_long())
        return day

    def changes(self):
        return {"until": self.cleaned_data["until"].isoformat()}


class LeadForm(AmendmentForm):
    lead = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("New lead"), help_text=gettext_lazy("One of the team.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        team = self.project.memberships.filter(state="approved").exclude(user=self.project.lead_id).values("user")
        self.fields["lead"].queryset = User.objects.filter(pk__in=team).order_by("name")

    def changes(self):
        return {"lead": str(self.cleaned_data["lead"].pk)}


class PeopleForm(AmendmentForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address of the person"))
    team = forms.CharField(
        label=QUESTIONS["team"].label,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[WordLimit(QUESTIONS["team"].words)],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].help_text = room_for(QUESTIONS["team"].words)
        self.initial.setdefault("team", self.project.answers().get("team", ""))

    def clean_email(self):
        found = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody here has this address. Ask an administrator to invite her."))
        if self.project.memberships.filter(user=found, state__in=["proposed", "approved"]).exists():
            raise ValidationError(_("This person is on the project already."))
        return found

    def changes(self):
        return {"people": [str(self.cleaned_data["email"].pk)], "team": self.cleaned_data["team"]}


class DatasetsForm(AmendmentForm):
    version = forms.ModelChoiceField(DatasetVersion.objects.none(), label=gettext_lazy("Which dataset?"))
    variables = forms.CharField(
        label=gettext_lazy("What do you need of it?"),
        help_text=gettext_lazy("One column a line: its name, a colon, why you need it."),
        widget=forms.Textarea(attrs={"rows": 6}),
        validators=[WordLimit(MOST_WORDS_OF_COLUMNS)],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["variables"].help_text += f" {room_for(MOST_WORDS_OF_COLUMNS)}"
        listed = DatasetVersion.objects.filter(dataset__state="listed").select_related("dataset__held_by")
        self.fields["version"].queryset = listed.exclude(pk__in=self.project.dataset_versions.values("pk"))

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("version") and cleaned.get("variables"):
            for sentence in wrong_lines(cleaned["variables"], cleaned["version"]):
                self.add_error("variables", sentence)
        return cleaned

    def changes(self):
        version = str(self.cleaned_data["version"].pk)
        there = {str(pk) for pk in self.project.dataset_versions.values_list("pk", flat=True)}
        variables = self.cleaned_data["variables"].replace("\r\n", "\n")
        return {"dataset_versions": sorted(there | {version}), f"{VARIABLES}{version}": variables}


class TextForm(AmendmentForm):
    """Another answer to one question that is answered in a text."""

    answer = forms.CharField(label="", widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        asked, field = QUESTIONS[self.about], self.fields["answer"]
        field.label, field.help_text = asked.label, room_for(asked.words)
        field.validators.append(WordLimit(asked.words))
        self.before = getattr(self.project, self.about) if asked.is_column else self.project.answers()[self.about]
        self.initial.setdefault("answer", self.before)

    def clean_answer(self):
        answer = self.cleaned_data["answer"].replace("\r\n", "\n")
        if answer == self.before:
            raise ValidationError(_("This is what stands there now."))
        return answer

    def changes(self):
        return {self.about: self.cleaned_data["answer"]}


class OwnDataForm(DataForm):
    """The data of a project in force: it leaves some out, or changes their columns. Another dataset is a change of its own."""

    def _field(self, question: Question) -> forms.Field:
        field = super()._field(question)
        field.queryset = self.project.dataset_versions.select_related("dataset__held_by").order_by("dataset__name")
        field.help_text = _("Take the tick away from what is not needed any more.")
        return field


class SectionChangeForm(AmendmentForm):
    """Other answers in one part of the application: its own form, filled in with what was approved."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.section = BY_KEY[self.about]
        self.before = answers_now(self.project, self.section)
        self.answers = as_answers(self.section, self.data) if self.is_bound else self.before
        kind = OwnDataForm if self.about == "data" else SectionForm
        self.part = kind(self.section, self.answers, project=self.project)
        self.fields = {**self.part.fields, **self.fields}
        self.initial |= self.before

    def clean(self):
        """What is wrong between the answers of the part is found by its own form."""
        for key, errors in self.part.errors.items():
            if key not in self.errors:
                self.add_error(key, errors)
        if not self.errors and not self.changes():
            raise ValidationError(_("This is what stands there now."))
        return super().clean()

    def changes(self):
        """Those answers alone that are others now."""
        asked = {key: self.answers[key] for key in self.part.fields}
        told = {key: sorted(value) if isinstance(value, list) else value for key, value in asked.items()}
        return {key: value for key, value in told.items() if value != self.before[key]}


def answers_now(project: Project, section: Section) -> dict:
    """The answers of a part as its form has them, as they were approved."""
    there = answers_of(project.content())
    keys = [each.key for each in section.questions]
    if section.key == "data":
        keys += [f"{VARIABLES}{version}" for version in there["dataset_versions"]]
    return {key: _as_written(key, there.get(key)) for key in keys}


def _as_written(key: str, value):
    """A kept answer as a form has it."""
    kind = "text" if is_variables(key) else QUESTIONS[key].kind
    if kind == "yes_no":
        return "yes" if value else "no"
    return sorted(value or []) if kind in MANY else value or ""


FORMS = {
    Amendment.Kind.EXTENSION: ExtensionForm,
    Amendment.Kind.LEAD: LeadForm,
    Amendment.Kind.PEOPLE: PeopleForm,
    Amendment.Kind.DATASETS: DatasetsForm,
    Amendment.Kind.TEXT: TextForm,
    Amendment.Kind.SECTION: SectionChangeForm,
}


def texts_of(project: Project) -> list:
    """The questions whose answer may be changed by an amendment, each for itself."""
    answered = project.answers()
    texts = [each for each in QUESTIONS.values() if each.kind == "text" and (each.is_column or answered.get(each.key))]
    return [each for each in texts if section_of(each.key).key not in WHOLE_SECTIONS]


def sections_of(project: Project) -> list[Section]:
    """The parts of the application whose answers may be changed by an amendment, together."""
    return [each for each in SECTIONS if each.key in WHOLE_SECTIONS]
