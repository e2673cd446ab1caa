"""What the public may read of a project's application: what was decided on or handed in, never what is being written."""

import json
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from apps.core.workflow.models import last_minute, latest_sign_off
from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects.models import Project
from apps.hub.projects.sheets import Sheet, public_sheets
from apps.hub.researchers.models import Organisation

BEING_CHANGED = ("draft", "returned")
# A withdrawn application without a decision may never have been handed in.
NOT_HANDED_IN = (*BEING_CHANGED, "withdrawn")


@dataclass(frozen=True)
class Application:
    """The texts and choices of an application, as they were signed or handed in."""

    code: str
    title: str
    lay_summary: str
    benefit: str
    commercial: bool
    until: date
    organisation: Organisation
    tres: QuerySet
    versions: QuerySet
    sheets: list[Sheet]


def is_under_embargo(project: Project) -> bool:
    ends = project.embargo_ends()
    return ends is not None and timezone.now() <= ends


def application_of(project: Project) -> Application | None:
    """What the newest decision was about; before any, what was handed in. None where neither may be read."""
    content = content_of(project)
    if content is None:
        return None
    return Application(
        code=content["code"],
        title=content["title"],
        lay_summary=content["lay_summary"],
        benefit=content["benefit"],
        commercial=content["commercial"],
        until=date.fromisoformat(content["until"]),
        organisation=Organisation.objects.get(pk=content["organisation"]),
        tres=Tre.objects.filter(pk__in=content["tres"]).order_by("name"),
        versions=DatasetVersion.objects.filter(pk__in=content["dataset_versions"]).select_related("dataset__held_by"),
        sheets=public_sheets(content),
    )


def content_of(project: Project) -> dict | None:
    """The content of an application that may be read, as `Project.content()` gives it."""
    decided = latest_sign_off(project)
    if decided is None:
        return None if project.state in NOT_HANDED_IN else project.content()
    signed = json.loads(bytes(decided.content))
    hidden_until = signed.get("embargo_until")
    is_hidden = hidden_until and timezone.now() <= last_minute(date.fromisoformat(hidden_until))
    return None if is_hidden else signed
