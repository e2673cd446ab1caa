"""The Merkle tree of a side's log in the database.

Its unfinished edge lies in the head, its full tiles in `Tile`. An unfinished tile is not stored: at level 0 it is the hashes of
the last events, above the roots of the last tiles below. So an append writes a few hundred bytes, and one tile in 256.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q

from apps.core.audit import writing
from apps.core.audit.models import Event, LogHead, Tile
from apps.core.proofs import merkle
from apps.core.proofs.merkle import TILE_WIDTH


def stored(value) -> bytes:
    """Bytes as the database keeps them; none where somebody put a text in their place (SQLite takes it)."""
    return b"" if isinstance(value, str) else bytes(value)


def extend(head: LogHead, hashes: list[bytes], rows: Iterable[Sequence[Model]] = ()) -> None:
    """Put the hashes of new leaves into the tree of a locked head, and write `rows` (some of one model each) with it.

    The tiles that the leaves fill, the rows and the head are written in one round trip.
    """
    old_size, edge = head.size, merkle.split(bytes(head.edge))
    for each in hashes:
        edge = merkle.grow(head.size, edge, each)
        head.size += 1
    head.edge = b"".join(edge)
    tiles = filled_tiles(head.side, old_size, hashes)
    update = "UPDATE audit_loghead SET size = %s, edge = %s WHERE side = %s"
    side = LogHead._meta.pk.get_db_prep_value(head.side, connection)
    inserts = chain.from_iterable(map(writing.inserts, (*rows, tiles)))
    writing.run([*inserts, (update, [head.size, head.edge, side])])


def filled_tiles(side: UUID, size: int, hashes: list[bytes], read=None) -> list[Tile]:
    """The tiles, of every level, that become full when these hashes follow the first `size` leaves."""
    read = read or reader(side)
    made, level = [], 0
    while size % TILE_WIDTH + len(hashes) >= TILE_WIDTH:
        index, width = divmod(size, TILE_WIDTH)
        row = (merkle.split(read(level, index, width)) if width else []) + hashes
        whole = [row[at : at + TILE_WIDTH] for at in range(0, len(row) - TILE_WIDTH + 1, TILE_WIDTH)]
        size, hashes = index, [merkle.root_of_whole(each) for each in whole]
        made += [
            Tile(side=side, level=level, index=index + number, hashes=b"".join(each), root=root)
            for number, (each, root) in enumerate(zip(whole, hashes, strict=True))
        ]
        level += 1
    return made


def reader(side: UUID) -> merkle.ReadTile:
    """Reads tiles of a side's tree, full ones and any part of one. One query each; too short where it is not there."""

    def read(level: int, index: int, width: int) -> bytes:
        first = index * TILE_WIDTH
        if width == TILE_WIDTH:
            kept: Iterable = Tile.objects.filter(side=side, level=level, index=index).values_list("hashes", flat=True)
        elif level == 0:
            events = Event.objects.filter(side=side, sequence__gte=first, sequence__lt=first + width)
            kept = events.order_by("sequence").values_list("leaf_hash", flat=True)
        else:
            below = Tile.objects.filter(side=side, level=level - 1, index__gte=first, index__lt=first + width)
            kept = below.order_by("index").values_list("root", flat=True)
        return b"".join(map(stored, kept))

    return read


def entries(side: UUID, index: int, width: int) -> bytes:
    """An entry bundle of a side's log: up to 256 leaves, each after its length."""
    first = index * TILE_WIDTH
    events = Event.objects.filter(side=side, sequence__gte=first, sequence__lt=first + width)
    return merkle.pack_entries(map(stored, events.order_by("sequence").values_list("leaf", flat=True)))


def tree_of(side: UUID, size: int, edge: bytes = b"", leaves: Iterable[int] = ()) -> merkle.Tree:
    """The tree of the first `size` events of a side, with its edge where that is known.

    The full tiles above `leaves`, whose proofs are wanted, are read in one query.
    """
    known, read = tiles_above(side, size, leaves), reader(side)

    def read_once(level: int, index: int, width: int) -> bytes:
        return known.get((level, index)) or read(level, index, width)

    return merkle.Tree(size, read_once, edge)


def tiles_above(side: UUID, size: int, leaves: Iterable[int]) -> dict[tuple[int, int], bytes]:
    """The full tiles, of every level, that the proofs of these leaves in a tree of `size` read. One query."""
    wanted, level, indexes = Q(), 0, {leaf // TILE_WIDTH for leaf in leaves}
    while indexes := {index for index in indexes if merkle.tile_width(size, level, index) == TILE_WIDTH}:
        wanted |= Q(level=level, index__in=indexes)
        level, indexes = level + 1, {index // TILE_WIDTH for index in indexes}
    if not wanted:
        return {}
    found = Tile.objects.filter(wanted, side=side).values_list("level", "index", "hashes")
    return {(level, index): stored(hashes) for level, index, hashes in found}
