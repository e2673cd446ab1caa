"""The roles of the portal (design: "Roles"). A role is held on a side: the hub's, or one TRE's."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    # at the hub
    RESEARCHER = "researcher", _("researcher")
    PANEL_MEMBER = "panel_member", _("panel member")  # also on a TRE's own panel, where she is none of its staff
    CHAIR = "chair", _("chair of the panel")
    COORDINATOR = "coordinator", _("panel coordinator")
    ACCREDITATION_OFFICER = "accreditation_officer", _("accreditation officer")
    # at both, like the last two
    PUBLISHER = "publisher", _("publisher")
    SAFEGUARDING_ADVISER = "safeguarding_adviser", _("adviser for children and vulnerable groups")
    AUDITOR = "auditor", _("auditor")
    # at a TRE
    RUN_APPROVER = "run_approver", _("run approver")
    CUSTODIAN = "custodian", _("custodian")
    OUTPUT_CHECKER = "output_checker", _("output checker")
    OPERATOR = "operator", _("operator")
    # at both
    INCIDENT_LEAD = "incident_lead", _("incident lead")
    ADMINISTRATOR = "administrator", _("administrator")


# What each may do, in one sentence.
SENTENCES = {
    Role.RESEARCHER: _("Writes applications, asks for analyses and gets what was released."),
    Role.PANEL_MEMBER: _("Votes on applications, with a reason."),
    Role.CHAIR: _("Confirms what the votes of the panel say."),
    Role.COORDINATOR: _("Gathers papers and dates for the panel, and decides nothing."),
    Role.ACCREDITATION_OFFICER: _("Decides who may do research, on evidence that ends."),
    Role.PUBLISHER: _("Clears texts before the public reads them."),
    Role.SAFEGUARDING_ADVISER: _("Signs too where children or vulnerable groups are in a project."),
    Role.AUDITOR: _("Reads every decision and changes nothing."),
    Role.RUN_APPROVER: _("Signs off what may run here."),
    Role.CUSTODIAN: _("Decides which projects and people may use the data here."),
    Role.OUTPUT_CHECKER: _("Checks what comes out, file by file, as one of two."),
    Role.OPERATOR: _("Connects and pauses, and decides nothing."),
    Role.INCIDENT_LEAD: _("Follows up what went wrong, until it is closed."),
    Role.ADMINISTRATOR: _("Sets up who has which role, as one of two, and decides nothing."),
}
HUB_ROLES = (
    Role.RESEARCHER,
    Role.PANEL_MEMBER,
    Role.CHAIR,
    Role.COORDINATOR,
    Role.ACCREDITATION_OFFICER,
    Role.PUBLISHER,
    Role.SAFEGUARDING_ADVISER,
    Role.AUDITOR,
    Role.INCIDENT_LEAD,
    Role.ADMINISTRATOR,
)
TRE_ROLES = (
    Role.RUN_APPROVER,
    Role.CUSTODIAN,
    Role.OUTPUT_CHECKER,
    Role.OPERATOR,
    Role.PANEL_MEMBER,
    Role.PUBLISHER,
    Role.INCIDENT_LEAD,
    Role.ADMINISTRATOR,
)
# Whoever decides does not give roles on the same side: administrators configure, they do not decide.
DECIDING_ROLES = frozenset(
    [
        Role.PANEL_MEMBER,
        Role.CHAIR,
        Role.ACCREDITATION_OFFICER,
        Role.PUBLISHER,
        Role.SAFEGUARDING_ADVISER,
        Role.RUN_APPROVER,
        Role.CUSTODIAN,
        Role.OUTPUT_CHECKER,
    ]
)
# A TRE's panel is of those of its staff who decide there anyway, and of who is a panel member alone.
DECIDING_STAFF = DECIDING_ROLES - {Role.PANEL_MEMBER}


def roles_of_side(side) -> tuple[Role, ...]:
    """The roles that are held on a side (a UUID or its text)."""
    return HUB_ROLES if UUID(str(side)) == UUID(settings.HUB_ID) else TRE_ROLES
