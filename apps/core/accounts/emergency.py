"""Break glass: the short, fixed list of what two named people may do at the machine itself. Never sign, dispatch or release."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts import second_factor
from apps.core.accounts.holders import holders
from apps.core.accounts.models import User
from apps.core.accounts.permissions import check_can_hold
from apps.core.accounts.role_actions import PersonNote, reset_second_factor
from apps.core.accounts.roles import Role
from apps.core.audit.act import act, record
from apps.core.errors import BadInput, NotAllowed, WrongState

# Who asks for something here, or votes here, is none of those who run the place.
NO_STAFF = (Role.RESEARCHER, Role.PANEL_MEMBER)


def check_two(first: User, second: User, person: User, side) -> None:
    """Two active members of the side's staff, neither of them the person whom it is about. Raises NotAllowed."""
    if first.pk == second.pk:
        raise NotAllowed(_("Two different people are needed."))
    for each in (first, second):
        if each.pk == person.pk:
            raise NotAllowed(_("Nobody does this for herself."))
        if not any(of == side and role not in NO_STAFF for role, of in each.roles()):
            raise NotAllowed(_("%(person)s works in no role on this side.") % {"person": each})


def check_is_herself(user: User, password: str, code: str) -> None:
    """Her password, and a code of her app or of her recovery codes where a second factor is needed. Raises NotAllowed."""
    if not user.check_password(password):
        raise NotAllowed(_("This is not the password of %(person)s.") % {"person": user})
    if second_factor.needs_one(user) and not is_her_code(user, code):
        raise NotAllowed(_("This is no code of %(person)s.") % {"person": user})


def is_her_code(user: User, code: str) -> bool:
    """True for a code of her app, or for a recovery code, which is then used."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    with transaction.atomic():
        return any(each.wrap().validate_code(code) for each in Authenticator.objects.filter(user=user, type__in=kinds))


def check_nobody_is_left(person: User, side) -> None:
    """Fewer than two administrators in office: two of them do this by the usual way. Raises WrongState."""
    if holders(Role.ADMINISTRATOR, side=side, besides=[person]).count() > 1:
        raise WrongState(
            _("This side has two administrators in office. One of them proposes it, and another confirms it.")
        )


def restore_administrator(*, person: User, side, by: tuple[User, User], reason: str) -> None:
    """Make somebody an administrator of a side again, where fewer than two are. Raises NotAllowed, WrongState."""
    with act():
        person = User.objects.select_for_update().get(pk=person.pk)
        check_two(*by, person, side)
        check_nobody_is_left(person, side)
        check_can_hold(person, Role.ADMINISTRATOR, side)
        if not person.is_active or person.has_role(Role.ADMINISTRATOR, side):
            raise WrongState(_("She is an administrator already, or has left; nothing was changed."))
        held = person.role_grants.filter(role=Role.ADMINISTRATOR, side=side, ended_at=None)
        held.update(ended_at=timezone.now())  # lapsed by the clock
        person.role_grants.create(role=Role.ADMINISTRATOR, side=side, granted_by=by[0], confirmed_by=by[1])
        note("emergency.administrator_restored", person, side, by, reason)


def take_second_factor_away(*, person: User, side, by: tuple[User, User], reason: str) -> None:
    """Forget a second factor that is lost. Raises NotAllowed; WrongState where there is none."""
    with act():
        check_two(*by, person, side)
        if not Authenticator.objects.filter(user=person).exists():
            raise WrongState(_("She has set up no second factor; nothing was changed."))
        reset_second_factor(person)
        note("emergency.second_factor_reset", person, side, by, reason)


def end_roles(*, person: User, side, by: tuple[User, User], reason: str) -> None:
    """End every role of a person on a side, at once. Raises NotAllowed; WrongState where she has none."""
    with act():
        person = User.objects.select_for_update().get(pk=person.pk)
        check_two(*by, person, side)
        if not person.role_grants.filter(side=side, ended_at=None).update(ended_at=timezone.now(), ended_by=by[0]):
            raise WrongState(_("She has no role on this side; nothing was changed."))
        note("emergency.roles_ended", person, side, by, reason)


def note(verb: str, person: User, side, by: tuple[User, User], reason: str) -> None:
    """Into the log, for everybody: what was done, never to whom or by whom. Raises BadInput without a reason."""
    if not reason.strip():
        raise BadInput(_("Say why."))
    record(verb, by=by[0], subject=PersonNote(person.pk, side), second=by[1].pk, reason=reason)


# All that breaking the glass can do.
ACTS = {
    "restore_administrator": restore_administrator,
    "reset_second_factor": take_second_factor_away,
    "end_roles": end_roles,
}
