from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.models import AccessChange
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, first_step, waiting_list


@waiting_list
def access_changes(user):
    """Changes that another administrator of her side proposed, never about herself."""
    if not user.is_administrator:
        return []
    rows = AccessChange.objects.visible_to(user).filter(state="proposed").exclude(proposed_by=user).exclude(user=user)
    return [
        Waiting(_("Confirm or refuse: %(change)s") % {"change": each}, each.get_absolute_url(), each.created_at)
        for each in rows.select_related("user")[:50]
    ]


navigation.register(gettext_lazy("People"), "people", shown_to=lambda user: user.is_administrator, order=80)
first_step(
    gettext_lazy("see who has a role here, or invite somebody"),
    "people",
    shown_to=lambda user: user.is_administrator,
    order=80,
)
