"""Does the log in this database still say what it said? Everything that is wrong, each in a sentence that names it.

Entries are read tile by tile. While a tile is as it was, that costs a hash for each leaf and each node; only where it is not are
its entries looked at one by one.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.conf import settings

from apps.core.audit import checkpoints, log_keys, openings
from apps.core.audit.models import (
    Checkpoint,
    Erasure,
    Event,
    LogHead,
    LogKey,
    Opening,
    PublicEntry,
    Tile,
)
from apps.core.audit.streaming import streamed
from apps.core.audit.tree import stored
from apps.core.proofs import merkle, notes
from apps.core.proofs.merkle import TILE_WIDTH

MOST_NAMED = 20

Head = tuple[str, str]  # who keeps it ("our checkpoint of ..."), and the signed note
Row = tuple[int, bytes, bytes]  # sequence, leaf, stored hash
_kept_by_others: list[Callable[[UUID], Iterable[Head]]] = []
_seen_by_others: list[Callable[[], Iterable[UUID]]] = []


def also_kept(function: Callable[[UUID], Iterable[Head]]) -> Callable[[UUID], Iterable[Head]]:
    """Register a function that gives the checkpoints of a side that others in this database have kept."""
    _kept_by_others.append(function)
    return function


def also_seen(function: Callable[[], Iterable[UUID]]) -> Callable[[], Iterable[UUID]]:
    """Register a function that gives the sides of this database whose logs others in it have seen."""
    _seen_by_others.append(function)
    return function


def sides() -> list[UUID]:
    """Every side with a log here, also one of which only a trace is left; the hub's always, where this is a hub."""
    found = {UUID(settings.HUB_ID)} if settings.HAS_HUB else set()
    for model in (LogHead, Event, LogKey, Checkpoint, Tile, PublicEntry):
        found |= set(model.objects.values_list("side", flat=True).distinct())
    return sorted(found.union(*(function() for function in _seen_by_others)))


def orphans() -> Iterator[str]:
    """Details, tombstones and public rows of entries that are in no log, each in a sentence."""
    events = Event.objects.values("pk")
    for what, model in (("Details", Opening), ("An erasure", Erasure), ("A row of the public page", PublicEntry)):
        for pk in model.objects.exclude(pk__in=events).values_list("pk", flat=True):
            yield f"{what} without an entry: {pk} is in no log."


def verify(side: UUID, *, with_openings: bool = False, heads: Iterable[Head] = (), processes: int = 1) -> "LogCheck":
    """Check a side's log: entries, tiles, head, checkpoints, and `heads` that were published before.

    `with_openings`: also that what staff and public pages read is what the entries commit to, shared out among `processes`.
    """
    check = LogCheck(side)
    check.expect(heads)
    check.entries()
    check.tiles_above()
    check.keys()
    if with_openings:
        check.openings(processes)
    return check


