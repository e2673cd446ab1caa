import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.models import Invitation, RoleGrant, User
from apps.core.accounts.roles import HUB_ROLES, TRE_ROLES, Role
from apps.core.audit.act import act, record
from apps.core.errors import BadInput, NotAllowed, WrongState

INVITATION_DAYS = 14


class PersonNote:
    """The subject of an event about a person, on one side."""

    class _meta:
        label = "accounts.User"

    def __init__(self, pk: UUID, side):
        self.pk, self.side = pk, side


def check_administers(by, side) -> None:
    """An administrator of that side. Raises NotAllowed."""
    if not by.has_role(Role.ADMINISTRATOR, side):
        raise NotAllowed(_("Only an administrator does this."))


def check_role_of_side(role: str, side) -> None:
    """Hub roles are held at the hub, a TRE's at that TRE. Raises BadInput."""
    allowed = HUB_ROLES if UUID(str(side)) == UUID(settings.HUB_ID) else TRE_ROLES
    if role not in allowed:
        raise BadInput(_("This role is not held there."))


def invite(*, by, email: str, role: str, side) -> Invitation:
    """Mail a one-time link. Only the SHA-256 of its token is kept; it ends after INVITATION_DAYS days."""
    check_administers(by, side)
    check_role_of_side(role, side)
    token = secrets.token_urlsafe(32)
    with act():
        invitation = Invitation.objects.create(
            email=email.lower(),
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            role=role,
            side=side,
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        record("person.invited", by=by, subject=invitation, role=role)
        link = settings.PUBLIC_URL + reverse("invitation", args=[token])
        text = _("You are invited to the TRE-FX Portal. Open this link within %(days)s days to begin:\n\n%(link)s\n")
        body = text % {"days": INVITATION_DAYS, "link": link}
        transaction.on_commit(lambda: send_mail(_("Your invitation"), body, settings.EMAIL_FROM, [invitation.email]))
    return invitation


def invitation_of_token(token: str) -> Invitation | None:
    """The open invitation of a link, or None."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    return Invitation.objects.filter(token_sha256=digest, accepted_at=None, expires_at__gt=timezone.now()).first()


def join(*, invitation: Invitation, user: User) -> None:
    """A new person takes up her invitation and its role."""
    with act():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.accepted_at:
            raise WrongState(_("This invitation was used before."))
        invitation.accepted_at = timezone.now()
        invitation.save()
        RoleGrant.objects.create(
            user=user, role=invitation.role, side=invitation.side, granted_by=invitation.invited_by
        )
        record("person.joined", by=user, subject=invitation, role=invitation.role)


def grant_role(*, by, user: User, role: str, side) -> RoleGrant:
    """Give a person a role. Never to oneself. Raises WrongState where she has it."""
    check_administers(by, side)
    check_role_of_side(role, side)
    if by.pk == user.pk:
        raise NotAllowed(_("Nobody gives herself a role."))
    with act():
        person = User.objects.select_for_update().get(pk=user.pk)
        if person.has_role(role, side):
            raise WrongState(_("She has this role already; nothing was changed."))
        grant = RoleGrant.objects.create(user=person, role=role, side=side, granted_by=by)
        record("role.granted", by=by, subject=PersonNote(person.pk, side), role=role)
    return grant


def end_role(*, by, grant: RoleGrant) -> None:
    """Take a role back, at once."""
    check_administers(by, grant.side)
    if by.pk == grant.user_id:
        raise NotAllowed(_("Another administrator has to end your own role."))
    with act():
        grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        if grant.ended_at:
            raise WrongState(_("This role was ended before; nothing was changed."))
        grant.ended_at, grant.ended_by = timezone.now(), by
        grant.save()
        record("role.ended", by=by, subject=PersonNote(grant.user_id, grant.side), role=grant.role)


def leave(*, by: User) -> None:
    """A person leaves: her roles end and she signs in no more. What she decided stays in the record."""
    with act():
        person = User.objects.select_for_update().get(pk=by.pk)
        now = timezone.now()
        sides = set(person.role_grants.filter(ended_at=None).values_list("side", flat=True)) or {UUID(settings.HUB_ID)}
        person.role_grants.filter(ended_at=None).update(ended_at=now, ended_by=person)
        person.is_active, person.left_at = False, now
        person.set_unusable_password()
        person.save()
        for side in sides:
            record("person.left", by=person, subject=PersonNote(person.pk, side))


def first_administrator(*, email: str, name: str, password: str | None, side) -> User:
    """The first administrator of a hub or a node. Raises WrongState where the side has one."""
    with act():
        if RoleGrant.objects.filter(role=Role.ADMINISTRATOR, side=side, ended_at=None).exists():
            raise WrongState(_("This side has an administrator. She invites everybody else."))
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_user(email, password, name=name)
            user.emailaddress_set.create(email=user.email, verified=True, primary=True)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR, side=side)
        record("role.granted", by="command", subject=PersonNote(user.pk, side), role=Role.ADMINISTRATOR)
    return user
