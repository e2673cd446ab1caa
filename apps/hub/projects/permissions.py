from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.panels import permissions as panels
from apps.core.panels.models import Vote
from apps.core.workflow.models import SignOff
from apps.hub.projects.queries import is_bound, is_member, voted_on
from apps.hub.researchers.queries import accreditation_of, has_lost_accreditation, why_not_accredited


def check_can_apply(by):
    if not by.has_hub_role(Role.RESEARCHER):
        raise NotAllowed(_("Only a researcher applies for a project."))


def check_is_lead(by, project):
    if project.lead_id != by.pk:
        raise NotAllowed(_("Only the project's lead does this."))


def check_is_researcher(user):
    """Who leads is a researcher: the role, and an accreditation that holds now."""
    if not user.has_hub_role(Role.RESEARCHER):
        raise NotAllowed(_("Only a researcher leads a project. This person is none now."))
    if why := why_not_accredited(user, timezone.now()):
        raise NotAllowed(_("Only an accredited researcher leads a project. %(why)s") % {"why": why})


def check_leads_now(by, project):
    """The lead of a project in force, while she is an accredited researcher."""
    check_is_lead(by, project)
    check_is_researcher(by)


def check_can_ask_for_change(by, project, kind):
    """Its lead, while she may lead. Where she may no more, or left, the coordinator asks for another lead and for nothing else:
    nobody could, and the project would end with her."""
    if kind == "lead" and by.pk != project.lead_id and lead_is_missing(project):
        check_can_coordinate(by, project)
    else:
        check_leads_now(by, project)


def lead_is_missing(project) -> bool:
    """True where who leads is no accredited researcher any more."""
    try:
        check_is_researcher(project.lead)
    except NotAllowed:
        return True
    return False


def may_name_lead(by, project) -> bool:
    """True of the coordinator, where the lead is missing."""
    try:
        check_can_coordinate(by, project)
    except NotAllowed:
        return False
    return project.state == "approved" and lead_is_missing(project)


def check_can_hand_in(by, project):
    """The lead. She may apply before she is accredited, but not after her accreditation ended."""
    check_is_lead(by, project)
    check_can_apply(by)
    if has_lost_accreditation(by, timezone.now()):
        check_is_researcher(by)


def check_may_lead(user, project):
    """Who comes to lead a project: an accredited researcher who is a member of it now."""
    if not is_member(project, user):
        raise NotAllowed(_("Only a member of the project comes to lead it."))
    check_is_researcher(user)


def check_has_no_part(by, project):
    """Never your own: not the lead's, nor of a member or of who is to become one, nor of her organisation. Nobody who sits on a
    panel is stopped by being named: her own yes binds her."""
    if project.lead_id == by.pk or is_bound(project, by):
        raise NotAllowed(_("You cannot decide on your own project."))
    accreditation = accreditation_of(by)
    if accreditation is not None and accreditation.organisation_id == project.organisation_id:
        raise NotAllowed(_("You cannot decide on a project of your own organisation."))


def check_can_write_text(by, project):
    """The project's lead, or the coordinator of the panel."""
    if project.lead_id != by.pk and not by.has_hub_role(Role.COORDINATOR):
        raise NotAllowed(_("Only the project's lead, or the panel coordinator, writes for the public."))


def can_write_text(by, project) -> bool:
    try:
        check_can_write_text(by, project)
    except NotAllowed:
        return False
    return True


def check_can_clear_text(by, text):
    """A publisher, never of her own text, nor of her own project."""
    if not by.has_hub_role(Role.PUBLISHER):
        raise NotAllowed(_("Only a publisher clears a text for the public."))
    if text.written_by_id == by.pk:
        raise NotAllowed(_("You wrote this text, so another person clears it."))
    check_has_no_part(by, text.project)


def check_can_coordinate(by, project):
    if not by.has_hub_role(Role.COORDINATOR):
        raise NotAllowed(_("Only the panel coordinator does this."))
    check_has_no_part(by, project)


def check_can_close(by, project):
    """The coordinator, once the public has read what was found."""
    check_can_coordinate(by, project)
    if not project.texts.filter(kind="outcome", state="published").exists():
        raise NotAllowed(_("First a text about what was found has to be published."))


def check_can_conclude(by, project):
    """A chair, of a project in which she has no part."""
    if not by.has_hub_role(Role.CHAIR):
        raise NotAllowed(_("Only the chair of the panel concludes."))
    check_has_no_part(by, project)


def check_can_decide_member(by, membership):
    """An accreditation officer, never on her own project or on herself; whoever is proposed for one has a part in it."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides who joins a project."))
    if membership.user_id == by.pk:
        raise NotAllowed(_("You cannot decide on your own part in a project."))
    check_has_no_part(by, membership.project)


def check_can_agree_to_join(by, membership):
    """A person of herself, once, where she sits on a panel: nobody else takes her vote from her."""
    if membership.user_id != by.pk:
        raise NotAllowed(_("Only the person who was named says that she is in the team."))
    if not panels.has_a_seat(by):
        raise NotAllowed(_("You sit on no panel, so nothing is asked of you."))
    if Vote.objects.filter(round__subject_id__in=voted_on(membership.project), by=by).exists():
        raise NotAllowed(_("You voted on this project, so you cannot say now that you are in its team."))
    if agreed_to_join(membership):
        raise NotAllowed(_("You said so already; nothing was changed."))


def agreed_to_join(membership) -> bool:
    """True where she said herself that she is in the team. One query."""
    signed = SignOff.objects.filter(subject_id=membership.pk, verb="membership.agreed", by=membership.user_id)
    return signed.exists()


def check_can_approve_member(by, membership):
    """An accreditation officer. Who sits on a panel says first that she is in the team: who joins votes on it no more."""
    check_can_decide_member(by, membership)
    if panels.has_a_seat(membership.user) and not agreed_to_join(membership):
        raise NotAllowed(_("This person sits on a panel. First she says herself that she is in the team."))


def check_can_end_member(by, membership):
    """The lead, the person herself, or an accreditation officer: one person may always stop. A project keeps its lead."""
    is_officer = by.has_hub_role(Role.ACCREDITATION_OFFICER)
    if not is_officer and by.pk not in (membership.project.lead_id, membership.user_id):
        raise NotAllowed(_("Only the lead, the member herself or an accreditation officer ends a membership."))
    if by.pk == membership.user_id == membership.project.lead_id:
        raise NotAllowed(_("You lead this project. Ask for a change of its lead first, then you can leave it."))


def may_know_of_refusal(by, project, person) -> bool:
    """Whether a TRE says no to a person, or no longer says yes: for herself, her project's lead and accreditation officers."""
    return by.pk in (person.pk, project.lead_id) or by.has_hub_role(Role.ACCREDITATION_OFFICER)


def check_can_stop(by, project):
    """The chair or an accreditation officer: one person may always stop."""
    if not by.has_hub_role(Role.CHAIR, Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only the chair or an accreditation officer suspends a project."))
