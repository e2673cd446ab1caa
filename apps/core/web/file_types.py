"""Types of files as a person reads them: what such a file holds, and the short name that stands on it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "text/csv": _("tables (CSV)"),
    "text/tab-separated-values": _("tables (TSV)"),
    "text/plain": _("plain texts (TXT)"),
    "application/json": _("data for programs (JSON)"),
    "application/pdf": _("documents (PDF)"),
    "image/png": _("pictures (PNG)"),
    "image/jpeg": _("photographs (JPEG)"),
    "image/svg+xml": _("drawings (SVG)"),
}


def in_words(media_type: str) -> str | Promise:
    """A media type in words; one that has none here stands as it is."""
    return WORDS.get(media_type, media_type)
