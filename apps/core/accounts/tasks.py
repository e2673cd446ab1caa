"""What the clock does about roles."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.models import RoleGrant
from apps.core.accounts.role_actions import PersonNote
from apps.core.audit.act import act, outbox, record
from apps.core.outbox.registry import hourly, work

REMINDER_DAYS = (30, 14, 7, 1)


@hourly
def end_lapsed_roles() -> None:
    """Bookkeeping: a role whose last day has passed was over at that minute; now the log says so, too."""
    for pk in RoleGrant.objects.filter(ended_at=None, until__lt=timezone.localdate()).values_list("pk", flat=True):
        with act():
            grant = RoleGrant.objects.select_for_update().get(pk=pk)
            if grant.ended_at is None:
                grant.ended_at = timezone.now()
                grant.save()
                record("role.lapsed", by="portal", subject=PersonNote(grant.user_id, grant.side), role=grant.role)


@hourly
def remind_of_ending_roles() -> None:
    """A mail to whoever holds a role that ends within REMINDER_DAYS, once for each of these days."""
    today = timezone.localdate()
    last = today + timedelta(days=max(REMINDER_DAYS))
    for pk in RoleGrant.objects.in_force().filter(until__lte=last).values_list("pk", flat=True):
        with act():
            grant = RoleGrant.objects.select_for_update().get(pk=pk)
            if is_reminder_due(grant, today):
                grant.reminded_on = today
                grant.save()
                outbox(mail_reminder, grant_id=grant.pk)


def is_reminder_due(grant: RoleGrant, today) -> bool:
    """True where a day of REMINDER_DAYS has come since she was last reminded."""
    step = min((days for days in REMINDER_DAYS if grant.until - today <= timedelta(days=days)), default=None)
    if step is None:
        return False
    return grant.reminded_on is None or grant.reminded_on < grant.until - timedelta(days=step)


@work("accounts.mail_reminder")
def mail_reminder(*, grant_id) -> None:
    """Say that a role ends soon, without saying which TRE's."""
    grant = RoleGrant.objects.in_force().filter(pk=grant_id).select_related("user").first()
    if grant is None:
        return
    text = _("Your role as %(role)s ends after %(day)s. If you still need it, ask an administrator.\n\n%(link)s\n")
    body = text % {"role": grant.get_role_display(), "day": grant.until, "link": f"{settings.PUBLIC_URL}/profile/"}
    send_mail(_("One of your roles ends soon"), body, settings.EMAIL_FROM, [grant.user.email])
