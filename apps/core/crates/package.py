"""The package: a ZIP that holds one BagIt bag (profile: "Archive serialisation"; RFC 8493; spec sections 1.1 and 5)."""

import hashlib
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import IO, BinaryIO, cast
from urllib.parse import unquote

from apps.core.crates.findings import Finding, Unreadable
from apps.core.crates.graph import utf8
from apps.core.crates.layout import check_end, check_files
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.table import finding

CHUNK = 1024 * 1024
HASHED_AT_ONCE = 2
WORTH_THREADS = 8 * MEGABYTE
METADATA = "data/ro-crate-metadata.json"
MANIFEST = "manifest-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
SIGNATURE = "signature.jws"
VERY_SMALL, MOST_KEPT = 64 * 1024, 64
JUDGED = {"bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST, METADATA}
UUID_URN = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MANIFEST_LINE = re.compile(r"([0-9a-fA-F]{32,128}) +\*?(.+)")
ENCODED = re.compile(r"%(0[aA]|0[dD]|25)")
DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
PLAIN_FLAGS = 0x080E  # how hard it was packed, written as a stream, names in UTF-8
DRIVE = re.compile(r"[A-Za-z]:")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass
class Bag:
    """An open bag. Paths are relative to the bag's folder, with / between segments."""

    archive: zipfile.ZipFile
    top: str
    limits: Limits
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of each member, as the ZIP's list says
    sha512: dict[str, str] = field(default_factory=dict)
    external_identifier: str = ""
    kept: dict[str, bytes] = field(default_factory=dict)  # small files: unpacked once, hashed and judged
    # By path: what is given each piece of a file while it is hashed.
    look: Callable[[str], Callable[[bytes], None] | None] | None = None

    def open(self, path: str) -> IO[bytes]:
        """A stream over one file. Raises KeyError."""
        return self.archive.open(self.members[path])

    def read(self, path: str, most: int) -> bytes:
        """All bytes of one small file. Raises Unreadable where it is larger than `most`."""
        content = self.kept.get(path)
        if content is None:
            with intact(path), self.open(path) as stream:
                content = stream.read(most + 1)
        if len(content) > most:
            raise Unreadable(finding("M-21", path, what=f"more than {most // MEGABYTE} MB in {path}"))
        if self.keeps(path):
            self.kept[path] = content
        return content

    def keeps(self, path: str) -> bool:
        """True for a small file that is judged later, and for the first few of all others that are very small."""
        size = self.sizes[path]
        return size <= CHUNK if path in JUDGED else size <= VERY_SMALL and len(self.kept) < MOST_KEPT

    def beginning(self, path: str, most: int) -> bytes:
        """At the most so many bytes from the beginning of a file that was hashed before."""
        if path in self.kept:
            return self.kept[path][:most]
        with intact(path), self.open(path) as stream:
            return stream.read(most)

    def pieces(self, path: str) -> Iterator[bytes]:
        """All bytes of a file, in pieces. Raises Unreadable for a broken ZIP entry."""
        if self.keeps(path):
            yield self.read(path, CHUNK)
            return
        with intact(path), self.open(path) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def payload(self) -> list[str]:
        """Paths of the payload, relative to data/, in order."""
        return sorted(path.removeprefix("data/") for path in self.members if path.startswith("data/"))

    def size(self, payload_path: str) -> int:
        """Bytes of a payload file."""
        return self.sizes[f"data/{payload_path}"]

    def has(self, payload_path: str) -> bool:
        """True where a payload file is there, or a folder that holds one."""
        wanted = f"data/{payload_path}"
        return wanted.removesuffix("/") in self.folders if wanted.endswith("/") else wanted in self.members

    @cached_property
    def folders(self) -> set[str]:
        """Every folder that holds a file, at any depth."""
        return {folder for path in self.members for folder in self_and_folders(path)[:-1]}


def self_and_folders(path: str) -> list[str]:
    """The folders that a path lies in, from the outermost, and the path: a/b/c gives a, a/b, a/b/c."""
    return list(accumulate(path.split("/"), "{}/{}".format))


@contextmanager
def intact(path: str):
    """Reading a ZIP entry: whatever a decompressor raises becomes a finding about that file (M-05, 5S-PKG-06)."""
    try:
        yield
    except zipfile.BadZipFile as problem:
        damaged = finding("5S-PKG-06", path, path=path, what="is damaged inside the ZIP")
        raise Unreadable(damaged if "CRC" in str(problem) else finding("M-05", path, path=path)) from problem
    except Exception as problem:
        raise Unreadable(finding("M-05", path, path=path)) from problem


def opened(source: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """A file as a stream, closed at the end; a stream as it is."""
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def open_bag(source: Path | BinaryIO, limits: Limits) -> Bag:
    """Open a ZIP, a file or a stream, whose structure and names are safe to read. Raises Unreadable with the first thing
    that is wrong. Closing `archive` closes a file, and leaves a stream open."""
    if size_of(source) > limits.upload_bytes:
        raise Unreadable(finding("M-01", limit=limits.upload_bytes // MEGABYTE))
    with opened(source) as stream:
        list_at = check_end(stream, limits)
    try:
        archive = zipfile.ZipFile(source)
    except UnicodeDecodeError as problem:
        raise Unreadable(finding("M-10")) from problem
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as problem:
        raise Unreadable(finding("5S-PKG-01", why="This is not a ZIP file that can be read.")) from problem
    try:
        infos = archive.infolist()
        check_sizes(infos, limits)
        for info in infos:
            check_member(info, limits)
        check_files(cast(BinaryIO, archive.fp), infos, list_at)
        check_names(infos)
        top = single_folder(infos)
    except Unreadable:
        archive.close()
        raise
    bag = Bag(archive, top, limits)
    bag.members = {info.filename.removeprefix(f"{top}/"): info for info in infos if not info.is_dir()}
    bag.sizes = {path: info.file_size for path, info in bag.members.items()}
    for info in infos:
        info.file_size += 1  # zipfile stops where the list says that a file ends; one byte more, and a lie shows
    return bag


def size_of(source: Path | BinaryIO) -> int:
    """Bytes of a file or of a stream that can be sought in."""
    return source.stat().st_size if isinstance(source, Path) else source.seek(0, os.SEEK_END)


def check_sizes(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    """What the files say that they unpack to (M-04). Raises Unreadable."""
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > limits.unpacked_bytes or (total > limits.ratio_from_bytes and total > limits.ratio * max(packed, 1)):
        raise Unreadable(
            finding("M-04", limit=f"{limits.unpacked_bytes // MEGABYTE} MB, or {limits.ratio} times its size")
        )


def check_member(info: zipfile.ZipInfo, limits: Limits) -> None:
    """One entry of the ZIP: features, kind, name (M-03, M-07, M-08, M-10). Raises Unreadable."""
    name = info.orig_filename
    if info.flag_bits & 0x1:
        raise Unreadable(finding("5S-PKG-03", name, feature="encryption"))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(finding("5S-PKG-03", name, feature=f"compression method {info.compress_type}"))
    if info.flag_bits & ~PLAIN_FLAGS or info.volume:
        raise Unreadable(finding("5S-PKG-03", name, feature="flags of a special kind, or several parts"))
    if not info.flag_bits & 0x800 and not name.isascii():
        raise Unreadable(finding("M-10", name))
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or info.external_attr >> 16 & (stat.S_ISUID | stat.S_ISGID):
        raise Unreadable(finding("M-08", name, path=name))
    if (kind and info.is_dir() != (kind == stat.S_IFDIR)) or (info.is_dir() and info.file_size):
        raise Unreadable(finding("M-08", name, path=name))
    if not is_inside(name.removesuffix("/")) or name != info.filename:
        raise Unreadable(finding("M-07", name, path=repr(name)))
    if not is_portable(name.removesuffix("/")):
        raise Unreadable(finding("M-09", name, path=repr(name)))
    segments = name.removesuffix("/").split("/")
    if len(segments) > limits.depth or any(len(segment.encode()) > limits.segment_bytes for segment in segments):
        raise Unreadable(finding("M-06", name, what="names that are too long or folders that are too deep"))


def is_safe_path(path: str) -> bool:
    """True for a relative path of plain segments that every system reads in the same way (M-07, M-09)."""
    return is_inside(path) and is_portable(path)


def is_inside(path: str) -> bool:
    """True for a path that stays where it is put, before and after percent-decoding (M-07)."""
    return _is_inside_once(path) and ("%" not in path or _is_inside_once(unquote(path)))


def _is_inside_once(path: str) -> bool:
    if not path or "\\" in path or has_controls(path):
        return False
    return not any(each in ("", ".", "..") or DRIVE.match(each) for each in path.split("/"))


def has_controls(text: str) -> bool:
    """True for control characters, ends of line, and halves of a character."""
    return not text.isprintable() and any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)


def is_portable(path: str) -> bool:
    """True for a path that means the same on every system and to every reader (M-09)."""
    for segment in {*path.split("/"), *unquote(path).split("/")}:
        if segment[-1] in ". " or RESERVED.fullmatch(segment):
            return False
        if not segment.isascii() and any(unicodedata.category(each) == "Cf" for each in segment):
            return False
    return True


def check_names(infos: list[zipfile.ZipInfo]) -> None:
    """No name twice, also not in other letters, nor as a file and a folder (M-09). Raises Unreadable."""
    names: set[str] = set()
    files: set[str] = set()
    folders: dict[str, str] = {}
    spelled: set[str] = set()
    for info in infos:
        name = folded(info.filename.removesuffix("/"))
        clashes = name in names
        names.add(name)
        if not info.is_dir():
            files.add(name)
        parent = info.filename.rpartition("/")[0]
        while parent and parent not in spelled:
            clashes |= folders.setdefault(folded(parent), parent) != parent
            spelled.add(parent)
            parent = parent.rpartition("/")[0]
        if clashes:
            raise Unreadable(finding("M-09", info.filename, path=info.filename))
    for both in files & folders.keys():
        raise Unreadable(finding("M-09", both, path=both))


def folded(name: str) -> str:
    """A name as systems that know no case, or only composed letters, keep it."""
    return (
        name.lower() if name.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    )


def single_folder(infos: list[zipfile.ZipInfo]) -> str:
    """The bag's folder (M-11). Raises Unreadable."""
    tops = sorted({info.filename.split("/", 1)[0] for info in infos})
    names = {info.filename for info in infos}
    if len(tops) != 1 or f"{tops[0]}/bagit.txt" not in names:
        found = ", ".join(tops[:5]) or "nothing"
        raise Unreadable(finding("5S-PKG-02", names=found if len(tops) != 1 else f"{found}, without bagit.txt in it"))
    return tops[0]


def check_bag(bag: Bag) -> Iterator[Finding]:
    """Every rule about the bag's own files and checksums. Hashes while streaming. May raise Unreadable."""
    yield from check_declaration(bag)
    if any(path.casefold() == "fetch.txt" for path in bag.members):
        yield finding("5S-PKG-15", "fetch.txt")
    if MANIFEST not in bag.members:
        raise Unreadable(finding("5S-PKG-05", MANIFEST))
    yield from check_digests(bag)
    yield from check_bag_info(bag)
    if METADATA not in bag.members:
        raise Unreadable(finding("5S-PKG-13", METADATA))
    if len(bag.payload()) < 2:
        yield finding("5S-PKG-14")


def check_declaration(bag: Bag) -> Iterator[Finding]:
    lines = [line.strip() for line in lines_of(tag_text(bag, "bagit.txt").rstrip())]
    version = re.fullmatch(r"BagIt-[Vv]ersion: (\d{1,3})\.(\d{1,3})", lines[0])
    encoding = [line.lower() for line in lines[1:]] == ["tag-file-character-encoding: utf-8"]
    if version is None or int(version[1]) < 1 or not encoding:
        yield finding("5S-PKG-04", "bagit.txt")


def tag_text(bag: Bag, path: str) -> str:
    """A tag file as text. Raises Unreadable where it is not UTF-8 or too large."""
    content = bag.read(path, bag.limits.tag_file_bytes)
    if content.count(b"\n") + content.count(b"\r") > 2 * bag.limits.members:
        raise Unreadable(finding("M-06", path, what=f"more than {bag.limits.members} lines in {path}"))
    return utf8(content, path)


def lines_of(text: str) -> list[str]:
    """Lines as BagIt ends them: LF, CR or both (RFC 8493, 2.1); str.splitlines knows more ends than others do."""
    return re.split(r"\r\n|\n|\r", text)


def manifests(bag: Bag) -> list[tuple[str, str, bool]]:
    """(file, algorithm, is a tag manifest) for each manifest with an algorithm that we know."""
    found = []
    for path in sorted(bag.members):
        match = re.fullmatch(r"(tag)?manifest-(\w+)\.txt", path)
        if match and match[2] in DIGEST_LENGTHS:
            found.append((path, match[2], bool(match[1])))
    return found


def unknown_manifests(bag: Bag) -> Iterator[Finding]:
    """Checksum lists in an algorithm that nobody here can make again (5S-PUB-09)."""
    for path in bag.members:
        match = re.fullmatch(r"(?:tag)?manifest-(\w+)\.txt", path)
        if match and match[1] not in DIGEST_LENGTHS:
            yield finding("5S-PUB-09", path, path=path)


def check_digests(bag: Bag) -> Iterator[Finding]:
    """Every known manifest against every file, each file read once (5S-PKG-05 to 08)."""
    listed: dict[str, dict[str, str]] = {}
    for path, algorithm, is_tag in manifests(bag):
        rule = "5S-PKG-08" if is_tag else "5S-PKG-06"
        entries, problems = parse_manifest(bag, path, algorithm, is_tag, rule)
        yield from problems
        for target, digest in entries.items():
            listed.setdefault(target, {})[algorithm] = digest
        yield from missing_entries(bag, path, entries, is_tag, rule)
    if TAG_MANIFEST not in bag.members:
        yield finding("5S-PKG-07", TAG_MANIFEST)
    total = 0
    for path, digests, size in hash_members(bag, listed):
        total += size
        if size != bag.sizes[path] or total > bag.limits.unpacked_bytes:
            raise Unreadable(finding("M-05", path, path=path))
        bag.sha512[path] = digests["sha512"]
        if any(digests[algorithm] != digest for algorithm, digest in listed.get(path, {}).items()):
            rule = "5S-PKG-06" if path.startswith("data/") else "5S-PKG-08"
            yield finding(rule, path, path=path, what="does not match its checksum")


def parse_manifest(bag, path, algorithm, is_tag, rule) -> tuple[dict[str, str], list[Finding]]:
    """The lines of a manifest as path -> digest, and what is wrong with them."""
    entries: dict[str, str] = {}
    problems = []
    for line in lines_of(tag_text(bag, path)):
        if not line.strip():
            continue
        match = MANIFEST_LINE.fullmatch(line)
        target = ENCODED.sub(lambda each: unquote(each[0]), match[2]) if match else ""
        if match is None or len(match[1]) != DIGEST_LENGTHS[algorithm]:
            problems.append(finding(rule, path, path=path, what="has a line that is not a checksum and a path"))
        elif target.startswith("data/") == is_tag or not (target in bag.members or is_safe_path(target)):
            problems.append(finding(rule, path, path=path, what=f"lists {target!r}, which does not belong there"))
        elif is_tag and target.startswith("tagmanifest-"):
            problems.append(finding(rule, path, path=path, what="lists a tag manifest in itself"))
        elif target in entries:
            problems.append(finding(rule, path, path=target, what="is listed twice"))
        else:
            entries[target] = match[1].lower()
    return entries, problems


def missing_entries(bag, path, entries, is_tag, rule) -> Iterator[Finding]:
    """Files that a manifest forgets, and entries without a file."""
    for target in sorted(set(entries) - set(bag.members)):
        yield finding(rule, target, path=target, what="is listed but absent")
    if not is_tag:
        payload = {member for member in bag.members if member.startswith("data/")}
        for target in sorted(payload - set(entries)):
            yield finding(rule, target, path=target, what=f"is not listed in {path}")


Hashed = tuple[str, dict[str, str], int]


def hash_members(bag: Bag, listed: dict[str, dict[str, str]]) -> Iterator[Hashed]:
    """(path, digests, real size) of each file in turn. Where it pays, two are read at once: unpacking and hashing let go
    of the interpreter. Raises Unreadable for a broken ZIP entry."""

    def hashed(path: str) -> Hashed:
        return hash_member(bag, path, {"sha512", *listed.get(path, ())})

    if sum(bag.sizes.values()) < WORTH_THREADS:
        yield from map(hashed, bag.members)
    else:
        with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:
            yield from pool.map(hashed, bag.members)


def hash_member(bag: Bag, path: str, algorithms: set[str]) -> Hashed:
    """Digests by algorithm and the real size of one file, read in pieces. Raises Unreadable for a broken ZIP entry."""
    totals = {algorithm: hashlib.new(algorithm, usedforsecurity=False) for algorithm in algorithms}
    look = bag.look(path) if bag.look else None
    size = 0
    for chunk in bag.pieces(path):
        size += len(chunk)
        for total in totals.values():
            total.update(chunk)
        if look:
            look(chunk)
    return path, {algorithm: total.hexdigest() for algorithm, total in totals.items()}, size


def check_bag_info(bag: Bag) -> Iterator[Finding]:
    """External-Identifier: one, not empty, a UUID URN (5S-PKG-09, 10)."""
    text = tag_text(bag, "bag-info.txt") if "bag-info.txt" in bag.members else ""
    unfolded = re.sub(r"(\r\n|\n|\r)[ \t]+", " ", text)
    fields = [line.split(":", 1) for line in lines_of(unfolded) if ":" in line]
    values = [value.strip() for label, value in fields if label.strip().lower() == "external-identifier"]
    if len(values) != 1 or not values[0] or len(values[0]) > 200 or not values[0].isprintable():
        yield finding("5S-PKG-09", "bag-info.txt", what="more than one" if len(values) > 1 else "no usable")
        return
    bag.external_identifier = values[0]
    if not UUID_URN.fullmatch(values[0]):
        yield finding("5S-PKG-10", "bag-info.txt")
