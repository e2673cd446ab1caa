"""The list of all public pages, for search engines (sitemaps.org, protocol 0.9)."""

from collections.abc import Iterator
from itertools import chain, islice
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.audit.models import PublicEntry
from apps.core.crates.table import RULES
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.hub.projects.similar import under_embargo
from apps.hub.submissions.models import Request

PAGES = ("front", "log", "figures", "about", "glossary", "accessibility", "verify", "rules")
AT_MOST = 50_000  # protocol 0.9: "no more than 50,000 URLs"


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request):
    """sitemap.xml: public pages only, by their full addresses."""
    paths = [reverse(name) for name in PAGES] + [reverse("rule", args=[rule]) for rule in sorted(RULES)]
    return StreamingHttpResponse(as_xml(islice(chain(paths, stories()), AT_MOST)), content_type="application/xml")


def as_xml(paths) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for path in paths:
        yield f"<url><loc>{escape(settings.PUBLIC_URL + path)}</loc></url>\n"
    yield "</urlset>\n"


def stories() -> Iterator[str]:
    """The stories of centres, projects and requests that may be read at this moment, the newest first."""
    projects = Project.objects.exclude(under_embargo())
    told = {
        "tre": Tre.objects.all(),
        "project": projects,
        "request": Request.objects.filter(submission__project__in=projects),
    }
    for name, things in told.items():
        entries = PublicEntry.objects.shown(settings.HUB_ID).filter(**{name: OuterRef("pk")})
        found = things.filter(Exists(entries)).order_by("-created_at").values_list("pk", flat=True)
        for pk in found[:AT_MOST].iterator():
            yield reverse(f"{name}_story", args=[pk])
