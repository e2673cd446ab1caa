"""Our trees against the RFC's words, against an implementation that we did not write, and against forgers."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from apps.core.proofs import merkle
from apps.core.proofs.merkle import BadTile, Tree

# The eight leaves of the Certificate Transparency reference tests, and their root.
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def hashes(number: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % each) for each in range(number)]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(mth(leaves[:k]), mth(leaves[k:]))


def reader(leaves: list[bytes]):
    """Tiles as C2SP tlog-tiles defines them: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""

    def read(level, index, width):
        span = 256**level
        starts = [(index * 256 + each) * span for each in range(width)]
        return b"".join(mth(leaves[start : start + span]) for start in starts)

    return read


def edge_of(leaves: list[bytes]) -> list[bytes]:
    edge = []
    for size, leaf in enumerate(leaves):
        edge = merkle.grow(size, edge, leaf)
    return edge


def test_the_known_root():
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in KNOWN]
    assert merkle.root_of(edge_of(leaves)).hex() == KNOWN_ROOT
    assert Tree(8, reader(leaves)).root().hex() == KNOWN_ROOT


def test_the_empty_tree():
    assert merkle.root_of([]) == Tree(0, reader([])).root() == mth([]) == merkle.EMPTY_ROOT
    assert list(merkle.tiles_of(0)) == []


def test_another_implementation_agrees_on_every_tree_up_to_130():
    other, leaves = InmemoryTree(algorithm="sha256"), hashes(130)
    for number in range(130):
        other.append_entry(b"%d" % number)
    for size in range(1, 131):
        tree = Tree(size, reader(leaves[:size]))
        root = tree.root()
        assert root == other.get_root(size) == merkle.root_of(tree.edge())
        for index in range(size):
            proof = tree.inclusion(index)
            assert [leaves[index], *proof] == other.prove_inclusion(index + 1, size).path
            assert merkle.is_included(leaves[index], index, size, proof, root)
        for old in range(1, size):
            assert merkle.is_consistent(old, size, other.get_root(old), root, tree.consistency(old))


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 600, 65536, 65793, 70000])
def test_trees_that_need_more_than_one_tile(size):
    leaves = hashes(size)
    edge, tree = edge_of(leaves), Tree(size, cached(reader(leaves)))
    root = merkle.root_of(edge)
    assert tree.root() == root
    assert tree.edge() == edge
    quick = Tree(size, cached(reader(leaves)), b"".join(edge))
    assert quick.root() == root
    assert quick.consistency(size // 2) == tree.consistency(size // 2)
    for index in {0, 1, 254, size // 2, size - 1}:
        assert quick.inclusion(index) == tree.inclusion(index)
        assert merkle.is_included(leaves[index], index, size, tree.inclusion(index), root)
    for old in {1, 2, 255, size // 2, size - 1, size}:
        old_root = merkle.root_of(edge_of(leaves[:old]))
        assert merkle.is_consistent(old, size, old_root, root, tree.consistency(old))


def cached(read):
    known = {}

    def again(*tile):
        if tile not in known:
            known[tile] = read(*tile)
        return known[tile]

    return again


def test_the_tiles_of_the_specifications_example():
    tiles = list(merkle.tiles_of(70_000))
    assert len([tile for tile in tiles if tile[0] == 0 and tile[2] == 256]) == 273
    assert (0, 273, 112) in tiles
    assert (1, 0, 256) in tiles
    assert (1, 1, 17) in tiles
    assert tiles[-1] == (2, 0, 1)
    assert list(merkle.tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]


def test_what_was_never_there_has_no_proof():
    tree = Tree(3, reader(hashes(3)))
    for ask in (lambda: tree.inclusion(3), lambda: tree.inclusion(-1), lambda: tree.consistency(4)):
        with pytest.raises(IndexError):
            ask()
    assert tree.consistency(0) == []
    assert merkle.is_consistent(0, 3, merkle.EMPTY_ROOT, tree.root(), [])
    assert not merkle.is_consistent(0, 3, b"x" * 32, tree.root(), [])


def test_a_tile_of_another_size_is_refused():
    with pytest.raises(BadTile):
        Tree(3, lambda level, index, width: b"").root()


SIZES = st.integers(1, 80)


@given(data=st.data(), size=SIZES)
def test_a_proof_fits_one_leaf_one_place_and_one_root(data, size):
    leaves = hashes(size)
    tree = Tree(size, reader(leaves))
    root, index = tree.root(), data.draw(st.integers(0, size - 1))
    proof = tree.inclusion(index)
    assert merkle.is_included(leaves[index], index, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, [*proof, root], root)
    assert not merkle.is_included(b"x" * 32, index, size, proof, root)
    assert not merkle.is_included(leaves[index], size, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, proof, b"x" * 32)
    if proof:
        assert not merkle.is_included(leaves[index], index, size, proof[1:], root)
        place = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:place], b"x" * 32, *proof[place + 1 :]]
        assert not merkle.is_included(leaves[index], index, size, forged, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not merkle.is_included(leaves[index], other, size, proof, root)


@given(data=st.data(), size=SIZES)
def test_a_tree_that_was_rewritten_is_not_consistent(data, size):
    old = data.draw(st.integers(1, size))
    leaves = hashes(size)
    rewritten = [*leaves]
    rewritten[data.draw(st.integers(0, old - 1))] = b"x" * 32
    old_root = Tree(old, reader(leaves[:old])).root()
    for told, honest in ((leaves, True), (rewritten, False)):
        tree = Tree(size, reader(told))
        proof = tree.consistency(old)
        assert merkle.is_consistent(old, size, old_root, tree.root(), proof) is honest
        if old < size:
            assert not merkle.is_consistent(old, size, old_root, tree.root(), [])
            assert not merkle.is_consistent(old, size, old_root, tree.root(), [*proof, old_root])
            assert not merkle.is_consistent(size, old, tree.root(), old_root, proof)


@given(index=st.integers(0, 10**10), width=st.integers(1, 256))
def test_an_address_is_read_as_it_was_written(index, width):
    assert merkle.parse_tile_path(merkle.tile_path(index, width)) == (index, width)


def test_addresses():
    assert merkle.tile_path(1234067) == "x001/x234/067"
    assert merkle.tile_path(0, 17) == "000.p/17"
    for wrong in ("0", "x000/001", "001.p/0", "001.p/256", "001.p/017", "001/", "/001", "a", "001\n", "x1/001", "٠٠١"):
        with pytest.raises(BadTile):
            merkle.parse_tile_path(wrong)


@given(leaves=st.lists(st.binary(max_size=300), max_size=20))
def test_entries_are_read_as_they_were_packed(leaves):
    bundle = merkle.pack_entries(leaves)
    assert merkle.unpack_entries(bundle) == leaves
    if leaves:
        for cut in (bundle[:-1], bundle + b"\x00", bundle + b"\x00\x05a"):
            with pytest.raises(BadTile):
                merkle.unpack_entries(cut)
