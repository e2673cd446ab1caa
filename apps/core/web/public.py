"""Pages for anyone: each says when it was true, and a cache may keep it for a minute for those who are not signed in."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date

from apps.core.audit.models import PublicEntry

KEPT_SECONDS = 60
# Pages that say nothing but what the code and the shown entries say. The others follow more than that: an ETag alone.
DATED = {"front", "about", "glossary", "accessibility", "rules", "rule"}
# A minute, and what an act may take from its time to its commit.
SETTLED_SECONDS = 120
# The line of base.html that says when. It is no part of what the ETag stands for: a page that says the same later is the same.
AS_OF = re.compile(rb'<p class="portal-as-of">.*?</p>', re.DOTALL)


class PublicPageMiddleware:
    """Marks the views that need no sign-in, and makes their pages cacheable (RFC 9110 section 13, RFC 9111)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        return cacheable(request, response) if may_be_kept(request, response) else response

    def process_view(self, request, view, args, kwargs):
        if is_public(view):
            request.true_at = timezone.now()


def is_public(view) -> bool:
    """True of a view of ours for which nobody signs in. The library's sign-in pages are no public record."""
    return not getattr(view, "login_required", True) and view.__module__.startswith("apps.")


def may_be_kept(request, response) -> bool:
    """True of a public HTML page that is only read, by somebody who is not signed in, to whom nothing is told in a cookie."""
    return (
        hasattr(request, "true_at")
        and request.method in ("GET", "HEAD")
        and response.status_code == 200
        and response["Content-Type"].startswith("text/html")
        and not response.cookies
        and b'method="post"' not in response.content
        and not response.has_header("Cache-Control")
        and not request.user.is_authenticated
    )


def cacheable(request, response):
    """The page with its headers, or 304 where the reader has it already."""
    modified = last_changed() if request.resolver_match.url_name in DATED else None
    response["ETag"] = etag_of(response.content)
    if modified:
        response["Last-Modified"] = http_date(modified)
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    patch_vary_headers(response, ["Cookie"])
    return get_conditional_response(request, response["ETag"], modified, response)


def etag_of(content: bytes) -> str:
    """A weak ETag: two pages that differ only in when they were true are the same page."""
    return f'W/"{hashlib.sha256(AS_OF.sub(b"", content)).hexdigest()[:32]}"'


def last_changed() -> int | None:
    """Seconds since 1970 after which no dated page changed: neither its code, nor the entries that may be read. One query.

    Entries are timed to the minute, so a younger one may still come with the same time: None until that is over.
    """
    shown = PublicEntry.objects.shown(settings.HUB_ID).order_by("-public_from")
    newest = shown.values_list("public_from", flat=True).first()
    settled = int(newest.timestamp()) + SETTLED_SECONDS if newest else 0
    changed = max(settled, code_changed())
    return changed if changed <= timezone.now().timestamp() else None


@lru_cache
def code_changed() -> int:
    """Seconds since 1970 when the newest file of code or words came to this disk."""
    base = Path(settings.BASE_DIR)
    files = [path for folder in ("apps", "templates") for path in (base / folder).rglob("*.*") if path.suffix != ".pyc"]
    return int(max(path.stat().st_mtime for path in files))
