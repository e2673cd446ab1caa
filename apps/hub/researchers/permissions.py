from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed


def check_is_her_own(by, accreditation):
    if accreditation.user_id != by.pk:
        raise NotAllowed(_("Only the researcher herself can hand in her accreditation."))


def check_can_decide(by, accreditation):
    """An accreditation officer, never on her own."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides who is accredited."))
    if accreditation.user_id == by.pk:
        raise NotAllowed(_("You cannot decide on your own accreditation."))
