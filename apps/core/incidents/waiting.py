from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.incidents.models import Incident
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, waiting_list


@waiting_list
def incidents(user):
    """What an incident lead follows up, and longer times in private that wait for a second person."""
    led = [side for role, side in user.roles() if role == Role.INCIDENT_LEAD]
    seconds = [side for role, side in user.roles() if role in (Role.INCIDENT_LEAD, Role.ADMINISTRATOR)]
    if not seconds:
        return []
    open_ones = Incident.objects.filter(side__in=led).exclude(state="closed")[:50]
    asked = Incident.objects.filter(side__in=seconds, longer_until__isnull=False).exclude(longer_by=user)[:50]
    return [
        *(
            Waiting(_("Follow up: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at)
            for each in open_ones
        ),
        *(
            Waiting(
                _("Agree to a longer time in private? %(thing)s") % {"thing": each},
                each.get_absolute_url(),
                each.created_at,
            )
            for each in asked
        ),
    ]


navigation.register(gettext_lazy("Incidents"), "incidents:list", shown_to=lambda user: bool(user.roles()), order=85)
