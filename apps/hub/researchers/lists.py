from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import choice, days
from apps.core.lists.listing import Listing, timed
from apps.hub.researchers.models import Accreditation, Organisation


class ResearcherList(Listing):
    key, url_name, title = "researchers", "researchers:list", _("Researchers")
    personal = True
    searched = ("user__name", "user__email", "user__orcid", "organisation__name")
    filters = (
        choice("state", _("State"), Accreditation.State.choices),
        choice("organisation", _("Kind of organisation"), Organisation.Kind.choices, column="organisation__kind"),
        *days(),
    )
    columns = (
        (_("Name"), lambda accreditation: accreditation.user.name),
        (_("Organisation"), lambda accreditation: accreditation.organisation.name),
        (_("State"), lambda accreditation: accreditation.get_state_display()),
        (_("Until"), lambda accreditation: accreditation.until),
        timed(_("Begun"), lambda accreditation: accreditation.created_at),
    )
