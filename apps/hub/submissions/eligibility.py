"""Would any TRE accept this? The hub's own part of the five safes, so that a researcher hears at once."""

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.identity import bare_orcid
from apps.core.crates.check import Input
from apps.core.crates.parameters import BadParameter, fill
from apps.hub.datasets.models import WorkflowVersion
from apps.hub.projects.queries import is_member, project_named
from apps.hub.researchers.queries import why_not_accredited


def known_workflow(facts: dict) -> WorkflowVersion | None:
    """The version in the catalogue that a crate names by its address."""
    return WorkflowVersion.objects.filter(identifier=facts["workflow"]["id"]).select_related("workflow").first()


def known_project(facts: dict):
    """The project that a crate names by one of its identifiers."""
    named = facts["project"]
    return project_named([*named["identifiers"], named["id"], named["name"]])


def is_same_person(user, facts: dict) -> bool:
    """True where the crate's requester is who is signed in, by ORCID iD."""
    named = bare_orcid(facts["requester"]["id"])
    return bool(named) and named == bare_orcid(user.orcid)


def reasons(facts: dict, user) -> list[str]:
    """Why a crate cannot be sent to a TRE now, each a sentence; none where it can. A few queries, whatever it holds."""
    now = timezone.now()
    found = []
    if not is_same_person(user, facts):
        found.append(
            _("You are signed in as %(user)s (ORCID iD %(orcid)s), but the crate names %(name)s (%(id)s).")
            % {
                "user": user,
                "orcid": user.orcid or _("not given"),
                "name": facts["requester"]["name"],
                "id": facts["requester"]["id"],
            }
        )
    if not user.orcid:
        found.append(_("Add your ORCID iD to your profile: it says who you are, here and in each secure data centre."))
    people = why_not_accredited(user, now)
    if people:
        found.append(_("You are not accredited: %(why)s") % {"why": people})
    found += _project_reasons(known_project(facts), facts, user, now)
    version = known_workflow(facts)
    if version is None:
        found.append(
            _("The workflow %(name)s (%(id)s) is not in the catalogue here.")
            % {"name": facts["workflow"]["name"], "id": facts["workflow"]["id"]}
        )
    else:
        found += _input_reasons(version, facts)
    return found


def _input_reasons(version: WorkflowVersion, facts) -> list[str]:
    """What no TRE could run: a parameter that the workflow does not take, or a value of the wrong kind (5S-INP-04)."""
    try:
        fill(version.parameters, [Input(**each) for each in facts["inputs"]])
    except BadParameter as problem:
        return [str(problem)]
    return []


def _project_reasons(project, facts, user, now) -> list[str]:
    if project is None:
        return [_("The project “%(name)s” is not known here.") % {"name": facts["project"]["name"]}]
    why = project.why_not(now)
    found = [why] if why else []
    if not is_member(project, user):
        found.append(_("You are not an approved member of the project %(code)s.") % {"code": project.code})
    return found
