"""The forms of an application, made from its questions. A form says what is wrong; what was written is kept all the same."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.web.papers import check_paper
from apps.core.web.texts import one_plain_line
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.lengths import too_long, years_after
from apps.hub.projects.models import Project
from apps.hub.projects.questions import MANY, SECTIONS, VARIABLES, YES_NO, Question, Section
from apps.hub.researchers.models import Organisation

YEARS_OF_EMBARGO = 5
LONGEST_LINE = 200
MOST_WORDS_OF_COLUMNS = 1000


def as_data(answers: dict) -> MultiValueDict:
    """Kept answers as a browser would send them."""
    return MultiValueDict({key: value if isinstance(value, list) else [value] for key, value in answers.items()})


def as_answers(section: Section, data) -> dict:
    """What was sent for a section, as it is kept: every word of it, but for what no database takes."""
    found = {}
    for question in section.questions:
        values = [_storable(value) for value in data.getlist(question.key)]
        found[question.key] = values if question.kind in MANY else (values[-1] if values else "")
    if section.key == "data":
        found |= {key: _storable(data.get(key, "")) for key in sorted(data) if key.startswith(VARIABLES)}
    return found


def _storable(text: str) -> str:
    return str(text).replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()


def room_for(words: int) -> str:
    """How long an answer may be, for its hint."""
    return _("At most %(words)s words.") % {"words": words}


class WordLimit:
    """At most so many words."""

    def __init__(self, most: int):
        self.most = most

    def __call__(self, text: str) -> None:
        there = len(text.split())
        if there > self.most:
            told = {"there": there, "most": self.most}
            raise ValidationError(_("Use at most %(most)s words. There are %(there)s now.") % told)


def _text(question: Question) -> forms.Field:
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": 10 if question.words >= 300 else 4}),
        validators=[WordLimit(question.words)],
        help_text=f"{question.help} {room_for(question.words)}".strip(),
    )


def _line(question: Question) -> forms.Field:
    return forms.CharField(max_length=LONGEST_LINE, validators=[one_plain_line], help_text=question.help)


def _choice(question: Question) -> forms.Field:
    choices = YES_NO if question.kind == "yes_no" else question.choices
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, help_text=question.help)


def _choices(question: Question) -> forms.Field:
    return forms.MultipleChoiceField(
        choices=question.choices, widget=forms.CheckboxSelectMultiple, help_text=question.help
    )


def _datasets(question: Question) -> forms.Field:
    listed = DatasetVersion.objects.filter(dataset__state="listed").select_related("dataset__held_by")
    return forms.ModelMultipleChoiceField(listed, widget=forms.CheckboxSelectMultiple, help_text=question.help)


FIELDS = {
    "text": _text,
    "line": _line,
    "code": lambda question: forms.SlugField(max_length=40, help_text=_("Letters, numbers and hyphens.")),
    "yes_no": _choice,
    "choice": _choice,
    "choices": _choices,
    "date": lambda question: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), help_text=question.help),
    "organisation": lambda question: forms.ModelChoiceField(Organisation.objects.order_by("name")),
    "datasets": _datasets,
}


class SectionForm(forms.Form):
    """One section. `answers` fill it in; None where it was never saved. Bound to them, it says what is wrong with them.
    `unasked`: the fields that no page has asked for yet."""

    unasked: frozenset[str] = frozenset()

    def __init__(self, section: Section, answers: dict | None, *, project: Project):
        bound = None if answers is None else as_data(answers)
        super().__init__(bound, auto_id="id_%s")
        self.section, self.project = section, project
        for question in section.questions:
            self.fields[question.key] = self._field(question)

    def _field(self, question: Question) -> forms.Field:
        made = FIELDS[question.kind](question)
        made.label, made.required = question.label, question.required
        return made

    def clean(self):
        cleaned = super().clean()
        for question in self.section.questions:
            if question.when and question.key not in self.errors:
                self._check_asked_for(question, cleaned)
        getattr(self, f"_clean_{self.section.key}", lambda cleaned: None)(cleaned)
        return cleaned

    def leave_unasked_unmarked(self) -> None:
        """What nobody was asked for yet is missing, and no mistake: a page shows it without an error."""
        for key in self.unasked:
            self.errors.pop(key, None)

    def columns(self) -> dict:
        """The answers of a right section that are fields of the project, as `Project.content()` tells them."""
        asked = [each for each in self.section.questions if each.is_column]
        return {each.key: _told(self.cleaned_data[each.key]) for each in asked}

    def _check_asked_for(self, question: Question, cleaned: dict) -> None:
        other, value = question.when
        given = cleaned.get(other)
        if (given == value if value else given) and not cleaned.get(question.key):
            self.add_error(question.key, forms.Field.default_error_messages["required"])

    def _clean_summary(self, cleaned):
        others = Project.objects.filter(code__iexact=cleaned.get("code", "")).exclude(pk=self.project.pk)
        if cleaned.get("code") and others.exists():
            self.add_error("code", _("Another project has this code. Choose another."))

    def _clean_dates(self, cleaned):
        first, last, today = cleaned.get("start"), cleaned.get("until"), timezone.localdate()
        if first and first > years_after(today):
            self.add_error("start", _("Choose a first day that is not so far away."))
        if last and last < today:
            self.add_error("until", _("Choose a day that has not passed."))
        elif first and last and last < first:
            self.add_error("until", _("The last day comes after the first."))
        elif first and last and last > years_after(first):
            self.add_error("until", too_long())

    def _clean_embargo(self, cleaned):
        """An embargo ends: on a day to come, and within some years."""
        day, today = cleaned.get("embargo_until"), timezone.localdate()
        if day and day < today:
            self.add_error("embargo_until", _("Choose a day that has not passed."))
        elif day and (day.year - YEARS_OF_EMBARGO, day.month, day.day) > (today.year, today.month, today.day):
            self.add_error("embargo_until", _("An embargo lasts five years at the most. Choose an earlier day."))
        elif "embargo_until" not in self.errors and bool(day) != bool(cleaned.get("embargo_reason")):
            self.add_error("embargo_reason", _("An embargo has a last day and a reason: give both, or neither."))


def _told(value):
    """A cleaned answer as it stands in the content of a project."""
    if isinstance(value, QuerySet):
        return sorted(str(each.pk) for each in value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value.pk) if isinstance(value, Organisation) else value


class DataForm(SectionForm):
    """The section on the data: for each dataset that is chosen, which of its columns are needed and why."""

    def __init__(self, section: Section, answers: dict | None, *, project: Project):
        super().__init__(section, answers, project=project)
        answers = answers or {}
        chosen = set(answers.get("dataset_versions", []))
        self.versions = [each for each in self.fields["dataset_versions"].queryset if str(each.pk) in chosen]
        for version in self.versions:
            self.fields[f"{VARIABLES}{version.pk}"] = self._variables(version)
        self.unasked = frozenset(name for name in self.fields if name.startswith(VARIABLES) and name not in answers)

    def _variables(self, version: DatasetVersion) -> forms.Field:
        names = ", ".join(column["name"] for column in version.dictionary)
        asked = _("One column a line: its name, a colon, why you need it.")
        there = _("It has: %(names)s.") % {"names": names} if names else ""
        return forms.CharField(
            label=_("What do you need of “%(dataset)s”?") % {"dataset": version},
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=" ".join(filter(None, [asked, there, room_for(MOST_WORDS_OF_COLUMNS)])),
            validators=[WordLimit(MOST_WORDS_OF_COLUMNS)],
        )

    def _clean_data(self, cleaned):
        for version in self.versions:
            key = f"{VARIABLES}{version.pk}"
            for sentence in wrong_lines(cleaned.get(key, ""), version):
                self.add_error(key, sentence)


def wrong_lines(text: str, version: DatasetVersion) -> list[str]:
    """What is wrong with the lines that name the columns of a dataset and why each is needed."""
    names, found = {column["name"] for column in version.dictionary}, []
    for line in filter(str.strip, text.splitlines()):
        name, colon, why = (part.strip() for part in line.partition(":"))
        if not colon or not why:
            found.append(_("Say why you need “%(name)s”, after a colon.") % {"name": name[:80]})
        elif names and name not in names:
            found.append(_("There is no column “%(name)s”.") % {"name": name[:80]})
    return found


def form_of(section: Section, answers: dict | None, *, project: Project) -> SectionForm:
    """The form of a section, filled in with `answers`."""
    return (DataForm if section.key == "data" else SectionForm)(section, answers, project=project)


def forms_of(project: Project) -> list[SectionForm]:
    """Every section of an application as a form: one that was never saved is not bound. One query, and those of choices."""
    kept = {row.key: row for row in project.sections.all()}
    found = []
    for section in SECTIONS:
        row = kept.get(section.key)
        form = form_of(section, row.answers if row else None, project=project)
        form.kept = row
        found.append(form)
    return found


class BeginForm(forms.Form):
    """The least with which an application begins; all of it can be changed."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_LINE, validators=[one_plain_line])
    code = forms.SlugField(
        label=gettext_lazy("A short code, such as ASTHMA-24"),
        max_length=40,
        help_text=gettext_lazy("Letters, numbers and hyphens."),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=gettext_lazy("Which organisation is it for?")
    )

    def clean_code(self):
        code = self.cleaned_data["code"]
        if Project.objects.filter(code__iexact=code).exists():
            raise ValidationError(_("Another project has this code. Choose another."))
        return code


class PaperForm(forms.Form):
    """A letter or another paper of the application."""

    paper = forms.FileField(
        label=gettext_lazy("Add a file"), help_text=gettext_lazy("PDF, ODT, DOCX, text, PNG or JPEG. Up to 20 MB.")
    )
    is_closed = forms.BooleanField(
        label=gettext_lazy("Only members of the panel without a conflict may open it"),
        help_text=gettext_lazy("You, the people you name and the panel coordinator can open it too."),
        required=False,
    )

    def clean_paper(self):
        paper = self.cleaned_data["paper"]
        check_paper(paper)
        return paper


class CommentForm(forms.Form):
    """What the panel asks of one answer."""

    text = forms.CharField(
        label=gettext_lazy("What do you ask?"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )


class AnswerForm(forms.Form):
    """The applicant's answer to a comment."""

    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("Say what you changed, or why you did not."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
