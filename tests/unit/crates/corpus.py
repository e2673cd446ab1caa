"""Every malformed crate of the specification's section 5, in one table: M-01 to M-40, each kind that a row names.

A case is made, never kept. `rules` are exactly the rules that are told of it, and `verdict` is what the crate is worth.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.unit.crates.bags import BAGIT, INFO, files_of, good, phase, with_manifests
from tests.unit.crates.zips import DEFLATED, STORED, STREAMED, UTF8, Member, archive, descriptor, of_bag

REQUEST, RESULT = "request", "result"
RUN = "#run-5f0c6e9e-6d2b-4c53-9f0e-0f6a4a4f7d10"
WORKFLOW = "https://workflows.example.org/w/17?version=3"
PROJECT = "#project-2b8f0a3e-3c55-4a0b-8d0c-6f1a5a9d2e77"
PERSON = "https://orcid.org/0000-0001-2345-6789"
METADATA = "data/ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.2/context"
MEGABYTE = 1024 * 1024
LARGE = 9 * MEGABYTE
COMPLETED = "http://schema.org/CompletedActionStatus"


@dataclass(frozen=True)
class Case:
    """One hostile file: what it is, how it is made (a function of a folder), what it has to be told."""

    code: str
    name: str
    make: Callable[[Path], Path]
    rules: frozenset[str]
    verdict: str
    phase: str = REQUEST

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


CASES: list[Case] = []


def case(code: str, name: str, rules: str, make, verdict: str = "unreadable", phase: str = REQUEST) -> None:
    """Add a case. `make`: bytes, or a function that gives them, or one that writes them into a folder."""
    CASES.append(Case(code, name, in_folder(make), frozenset(rules.split()), verdict, phase))


def in_folder(make) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        path = folder / "crate.zip"
        content = make(path) if callable(make) else make
        if isinstance(content, bytes):
            path.write_bytes(content)
        return path

    return made


def entity(document: dict, identifier: str) -> dict:
    return next(each for each in document["@graph"] if isinstance(each, dict) and each.get("@id") == identifier)


def bag(edit=None, *, again: bool = True, files: dict[str, bytes] | None = None):
    """A good bag with an edit of its files; its checksums are made again unless they are what is wrong."""

    def made(path: Path) -> bytes:
        kept = good() if files is None else dict(files)
        if edit:
            edit(kept)
        members = of_bag(with_manifests(kept) if again else kept)
        return archive(
            [shelved(each) if each.name.endswith(b".json") and each.size > LARGE else each for each in members]
        )

    return made


def shelved(member: Member) -> Member:
    """The same, not packed: what is large and says little would be refused for that (M-04)."""
    return Member(member.name, member.content, STORED)


def metadata(content: bytes):
    return bag(lambda files: files.update({METADATA: content}))


def graph(edit, *, of: str = "1-request", payload: dict[str, bytes] | None = None):
    """A good bag with an edit of its metadata."""

    def made(path: Path) -> bytes:
        document = copy.deepcopy(phase(of))
        edit(document)
        files = good(document, files_of(phase(of)) | (payload or {}))
        return bag(files=files)(path)

    return made


def add(*entities, to: str = "", under: str = "mentions"):
    """An edit: these entities too, and named by `to` where it is given."""

    def edit(document: dict) -> None:
        document["@graph"] += copy.deepcopy(list(entities))
        if to:
            target = entity(document, to)
            named = target.get(under, [])
            named = named if isinstance(named, list) else [named]
            target[under] = [*named, *({"@id": each["@id"]} for each in entities)]

    return edit


def change(identifier: str, /, **values):
    """An edit: these properties of one entity; None removes, type_ is @type."""

    def edit(document: dict) -> None:
        target = entity(document, identifier)
        for name, value in values.items():
            name = name.replace("type_", "@type")
            if value is None:
                target.pop(name, None)
            else:
                target[name] = value

    return edit


def both(*edits):
    def edit(document: dict) -> None:
        for each in edits:
            each(document)

    return edit


def member(name: bytes | str, content: bytes = b"x\n", **fields):
    """A good bag with one more member of the ZIP."""
    name = name if isinstance(name, bytes) else name.encode()
    return lambda path: archive([*of_bag(good()), Member(name, content, **fields)])


def last(change_member, **end):
    """A good bag whose last member is changed."""

    def made(path: Path) -> bytes:
        members = of_bag(good())
        changed = change_member(members[-1]) or members[-1]
        return archive([*members[:-1], changed], **end)

    return made


def fine() -> bytes:
    return archive(of_bag(good()))


def thing(identifier, **more) -> dict:
    return {"@id": identifier, "@type": "Thing", "name": "x"} | more


# M-01: upload too large
def _large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.truncate(513 * MEGABYTE)


case("M-01", "513 MB", "M-01", _large)

# M-02: not a ZIP, truncated, data before or after the archive
case("M-02", "empty", "5S-PKG-01", b"")
case("M-02", "text", "5S-PKG-01", b"not a zip")
case("M-02", "a gzip", "5S-PKG-01", b"\x1f\x8b\x08" + bytes(40))
case("M-02", "an empty ZIP", "5S-PKG-01", archive([]))
case("M-02", "only a first header", "5S-PKG-01", b"PK\x03\x04")
case("M-02", "truncated by one byte", "5S-PKG-01", lambda path: fine()[:-1])
case("M-02", "truncated in the middle", "5S-PKG-01", lambda path: fine()[: len(fine()) // 2])
case("M-02", "a script before it", "5S-PKG-01", lambda path: b"#!/bin/sh\n" + fine())
case("M-02", "an archive before it", "M-05", lambda path: fine() + fine())
case("M-02", "data after it", "5S-PKG-01", lambda path: fine() + b"%PDF-1.4")
case("M-02", "much data after it", "5S-PKG-01", lambda path: fine() + bytes(100_000))
case("M-02", "a comment that is a program", "5S-PKG-01", lambda path: archive(of_bag(good()), comment=b"\x7fELF\x02"))
case("M-02", "a long comment", "5S-PKG-01", lambda path: archive(of_bag(good()), comment=b"x" * 60_000))
case("M-02", "a comment that is cut", "5S-PKG-01", lambda path: archive(of_bag(good()), comment_length=9))
case("M-02", "data between files and list", "M-05", lambda path: archive(of_bag(good()), gap=b"hidden"))
case("M-02", "a list that is noise", "M-05", lambda path: fine().replace(b"PK\x01\x02", b"PK\x01\x03"))

# M-03: encrypted, split, unknown compression
case("M-03", "encrypted", "5S-PKG-03", member("bag/x", flags=UTF8 | 1))
case("M-03", "strongly encrypted", "5S-PKG-03", member("bag/x", flags=UTF8 | 0x41))
case("M-03", "a masked list", "5S-PKG-03", member("bag/x", flags=UTF8 | 0x2000))
case("M-03", "a patch", "5S-PKG-03", member("bag/x", flags=UTF8 | 0x20))
for _method, _name in ((12, "bzip2"), (14, "LZMA"), (9, "deflate64"), (93, "zstd"), (99, "AES")):
    case("M-03", _name, "5S-PKG-03", member("bag/x", method=_method, packed=b"x"))
case(
    "M-03",
    "a version of the future",
    "5S-PKG-01",
    lambda path: fine().replace(b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\x63\x00"),
)
case("M-03", "a second disk", "5S-PKG-03", lambda path: archive(of_bag(good()), disk=1))
case("M-03", "a list on two disks", "5S-PKG-03", lambda path: archive(of_bag(good()), here=3))
case("M-03", "a file on another disk", "5S-PKG-03", member("bag/x", volume=1))


# M-04: bombs
def _nested(files) -> None:
    inner = archive([Member(b"zeros", bytes(8 * MEGABYTE))])
    files["data/inputs/regions.csv"] = archive([Member(f"{index}.zip".encode(), inner, STORED) for index in range(16)])


def _lying(said: int):
    """Its bytes are 12 MB; list and header say less, with the CRC of just those, so that a reader sees nothing amiss."""
    content = bytes(12 * MEGABYTE)
    true = Member(b"bag/data/zeros", content)
    return lambda path: archive([*of_bag(good()), Member(b"bag/data/zeros", content[:said], packed=true.packed)])


case("M-04", "20 MB of zeros", "M-04", bag(lambda files: files.update({"data/zeros": bytes(20 * MEGABYTE)})))
case("M-04", "4 GB declared", "M-04", member("bag/x", size=0xFFFFFFF0))
case(
    "M-04",
    "an exabyte declared",
    "M-04",
    member("bag/x", size=0xFFFFFFFF, extra=b"\x01\0\x08\0" + b"\xff" * 7 + b"\x0f"),
)
case("M-04", "many members of 1 MB", "M-04", lambda path: archive([*of_bag(good()), *_megabytes(300)]))
case("M-04", "ten bytes declared of 12 MB", "5S-PKG-06", _lying(10))
case("M-04", "nothing declared of 12 MB", "5S-PKG-06", _lying(0))
case("M-04", "more declared than there is", "5S-PKG-06 M-05", member("bag/data/x", size=5 * MEGABYTE))
case("M-04", "archives in archives stay shut", "", bag(_nested), "accepted")


def _megabytes(number: int) -> list[Member]:
    one = Member(b"bag/x", bytes(MEGABYTE))
    return [Member(f"bag/{index}".encode(), packed=one.packed, crc=one.crc, size=one.size) for index in range(number)]


# M-05: overlap, and headers that contradict the list
def _quine(path: Path) -> bytes:
    """Many rows of the list lead to one file: the better zip bomb."""
    members = of_bag(good())
    body = archive(members)
    return archive([*members, *(_row_only(index, len(body)) for index in range(50))])


def _row_only(index: int, at: int) -> Member:
    return Member(f"bag/data/{index}".encode(), b"x\n", offset=0)


case("M-05", "two rows for one file", "M-05", last(lambda one: setattr(one, "offset", 0)))
case("M-05", "fifty rows for one file", "M-05", _quine)
case("M-05", "a row that leads beyond the end", "M-05", last(lambda one: setattr(one, "offset", 0x7FFFFFFF)))
case("M-05", "a file inside another's bytes", "M-05", last(lambda one: setattr(one, "offset", 40)))
for _field, _value in (
    ("name", b"bag/data/other.txt"),
    ("flags", 0),
    ("method", STORED),
    ("crc", 7),
    ("length", 1),
    ("size", 1),
):
    case(
        "M-05",
        f"another {_field} in the file's own header",
        "M-05",
        last(lambda one, f=_field, v=_value: one.local.update({f: v})),
    )
case("M-05", "bytes between two files", "M-05", last(lambda one: setattr(one, "before", b"hidden")))
case("M-05", "the list says fewer files", "M-05", lambda path: archive(of_bag(good()), files=2))
case("M-05", "the list says more files", "M-05", lambda path: archive(of_bag(good()), files=9))
case("M-05", "the list begins elsewhere", "M-05", lambda path: archive(of_bag(good()), offset=10))
case(
    "M-05",
    "a large list that contradicts the small",
    "M-05",
    lambda path: archive(of_bag(good()), large=True, small={"files": 3, "here": 3}),
)
case("M-05", "a large list elsewhere", "M-05", lambda path: archive(of_bag(good()), large=True, where=3))
case("M-05", "a broken stream", "M-05", last(lambda one: setattr(one, "packed", b"\xff" * one.length)))
case("M-05", "a stream that says another size", "M-05", last(lambda one: descriptor(one, size=1)))
case("M-05", "a stream that says nothing", "M-05", last(lambda one: setattr(one, "flags", UTF8 | STREAMED)))
case(
    "M-05",
    "a size of its own in the long form",
    "M-05",
    last(lambda one: one.local.update(size=0xFFFFFFFF, extra=b"\x01\0\x10\0" + bytes(16))),
)
case(
    "M-05",
    "no size in the long form",
    "M-05",
    last(lambda one: one.local.update(size=0xFFFFFFFF, extra=b"\x07\0\x01\0a")),
)


# M-06: too many, too deep, too long
def _many(number: int, declared: int | None = None):
    def made(path: Path) -> bytes:
        rows = [Member(f"bag/{index}".encode(), b"", STORED) for index in range(number)]
        return archive([*of_bag(good()), *rows], **({} if declared is None else {"files": declared}))

    return made


case("M-06", "20,001 members", "M-06", _many(20_001))
case("M-06", "60,000 members that say they are seven", "M-05", _many(60_000, 7))
case("M-06", "100,000 members", "M-06", lambda path: archive([*of_bag(good()), *_cheap(100_000)], large=True))
case("M-06", "a name of 256 bytes", "M-06", member("bag/data/" + "x" * 256))
case("M-06", "a name of 65,000 bytes", "M-06", member("bag/data/" + "x" * 65_000))
case("M-06", "a name of 256 bytes in few letters", "M-06", member("bag/data/" + "é" * 128))
case("M-06", "twenty-one folders", "M-06", member("bag/" + "d/" * 20 + "x"))
case(
    "M-06",
    "a list of 20 MB",
    "M-06",
    lambda path: archive([*of_bag(good()), *(Member(b"bag/%d" % i + b"x" * 65_000) for i in range(320))]),
)


def _cheap(number: int) -> list[Member]:
    return [Member(b"bag/%d" % index, b"", STORED) for index in range(number)]


# M-07: names that lead elsewhere
for _name in (
    *("bag/../x", "../x", "bag/data/../../x", "bag/data/..", "bag/./x", "bag//x", "/bag/x", "//server/share/x"),
    *("bag\\x", "bag/..\\x", "\\\\server\\share\\x", "C:/x", "bag/c:/x", "bag/c:x", "c:\\x"),
    *("bag/%2e%2e/x", "bag/%2E%2E%2Fx", "bag/%2fx/%2e.", "bag/%5cx", "bag/data/%00x", "bag/a%0ab"),
    *("bag/a\x01b", "bag/a\x7fb", "bag/a\nb", "bag/a\x85b", "bag/a\u2028b"),
):
    case("M-07", repr(_name), "M-07", member(_name))
case("M-07", "a NUL", "M-07", member(b"bag/a\0b"))
case("M-07", "a NUL and another end", "M-07", member(b"bag/a.txt\0.exe"))

# M-08: links, devices, special files
for _name, _mode in (
    *(("a symbolic link", 0o120777), ("a device of blocks", 0o060644), ("a device of characters", 0o020644)),
    *(("a pipe", 0o010644), ("a socket", 0o140644), ("setuid", 0o104755), ("setgid", 0o102755)),
    *(("a folder that is called a file", 0o040755),),
):
    case("M-08", _name, "M-08", member("bag/x", mode=_mode))
case("M-08", "a file that is called a folder", "M-08", member("bag/x/"))
case("M-08", "a folder with content", "M-08", member("bag/x/", mode=0o040755))
case("M-08", "a folder with content and no mode", "M-08", member("bag/x/", mode=0))

# M-09: names that are one elsewhere
for _first, _second in (
    *(("bag/data/a", "bag/data/a"), ("bag/data/a", "bag/data/A"), ("bag/data/straße", "bag/data/STRASSE")),
    *(("bag/data/\u00e9", "bag/data/e\u0301"), ("bag/data/x", "bag/DATA/y"), ("bag/data/a/b", "bag/data/a")),
    *(("bag/data/\u00e9/a", "bag/data/e\u0301/b"), ("bag/data/a", "bag/data/a/b")),
):
    case(
        "M-09",
        f"{_first!a} and {_second!a}",
        "M-09",
        lambda path, pair=(_first, _second): archive([*of_bag(good()), *(Member(each.encode()) for each in pair)]),
    )
for _name in (
    *("aux", "CON.txt", "nul.tar.gz", "com1", "LPT9.csv", "prn/x", "x.", "x ", "x./y", "%61ux"),
    *("a\u202etxt.exe", "a\u2066b", "a\u200bb", "\ufeffa", "a%E2%80%AEb"),
):
    case("M-09", ascii(_name), "M-09", member(f"bag/data/{_name}"))

# M-10: names that are not UTF-8
case("M-10", "Latin-1", "M-10", member(b"bag/data/caf\xe9"))
case("M-10", "half a letter", "M-10", member(b"bag/data/\xc3"))
case("M-10", "the letter of another system", "M-10", member("bag/data/é", flags=0))
case("M-10", "an overlong slash", "M-10", member(b"bag/data/..\xc0\xaf"))

# M-11: top-level folders
for _name, _more in (
    *(("two folders", b"other/x"), ("a file beside it", b"readme.txt"), ("what macOS adds", b"__MACOSX/._bag")),
    *(("what the Finder adds", b".DS_Store"),),
):
    case("M-11", _name, "5S-PKG-02", member(_more))
case("M-11", "the bag at the top", "5S-PKG-02", lambda path: archive(of_bag(good(), b"")))
case("M-11", "a folder too much", "5S-PKG-02", lambda path: archive(of_bag(good(), b"outer/bag/")))

# M-12: bagit.txt
case("M-12", "missing", "5S-PKG-02", bag(lambda files: files.pop("bagit.txt")))
for _name, _text in (
    *(("empty", b""), ("0.97", BAGIT.replace("1.0", "0.97").encode()), ("no version", BAGIT.split("\n")[1].encode())),
    *(("Latin-1", BAGIT.replace("UTF-8", "ISO-8859-1").encode()), ("no encoding", BAGIT.split("\n")[0].encode())),
    *(
        ("a third line", f"{BAGIT}More: x\n".encode()),
        ("a huge version", BAGIT.replace("1.0", "9" * 5000 + ".0").encode()),
    ),
):
    case("M-12", _name, "5S-PKG-04", bag(lambda files, text=_text: files.update({"bagit.txt": text})), "refused")
case(
    "M-12",
    "a byte order mark",
    "M-20",
    bag(lambda files: files.update({"bagit.txt": b"\xef\xbb\xbf" + BAGIT.encode()})),
)
case("M-12", "another encoding in fact", "M-20", bag(lambda files: files.update({"bagit.txt": BAGIT.encode("utf-16")})))


# M-13: manifests
def _only(algorithm: str):
    def edit(files: dict[str, bytes]) -> None:
        files[f"manifest-{algorithm}.txt"] = files.pop("manifest-sha512.txt")

    return edit


case("M-13", "none", "5S-PKG-05", bag(lambda files: files.pop("manifest-sha512.txt"), again=False))
case("M-13", "only md5", "5S-PKG-05", bag(_only("md5"), again=False))
case("M-13", "only sha1", "5S-PKG-05", bag(_only("sha1"), again=False))


# M-14: checksums
def _flip(name: str):
    return lambda files: files.update({name: files[name][:-1] + b"\x07"})


def _damaged(path: Path) -> bytes:
    """Stored, so that the bytes stand there as they are; one differs from the ZIP's own checksum."""
    stored = archive([Member(each.name, each.content, STORED) for each in of_bag(good())])
    return stored.replace(b"North,12", b"North,13", 1)


