from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import choice, days, flag
from apps.core.lists.listing import Listing, timed
from apps.node.runs.models import Run


class RunList(Listing):
    key, url_name, title = "runs", "runs:list", _("Runs")
    searched = ("title", "project_code", "external_identifier")
    filters = (
        choice("state", _("State"), Run.State.choices),
        flag("held", _("Only those on hold"), Q(held_at__isnull=False)),
        *days(),
    )
    columns = (
        (_("Run"), str),
        (_("Project"), lambda run: run.project_code),
        (_("State"), lambda run: run.get_state_display()),
        timed(_("On hold since"), lambda run: run.held_at),
        timed(_("Received"), lambda run: run.received_at),
        timed(_("Began"), lambda run: run.started_at),
        timed(_("Ended"), lambda run: run.ended_at),
    )
