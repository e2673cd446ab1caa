"""The list of all public pages, for search engines (sitemaps.org, protocol 0.9)."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.crates.table import RULES

PAGES = ("front", "log", "figures", "about", "glossary", "accessibility", "verify", "rules")


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request):
    """sitemap.xml: public pages only, by their full addresses."""
    paths = [reverse(name) for name in PAGES] + [reverse("rule", args=[rule]) for rule in sorted(RULES)]
    addresses = [f"{settings.PUBLIC_URL}{path}" for path in paths]
    return render(request, "transparency/sitemap.xml", {"addresses": addresses}, content_type="application/xml")
