"""Who may change who may do what."""

from django.utils.translation import gettext as _

from apps.core.accounts.models import AccessChange, Invitation, RoleGrant
from apps.core.accounts.roles import DECIDING_ROLES, Role, roles_of_side
from apps.core.errors import BadInput, NotAllowed


def check_administers(by, side) -> None:
    """An administrator of that side. Raises NotAllowed."""
    if not by.has_role(Role.ADMINISTRATOR, side):
        raise NotAllowed(_("Only an administrator does this."))


def check_role_of_side(role: str, side) -> None:
    """Hub roles are held at the hub, a TRE's at that TRE. Raises BadInput."""
    if role not in roles_of_side(side):
        raise BadInput(_("This role is not held there."))


def check_can_propose(by, *, user, side) -> None:
    """Never about oneself. Raises NotAllowed."""
    check_administers(by, side)
    if user is not None and by.pk == user.pk:
        raise NotAllowed(_("Nobody changes her own access. Ask another administrator."))


def check_can_confirm(by, accesschange: AccessChange) -> None:
    """A second administrator of the same side, who is not the person herself. Raises NotAllowed."""
    check_can_propose(by, user=accesschange.user, side=accesschange.side)
    if by.pk == accesschange.proposed_by_id:
        raise NotAllowed(_("You proposed this. Another administrator has to confirm it."))


def check_can_refuse(by, accesschange: AccessChange) -> None:
    """As to confirm it."""
    check_can_confirm(by, accesschange)


def check_can_withdraw(by, accesschange: AccessChange) -> None:
    """Whoever proposed it. Raises NotAllowed."""
    if by.pk != accesschange.proposed_by_id:
        raise NotAllowed(_("Only the person who proposed this can withdraw it."))


def check_can_hold(user, role: str, side) -> None:
    """Administrators configure and do not decide: nobody is both on one side. Raises NotAllowed."""
    held = {held for held, of in user.roles() if of == side}
    if (role == Role.ADMINISTRATOR and held & DECIDING_ROLES) or (
        role in DECIDING_ROLES and Role.ADMINISTRATOR in held
    ):
        raise NotAllowed(_("An administrator cannot hold a role that decides on the same side."))


def check_can_end(by, grant: RoleGrant) -> None:
    """One administrator may take a role back, but never her own. Raises NotAllowed."""
    check_administers(by, grant.side)
    if by.pk == grant.user_id:
        raise NotAllowed(_("Another administrator has to end your own role."))


def is_second_administrator(role: str, side) -> bool:
    """True while a side has had one administrator only, and is to get its second one."""
    if role != Role.ADMINISTRATOR:
        return False
    had = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, side=side).values("user").distinct().count()
    open_ones = [each for each in Invitation.objects.filter(role=role, side=side, accepted_at=None) if each.is_open()]
    return had < 2 and not open_ones
