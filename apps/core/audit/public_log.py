"""What public pages read of the log: a row for each public event, and what a reader may find it by.

`record()` is told what an event is about: `project`, `tre`, `request`, `organisation` (UUIDs), `organisation_kind` (a word
such as company), `commercial` (a boolean) and `datasets` (a list of UUIDs). All of it is committed to in the leaf, so
these rows can be made again.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from apps.core.audit import verbs
from apps.core.audit.history import facts_of
from apps.core.audit.models import COPIED, Opening, PublicDataset, PublicEntry

TOMBSTONE = "log.tombstone"  # never recorded: the public row of an entry that was erased


def rows_of(openings: Iterable[Opening]) -> tuple[list[PublicEntry], list[PublicDataset]]:
    """The public rows of these events, whose `event` is known."""
    entries, links = [], []
    for opening in openings:
        entry = entry_of(opening)
        entries.append(entry)
        copied = {name: getattr(entry, name) for name in COPIED}
        links += [
            PublicDataset(entry=entry, dataset=UUID(dataset), sequence=entry.sequence, **copied)
            for dataset in dict.fromkeys(opening.values.get("about.datasets", ()))
        ]
    return entries, links


def entry_of(opening: Opening) -> PublicEntry:
    """The public row of an event: its time to the minute, its sentence, what it is about."""
    event = opening.event
    columns = columns_of(opening.verb, opening.at, opening.values)
    return PublicEntry(event=event, side=event.side, sequence=event.sequence, **columns)


def columns_of(verb: str, at: datetime, values: dict) -> dict:
    """What the public row says of an event with this verb, time and values."""
    facts = facts_of(values)
    at = at.replace(second=0, microsecond=0)
    embargo = values.get("embargo_until")
    about = {name: uuid(values.get(f"about.{name}")) for name in ("project", "tre", "request", "organisation")}
    return {
        "at": at,
        "public_from": max(at, datetime.fromisoformat(embargo)) if embargo else at,
        "verb": verb,
        "facts": facts,
        "words": verbs.sentence(verb, facts),
        "organisation_kind": values.get("about.organisation_kind", ""),
        "commercial": values.get("about.commercial", False),
        **about,
    }


def tombstone() -> dict:
    """What the public row of an erased entry says: nothing but that there was one. It keeps its number and its minute."""
    about = dict.fromkeys(("project", "tre", "request", "organisation"))
    words = verbs.sentence(TOMBSTONE, {})
    return {"verb": TOMBSTONE, "facts": {}, "words": words, "organisation_kind": "", "commercial": False, **about}


def one_line(text: str) -> str:
    """The text in one line that can break no feed, mail or terminal: what cannot be seen becomes U+FFFD."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in " ".join(text.split()))


def uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
