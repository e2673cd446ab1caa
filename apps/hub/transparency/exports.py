"""The public log for programs: exactly the entries that were asked for, streamed, whatever their number."""

import json
import re
from collections.abc import Iterator
from datetime import UTC
from itertools import chain
from xml.sax import saxutils
from xml.sax.saxutils import quoteattr

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.models import PublicEntry
from apps.core.web import spreadsheets

IN_A_FEED = 200
COLUMNS = (
    "number",
    "at",
    "event",
    "what_happened",
    "project",
    "tre",
    "request",
    "organisation_kind",
    "address",
    "proof",
)
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def row_of(entry: PublicEntry) -> dict[str, str | int]:
    """An entry as programs read it; times in UTC (RFC 3339)."""
    return {
        "number": entry.sequence,
        "at": entry.at.astimezone(UTC).isoformat(),
        "event": entry.verb,
        "what_happened": entry.words,
        "project": str(entry.project or ""),
        "tre": str(entry.tre or ""),
        "request": str(entry.request or ""),
        "organisation_kind": entry.organisation_kind,
        "address": settings.PUBLIC_URL + address_of(entry),
        "proof": settings.PUBLIC_URL + reverse("audit:proof", args=[entry.sequence]),
    }


def address_of(entry: PublicEntry) -> str:
    """The page of what an entry is about: its story; else its proof."""
    return story_of(entry) or reverse("audit:proof", args=[entry.sequence])


def story_of(entry: PublicEntry) -> str:
    """The story of an entry's request, project or secure data centre; empty where it is of none."""
    if entry.request:
        return reverse("request_story", args=[entry.request])
    if entry.project:
        return reverse("project_story", args=[entry.project])
    if entry.tre:
        return reverse("tre_story", args=[entry.tre])
    return ""


def as_csv(entries) -> Iterator[str]:
    """Comma-separated lines of entries."""
    return spreadsheets.as_csv(COLUMNS, (row_of(entry).values() for entry in entries))


def as_json(entries) -> Iterator[str]:
    """One JSON object with the list `entries`, written as they come."""
    yield f'{{"log": {json.dumps(settings.PUBLIC_URL + reverse("log"))}, "entries": ['
    for number, entry in enumerate(entries):
        yield f"{',' if number else ''}\n{json.dumps(row_of(entry), ensure_ascii=False)}"
    yield "\n]}\n"


def as_atom(entries, here: str, following: str) -> Iterator[str]:
    """A feed (RFC 4287) of one page of entries, what became public last first.

    `following` is the address of the next page, where there is one (RFC 5005).
    """
    entries = list(entries)
    updated = entries[0].public_from if entries else timezone.now()
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
    yield f"<title>{escape(_('What health data are used for: the public log'))}</title>\n"
    yield f'<id>{escape(here)}</id>\n<link rel="self" href={quoteattr(here)}/>\n'
    if following:
        yield f'<link rel="next" href={quoteattr(following)}/>\n'
    yield f"<updated>{updated.isoformat()}</updated>\n<author><name>TRE-FX Portal</name></author>\n"
    yield from chain.from_iterable(map(entry_as_atom, entries))
    yield "</feed>\n"


def escape(text: str) -> str:
    """Text as XML takes it; what XML 1.0 forbids is left out, for one such character breaks the whole feed."""
    return saxutils.escape(NOT_IN_XML.sub("", text))


def entry_as_atom(entry: PublicEntry) -> Iterator[str]:
    row = row_of(entry)
    yield f"<entry><id>{escape(str(row['proof']))}</id><title>{escape(entry.words)}</title>"
    yield f"<updated>{entry.public_from.isoformat()}</updated><link href={quoteattr(str(row['address']))}/>"
    yield f"<summary>{escape(entry.words)}</summary></entry>\n"
