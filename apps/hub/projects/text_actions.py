"""Texts for the public about a project: written by one person, cleared by another."""

from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import step
from apps.hub.projects import permissions
from apps.hub.projects.models import Project, PublicText


def propose_text(*, project: Project, by, title: str, text: str, kind: str = "news") -> PublicText:
    """Write a text, or a correction of the one of its kind in force, for the publisher to clear."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_can_write_text(by, project)
        made = PublicText.objects.create(project=project, kind=kind, title=title, text=text, written_by=by)
        record("text.proposed", by=by, subject=made)
    return made


@step(PublicText, label=gettext_lazy("Publish it"), check=permissions.check_can_clear_text)
def clear(*, publictext, by, reason: str):
    """The second person's yes: the public reads it from now on, and the text before as superseded."""
    with act():
        project = Project.objects.select_for_update().get(pk=publictext.project_id)
        text = PublicText.objects.select_for_update().get(pk=publictext.pk)
        permissions.check_can_clear_text(by, text)
        steps.check_state(text, "clear")
        before = (
            PublicText.objects.select_for_update().filter(project=project, kind=text.kind, state="published").first()
        )
        if before:
            before.supersede()
            before.save()
        text.clear(at=timezone.now())
        text.save()
        sign(subject=text, verb="text.published", by=by, outcome=SignOff.Outcome.APPROVED, reason=reason)
        verb = "text.corrected" if before else "text.published"
        record(verb, by=by, subject=text, reason=reason, **project.told())


@step(PublicText, label=gettext_lazy("Return it with a question"), check=permissions.check_can_clear_text)
def send_back(*, publictext, by, reason: str):
    """Not like this: whoever wrote it reads why, and writes another."""
    with act():
        text = PublicText.objects.select_for_update().get(pk=publictext.pk)
        permissions.check_can_clear_text(by, text)
        steps.check_state(text, "send_back")
        text.send_back()
        text.save()
        sign(subject=text, verb="text.returned", by=by, outcome=SignOff.Outcome.RETURNED, reason=reason)
        record("text.returned", by=by, subject=text, reason=reason)
