from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.workflow.navigation import navigation_for


def portal(request) -> dict:
    """What every page needs: the navigation of this person, the links of the footer, and when a public page was true."""
    user = getattr(request, "user", None)
    items = navigation_for(user, request.path) if user is not None else []
    links = [("log", _("Public log")), ("about", _("About, privacy and complaints"))] if settings.HAS_HUB else []
    links += [
        ("roles", _("Who does what")),
        ("glossary", _("What our words mean")),
        ("accessibility", _("Accessibility")),
    ]
    return {
        "navigation": items,
        "footer_links": [{"label": label, "url": reverse(name)} for name, label in links],
        "asks_second_factor": settings.REQUIRE_SECOND_FACTOR,
        "true_at": getattr(request, "true_at", None),
    }
