"""An application as a person reads it: section by section, question by question, from the content that is kept of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.questions import SECTIONS, VARIABLES, YES_NO, Question, Section, is_variables
from apps.hub.researchers.models import Organisation

LONGEST_DIFFERENCE = 4000  # words of both texts; beyond it the whole text stands as changed
NOT_PUBLIC = ("papers", "lead", "team")  # they name people
PART = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Row:
    """One question with its answer in words."""

    key: str
    label: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """One section with its rows."""

    section: Section
    rows: list[Row]

    @property
    def answered(self) -> list[Row]:
        return [row for row in self.rows if row.text]

    @property
    def unanswered(self) -> list[Row]:
        return [row for row in self.rows if not row.text]


@dataclass(frozen=True)
class Change:
    """One answer, old beside new. `before` and `after` are parts: (is it changed?, text)."""

    label: str
    before: list[tuple[bool, str]]
    after: list[tuple[bool, str]]


class Names:
    """The names of what contents mention by its identity; one query for each kind."""

    def __init__(self, *contents: dict):
        self.contents = contents

    @cached_property
    def versions(self) -> dict[str, str]:
        wanted = [key for content in self.contents for key in content["dataset_versions"]]
        wanted += [
            key.removeprefix(VARIABLES) for content in self.contents for key in answers_of(content) if is_variables(key)
        ]
        rows = DatasetVersion.objects.filter(pk__in=filter(is_uuid, wanted)).select_related("dataset__held_by")
        return {str(row.pk): f"{row}, {row.dataset.held_by}" for row in rows}

    @cached_property
    def organisations(self) -> dict[str, str]:
        wanted = [content["organisation"] for content in self.contents]
        return {str(row.pk): row.name for row in Organisation.objects.filter(pk__in=wanted)}

    @cached_property
    def people(self) -> dict[str, str]:
        wanted = [content["lead"] for content in self.contents]
        return {str(row.pk): row.name for row in get_user_model().objects.filter(pk__in=wanted)}


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def answers_of(content: dict) -> dict:
    """Every answer of an application, those that are fields of the project among them."""
    return {**content, **content["answers"]}


def sheets(content: dict, names: Names | None = None) -> list[Sheet]:
    """An application in words. `content` is what `Project.content()` gives."""
    names = names or Names(content)
    told = [Sheet(section, list(rows_of(section, content, names))) for section in SECTIONS]
    papers = "\n".join(_paper_in_words(paper) for paper in content["papers"])
    for sheet in told:
        if sheet.section.key == "approvals":
            sheet.rows.append(Row("papers", _("Files"), papers))
        if sheet.section.key == "team":
            sheet.rows.append(Row("lead", _("Led by"), names.people.get(content["lead"], "")))
    return told


def _paper_in_words(paper: dict) -> str:
    words = _("%(name)s, closed (SHA-256 %(sha256)s)") if paper["is_closed"] else _("%(name)s (SHA-256 %(sha256)s)")
    return words % paper


def public_sheets(content: dict) -> list[Sheet]:
    """What the public reads of an application: what was answered, without the names of people."""
    told = [
        Sheet(each.section, [row for row in each.rows if row.key not in NOT_PUBLIC and row.text])
        for each in sheets(content)
    ]
    return [sheet for sheet in told if sheet.rows]


def rows_of(section: Section, content: dict, names: Names) -> Iterator[Row]:
    answers = answers_of(content)
    for question in section.questions:
        yield Row(question.key, question.read_label, in_words(question, answers.get(question.key), names))
    if section.key == "data":
        for version in content["dataset_versions"]:
            label = _("Columns of %(dataset)s") % {"dataset": names.versions.get(version, version)}
            yield Row(f"{VARIABLES}{version}", label, answers.get(f"{VARIABLES}{version}", ""))


def in_words(question: Question, value, names: Names) -> str:
    """A kept answer as text; empty where there is none."""
    if question.kind == "yes_no":
        value = "yes" if value is True else "no" if value is False else value
    if question.kind == "datasets":
        return "\n".join(names.versions.get(each, each) for each in value or [])
    if question.kind == "organisation":
        return names.organisations.get(str(value), "")
    if question.kind == "choices":
        return ", ".join(str(dict(question.choices).get(each, each)) for each in value or [])
    if question.kind == "date":
        return in_days(value or "")
    choices = dict(YES_NO if question.kind == "yes_no" else question.choices)
    return str(choices.get(value, value or ""))


def in_days(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "j F Y")
    except ValueError:
        return value


def changes(before: dict, after: dict) -> list[Change]:
    """What one content says differently from an older one, question by question."""
    names = Names(before, after)
    old = {row.key: row for sheet in sheets(before, names) for row in sheet.rows}
    new = {row.key: row for sheet in sheets(after, names) for row in sheet.rows}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        texts = [rows[key].text if key in rows else "" for rows in (old, new)]
        if texts[0] != texts[1]:
            found.append(Change((new.get(key) or old[key]).label, *difference(*texts)))
    return found


def difference(before: str, after: str) -> tuple[list, list]:
    """Two texts in parts, each marked whether the other has it: word by word."""
    old, new = PART.findall(before), PART.findall(after)
    if len(old) + len(new) > LONGEST_DIFFERENCE:
        return [(True, before)], [(True, after)]
    left, right = [], []
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if old_from < old_to:
            left.append((what != "equal", "".join(old[old_from:old_to])))
        if new_from < new_to:
            right.append((what != "equal", "".join(new[new_from:new_to])))
    return left, right
