"""What an amendment asks for, by its kind. Each form gives `changes()`: question -> what is to stand there."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.models import User
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.application_forms import MOST_WORDS_OF_COLUMNS, WordLimit, room_for, wrong_lines
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.lengths import latest_extension, too_long
from apps.hub.projects.models import Project
from apps.hub.projects.questions import QUESTIONS, VARIABLES


class AmendmentForm(forms.Form):
    """Why it is to be changed; the kinds add what."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The panel and the public read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args, project: Project, question: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.project, self.question = project, question
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
        asked, field = QUESTIONS[self.question], self.fields["answer"]
        field.label, field.help_text = asked.label, room_for(asked.words)
        field.validators.append(WordLimit(asked.words))
        self.before = getattr(self.project, self.question) if asked.is_column else self.project.answers()[self.question]
        self.initial.setdefault("answer", self.before)

    def clean_answer(self):
        answer = self.cleaned_data["answer"].replace("\r\n", "\n")
        if answer == self.before:
            raise ValidationError(_("This is what stands there now."))
        return answer

    def changes(self):
        return {self.question: self.cleaned_data["answer"]}


FORMS = {
    Amendment.Kind.EXTENSION: ExtensionForm,
    Amendment.Kind.LEAD: LeadForm,
    Amendment.Kind.PEOPLE: PeopleForm,
    Amendment.Kind.DATASETS: DatasetsForm,
    Amendment.Kind.TEXT: TextForm,
}


def texts_of(project: Project) -> list:
    """The questions whose answer may be changed by an amendment."""
    answered = project.answers()
    return [each for each in QUESTIONS.values() if each.kind == "text" and (each.is_column or answered.get(each.key))]
