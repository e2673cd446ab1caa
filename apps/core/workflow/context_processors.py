from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.workflow.navigation import navigation_for


def portal(request) -> dict:
    """What every page needs: the navigation of this person and the links of the footer."""
    user = getattr(request, "user", None)
    items = navigation_for(user, request.path) if user is not None else []
    links = [{"label": _("Public log"), "url": reverse("log")}] if settings.HAS_HUB else []
    return {"navigation": items, "footer_links": links}
