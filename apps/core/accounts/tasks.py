"""What the clock does about roles."""

from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.accounts.role_actions import PersonNote
from apps.core.audit.act import act, record
from apps.core.notices.reminders import horizon, remind
from apps.core.outbox.registry import hourly


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
    """Tell whoever holds a role that ends soon, without saying which TRE's."""
    ending = RoleGrant.objects.in_force().filter(until__lte=horizon(), user__is_active=True)
    for grant in ending.select_related("user"):
        remind("role.ends", about=grant, to=grant.user, until=grant.until, role=grant.get_role_display())
