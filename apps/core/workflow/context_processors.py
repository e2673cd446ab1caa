from apps.core.workflow.navigation import navigation_for

FOOTER_LINKS: list[dict] = []


def portal(request) -> dict:
    """What every page needs: the navigation of this person and the links of the footer."""
    user = getattr(request, "user", None)
    items = navigation_for(user, request.path) if user is not None else []
    return {"navigation": items, "footer_links": FOOTER_LINKS}
