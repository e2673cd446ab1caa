"""How an application, and a change of one, read among the papers of a panel's meeting: as the vote froze them."""

from django.utils.translation import gettext as _

from apps.core.accounts.models import User
from apps.core.panels.models import Round
from apps.core.panels.papers import Paper, paper_of
from apps.hub.projects.amending import content_after
from apps.hub.projects.application_models import Amendment
from apps.hub.projects.models import Project
from apps.hub.projects.sheets import Names, changes, sheets
from apps.hub.projects.versions import content_of


@paper_of(Project)
def application(project: Project, round: Round) -> Paper:
    """The version that the round is about; its lay summary alone where that version is not kept."""
    version = project.versions.filter(sha256=round.content_sha256).last()
    if version is None:
        return Paper(project.lay_summary)
    content = content_of(version)
    told = [
        (str(each.section.title), [(row.label, row.text) for row in each.rows if row.key != "lay_summary"])
        for each in sheets(content, Names(content))
    ]
    return Paper(content["lay_summary"], told)


@paper_of(Amendment)
def amendment(amendment: Amendment, round: Round) -> Paper:
    """Why it is asked for, and each answer before and after; the summary is that of its project."""
    written_for = amendment.project.versions.filter(sha256=amendment.base_sha256).last()
    before = content_of(written_for) if written_for else amendment.project.content()
    people = User.objects.filter(pk__in=amendment.changes.get("people", []))
    told = [(_("Why"), [(amendment.in_short, amendment.reason)])]
    told += [(_("Who is to join"), [(each.name, "")]) for each in people]
    for each in changes(before, content_after(before, amendment)):
        old, new = ("".join(text for _is_changed, text in parts) for parts in (each.before, each.after))
        told.append((each.label, [(_("Before"), old), (_("After"), new)]))
    return Paper(before["lay_summary"], told)
