from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.node.runs.models import Run, StandingSignOff


@waiting_list
def runs(user):
    """Runs that wait for a sign-off."""
    tres = user.sides(Role.RUN_APPROVER)
    if not tres:
        return []
    rows = Run.objects.filter(tre__in=tres, state="awaiting_sign_off").order_by("created_at")
    return [
        Waiting(_("Sign off: %(run)s") % {"run": each}, each.get_absolute_url(), each.since)
        for each in counted_from(rows, "run.answered", "run.sign_off_lapsed")[:50]
    ]


@waiting_list
def in_advance(user):
    """Sign-offs in advance that wait for a second person."""
    tres = user.sides(Role.RUN_APPROVER)
    if not tres:
        return []
    proposed = StandingSignOff.objects.filter(tre__in=tres, state="proposed").exclude(proposed_by=user)
    rows = proposed.select_related("workflow_approval").order_by("created_at")[:50]
    return [
        Waiting(_("Confirm: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at) for each in rows
    ]


navigation.register(gettext_lazy("Runs"), "runs:list", shown_to=lambda user: bool(user.sides()), order=50)
first_step(gettext_lazy("see the runs"), "runs:list", shown_to=lambda user: bool(user.sides()), order=60)