def _all_wrong(files: dict[str, bytes]) -> None:
    files |= {f"data/{index}.txt": b"x" for index in range(30)}
    files |= with_manifests(files)
    files |= {f"data/{index}.txt": b"y" for index in range(30)}


case("M-14", "a byte of a file", "5S-PKG-06", bag(_flip("data/inputs/regions.csv"), again=False), "refused")
case("M-14", "thirty files", "5S-PKG-06", bag(_all_wrong, again=False), "refused")


case("M-14", "a byte inside the ZIP", "5S-PKG-06", _damaged)


# M-15: payload and manifest disagree
def _manifest(change_text):
    def edit(files: dict[str, bytes]) -> None:
        files["manifest-sha512.txt"] = change_text(files["manifest-sha512.txt"])
        tags = with_manifests(files)["tagmanifest-sha512.txt"]
        files["tagmanifest-sha512.txt"] = tags

    return edit


_DIGEST = b"0" * 128
for _name, _change in (
    ("a file that is not listed", None),
    ("an entry without a file", lambda text: text + _DIGEST + b"  data/gone.txt\n"),
    ("an entry outside data", lambda text: text + _DIGEST + b"  bagit.txt\n"),
    ("an entry that climbs", lambda text: text + _DIGEST + b"  data/../bagit.txt\n"),
    ("an absolute entry", lambda text: text + _DIGEST + b"  /etc/passwd\n"),
    ("an entry that climbs in percent", lambda text: text + _DIGEST + b"  data/%2e%2e/%2e%2e/x\n"),
    ("the same path twice", lambda text: text * 2),
    ("a digest that is none", lambda text: b"xyz  data/inputs/regions.csv\n" + text),
    ("a digest that is short", lambda text: b"ab" * 20 + b"  data/a.txt\n" + text),
    ("a line without a path", lambda text: text + _DIGEST + b"\n"),
    ("empty", lambda text: b""),
):
    if _change is None:
        case(
            "M-15",
            _name,
            "5S-PKG-06",
            bag(lambda files: files.update({"data/extra.txt": b"x"}), again=False),
            "refused",
        )
    else:
        case("M-15", _name, "5S-PKG-06 5S-PKG-08", bag(_manifest(_change), again=False), "refused")


