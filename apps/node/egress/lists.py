from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import choice, days
from apps.core.lists.listing import Listing, timed
from apps.node.egress.models import EgressRequest


class EgressList(Listing):
    key, url_name, title = "egress", "egress:list", _("Results check")
    searched = ("run__title", "run__project_code")
    filters = (choice("state", _("State"), EgressRequest.State.choices), *days())
    columns = (
        (_("Results"), str),
        (_("Project"), lambda egress: egress.run.project_code),
        (_("State"), lambda egress: egress.get_state_display()),
        timed(_("Opened"), lambda egress: egress.created_at),
    )
