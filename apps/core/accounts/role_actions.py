"""Who may do what is changed by two people. Taking away takes one; nothing here is ever about oneself."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts import links, permissions
from apps.core.accounts.models import AccessChange, Invitation, RoleGrant, User
from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput, WrongState
from apps.core.outbox.registry import work
from apps.core.workflow import steps
from apps.core.workflow.steps import NothingForm, step

INVITATION_DAYS = 14
Kind = AccessChange.Kind


class PersonNote:
    """The subject of an event about a person, on one side."""

    class _meta:
        label = "accounts.User"

    def __init__(self, pk: UUID, side):
        self.pk, self.side = pk, side


def propose_role(*, by, user: User, role: str, side, reason: str, until: date | None = None) -> AccessChange:
    """Propose that a person gets a role. Raises NotAllowed; BadInput for a role that is not held there; WrongState."""
    check_until(until)
    permissions.check_role_of_side(role, side)
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        permissions.check_can_propose(by, user=user, side=side)
        permissions.check_can_hold(user, role, UUID(str(side)))
        if user.has_role(role, side):
            raise WrongState(_("She has this role already; nothing was changed."))
        return propose(by=by, side=side, kind=Kind.GIVE, user=user, role=role, until=until, reason=reason)


def invite(*, by, email: str, role: str, side, reason: str, until: date | None = None) -> AccessChange:
    """Propose that somebody new is invited; the mail goes out when a second administrator confirms."""
    check_until(until)
    permissions.check_role_of_side(role, side)
    with act():
        permissions.check_can_propose(by, user=None, side=side)
        if User.objects.filter(email__iexact=email).exists():
            raise WrongState(_("This person is here already. Give her the role on her page."))
        return propose(by=by, side=side, kind=Kind.INVITE, email=email.lower(), role=role, until=until, reason=reason)


def propose_reset(*, by, user: User, side, reason: str) -> AccessChange:
    """Propose that a lost second factor is taken away. Raises NotAllowed; WrongState where she has none."""
    with act():
        permissions.check_can_propose(by, user=user, side=side)
        if not Authenticator.objects.filter(user=user).exists():
            raise WrongState(_("She has set up no second factor; nothing was changed."))
        return propose(by=by, side=side, kind=Kind.RESET, user=user, reason=reason)


def propose(*, by, side, kind: str, **what: Any) -> AccessChange:
    """Write the proposal, inside the act under way. The second administrator of a side is appointed by the first alone."""
    same = AccessChange.objects.filter(side=side, kind=kind, state=AccessChange.State.PROPOSED)
    if same.filter(**{name: what[name] for name in ("user", "email", "role") if name in what}).exists():
        raise WrongState(_("This is proposed already, and waits for a second administrator."))
    change = AccessChange.objects.create(side=side, kind=kind, proposed_by=by, **what)
    record("access.proposed", by=by, subject=change, kind=kind, role=change.role, reason=change.reason)
    if permissions.is_second_administrator(change.role, side):
        change.is_first = True
        finish(change, by)
        record("access.confirmed_alone", by=by, subject=change, role=change.role)
    return change


def check_until(until: date | None) -> None:
    """A role ends after today, if it ends. Raises BadInput."""
    if until is not None and until < timezone.localdate():
        raise BadInput(_("The last day is in the past."))


@step(
    AccessChange,
    label=gettext_lazy("Confirm this change"),
    check=permissions.check_can_confirm,
    form=NothingForm,
    done=gettext_lazy("Confirmed: “%(thing)s”. The change is made."),
)
def confirm(*, accesschange: AccessChange, by) -> None:
    """The second person agrees, and the change is made. Raises NotAllowed, WrongState."""
    with act():
        change = AccessChange.objects.select_for_update().get(pk=accesschange.pk)
        permissions.check_can_confirm(by, change)
        steps.check_state(change, "confirm")
        finish(change, by)
        record("access.confirmed", by=by, subject=change, kind=change.kind, role=change.role)


@step(AccessChange, label=gettext_lazy("Refuse this change"), check=permissions.check_can_refuse, warning=True)
def refuse(*, accesschange: AccessChange, by, reason: str) -> None:
    """The second person does not agree."""
    with act():
        change = AccessChange.objects.select_for_update().get(pk=accesschange.pk)
        permissions.check_can_refuse(by, change)
        steps.check_state(change, "refuse")
        change.refuse(by=by, at=timezone.now())
        change.save()
        record("access.refused", by=by, subject=change, reason=reason)


@step(AccessChange, label=gettext_lazy("Withdraw this"), check=permissions.check_can_withdraw, form=NothingForm)
def withdraw(*, accesschange: AccessChange, by) -> None:
    """Whoever proposed it thinks again."""
    with act():
        change = AccessChange.objects.select_for_update().get(pk=accesschange.pk)
        permissions.check_can_withdraw(by, change)
        steps.check_state(change, "withdraw")
        change.withdraw(by=by, at=timezone.now())
        change.save()
        record("access.withdrawn", by=by, subject=change)


def finish(change: AccessChange, by) -> None:
    """Make the change, inside the act under way."""
    change.confirm(by=by, at=timezone.now())
    change.save()
    if change.kind == Kind.INVITE:
        send_invitation(change)
    elif change.kind == Kind.GIVE:
        add_role(user=change.user, role=change.role, side=change.side, until=change.until, change=change)
    else:
        reset_second_factor(change.user)


def add_role(*, user: User, role: str, side, until: date | None, change) -> RoleGrant:
    """Give a role that two people agreed on (`change`: their change, or the invitation that came of it), inside an act.

    Raises NotAllowed, WrongState: what was true when it was proposed may not be true any more.
    """
    person = User.objects.select_for_update().get(pk=user.pk)
    if person.has_role(role, side):
        raise WrongState(_("She has this role already; nothing was changed."))
    permissions.check_can_hold(person, role, UUID(str(side)))
    person.role_grants.filter(role=role, side=side, ended_at=None).update(
        ended_at=timezone.now()
    )  # lapsed by the clock
    proposer = getattr(change, "proposed_by", None) or getattr(change, "invited_by", None)
    confirmer = getattr(change, "decided_by", None) or getattr(change, "confirmed_by", None)
    grant = RoleGrant.objects.create(
        user=person, role=role, side=side, until=until, granted_by=proposer, confirmed_by=confirmer
    )
    record("role.granted", by=confirmer, subject=PersonNote(person.pk, side), role=role, until=until)
    return grant


def send_invitation(change: AccessChange) -> None:
    """Have a one-time link mailed. Only the SHA-256 of its token is kept; it ends after INVITATION_DAYS days."""
    invitation = Invitation.objects.create(
        email=change.email,
        token_sha256=links.unused_digest(),
        role=change.role,
        side=change.side,
        until=change.until,
        invited_by=change.proposed_by,
        confirmed_by=change.decided_by,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    record("person.invited", by=change.decided_by, subject=invitation, role=change.role)
    outbox(mail_invitation, invitation=invitation.pk)


@work("accounts.mail_invitation")
def mail_invitation(invitation: str) -> None:
    """Mail the link, where it is still wanted."""
    with act():
        row = Invitation.objects.select_for_update().get(pk=invitation)
        if row.is_open():
            text = _("You are invited to the TRE-FX Portal. Open this link before %(day)s to begin:\n\n%(link)s\n")
            links.mail_link(row, view="invitation", subject=_("Your invitation"), text=text)


def reset_second_factor(user: User) -> None:
    """Forget her passkeys, app and codes and sign her out everywhere, inside the act under way; she is told by mail."""
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    outbox(tell_of_reset, user=user.pk)


@work("accounts.tell_of_reset")
def tell_of_reset(user: str) -> None:
    """Tell her that her second factor was taken away: she may not have asked for it."""
    body = _(
        "Your second factor was taken away, as two administrators agreed. Sign in and set up a new one. "
        "If you did not ask for this, tell an administrator at once.\n"
    )
    send_mail(_("Your second factor"), body, settings.EMAIL_FROM, [User.objects.get(pk=user).email])


def end_role(*, by, grant: RoleGrant) -> None:
    """Take a role back, at once: one person may always stop. Raises NotAllowed, WrongState."""
    with act():
        grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        permissions.check_can_end(by, grant)
        if grant.ended_at:
            raise WrongState(_("This role was ended before; nothing was changed."))
        grant.ended_at, grant.ended_by = timezone.now(), by
        grant.save()
        record("role.ended", by=by, subject=PersonNote(grant.user_id, grant.side), role=grant.role)
