"""What an amendment changes: shown as a difference before it is decided on, and done once it is approved."""

from datetime import date, timedelta

from django.utils import timezone

from apps.core.panels import counting
from apps.core.panels.models import Decision
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.application_models import Amendment, SectionAnswers
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.queries import voted_on
from apps.hub.projects.questions import QUESTIONS, has_column, section_of
from apps.hub.projects.versions import content_of

# What of an amendment is no answer of the application.
NO_ANSWER = ("lead", "people")
# What a chair may decide alone, where the panel's rule lets her.
SMALL = (Amendment.Kind.PEOPLE, Amendment.Kind.LEAD)
A_YEAR = timedelta(days=366)  # also one with a leap day


def is_small(amendment: Amendment) -> bool:
    """True of a change of people or lead, and of up to 12 months more."""
    if amendment.kind == Amendment.Kind.EXTENSION:
        return date.fromisoformat(amendment.changes["until"]) - A_YEAR <= agreed_until(amendment.project)
    return amendment.kind in SMALL


def agreed_until(project: Project) -> date:
    """The last day of the project as the panel agreed to it last: what a chair added alone since does not count, or she would
    extend it year after year. The day that it has, where no panel decided, or no such version is kept. Constant queries."""
    yes = Decision.objects.filter(round__subject_id__in=voted_on(project), outcome__in=counting.YES, revocation=None)
    decided = yes.select_related("round").order_by("-at").first()
    if decided is None:
        return project.until
    changed = project.amendments.filter(pk=decided.round.subject_id).first()
    version = project.versions.filter(sha256=changed.base_sha256 if changed else decided.round.content_sha256).last()
    content = content_of(version) if version else project.content()
    return date.fromisoformat((content_after(content, changed) if changed else content)["until"])


def needs_vote(amendment: Amendment) -> bool:
    """True where the panel votes on it, under the rule in force now. Constant queries."""
    rule = amendment.project.panel.rule_now()
    return not (is_small(amendment) and rule is not None and rule.chair_decides_small)


def needs_adviser(amendment: Amendment) -> bool:
    """True where somebody special is in the project, or comes into it by this change."""
    return bool(amendment.project.special_populations or amendment.changes.get("special_populations"))


def content_after(content: dict, amendment: Amendment) -> dict:
    """The content of a project as the amendment would leave it."""
    columns = {key: in_column(key, value) for key, value in amendment.changes.items() if has_column(key)}
    columns |= {key: value for key, value in amendment.changes.items() if key == "lead"}
    others = {key: value for key, value in amendment.changes.items() if not has_column(key) and key not in NO_ANSWER}
    return {**content, **columns, "answers": {**content["answers"], **others}}


def in_column(key: str, value):
    """An answer as the field of the project has it: a yes or no is written as a word."""
    return value == "yes" if QUESTIONS[key].kind == "yes_no" else value


def apply(amendment: Amendment, project: Project, by) -> None:
    """Write what was approved. Inside an act; `project` is locked, and saved by whoever calls."""
    answers = {key: value for key, value in amendment.changes.items() if key not in NO_ANSWER}
    for key, value in answers.items():
        _write_answer(project, key, value, by)
    if "lead" in amendment.changes:
        project.memberships.filter(is_lead=True).update(is_lead=False)
        project.memberships.filter(user=amendment.changes["lead"], state="approved").update(is_lead=True)
        project.lead_id = amendment.changes["lead"]
    for person in amendment.changes.get("people", []):
        if not project.memberships.filter(user=person, state__in=["proposed", "approved"]).exists():
            Membership.objects.create(project=project, user_id=person)


def _write_answer(project: Project, key: str, value, by) -> None:
    section = section_of(key)
    kept = project.sections.filter(key=section.key).first() or SectionAnswers(project=project, key=section.key)
    kept.answers = {**kept.answers, key: value}
    kept.revision, kept.saved_at, kept.saved_by = kept.revision + 1, timezone.now(), by
    kept.save()
    if key == "dataset_versions":
        versions = list(DatasetVersion.objects.filter(pk__in=value).select_related("dataset"))
        project.dataset_versions.set(versions)
        project.tres.set({version.dataset.held_by_id for version in versions})
    elif has_column(key):
        setattr(project, key, Project._meta.get_field(key).to_python(in_column(key, value)))
