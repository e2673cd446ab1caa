from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.incidents.models import Incident, IncidentText
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list


@waiting_list
def incidents(user):
    """What an incident lead follows up or writes anew, and longer times in private that wait for a second person."""
    led = [side for role, side in user.roles() if role == Role.INCIDENT_LEAD]
    seconds = [side for role, side in user.roles() if role in (Role.INCIDENT_LEAD, Role.ADMINISTRATOR)]
    if not seconds:
        return []
    open_ones = Incident.objects.filter(side__in=led).exclude(state="closed")[:50]
    asked = Incident.objects.filter(side__in=seconds, longer_until__isnull=False).exclude(longer_by=user)
    unwritten = Incident.objects.filter(side__in=led).unwritten()[:50]
    return [
        *(
            Waiting(
                _("Write anew for the public: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at
            )
            for each in unwritten
        ),
        *(
            Waiting(_("Follow up: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at)
            for each in open_ones
        ),
        *(
            Waiting(
                _("Agree to a longer time in private? %(thing)s") % {"thing": each},
                each.get_absolute_url(),
                each.since,
            )
            for each in counted_from(asked, "incident.longer_asked")[:50]
        ),
    ]


@waiting_list
def texts_of_incidents(user):
    """The words about incidents that a publisher clears."""
    sides = [side for role, side in user.roles() if role == Role.PUBLISHER]
    proposed = IncidentText.objects.filter(state="proposed", incident__side__in=sides).exclude(written_by=user)
    return [
        Waiting(_("Clear for the public: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at)
        for each in proposed.exclude(incident__reported_by=user).select_related("incident")[:50]
    ]


navigation.register(gettext_lazy("Incidents"), "incidents:list", shown_to=lambda user: bool(user.roles()), order=85)
first_step(
    gettext_lazy("report what went wrong, or nearly did"),
    "incidents:report",
    shown_to=lambda user: bool(user.roles()),
    order=90,
)
