from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import NEWEST, OLDEST, Sort, choice, days, flag
from apps.core.lists.listing import Listing, timed
from apps.hub.projects.models import Project


class ProjectList(Listing):
    key, url_name, title = "projects", "projects:list", _("Projects")
    searched = ("code", "title", "lead__name", "organisation__name")
    filters = (
        choice("state", _("State"), Project.State.choices),
        flag("commercial", _("Only those with a commercial interest"), Q(commercial=True)),
        *days(),
    )
    sorts = (
        NEWEST,
        OLDEST,
        Sort("code", _("by code"), ("code", "pk")),
        Sort("ends", _("what ends first"), ("until", "pk")),
    )
    columns = (
        (_("Code"), lambda project: project.code),
        (_("Title"), lambda project: project.title),
        (_("State"), lambda project: project.get_state_display()),
        (_("Organisation"), lambda project: project.organisation.name),
        (_("Lead"), lambda project: project.lead.name),
        (_("Until"), lambda project: project.until),
        timed(_("Begun"), lambda project: project.created_at),
    )