case(
    "M-15",
    "8 MB of lines",
    "M-06",
    bag(lambda files: files.update({"manifest-sha512.txt": b"x\n" * (4 * MEGABYTE - 1)}), again=False),
)
case(
    "M-15",
    "20,000 lines that are nothing",
    "5S-PKG-06 5S-PKG-08",
    bag(_manifest(lambda text: b"x\r" * 20_000 + text), again=False),
    "refused",
)


# M-16: tag manifest
def _tags(line: bytes):
    return lambda files: files.update({"tagmanifest-sha512.txt": files["tagmanifest-sha512.txt"] + line})


case(
    "M-16",
    "a changed tag file",
    "5S-PKG-08",
    bag(lambda files: files.update({"bag-info.txt": INFO.replace("99", "98", 1).encode()}), again=False),
    "refused",
)
case(
    "M-16", "it lists itself", "5S-PKG-08", bag(_tags(_DIGEST + b"  tagmanifest-sha512.txt\n"), again=False), "refused"
)
case(
    "M-16",
    "it lists a tag file that is not there",
    "5S-PKG-08",
    bag(_tags(_DIGEST + b"  gone.txt\n"), again=False),
    "refused",
)
case(
    "M-16",
    "it lists the payload",
    "5S-PKG-08",
    bag(_tags(_DIGEST + b"  data/inputs/regions.csv\n"), again=False),
    "refused",
)

