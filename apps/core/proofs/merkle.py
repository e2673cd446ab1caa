"""Merkle trees (RFC 6962 section 2.1, RFC 9162 section 2.1) kept as tiles of 256 (C2SP tlog-tiles). Pure Python.

A tree needs two things to grow: its size and its *edge*, the hashes of the whole subtrees that its leaves fall into, largest
first (one for each 1 in the binary size). Proofs read tiles: tile `index` of `level` holds up to 256 hashes, each of
a whole subtree of 256**level leaves. Hashes are 32 bytes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

TILE_WIDTH = 256
HASH_BYTES = 32
LARGEST_ENTRY = 2**16 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_PATH = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")

ReadTile = Callable[[int, int, int], bytes]


class BadTile(Exception):
    """Bytes or an address that cannot be a tile, or an entry bundle, of this tree."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(size: int, edge: list[bytes], leaf: bytes) -> list[bytes]:
    """The edge of a tree of `size` after the leaf with this hash: O(log n)."""
    edge = [*edge, leaf]
    while size & 1:
        right = edge.pop()
        edge.append(node_hash(edge.pop(), right))
        size >>= 1
    return edge


def root_of(edge: list[bytes]) -> bytes:
    """The root of the tree with this edge."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def root_of_whole(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def split(hashes: bytes) -> list[bytes]:
    """The hashes of a tile (or an edge) one by one."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def tile_width(size: int, level: int, index: int) -> int:
    """How many hashes that tile holds in a tree of `size`: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> (8 * level)) - index * TILE_WIDTH))


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """(level, index, width) of every tile of a tree of `size`, level by level."""
    level = 0
    while hashes := size >> (8 * level):
        for index in range(-(-hashes // TILE_WIDTH)):
            yield level, index, tile_width(size, level, index)
        level += 1


def tile_path(index: int, width: int = TILE_WIDTH) -> str:
    """The end of a tile's address: 1234067 is `x001/x234/067`; a tile of 17 hashes ends in `.p/17`."""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts) + ("" if width == TILE_WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int, int]:
    """(index, width) of the end of a tile's address. Raises BadTile for any other spelling than `tile_path`'s."""
    match = _PATH.fullmatch(path, 0, 100)
    if match:
        index, width = int(match[1].replace("x", "").replace("/", "")), int(match[2] or TILE_WIDTH)
        if path == tile_path(index, width):
            return index, width
    raise BadTile("This is not the address of a tile.")


def pack_entries(leaves: Iterable[bytes]) -> bytes:
    """An entry bundle: each leaf after its length in two bytes, big-endian."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """The leaves of an entry bundle. Raises BadTile where it ends too soon."""
    leaves, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if len(bundle) < max(end, at + 2):
            raise BadTile("An entry bundle ends in the middle of an entry.")
        leaves.append(bundle[at + 2 : end])
        at = end
    return leaves


class Tree:
    """A tree of `size` whose tiles `read_tile(level, index, width)` gives (32 * width bytes). Each tile is read once.

    Where its edge is known, the unfinished tiles are read only for leaves that lie in them.
    """

    def __init__(self, size: int, read_tile: ReadTile, edge: bytes = b""):
        self.size, self._read, self._edge = size, read_tile, split(edge)
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self._hash_of(0, self.size)

    def edge(self) -> list[bytes]:
        """The hashes of the whole subtrees, largest first."""
        return self._edge_of(0, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that leaf `index` is in the tree (RFC 9162 section 2.1.3.1). Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(f"There is no leaf {index} in a tree of {self.size}.")
        start, end = 0, self.size
        proof: list[bytes] = []
        while end - start > 1:
            middle = start + largest_power_below(end - start)
            if index < middle:
                proof.insert(0, self._hash_of(middle, end))
                end = middle
            else:
                proof.insert(0, self._hash_of(start, middle))
                start = middle
        return proof

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the first `old` leaves are still the same (RFC 9162 section 2.1.4.1). Raises IndexError."""
        if not 0 <= old <= self.size:
            raise IndexError(f"A tree of {self.size} was never one of {old}.")
        start, end = 0, self.size
        proof: list[bytes] = []
        if old in (0, self.size):
            return proof
        while old != end:
            middle = start + largest_power_below(end - start)
            if old <= middle:
                proof.insert(0, self._hash_of(middle, end))
                end = middle
            else:
                proof.insert(0, self._hash_of(start, middle))
                start = middle
        return proof if start == 0 else [self._hash_of(start, end), *proof]

    def _edge_of(self, start: int, end: int) -> list[bytes]:
        length = end - start
        if self._edge and end == self.size and length == self.size % (1 << length.bit_length()):
            return self._edge[-length.bit_count() :]
        edge = []
        while start < end:
            height = (end - start).bit_length() - 1
            edge.append(self._node(height, start >> height))
            start += 1 << height
        return edge

    def _hash_of(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) of a range that the recursions above reach: its start is a multiple of its whole subtrees."""
        return root_of(self._edge_of(start, end))

    def _node(self, height: int, index: int) -> bytes:
        """The hash of a whole subtree of 2**height leaves."""
        level, inside = divmod(height, 8)
        tile, first = divmod(index << inside, TILE_WIDTH)
        hashes = self._tile(level, tile)
        return root_of_whole(hashes[first : first + (1 << inside)])

    def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._tiles:
            width = tile_width(self.size, level, index)
            tile = self._read(level, index, width)
            if len(tile) != width * HASH_BYTES:
                raise BadTile(f"Tile {level}/{tile_path(index, width)} has {len(tile)} bytes.")
            self._tiles[level, index] = split(tile)
        return self._tiles[level, index]


def largest_power_below(number: int) -> int:
    """The largest power of two below `number` (2 or more)."""
    return 1 << ((number - 1).bit_length() - 1)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2); None where it cannot be one."""
    if not 0 <= index < size:
        return None
    first, last, root = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = node_hash(each, root)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, each)
        first, last = first >> 1, last >> 1
    return root if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """True where the proof shows that the leaf with this hash is number `index` of the tree of `size` with `root`."""
    return root_from_inclusion(leaf, index, size, proof) == root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """True where the proof shows that the tree of `new` leaves begins with the tree of `old` (RFC 9162 section 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if not proof or old > new:
        return False
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    from_old = from_new = proof[0]
    for each in proof[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            from_old, from_new = node_hash(each, from_old), node_hash(each, from_new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            from_new = node_hash(from_new, each)
        first, last = first >> 1, last >> 1
    return last == 0 and from_old == old_root and from_new == new_root
