"""The roles of the portal (design: "Roles"). A role is held on a side: the hub's, or one TRE's."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    # at the hub
    RESEARCHER = "researcher", _("researcher")
    PANEL_MEMBER = "panel_member", _("panel member")
    CHAIR = "chair", _("chair of the panel")
    COORDINATOR = "coordinator", _("panel coordinator")
    ACCREDITATION_OFFICER = "accreditation_officer", _("accreditation officer")
    PUBLISHER = "publisher", _("publisher")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")
    # at a TRE
    RUN_APPROVER = "run_approver", _("run approver")
    CUSTODIAN = "custodian", _("custodian")
    OUTPUT_CHECKER = "output_checker", _("output checker")
    OPERATOR = "operator", _("operator")


HUB_ROLES = (
    Role.RESEARCHER,
    Role.PANEL_MEMBER,
    Role.CHAIR,
    Role.COORDINATOR,
    Role.ACCREDITATION_OFFICER,
    Role.PUBLISHER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)
TRE_ROLES = (Role.RUN_APPROVER, Role.CUSTODIAN, Role.OUTPUT_CHECKER, Role.OPERATOR, Role.ADMINISTRATOR)