# M-17: fetch.txt
for _name in ("fetch.txt", "FETCH.TXT"):
    case(
        "M-17",
        _name,
        "5S-PKG-15",
        bag(lambda files, name=_name: files.update({name: b"http://169.254.169.254/ - data/x\n"})),
        "refused",
    )

# M-18: External-Identifier
for _name, _text in (
    *(
        ("missing", "Contact: x\n"),
        ("empty", "External-Identifier:\n"),
        ("over-long", f"External-Identifier: {'x' * 201}\n"),
    ),
    *(
        ("repeated", INFO * 2),
        ("repeated in other letters", INFO + INFO.upper()),
        ("a control character", "External-Identifier: a\x1bb\n"),
    ),
    *(("repeated with a space", INFO + INFO.replace(":", " :", 1)), ("a line that only some see", INFO + f"x\n{INFO}")),
):
    case(
        "M-18",
        _name,
        "5S-PKG-09",
        bag(lambda files, text=_text: files.update({"bag-info.txt": text.encode()})),
        "refused",
    )
case("M-18", "no bag-info.txt", "5S-PKG-09", bag(lambda files: files.pop("bag-info.txt")), "refused")
case(
    "M-18",
    "no UUID",
    "5S-PKG-10",
    bag(lambda files: files.update({"bag-info.txt": b"External-Identifier: mine\n"})),
    "accepted",
)
case(
    "M-18",
    "a folded value",
    "5S-PKG-10",
    bag(lambda files: files.update({"bag-info.txt": INFO.encode() + b"  and more\n"})),
    "accepted",
)
case(
    "M-18",
    "a line end that only Python knows",
    "5S-PKG-09",
    bag(lambda files: files.update({"bag-info.txt": INFO.strip().encode() + "\u2028Other: x\n".encode()})),
    "refused",
)

