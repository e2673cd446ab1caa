from django.utils.translation import gettext_lazy as _

from apps.core.incidents.models import Incident
from apps.core.lists.filters import choice, days
from apps.core.lists.listing import Listing, timed


class IncidentList(Listing):
    key, url_name, title = "incidents", "incidents:list", _("Incidents")
    searched = ("what_happened", "how_contained", "assessment", "actions_taken")
    filters = (
        choice("state", _("State"), Incident.State.choices),
        choice("kind", _("Kind"), Incident.Kind.choices),
        choice("severity", _("How bad"), Incident.Severity.choices),
        *days(),
    )
    columns = (
        (_("Incident"), str),
        (_("State"), lambda incident: incident.get_state_display()),
        (_("How bad"), lambda incident: incident.severity),
        (_("Happened on"), lambda incident: incident.happened_on),
        timed(_("Reported"), lambda incident: incident.created_at),
    )
