"""Who follows an incident up."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import BadInput, NotAllowed
from apps.core.incidents.models import Incident, IncidentText


def sides_of(user) -> list[UUID]:
    """The sides on which she may report: the hub, where this portal has one, and her own TREs."""
    return [*([UUID(settings.HUB_ID)] if settings.HAS_HUB else []), *sorted(user.tres())]


def check_can_report(by, side) -> None:
    """Anyone who is signed in, on a side that she knows. Raises BadInput."""
    if side not in sides_of(by):
        raise BadInput(_("You cannot report anything there."))


def check_leads(by, incident: Incident) -> None:
    """An incident lead of that side. Raises NotAllowed."""
    if not by.has_role(Role.INCIDENT_LEAD, incident.side):
        raise NotAllowed(_("Only an incident lead follows this up."))


def check_can_close(by, incident: Incident) -> None:
    """An incident lead who did not report it herself. Raises NotAllowed."""
    check_leads(by, incident)
    if by.pk == incident.reported_by_id:
        raise NotAllowed(_("You reported this yourself. Another incident lead has to close it."))


def check_can_clear(by, text: IncidentText) -> None:
    """A publisher of that side, never of her own words, nor of what she reported. Raises NotAllowed."""
    if not by.has_role(Role.PUBLISHER, text.side):
        raise NotAllowed(_("Only a publisher clears a text for the public."))
    if by.pk == text.written_by_id:
        raise NotAllowed(_("You wrote this text, so another person clears it."))
    if by.pk == text.incident.reported_by_id:
        raise NotAllowed(_("You reported this yourself, so another person clears the text."))


def check_can_agree(by, incident: Incident) -> None:
    """A second person, lead or administrator, on a longer time in private. Raises NotAllowed."""
    if not any(by.has_role(role, incident.side) for role in (Role.INCIDENT_LEAD, Role.ADMINISTRATOR)):
        raise NotAllowed(_("Only an incident lead or an administrator agrees to this."))
    if by.pk == incident.longer_by_id:
        raise NotAllowed(_("You asked for this. Somebody else has to agree."))


def can_agree(by, incident: Incident) -> bool:
    try:
        check_can_agree(by, incident)
    except NotAllowed:
        return False
    return True