# M-19
case("M-19", "no metadata", "5S-PKG-13", bag(lambda files: files.pop(METADATA)))

# M-20: not UTF-8
_JSON = json.dumps(phase("1-request"))
for _name, _content in (
    *(
        ("UTF-16", _JSON.encode("utf-16")),
        ("UTF-16 without a mark", _JSON.encode("utf-16-le")),
        ("UTF-32", _JSON.encode("utf-32")),
    ),
    *(
        ("Latin-1", _JSON.replace("Counts", "Café").encode("latin-1") + b" \xe9"),
        ("a byte order mark", _JSON.encode("utf-8-sig")),
    ),
    *(
        ("a NUL", _JSON.replace('"./"', '".\0/"').encode()),
        ("an escaped NUL", _JSON.replace('"Run ', '"Run \\u0000').encode()),
    ),
    *(
        ("half a character", _JSON.replace('"Run ', '"Run \\ud800').encode()),
        ("a surrogate in bytes", _JSON.encode() + b"\xed\xa0\x80"),
    ),
    *(
        ("an overlong slash", _JSON.encode() + b"\xc0\xaf"),
        ("half a character in a key", _JSON.replace('"name"', '"\\udc00"', 1).encode()),
    ),
):
    case("M-20", _name, "M-20", metadata(_content))


# M-21: huge JSON
def _graph_of(content: bytes) -> bytes:
    return b'{"@context": "%s", "@graph": [%s]}' % (CONTEXT.encode(), content)


def _own(text: str, **fields):
    return graph(add(thing("#x", **fields)))


_MISTAKES = b",".join(b'"%d":{}' % index for index in range(10))


def _many_inputs(document: dict) -> None:
    add(thing("#p") | {"@type": ["FormalParameter", *(f"T{index}" for index in range(900))]})(document)
    inputs = [{"@id": f"#in{index}", "@type": "PropertyValue", "name": "x", "value": "1"} for index in range(15_000)]
    add(*(each | {"exampleOfWork": {"@id": "#p"}} for each in inputs), to=RUN, under="object")(document)


def _many_reviews(document: dict) -> None:
    """Each review names an agent that has a thousand names, types and providers."""
    many = {"name": ["x"] * 1000, "@type": ["SoftwareApplication"] * 1000}
    add({"@id": "#agent", "provider": [{"@id": "https://tre.example.org/"}] * 1000} | many)(document)
    review = {"@type": "DownloadAction", "name": "x", "actionStatus": COMPLETED, "agent": {"@id": "#agent"}}
    add(*({"@id": f"#review{index}"} | review for index in range(9000)), to="./")(document)


case("M-21", "17 MB", "M-21", metadata(b" " * (17 * MEGABYTE)))
case("M-21", "16 MB of empty lists", "M-21", metadata(b"[" + b"[]," * (5 * MEGABYTE) + b"[]]"))
case("M-21", "16 MB of short texts", "M-21", metadata(b"[" + b'"ab",' * (3 * MEGABYTE) + b"1]"))
case("M-21", "16 MB of references", "M-21", metadata(_graph_of(b'{"@id":"a"},' * MEGABYTE + b"{}")))
case("M-21", "600,000 names", "M-21", metadata(b"{" + b",".join(b'"%x":1' % index for index in range(600_000)) + b"}"))
case("M-21", "499,000 objects", "M-21", metadata(_graph_of(b'{"a":[]},' * 160_000 + b"{}")))
case(
    "M-21",
    "20,001 entities",
    "M-21",
    metadata(_graph_of(b",".join(b'{"@id":"#%d"}' % index for index in range(20_001)))),
)
case("M-21", "a text of 15 MB", "M-21", graph(add(thing("#x", description="x" * (15 * MEGABYTE)))))
case("M-21", "a text of 7 million escapes", "M-21", graph(add(thing("#x", description="\n" * (7 * MEGABYTE)))))
case("M-21", "a name of a property of 15 MB", "M-21", graph(add(thing("#x", **{"x" * (15 * MEGABYTE): 1}))))
case("M-21", "a list of 20,001", "M-21", graph(add(thing("#x", about=[{"@id": "#x"}] * 20_001))))
case("M-21", "a number of 101 digits", "M-21", metadata(_graph_of(b"9" * 101)))
case("M-21", "a number of 15 million digits", "M-21", metadata(_graph_of(b"9" * (15 * MEGABYTE))))

case(
    "M-21",
    "20,000 entities with 400,000 mistakes",
    "5S-META-01 5S-META-03 5S-META-04 5S-META-06 5S-META-08 5S-ROOT-01 5S-WF-01 5S-RUN-01 5S-PRJ-01",
    metadata(_graph_of(b",".join(b'{"@id":"#%d","@type":"x",%s}' % (index, _MISTAKES) for index in range(19_999)))),
    "refused",
)
case("M-21", "a list of 1,001 names", "M-21", graph(change(PERSON, name=["x"] * 1001)))
case("M-21", "20,000 inputs that all fill one parameter", "", graph(_many_inputs), "accepted")
case("M-21", "9,000 reviews by one agent", "", graph(_many_reviews, of="9-published"), "accepted", RESULT)

# M-22: deep nesting
case("M-22", "65 deep", "M-22", metadata(b"[" * 65 + b"]" * 65))
case("M-22", "two million deep", "M-22", metadata(b"[" * 2_000_000 + b"]" * 2_000_000))
case("M-22", "16 MB of brackets", "M-22", metadata(b"[" * (16 * MEGABYTE)))
case("M-22", "16 MB of closing brackets", "M-23", metadata(b"]" * (16 * MEGABYTE)))
case("M-22", "quotes that never end", "M-23", metadata(b'"' + b'\\"' * (7 * MEGABYTE)))

