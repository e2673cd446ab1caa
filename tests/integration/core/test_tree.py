"""Every event is a leaf of its side's tree, written with it: edge and tiles are those of the specification."""

import importlib

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.audit import tree, triggers
from apps.core.audit.act import act, record
from apps.core.audit.models import Event, LogHead, Tile
from apps.core.proofs import merkle
from tests.integration.core.logs import SIDE, Thing, written

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db]


def rows() -> list[tuple]:
    found = Tile.objects.order_by("level", "index").values_list("level", "index", "hashes", "root")
    return [(level, index, bytes(hashes), bytes(root)) for level, index, hashes, root in found]


@pytest.mark.parametrize("batches", [[1], [255, 1], [256], [257], [200, 100, 300], [1000]])
def test_however_events_come_the_tree_is_the_one_of_their_leaves(batches):
    for batch in batches:
        written(batch)
    size = sum(batches)
    hashes = [bytes(each) for each in Event.objects.order_by("sequence").values_list("leaf_hash", flat=True)]
    edge = []
    for number, each in enumerate(hashes):
        edge = merkle.grow(number, edge, each)
    head = LogHead.objects.get(side=SIDE)
    assert (head.size, bytes(head.edge)) == (size, b"".join(edge))
    assert [(level, index) for level, index, _, _ in rows()] == [
        (level, index) for level, index, width in merkle.tiles_of(size) if width == 256
    ]
    whole = tree.tree_of(SIDE, size)
    assert whole.root() == merkle.root_of(edge)
    for old in (1, size // 2, size):
        assert merkle.is_consistent(
            old,
            size,
            tree.tree_of(SIDE, old).root() if old else merkle.EMPTY_ROOT,
            whole.root(),
            whole.consistency(old),
        )
    assert merkle.is_included(hashes[0], 0, size, whole.inclusion(0), whole.root())


def test_tiles_of_tiles():
    """A level-1 tile is written when 65,536 leaves are there: tried on hashes alone, without their events."""
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(65_536)]
    made = tree.filled_tiles(SIDE, 0, hashes[:65_000])
    Tile.objects.bulk_create(made)
    known = b"".join(hashes)

    def read(level, index, width):
        at = index * 8192
        return known[at : at + 32 * width] if level == 0 else tree.reader(SIDE)(level, index, width)

    Tile.objects.bulk_create(tree.filled_tiles(SIDE, 65_000, hashes[65_000:], read))
    edge = []
    for number, each in enumerate(hashes):
        edge = merkle.grow(number, edge, each)
    top = Tile.objects.get(level=1)
    assert Tile.objects.filter(level=0).count() == 256
    assert [bytes(top.root)] == edge
    assert str(top) == f"{SIDE} tile 1/0"
    assert merkle.Tree(65_536, read).root() == edge[0]


def test_an_append_is_a_constant_number_of_statements():
    written(1)
    counts = []
    for batch in (1, 100):
        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            act(),
        ):
            for _ in range(batch):
                record("log.test", by="portal", subject=Thing)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_the_trees_of_older_logs_are_planted():
    written(600)
    head, before = LogHead.objects.get(), rows()
    migration = importlib.import_module("apps.core.audit.migrations.0002_tree")
    with triggers.lifted(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_tile")
        LogHead.objects.update(edge=b"")
        migration.plant_trees(apps, None)
    assert rows() == before
    assert bytes(LogHead.objects.get().edge) == bytes(head.edge)


def test_tiles_and_heads_never_shrink():
    written(256)
    changes = ["UPDATE audit_tile SET level = 3", "DELETE FROM audit_tile", "UPDATE audit_loghead SET size = 3"]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_an_event_that_no_bundle_could_carry_fails_its_act():
    with pytest.raises(ValueError, match="too long for the log"), act():
        record("log.test", by="portal", subject=Thing, **{f"field_{number}": number for number in range(1000)})
    assert not Event.objects.exists()
