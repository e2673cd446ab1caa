"""Coming in and leaving. How roles are changed: role_actions.py."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts import (
    links,
    role_actions,  # noqa: F401 - its steps
)
from apps.core.accounts.models import Invitation, RoleGrant, User
from apps.core.accounts.role_actions import PersonNote, add_role
from apps.core.accounts.roles import Role
from apps.core.audit.act import act, record
from apps.core.errors import WrongState


def invitation_of_token(token: str) -> Invitation | None:
    """The open invitation of a link, or None."""
    waiting = Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())
    return waiting.filter(token_sha256=links.digest_of(token)).first()


def join(*, invitation: Invitation, user: User) -> None:
    """A new person takes up her invitation and its role."""
    with act():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.accepted_at:
            raise WrongState(_("This invitation was used before."))
        invitation.accepted_at = timezone.now()
        invitation.save()
        add_role(user=user, role=invitation.role, side=invitation.side, until=invitation.until, change=invitation)
        record("person.joined", by=user, subject=invitation, role=invitation.role)


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