# M-23: not JSON, or JSON that is read in two ways
for _name, _content in (
    *(
        ("NaN", b'{"@graph": [NaN]}'),
        ("Infinity", b'{"@graph": [Infinity]}'),
        ("-Infinity", b'{"@graph": [-Infinity]}'),
    ),
    *(
        ("1e999", b'{"@graph": [1e999]}'),
        ("the same key twice", b'{"@graph": [{"@id": "a", "@id": "b"}]}'),
        ("no JSON", b"not json"),
    ),
    *(
        ("nothing", b""),
        ("two documents", b"{}{}"),
        ("a comment", b'{/* */"@graph": []}'),
        ("a comma too much", b'{"@graph": [],}'),
    ),
    *(
        ("the same key in other letters", b'{"@graph": [{"@id": "a", "\\u0040id": "b"}]}'),
        ("a control character", b'{"@graph": ["\x01"]}'),
    ),
):
    case("M-23", _name, "M-23", metadata(_content))

# M-24: not a graph of entities
for _name, _content in (
    *(
        ("a list", b"[]"),
        ("a text", b'"x"'),
        ("null", b"null"),
        ("no @graph", b"{}"),
        ("@graph is no list", b'{"@graph": {}}'),
    ),
):
    case("M-24", _name, "5S-META-06", metadata(_content))
for _name, _new in (
    *(
        ("an entity that is a text", "text"),
        ("one that is a list", []),
        ("one that is null", None),
        ("no @id", {"@type": "Thing"}),
    ),
    *(("an @id that is a number", thing(7)), ("an @id that is a list", thing(["#x"])), ("an empty @id", thing(""))),
    *(
        ("no @type", {"@id": "#x"}),
        ("an empty @type", thing("#x") | {"@type": []}),
        ("type", {"@id": "#x", "type": "Thing"}),
    ),
    *(("a @type that is an object", thing("#x") | {"@type": ["Thing", {"@id": "x"}]}),),
):
    case("M-24", _name, "5S-META-06", graph(lambda document, new=_new: document["@graph"].append(new)), "refused")
case("M-24", "an @id of 2,049 characters", "5S-SEC-07", graph(add(thing("#" + "x" * 2048))), "refused")
case("M-24", "an @id of 90,000 characters", "5S-SEC-07", graph(add(thing("#" + "x" * 90_000))), "refused")
case(
    "M-24",
    "an empty graph",
    "5S-META-01 5S-META-03 5S-META-04 5S-META-08 5S-ROOT-01 5S-WF-01 5S-RUN-01 5S-PRJ-01",
    metadata(_graph_of(b"")),
    "refused",
)

# M-25: one entity, described twice
for _name, _first, _second in (
    *(
        ("twice", "#x", "#x"),
        ("./x and x", "./a/b", "a/b"),
        ("in percent", "a%20b", "a b"),
        ("in other percent", "a%2Fb", "a%2fb"),
    ),
    *(("in other letters of an accent", "#\u00e9", "#e\u0301"),),
):
    case("M-25", _name, "5S-META-07", graph(add(thing(_first), thing(_second))), "refused")
case("M-25", "the root twice", "5S-META-07", graph(add(thing("./") | {"@type": "Dataset"})), "refused")
case(
    "M-25",
    "the run twice, once as done",
    "5S-META-07",
    graph(add(thing(RUN) | {"@type": "CreateAction", "actionStatus": "http://schema.org/CompletedActionStatus"})),
    "refused",
)

# M-26: what is not flat
for _name, _more in (
    *(
        ("an entity inside", {"about": {"@id": "#y", "name": "x"}}),
        ("an entity without @id inside", {"about": {"name": "x"}}),
    ),
    *(
        ("an empty object", {"about": {}}),
        ("a list in a list", {"about": [[{"@id": "./"}]]}),
        ("@value", {"about": {"@value": "x"}}),
    ),
    *(
        ("@list", {"about": {"@list": [{"@id": "./"}]}}),
        ("@set", {"about": {"@set": ["x"]}}),
        ("a number as @id", {"about": {"@id": 7}}),
    ),
    *(
        ("@reverse", {"@reverse": {"mentions": {"@id": "./"}}}),
        ("@included", {"@included": [thing("#z")]}),
        ("@graph", {"@graph": []}),
    ),
    *(
        ("@index", {"@index": "x"}),
        ("@nest", {"@nest": {"name": "x"}}),
        ("@context", {"@context": {"x": "https://example.org/x"}}),
    ),
    *(
        ("a type beside it", {"about": {"@id": "#y", "@type": "Thing"}}),
        ("@language", {"about": {"@value": "x", "@language": "en"}}),
    ),
):
    case("M-26", _name, "5S-META-06", graph(add(thing("#x", **_more))), "refused")
for _name in ("@included", "@reverse", "@id", "mentions"):
    case(
        "M-26",
        f"{_name} beside the graph",
        "5S-META-06",
        graph(lambda document, name=_name: document.update({name: []})),
        "refused",
    )


# M-27: contexts
def _context(value):
    return graph(lambda document: document.update({"@context": value}))


for _name, _value in (
    *(
        ("elsewhere", "http://127.0.0.1/context"),
        ("a file", "file:///etc/passwd"),
        ("beside it", "context.json"),
        ("none", []),
    ),
    *(
        ("one more elsewhere", [CONTEXT, "https://example.org/context"]),
        ("a number", [CONTEXT, 7]),
        ("a list", [CONTEXT, [CONTEXT]]),
    ),
    *(
        ("nearly", CONTEXT + "?x=1"),
        ("http", CONTEXT.replace("https", "http")),
        ("only inline", {"x": "https://example.org/x"}),
    ),
):
    case("M-27", f"a context {_name}", "5S-META-02", _context(_value), "refused")
for _name, _value in (
    *(
        (term, {term: "https://example.org/x"})
        for term in ("actionStatus", "AssessAction", "mentions", "type", "id", "license")
    ),
    *(
        (term, {term: "https://example.org/"})
        for term in ("@base", "@vocab", "@import", "@version", "@protected", "@propagate")
    ),
    *(("another name for @type", {"kind": "@type"}), ("another name for @id", {"key": {"@id": "@id"}})),
    *(
        ("another name for mentions", {"says": "http://schema.org/mentions"}),
        ("a prefix of schema.org", {"s": "http://schema.org/"}),
    ),
    *(
        ("@reverse", {"says": {"@reverse": "https://example.org/x"}}),
        ("a context inside", {"says": {"@id": "x:y", "@context": {}}}),
    ),
    *(("null", {"says": None}), ("other letters", {"ActionStatus": "https://example.org/x"})),
):
    case("M-27", f"an inline context: {_name}", "M-27", _context([CONTEXT, _value]), "refused")

