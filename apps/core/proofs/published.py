"""A log as others publish it, by its address or in a folder: checkpoint, tiles and entries (C2SP tlog-tiles). Pure Python."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from apps.core.proofs import merkle, notes
from apps.core.proofs.merkle import BadTile, Tree

Fetch = Callable[[str], bytes]
LARGEST_ANSWER = 32 * 1024 * 1024
SECONDS = 60


class NotThere(Exception):
    """Something of a published log could not be read."""


def over_http(address: str) -> Fetch:
    """Reads below an address (http or https). Raises NotThere."""

    def fetch(path: str) -> bytes:
        if not address.startswith(("http://", "https://")):
            raise NotThere(f"{address} is not an address of the web.")
        try:
            with urllib.request.urlopen(f"{address}/{path}", timeout=SECONDS) as answer:  # noqa: S310 - as checked above
                return answer.read(LARGEST_ANSWER)
        except (urllib.error.URLError, OSError) as problem:
            raise NotThere(f"{address}/{path} could not be read: {problem}")

    return fetch


def from_folder(folder: Path) -> Fetch:
    """Reads files of a published log. Raises NotThere."""

    def fetch(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except OSError:
            raise NotThere(f"There is no {path} in {folder}.")

    return fetch


def keys_of(fetch: Fetch) -> list[notes.Verifier]:
    """The keys that a log says are its own. Raises NotThere, notes.BadNote."""
    return [notes.parse_verifier(line) for line in fetch("keys.txt").decode("utf-8", "replace").splitlines()]


def checkpoint_of(fetch: Fetch, keys: list[notes.Verifier]) -> tuple[notes.Checkpoint, str]:
    """The newest checkpoint of a log and its note. Raises NotThere, notes.BadNote."""
    note = fetch("checkpoint").decode("utf-8", "replace")
    return notes.open_checkpoint(note, keys), note


def tree_of(fetch: Fetch, size: int) -> Tree:
    """The tree of a published log; a partial tile that is gone is cut out of the full one."""

    def read(level: int, index: int, width: int) -> bytes:
        path = f"tile/{level}/"
        try:
            return fetch(path + merkle.tile_path(index, width))
        except NotThere:
            if width == merkle.TILE_WIDTH:
                raise
            return fetch(path + merkle.tile_path(index))[: width * merkle.HASH_BYTES]

    return Tree(size, read)


def check(fetch: Fetch, keys: list[notes.Verifier], heads: Iterable[tuple[str, str]] = ()) -> tuple[int, list[str]]:
    """(entries, everything that is wrong, in sentences) with a published log and with `heads` of it: (who keeps it, note)."""
    wrong: list[str] = []
    try:
        said, _note = checkpoint_of(fetch, keys)
        wrong.extend(wrong_tiles(fetch, said.size))
        tree = tree_of(fetch, said.size)
        if tree.root() != said.root:
            wrong.append(f"The tiles do not make the root that was signed for {said.size} entries.")
        for who, note in heads:
            wrong += wrong_head(who, note, keys, said, tree)
    except (NotThere, BadTile, notes.BadNote) as problem:
        return 0, [*wrong, str(problem)]
    return said.size, wrong


def wrong_head(who: str, note: str, keys: list[notes.Verifier], said: notes.Checkpoint, tree: Tree) -> Iterable[str]:
    """What is wrong with a checkpoint that was kept from earlier."""
    try:
        before = notes.open_checkpoint(note, keys)
    except notes.BadNote as problem:
        return [f"About {who}: {problem}"]
    if before.size > said.size:
        return [f"The log was cut: {who} has {before.size} entries, the log {said.size}."]
    if not merkle.is_consistent(before.size, said.size, before.root, said.root, tree.consistency(before.size)):
        return [f"The first {before.size} entries are not those that {who} stands for."]
    return []


def wrong_tiles(fetch: Fetch, size: int) -> Iterable[str]:
    """Compare every entry with its hash, and every tile with those below it."""
    below: dict[int, list[bytes]] = {}
    for level, index, width in merkle.tiles_of(size):
        path = merkle.tile_path(index, width)
        tile = fetch(f"tile/{level}/{path}")
        if level == 0:
            made = [merkle.leaf_hash(leaf) for leaf in merkle.unpack_entries(fetch(f"tile/entries/{path}"))]
        else:
            made = below[level - 1][index * merkle.TILE_WIDTH : index * merkle.TILE_WIDTH + width]
        if level == 0 and len(made) < width:
            yield f"The log was cut: {len(made)} of the {width} entries from {index * merkle.TILE_WIDTH} on are there."
        if b"".join(made) != tile:
            yield from different(level, index, made, merkle.split(tile))
        if width == merkle.TILE_WIDTH:  # of a tile that is not all there nothing fits above
            below.setdefault(level, []).append(merkle.root_of_whole(made) if len(made) == width else b"")


def different(level: int, index: int, made: list[bytes], told: list[bytes]) -> Iterable[str]:
    """Which of the hashes of a tile are not those that lie below it."""
    first = index * merkle.TILE_WIDTH
    what = "Entry" if level == 0 else f"At level {level}, hash"
    if len(made) != len(told):
        yield f"The tile {level}/{merkle.tile_path(index)} stands for {len(told)}, but {len(made)} are there."
    for number, (one, other) in enumerate(zip(made, told, strict=False)):
        if one != other:
            yield f"{what} {first + number} is not the one that the tree was built with."
