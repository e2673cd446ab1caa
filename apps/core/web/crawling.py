"""What a search engine may read: a hub's public pages, and nothing of a node."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def robots(request):
    """robots.txt (RFC 9309)."""
    lines = ["User-agent: *"]
    if settings.HAS_HUB:
        lines += ["Disallow: /accounts/", "Disallow: /admin/", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}"]
    else:
        lines += ["Disallow: /"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