# M-28: identifiers
for _identifier in (
    *(
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/x",
        "gopher://x/",
    ),
    *(
        "https://user:word@example.org/",
        "https://user@example.org/",
        "https://example.org%40evil.example/",
        "https:example.org",
    ),
    *(
        "https:///example.org/",
        "http:\\\\example.org",
        "/etc/passwd",
        "//example.org/x",
        "c:/x",
        "c%3a/x",
        "a b\x01",
        "java\nscript:x",
    ),
):
    case("M-28", ascii(_identifier), "5S-SEC-07", graph(add(thing(_identifier))), "refused")
for _identifier in ("../etc/passwd", "a/../../b", "%2e%2e/bag-info.txt"):
    case("M-28", _identifier, "5S-PKG-16", graph(add(thing(_identifier))), "refused")
for _host in (
    *(
        "127.0.0.1",
        "127.0.0.1:8000",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
    ),
    *(
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
    ),
    *(
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ),
    *(
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "a.home.arpa",
    ),
    *("%31%32%37.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1"),
):
    case("M-28", f"http://{ascii(_host)}/", "M-28", graph(add(thing(f"http://{_host}/x"))), "refused")
case(
    "M-28",
    "a workflow inside",
    "M-28",
    graph(
        lambda document: document.update(json.loads(json.dumps(document).replace("workflows.example.org", "10.1.2.3")))
    ),
    "refused",
)

# M-29: addresses that lead inside. Nothing is ever fetched: the offer brings the workflow (test_corpus.py).
case(
    "M-29",
    "a download inside the network",
    "M-28",
    graph(
        both(
            add({"@id": "http://169.254.169.254/latest", "@type": "DataDownload", "name": "x"}),
            change(WORKFLOW, distribution={"@id": "http://169.254.169.254/latest"}),
        )
    ),
    "refused",
)

# M-30: what only a TRE may say
for _name, _review in (
    *(
        ("a review", {"@type": "AssessAction"}),
        ("a download", {"@type": "DownloadAction"}),
        ("an update", {"@type": "UpdateAction"}),
    ),
    *(
        ("by its term", {"@type": "Action", "additionalType": {"@id": "https://w3id.org/shp#SignOff"}}),
        ("a text as term", {"@type": "Action", "additionalType": "https://w3id.org/shp#SignOff"}),
    ),
    *(
        ("by full address", {"@type": "http://schema.org/AssessAction"}),
        ("by prefix", {"@type": ["schema:AssessAction"]}),
    ),
    *(
        ("by the type key", {"@type": "Thing", "type": "AssessAction"}),
        ("among types", {"@type": ["Thing", "AssessAction"]}),
    ),
):
    case(
        "M-30",
        f"{_name} is removed",
        "5S-SEC-08",
        graph(add({"@id": "#mine", "name": "approved", "actionStatus": COMPLETED} | _review, to="./")),
        "accepted",
    )
case(
    "M-30",
    "a review beside what is no entity",
    "5S-META-06 5S-SEC-08",
    graph(both(add({"@id": "#mine", "@type": "AssessAction"}), lambda document: document["@graph"].append("text"))),
    "refused",
)
case("M-30", "a publisher is removed", "5S-SEC-08", graph(change("./", publisher={"@id": PERSON})), "accepted")
case(
    "M-30",
    "a date and a licence are allowed",
    "",
    graph(change("./", datePublished="2026-03-01", license="https://spdx.org/licenses/CC-BY-4.0")),
    "accepted",
)
for _name, _claim in (
    *(
        ("results", {"result": [{"@id": "#min-cell"}]}),
        ("a start", {"startTime": "2026-03-01T00:00:00Z"}),
        ("an end", {"endTime": "2026-03-01T00:00:00Z"}),
    ),
    *((word, {"actionStatus": f"http://schema.org/{word}ActionStatus"}) for word in ("Active", "Completed", "Failed")),
    *(("a status by reference", {"actionStatus": {"@id": COMPLETED}}),),
):
    case("M-30", f"a run with {_name}", "5S-RUN-05", graph(change(RUN, **_claim)), "refused")


# M-33: a result that answers another request is told by `verify` with the request beside it (test_corpus.py)
# M-34: refused outputs inside
def _refused(document: dict) -> None:
    for each in document["@graph"]:
        if "DisclosureCheck" in str(each.get("additionalType")):
            each["actionStatus"] = "http://schema.org/FailedActionStatus"


def _without_run(document: dict) -> None:
    _refused(document)
    document["@graph"] = [each for each in document["@graph"] if each["@id"] != RUN]
    root = entity(document, "./")
    root["mentions"] = [each for each in root["mentions"] if each != {"@id": RUN}]


case("M-34", "results after a refusal", "5S-DIS-03", graph(_refused, of="9-published"), "refused", RESULT)
case("M-34", "files after a refusal", "5S-DIS-03", graph(_without_run, of="9-published"), "refused", RESULT)
case(
    "M-34",
    "a file that nobody describes",
    "5S-META-09",
    graph(lambda document: None, of="9-published", payload={"outputs/more.csv": b"x"}),
    "refused",
    RESULT,
)

# M-35: secrets (each kind in test_secrets.py)
case(
    "M-35",
    "a private key in a file",
    "5S-SEC-10",
    bag(lambda files: files.update({"data/inputs/regions.csv": b"-----BEGIN " + b"RSA PRIVATE KEY-----"})),
    "accepted",
)
case("M-35", "a token in a parameter", "5S-SEC-10", graph(change("#min-cell", value="ghp_" + "a1" * 18)), "accepted")
case(
    "M-35",
    "a password by its name",
    "5S-SEC-10",
    graph(change("#min-cell", name="db_password", value="opensesame")),
    "accepted",
)
case(
    "M-35",
    "a connection string",
    "5S-SEC-10",
    graph(change("#min-cell", value="postgres://ada:opensesame@db.example.org/x")),
    "accepted",
)


