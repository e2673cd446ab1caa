"""The frozen versions of an application: what was handed in, byte for byte, and what changed from one to the next."""

import hashlib
import json

from django.utils.translation import gettext as _

from apps.core.errors import WrongState
from apps.core.workflow.models import canonical
from apps.hub.projects.application_forms import forms_of
from apps.hub.projects.application_models import Paper, ProjectVersion
from apps.hub.projects.models import Project
from apps.hub.projects.sheets import Change, changes


def freeze(project: Project, by) -> ProjectVersion:
    """Keep the application as it is now as its next version. Inside an act; `project` is locked."""
    content = canonical(project.content())
    project.latest_version += 1
    project.save()
    return ProjectVersion.objects.create(
        project=project,
        number=project.latest_version,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
    )


def check_is_as_handed_in(project: Project) -> None:
    """Raises WrongState where it was changed since it was handed in last: a panel votes on what was handed in alone."""
    handed_in = project.versions.get(number=project.latest_version)
    if handed_in.sha256 != project.content_sha256():
        raise WrongState(_("The application is being changed. It is voted on once it is handed in again."))


def content_of(version: ProjectVersion) -> dict:
    """What a version says, as `Project.content()` gave it."""
    return json.loads(bytes(version.content))


def changes_of(version: ProjectVersion) -> list[Change]:
    """What a version says differently from the one before; nothing for the first."""
    before = ProjectVersion.objects.filter(project=version.project_id, number=version.number - 1).first()
    return changes(content_of(before), content_of(version)) if before else []


def readable_content(project: Project, user) -> dict:
    """What a person may read of an application: all but its lead read what is being changed, or was taken back, as handed in."""
    if project.state not in (Project.State.RETURNED, Project.State.WITHDRAWN):
        return project.content()
    if project.lead_id != user.pk and project.latest_version:
        return content_of(project.versions.get(number=project.latest_version))
    return content_as_written(project)


def content_as_written(project: Project) -> dict:
    """The content of an application as its lead has written it so far. What came back and was changed is written into it."""
    content = project.content()
    for form in forms_of(project):
        if form.is_bound and form.is_valid():
            content |= form.columns()
    return content


def papers_of(project: Project, content: dict) -> list[Paper]:
    """The files that a content of a project names, in its order; also those that were removed since. One query.

    Each with `closed_now`.
    """
    kept = {(each.name, each.sha256, each.is_closed): each for each in project.papers.with_doors()}
    return [kept[each["name"], each["sha256"], each["is_closed"]] for each in content["papers"]]
