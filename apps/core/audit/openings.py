"""Is what people read of a log what its entries commit to? Details, their columns, and the rows of public pages.

Each entry is opened on its own, so that a long log is shared out among processes, part by part.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from multiprocessing import get_context
from operator import itemgetter
from uuid import UUID

import django
from django.db import connection

from apps.core.audit import public_log, verbs
from apps.core.audit.models import COPIED, Event, Opening, PublicDataset
from apps.core.audit.streaming import streamed
from apps.core.audit.tree import stored
from apps.core.proofs import leaves

PART = 25_000  # entries
BEYOND = 2**63 - 1  # past the last number that the database can give an entry
OPENING = ("at", "verb", "subject_type", "subject_id", "values", "salts")
PUBLIC = (
    *("side", "sequence", "verb", "at", "public_from", "facts", "words"),
    *("project", "tre", "request", "organisation", "organisation_kind", "commercial"),
)

Part = tuple[str, UUID, int, int]  # database, side, the first entry and the one after the last
Found = tuple[list[str], int]  # what is wrong, and how many public rows have the words of an older version


def checked(side: UUID, size: int, processes: int) -> Iterator[Found]:
    """What is found in each part of a side's log of `size` entries, in order; with more than one process, side by side.

    Other processes see what is committed, alone.
    """
    name = str(connection.settings_dict["NAME"])
    parts = [(name, side, first, end) for first, end in pairwise([*range(0, max(size, 1), PART), BEYOND])]
    if processes == 1 or len(parts) == 1:
        yield from map(part, parts)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=django.setup) as pool:
        yield from pool.map(part_elsewhere, parts)


def part_elsewhere(given: Part) -> Found:
    """`part` in a process of its own, which is to read the database that the first one reads."""
    connection.settings_dict["NAME"] = given[0]
    return part(given)


def part(given: Part) -> Found:
    """What is found in one part of a log."""
    _name, side, first, end = given
    names = ["id", "sequence", "day", "version", "leaf", "erasure__at"]
    names += [f"opening__{name}" for name in OPENING] + [f"public_entry__{name}" for name in PUBLIC]
    known = {verb.name for verb in verbs.all_verbs() if verb.is_public}
    told, datasets = erasures_told(side), datasets_shown(side, first, end)
    wrong, reworded = [], 0
    events = Event.objects.filter(side=side, sequence__gte=first, sequence__lt=end).order_by("sequence")
    for pk, sequence, day, version, leaf, erased_at, *rest in streamed(events.values_list(*names)):
        entry = Entry(
            side=side,
            sequence=sequence,
            day=day,
            version=version,
            leaf=stored(leaf),
            erased_at=erased_at,
            erasure_is_told=pk in told,
            opening=tuple(rest[: len(OPENING)]),
            public=dict(zip(PUBLIC, rest[len(OPENING) :], strict=True)),
            datasets=datasets.get(pk, []),
        )
        wrong += [f"Entry {sequence}: {sentence}" for sentence in entry.problems(known)]
        reworded += entry.is_reworded
    return wrong, reworded


def erasures_told(side: UUID) -> set[UUID]:
    """The entries of which an entry says that their details were erased."""
    openings = Opening.objects.filter(event__side=side, verb="log.erased").values_list("subject_id", "values")
    return {each for subject, values in openings for each in (subject, *map(UUID, values.get("earlier", ())))}


def datasets_shown(side: UUID, first: int, end: int) -> dict[UUID, list[tuple]]:
    """(dataset, sequence, what is copied of the entry) of each dataset that public pages show an entry of this part under."""
    shown: dict[UUID, list[tuple]] = {}
    of_part = PublicDataset.objects.filter(
        entry__event__side=side, entry__event__sequence__gte=first, entry__event__sequence__lt=end
    )
    for entry, dataset, *rest in streamed(of_part.values_list("entry_id", "dataset", "sequence", *COPIED)):
        shown.setdefault(entry, []).append((str(dataset), *rest))
    return shown


@dataclass
class Entry:
    """One entry with everything that this database tells of it."""

    side: UUID
    sequence: int
    day: date
    version: int
    leaf: bytes
    erased_at: datetime | None
    erasure_is_told: bool
    opening: tuple
    public: dict
    datasets: list[tuple]
    is_reworded: bool = False

    @property
    def is_shown(self) -> bool:
        return self.public["verb"] is not None

    def problems(self, known: set[str]) -> list[str]:
        """What is wrong with its details and with its public row. `known`: the verbs that have one."""
        try:
            opened = self.opening[4] is not None
            leaf = [] if opened and self.is_whole(known) else self.of_leaf()
            return [*self.of_erasure(), *leaf, *(self.of_opening(known) if opened else self.of_gap())]
        except (ValueError, TypeError, AttributeError, KeyError):
            return ["it cannot be read."]

    def is_whole(self, known: set[str]) -> bool:
        """True where its details make the very leaf again, which is then not taken apart."""
        _at, verb, _type, _id, values, salts = self.opening
        public_verb = verb if verb in known and "embargo_until" not in values else None
        return (
            self.version == leaves.VERSION
            and values.keys() <= salts.keys()
            and leaves.leaf_bytes(day=self.day, values=values, salts=salts, public_verb=public_verb) == self.leaf
        )

    def of_erasure(self) -> Iterator[str]:
        if self.erased_at is not None and not self.erasure_is_told:
            yield "it was erased, and no entry says so."

    def of_leaf(self) -> Iterator[str]:
        """What of its leaf is not what stands beside it."""
        committed = leaves.read_once(self.leaf)
        if committed["day"] != self.day.isoformat():
            yield "its day was changed."
        if committed["v"] != self.version:
            yield "its version was changed."
        _at, verb, _type, _id, values, salts = self.opening
        if values is None:
            return
        wrong = leaves.differing(committed, values, salts) + leaves.unopened(committed, values, salts)
        if wrong:
            yield f"its {', '.join(sorted(wrong))} is not what was committed to."
        if committed.get("verb", verb) != verb:
            yield "it is of another kind than it was."

    def of_gap(self) -> Iterator[str]:
        """Its details are gone."""
        if self.erased_at is None:
            yield "its details are gone, and nobody erased them."
        if self.is_shown and (self.datasets or {**self.public, **public_log.tombstone()} != self.public):
            yield "it was erased, and is still on the public page."

    def of_opening(self, known: set[str]) -> Iterator[str]:
        at, verb, subject_type, subject_id, values, _salts = self.opening
        if self.erased_at is not None:
            yield "it was erased, and its details are there again."
        columns = (verb, f"{subject_type}:{subject_id}", at.astimezone(UTC).isoformat())
        if columns != tuple(values.get(name) for name in ("verb", "subject", "at")):
            yield "its kind, its subject or its time was changed beside its details."
        elif self.is_shown and self.shows_otherwise(at, verb, values):
            yield "the public page says something else than the log."
        if self.is_shown and verb not in known:
            yield "it is private, and is on the public page."
        if not self.is_shown and verb in known:
            yield "it is public, and is missing from the public page."

    def shows_otherwise(self, at: datetime, verb: str, values: dict) -> bool:
        """True where its public row is not what its details make. Other words alone are those of an older version."""
        made = {"side": self.side, "sequence": self.sequence, **public_log.columns_of(verb, at, values)}
        self.is_reworded = self.public["words"] != made["words"]
        told = {**self.public, "words": made["words"]}
        copied = [made[name] for name in COPIED]
        datasets = [(dataset, self.sequence, *copied) for dataset in sorted(set(values.get("about.datasets", ())))]
        return told != made or sorted(self.datasets, key=itemgetter(0)) != datasets