# M-36, M-37: content that would do something elsewhere stays inert
def _with_files(**files: bytes):
    named = {name.replace("_", ".", 1): content for name, content in files.items()}
    entities = [{"@id": name, "@type": "File", "name": name} for name in named]
    return graph(add(*entities, to="./", under="hasPart"), payload=named)


_SCRIPT = b"<script>fetch('http://127.0.0.1/')</script>"
case("M-36", "a preview", "", _with_files(**{"ro-crate-preview_html": _SCRIPT}), "accepted")
case("M-36", "an index", "", _with_files(index_html=_SCRIPT), "accepted")
case(
    "M-36",
    "a picture",
    "",
    _with_files(chart_svg=b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
    "accepted",
)
case(
    "M-37",
    "formulas in a table",
    "",
    bag(lambda files: files.update({"data/inputs/regions.csv": b"=cmd|' /C calc'!A0,+1,-1,@SUM(1)\n"})),
    "accepted",
)
case("M-37", "a formula as a name", "", _with_files(**{"=1+1_csv": b"x\n"}), "accepted")

# M-38: times
for _name, _time in (
    *(
        ("no zone", "2026-03-02T09:00:00"),
        ("month 13", "2026-13-02T09:00:00Z"),
        ("30 February", "2026-02-30T09:00:00Z"),
    ),
    *(
        ("the future", "2999-01-01T00:00:00Z"),
        ("words", "yesterday"),
        ("a date", "2026-03-02"),
        ("before its start", "2020-01-01T00:00:00Z"),
    ),
    *(("no time zone like this", "2026-03-02T09:00:00+99:00"), ("other digits", "２０２６-03-02T09:00:00Z")),
):
    case(
        "M-38",
        f"in a result: {_name}",
        "5S-ACT-07",
        graph(lambda document, time=_time: _end(document, time), of="9-published"),
        "refused",
        RESULT,
    )
for _name, _time in (
    ("the future", "2999-01-01"),
    ("words", "soon"),
    ("month 13", "2026-13"),
    ("30 February", "2026-02-30"),
):
    case("M-38", f"in a request: {_name}", "5S-ACT-07", graph(change("./", datePublished=_time)), "accepted")
for _time in ("2026", "2026-03", "2026-03-02", "2026-03-02T09:00:00+01:00"):
    case("M-38", f"in a request: {_time} is fine", "", graph(change("./", datePublished=_time)), "accepted")
case(
    "M-38",
    "in a request: an action without a zone",
    "5S-ACT-07",
    graph(add({"@id": "#step", "@type": "CreateAction", "name": "x", "startTime": "2026-03-02T09:00:00"})),
    "accepted",
)


def _end(document: dict, time: str) -> None:
    next(each for each in document["@graph"] if "DisclosureCheck" in str(each.get("additionalType")))["endTime"] = time


# M-39: circles and chains
def _chain(name: str, number: int, *, closed: bool, kind: str):
    def edit(document: dict) -> None:
        for index in range(number):
            following = (index + 1) % number if closed else index + 1
            more = {name: {"@id": f"#{following}"}} if following < number else {}
            document["@graph"].append({"@id": f"#{index}", "@type": kind, "name": "x"} | more)

    return edit


for _name, _kind in (("hasPart", "Collection"), ("object", "CreateAction")):
    for _number in (1, 2, 5000):
        case(
            "M-39",
            f"a circle of {_number} by {_name}",
            "M-39",
            graph(_chain(_name, _number, closed=True, kind=_kind)),
            "accepted",
        )
    case(
        "M-39", f"a chain of 15,000 by {_name}", "", graph(_chain(_name, 15_000, closed=False, kind=_kind)), "accepted"
    )
case(
    "M-39",
    "the root contains itself",
    "M-39",
    graph(lambda document: entity(document, "./")["hasPart"].append({"@id": "./"})),
    "accepted",
)

# What looks odd and is fine
for _host in ("8.8.8.8", "[2001:4860:4860::8888]", "1.2.3.999", "1.2.3.4.5", "[no]", "local.example.org"):
    case("fine", f"http://{_host}/", "", graph(add(thing(f"http://{_host}/x"))), "accepted")
case("fine", "a number", "", graph(change("#min-cell", value=1.5)), "accepted")
case("fine", "a good request", "", bag(), "accepted")
case("fine", "a good result", "", graph(lambda document: None, of="9-published"), "accepted", RESULT)
case("fine", "a stream", "", lambda path: archive([descriptor(each) for each in of_bag(good())]), "accepted")
case(
    "fine",
    "a stream without marks",
    "",
    lambda path: archive([descriptor(each, mark=b"") for each in of_bag(good())]),
    "accepted",
)
case(
    "fine",
    "a stream of the large form",
    "",
    lambda path: archive([descriptor(each, form="<LQQ") for each in of_bag(good())]),
    "accepted",
)
case("fine", "the large form", "", lambda path: archive(of_bag(good()), large=True), "accepted")
case("fine", "a short comment", "", lambda path: archive(of_bag(good()), comment=b"3f2c9e"), "accepted")
case(
    "fine",
    "folders have rows too",
    "",
    lambda path: archive(
        [Member(b"bag/", b"", STORED, mode=0o040755), *of_bag(good()), Member(b"bag/data/empty/", b"", STORED, mode=0)]
    ),
    "accepted",
)
case(
    "fine",
    "stored, not packed",
    "",
    lambda path: archive([Member(each.name, each.content, STORED) for each in of_bag(good())]),
    "accepted",
)
case(
    "fine",
    "letters of the whole world",
    "",
    graph(
        add({"@id": "文書%20naïve 100%25.csv", "@type": "File", "name": "x"}, to="./", under="hasPart"),
        payload={"文書 naïve 100%.csv": b"x\n"},
    ),
    "accepted",
)
assert DEFLATED == 8
