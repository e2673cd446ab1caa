from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.node.egress.models import EgressRequest, FileVote


@waiting_list
def egress(user):
    """Outputs to check, and checked ones to let out."""
    tres = user.sides(Role.OUTPUT_CHECKER)
    if not tres:
        return []
    own = FileVote.objects.filter(checker=user).values("file__egress")
    rows = EgressRequest.objects.filter(tre__in=tres).select_related("run").order_by("created_at")
    to_check = rows.filter(state__in=["open", "first_review"]).exclude(pk__in=own)[:50]
    to_release = counted_from(rows.filter(state="reviewed", pk__in=own), "egress.reviewed")[:50]
    found = [
        Waiting(_("Check: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at) for each in to_check
    ]
    return found + [
        Waiting(_("Let out: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since) for each in to_release
    ]


navigation.register(
    gettext_lazy("Results check"), "egress:list", shown_to=lambda user: bool(user.sides(Role.OUTPUT_CHECKER)), order=55
)
first_step(
    gettext_lazy("see which results were checked"),
    "egress:list",
    shown_to=lambda user: bool(user.sides(Role.OUTPUT_CHECKER)),
    order=70,
)
