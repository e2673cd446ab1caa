"""Each TRE that was asked about a project hears when the hub no longer stands behind it, its people or its data, and when it
does again: by a signed document that says how things are now. It informs; what follows is the TRE's own to decide."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act, record
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.core.outbox.registry import hourly
from apps.hub.datasets.models import Dataset, DatasetVersion
from apps.hub.projects.models import Membership, Project
from apps.hub.researchers import changes
from apps.hub.researchers.queries import accreditations_of
from apps.hub.submissions.models import Request, ToldLapses


def lapses_of(project: Project, tre_id) -> dict[str, dict[str, str]]:
    """What the hub does not stand behind now: {"project", "people", "datasets"} -> {UUID: the sentence why}."""
    now = timezone.now()
    why = project.why_not(now)
    found = {
        "project": {str(project.pk): why},
        "people": people_lapsed(project, now),
        "datasets": datasets_lapsed(project, tre_id),
    }
    return {kind: {pk: each for pk, each in of.items() if each} for kind, of in found.items()}


def people_lapsed(project: Project, now) -> dict[str, str]:
    """{person: why she may not work on the project, or nothing}, of everybody who ever was a member. Constant queries."""
    rows = list(project.memberships.filter(state__in=["approved", "ended"]))
    approved = {row.user_id for row in rows if row.state == Membership.State.APPROVED}
    held = accreditations_of(approved)
    found = {str(row.user_id): _("She is no longer a member of the project.") for row in rows}
    nothing = _("There is no accreditation.")
    return found | {str(pk): held[pk].why_not(now) if pk in held else nothing for pk in approved}


def datasets_lapsed(project: Project, tre_id) -> dict[str, str]:
    """{dataset version: why it may not be used, or nothing}, of all that this TRE was asked for. Constant queries."""
    rows = Request.objects.filter(submission__project=project, tre=tre_id).order_by("created_at", "pk")
    asked: dict[str, list[str]] = {}  # version -> the columns of the newest request: its use is granted anew for these
    for datasets, columns in rows.values_list("datasets", "columns"):
        asked |= {pk: columns.get(pk, []) for pk in datasets.values()}
    versions = list(DatasetVersion.objects.filter(pk__in=asked).select_related("dataset"))
    own, now = set(project.dataset_versions.values_list("pk", flat=True)), project.variables_of(versions)
    return {
        str(each.pk): why_not_dataset(each, own) or why_not_columns(each, asked[str(each.pk)], now[str(each.pk)])
        for each in versions
    }


def why_not_columns(version: DatasetVersion, asked: list[str], now: list[str]) -> str:
    """Why a project may not use all the columns that were asked for; empty where it still may."""
    if gone := [name for name in asked if name not in now]:
        told = {"dataset": version.dataset, "columns": ", ".join(each[:40] for each in gone[:20])}
        return _("These columns of %(dataset)s are no longer part of the project: %(columns)s. Ask anew.") % told
    return ""


def why_not_dataset(version: DatasetVersion, own: set) -> str:
    """Why a project with these versions may not use this one; empty where it may."""
    if version.pk not in own:
        return _("%(dataset)s is no longer part of the project.") % {"dataset": version.dataset}
    if version.dataset.state != Dataset.State.LISTED:
        told = {"dataset": version.dataset, "state": version.dataset.get_state_display()}
        return _("%(dataset)s is “%(state)s” in the catalogue.") % told
    return ""


def tell(project_id) -> None:
    """Tell each TRE that was asked about a project how things stand, where that is not what it was told last."""
    with act():
        project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
        for tre_id in asked_about(project):
            told, _made = ToldLapses.objects.get_or_create(project=project, tre_id=tre_id)
            lapses = lapses_of(project, tre_id)
            if lapses == (told.lapses or {kind: {} for kind in lapses}):
                continue
            told.number, told.lapses, told.told_at = exchange.next_number(told.number), lapses, timezone.now()
            told.save()
            body = {"project": str(project.pk), "number": told.number, "lapses": lapses}
            exchange.send(kind=Document.Kind.LAPSES, side=project.side, peer=tre_id, body=body)
            record("project.lapses_told", by="portal", subject=project, tre=tre_id, lapses=lapses)


def asked_about(project: Project) -> list:
    """The TREs that were ever asked about a project and have not left, in one order."""
    rows = Request.objects.filter(submission__project=project).exclude(tre__state="left").order_by("tre_id")
    return list(rows.values_list("tre_id", flat=True).distinct())


CONCERNS = {
    changes.PROJECT: lambda pk: Q(pk=pk),
    changes.PERSON: lambda pk: Q(memberships__user=pk),
    changes.DATASET: lambda pk: Q(dataset_versions__dataset=pk),
}


@changes.when_changed
def tell_of(what: str, pk) -> None:
    """Something changed: look at every project that it concerns."""
    for project in asked_projects().filter(CONCERNS[what](pk)).values_list("pk", flat=True):
        tell(project)


@hourly
def tell_all() -> None:
    """What lapses by the clock, or in a way that nobody said, is told within the hour."""
    for project in asked_projects().values_list("pk", flat=True):
        tell(project)


def asked_projects():
    """The projects that a TRE was asked about."""
    return Project.objects.filter(submissions__requests__isnull=False).order_by("pk").distinct()