class LogCheck:
    """One check of one log: `wrong` has the first sentences of what is wrong, `more` how many more there were.

    `notes` has what is no error.
    """

    def __init__(self, side: UUID):
        self.side = side
        self.head = LogHead.objects.filter(side=side).first() or LogHead(side=side)
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.more = self.read = 0
        self.own = self.others = self.cosigned = (
            0  # checkpoints compared with: ours, those kept elsewhere, cosignatures
        )
        self.witnesses = checkpoints.witnesses(side)
        self.expected: list[tuple[int, bytes, str]] = []
        self.roots: dict[int, bytes] = {}  # of the full tiles of entries, by index
        self.differs = False

    def add(self, sentence: str) -> None:
        if len(self.wrong) < MOST_NAMED:
            self.wrong.append(sentence)
        else:
            self.more += 1

    # What the entries should come to.

    def expect(self, heads: Iterable[Head]) -> None:
        """Gather the root and size of the head, of every checkpoint of ours, and of those that others kept."""
        self.expected = [(self.head.size, merkle.root_of(merkle.split(stored(self.head.edge))), "the log's head")]
        keys = log_keys.known_verifiers(self.side)
        for each in Checkpoint.objects.filter(side=self.side).prefetch_related("cosignatures").order_by("size"):
            who = f"our checkpoint of {each.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            said = self.opened(who, each.note, keys)
            if said and (said.size, said.root) != (each.size, stored(each.root)):
                self.add(f"The row of {who} says something else than was signed.")
            edge = stored(each.edge)  # an old checkpoint has none
            if edge and merkle.root_of(merkle.split(edge)) != stored(each.root):
                self.add(f"The edge of {who} is not that of its root.")
            self.cosignatures(who, each)
            self.own += 1
        for who, note in [*heads, *(head for function in _kept_by_others for head in function(self.side))]:
            self.opened(who, note, keys)
            self.others += 1
        self.expected.sort(key=itemgetter(0))

    def opened(self, who: str, note: str, keys: list[notes.Verifier]) -> notes.Checkpoint | None:
        """What a checkpoint of this log says, now expected; None, and a sentence, for what this log did not sign."""
        try:
            said = notes.open_checkpoint(note, keys)
        except notes.BadNote as problem:
            self.add(f"About {who}: {problem}")
            return None
        self.expected.append((said.size, said.root, who))
        return said

    def cosignatures(self, who: str, checkpoint: Checkpoint) -> None:
        """Each cosignature is one line that could be handed out, and one of a known witness fits."""
        for each in checkpoint.cosignatures.all():
            try:
                signers = {signature.name for signature in notes.parse_note(checkpoint.note + each.line)[1]}
                notes.cosignatures(checkpoint.note + each.line, self.witnesses)
                if each.line.count("\n") != 1 or each.witness not in signers:
                    raise notes.BadNote("It is not the witness's line.")
            except notes.BadNote as problem:
                self.add(f"The cosignature of {each.witness} on {who} is wrong: {problem}")
            else:
                self.cosigned += 1

    def compared(self) -> str:
        """With what the log was compared, in words. Whoever can delete all of a log can delete our own checkpoints with it."""
        own = f"{self.own} checkpoints of its own, {self.cosigned} cosignatures of witnesses"
        if self.others:
            return f"It was compared with {own}, and {self.others} checkpoints that others keep."
        alone = "nothing that others keep. A log that was deleted whole would look like a new one"
        return f"It was compared with {own}, and {alone}: compare it with --published, or ask a witness."

    # Entries and their tiles.

    def entries(self) -> None:
        """Read every entry in order, and compare with stored hashes, tiles and expected roots."""
        edge: list[bytes] = []
        number = end = 0
        for index, rows, tile in entries_by_tile(self.side):
            if index > number:
                self.missing(range(number * TILE_WIDTH, index * TILE_WIDTH))
                self.differs = True
            hashes = self.tile(index, rows, tile)
            self.read += len(rows)
            self.compare(edge, index * TILE_WIDTH, hashes)
            if len(hashes) == TILE_WIDTH:
                self.roots[index] = merkle.root_of_whole(hashes)
                edge = [] if self.differs else merkle.grow(index, edge, self.roots[index])
            number = index + 1
            end = rows[-1][0] + 1 if rows else end
        self.ends(end)

    def tile(self, index: int, rows: list[Row], tile: bytes | None) -> list[bytes]:
        """The hashes of a tile: those stored, or else of its entries. Looks at these one by one where the two differ."""
        first = index * TILE_WIDTH
        made = [hashlib.sha256(b"\x00" + leaf).digest() for _sequence, leaf, _kept in rows]
        whole, kept = b"".join(made), b"".join([kept for _sequence, _leaf, kept in rows])
        in_place = bool(rows) and rows[-1][0] - first + 1 == len(rows)
        if not (in_place and whole == kept and tile in (None, whole)):
            self.one_by_one(first, rows, made, merkle.split(tile or b""))
        if tile is None and len(rows) == TILE_WIDTH:
            self.add(f"The tile of the entries {first} to {first + TILE_WIDTH - 1} is missing.")
        return merkle.split(tile) if tile else made

    def one_by_one(self, first: int, rows: list[Row], made: list[bytes], stored: list[bytes]) -> None:
        """Name the entries of a tile that are missing, out of order, changed, or others than the stored tile was made of."""
        places = {each: first + place for place, each in enumerate(stored)}
        told = dict(enumerate(stored, start=first))
        for (sequence, _leaf, kept), each in zip(rows, made, strict=True):
            if each != told.get(sequence, each) and each in places:
                self.add(f"Entry {sequence} is out of order: it is the one that was number {places[each]}.")
            elif each != kept:
                self.add(f"Entry {sequence} was changed: it does not have the hash that is stored with it.")
            elif each != told.get(sequence, each):
                self.add(f"Entry {sequence} is not the one that the log was built with.")
        there = {row[0] for row in rows}
        end = first + TILE_WIDTH if stored else rows[-1][0] + 1
        self.missing(sequence for sequence in range(first, end) if sequence not in there)

    def missing(self, sequences: Iterable[int]) -> None:
        """Name entries that are not there, those in a row together."""
        for _key, run in groupby(enumerate(sequences), key=lambda pair: pair[1] - pair[0]):
            found = [sequence for _place, sequence in run]
            one = len(found) == 1
            self.add(f"Entry {found[0]} is missing." if one else f"The entries {found[0]} to {found[-1]} are missing.")

    def compare(self, edge: list[bytes], first: int, hashes: list[bytes]) -> None:
        """Compare with what is expected of the sizes that end in this tile. The first difference is told, not what follows."""
        while self.expected and self.expected[0][0] <= first + len(hashes):
            size, root, who = self.expected.pop(0)
            if not self.differs and merkle.root_of(edge + edge_of(hashes[: size - first])) != root:
                self.add(f"The first {size} entries are not those that {who} stands for.")
                self.differs = True

    def ends(self, end: int) -> None:
        """The log ends where its head says, and no sooner than anyone had seen it."""
        if end > self.head.size:
            self.add(f"{end - self.head.size} entries lie beyond the end of the log, which has {self.head.size}.")
        for size, _root, who in self.expected[-1:]:
            if size > end:
                cut = f"it ends at {end}, but {who} stands for {size} entries"
                self.add(f"The log was cut, or an older copy was put back: {cut}.")

    def tiles_above(self) -> None:
        """Each tile's root is the one that its hashes make, each tile above is made of those roots, and there is none beside."""
        level, made = 0, self.roots
        rest = Tile.objects.filter(side=self.side)
        while True:
            kept = dict(rest.filter(level=level).values_list("index", "root"))
            for index, root in sorted(kept.items()):
                if stored(root) != made.get(index):
                    self.add(f"The root of tile {level}/{merkle.tile_path(index)} was changed.")
            if not kept:
                break
            level += 1
            above = dict(rest.filter(level=level).values_list("index", "hashes"))
            rows = {
                index: [made.get(index * TILE_WIDTH + place, b"") for place in range(TILE_WIDTH)]
                for index in range(-(-max(made, default=0) // TILE_WIDTH) + 1)
            }
            for index in sorted(set(above) | {index for index, row in rows.items() if all(row)}):
                if stored(above.get(index, b"")) != b"".join(rows.get(index, [])):
                    self.add(f"Tile {level}/{merkle.tile_path(index)} is missing or was changed.")
            made = {index: merkle.root_of_whole(row) for index, row in rows.items() if all(row)}
        if rest.filter(level__gt=level).exists():
            self.add(f"There are tiles above level {level} that belong to no entry.")

    # Keys and openings.

    def keys(self) -> None:
        """Every key but the first came by an entry of the log that names it."""
        said = Opening.objects.filter(event__side=self.side, verb="log.key_replaced").values_list("values", flat=True)
        known = {values["public.new"] for values in said}
        for key in LogKey.objects.filter(side=self.side):
            if key.number > 1 and key.verifier not in known:
                self.add(f"The key {key.verifier} signs this log, but no entry says that it was given to it.")

    def openings(self, processes: int) -> None:
        """What is read is what was committed to: openings, their columns, and the rows of public pages."""
        reworded = 0
        for wrong, others in openings.checked(self.side, self.head.size, processes):
            reworded += others
            for sentence in wrong:
                self.add(sentence)
        if reworded:
            self.notes.append(f"{reworded} public rows have the words of an older version. Run rebuild_public_log.")


def entries_by_tile(side: UUID) -> Iterator[tuple[int, list[Row], bytes | None]]:
    """(index, the entries, the stored tile) for each tile that is stored or has any entry left."""
    events = Event.objects.filter(side=side).order_by("sequence").values_list("sequence", "leaf", "leaf_hash")
    rows = ((sequence, stored(leaf), stored(kept)) for sequence, leaf, kept in streamed(events))
    rows_of_tiles = Tile.objects.filter(side=side, level=0).order_by("index").values_list("index", "hashes")
    tiles = rows_of_tiles.iterator(chunk_size=64)
    tile = next(tiles, None)
    for index, group in groupby(rows, key=lambda row: row[0] // TILE_WIDTH):
        entries = list(group)
        while tile and tile[0] < index:
            yield tile[0], [], stored(tile[1])
            tile = next(tiles, None)
        if tile and tile[0] == index:
            yield index, entries, stored(tile[1])
            tile = next(tiles, None)
        else:
            yield index, entries, None
    for index, hashes in [tile, *tiles] if tile else []:
        yield index, [], stored(hashes)


def edge_of(hashes: list[bytes]) -> list[bytes]:
    """The edge of a tree of these leaves."""
    edge: list[bytes] = []
    for size, each in enumerate(hashes):
        edge = merkle.grow(size, edge, each)
    return edge
