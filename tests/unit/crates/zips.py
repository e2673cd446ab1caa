"""Write any ZIP, also one that no tool would write: every field of every header may lie."""

import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8
UTF8, STREAMED = 0x800, 0x8


@dataclass
class Member:
    """One file. What is None is as it should be; `local` is what its own header says instead of what the list says."""

    name: bytes
    content: bytes = b"x\n"
    method: int = DEFLATED
    flags: int = UTF8
    mode: int = 0o100644
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    length: int | None = None
    offset: int | None = None
    volume: int = 0
    extra: bytes = b""
    before: bytes = b""
    after: bytes = b""
    local: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.packed is None:
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            self.packed = squeeze.compress(self.content) + squeeze.flush() if self.method == DEFLATED else self.content
        self.crc = zlib.crc32(self.content) if self.crc is None else self.crc
        self.size = len(self.content) if self.size is None else self.size
        self.length = len(self.packed) if self.length is None else self.length

    def header(self) -> bytes:
        """Its own header and bytes."""
        said = {"flags": self.flags, "method": self.method, "crc": self.crc, "length": self.length, "size": self.size}
        said |= {"name": self.name, "extra": b"", "version": 20} | self.local
        return (
            struct.pack(
                "<4s5H3L2H",
                b"PK\x03\x04",
                said["version"],
                said["flags"],
                said["method"],
                0,
                0x5821,
                said["crc"],
                said["length"],
                said["size"],
                len(said["name"]),
                len(said["extra"]),
            )
            + said["name"]
            + said["extra"]
            + self.packed
            + self.after
        )

    def row(self, at: int) -> bytes:
        """Its row in the list."""
        return (
            struct.pack(
                "<4s6H3L5H2L",
                b"PK\x01\x02",
                0x0314,
                20,
                self.flags,
                self.method,
                0,
                0x5821,
                self.crc,
                self.length,
                self.size,
                len(self.name),
                len(self.extra),
                0,
                self.volume,
                0,
                self.mode << 16,
                at if self.offset is None else self.offset,
            )
            + self.name
            + self.extra
        )


def archive(members: list[Member], *, comment: bytes = b"", gap: bytes = b"", large: bool = False, **end) -> bytes:
    """A ZIP of these members. `end`: disk, first, here, files, length, offset of its end, where they lie."""
    body, rows = b"", b""
    made, listed, at = [], [], 0
    for each in members:
        at += len(each.before)
        made += [each.before, header := each.header()]
        listed.append(each.row(at))
        at += len(header)
    body, rows = b"".join(made) + gap, b"".join(listed)
    said = {"disk": 0, "first": 0, "files": len(members), "length": len(rows), "offset": len(body)} | end
    said.setdefault("here", said["files"])
    record = b""
    if large:
        start = len(body) + len(rows)
        fields = (said["disk"], said["first"], said["here"], said["files"], said["length"], said["offset"])
        record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, *fields)
        record += struct.pack("<4sLQL", b"PK\x06\x07", 0, said.get("where", start), 1)
        said |= {"files": 0xFFFF, "here": 0xFFFF, "length": 0xFFFFFFFF, "offset": 0xFFFFFFFF} | said.get("small", {})
    tail = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        said["disk"],
        said["first"],
        said["here"],
        said["files"],
        said["length"],
        said["offset"],
        said.get("comment_length", len(comment)),
    )
    return body + rows + record + tail + comment


def of_bag(files: dict[str, bytes], top: bytes = b"bag/") -> list[Member]:
    """A bag's files as members."""
    return [Member(top + name.encode(), content) for name, content in files.items()]


def descriptor(member: Member, *, mark: bytes = b"PK\x07\x08", form: str = "<3L", **lies) -> Member:
    """The same member as a stream writes it: CRC and sizes after its bytes."""
    member.flags |= STREAMED
    said = {"crc": member.crc, "length": member.length, "size": member.size} | lies
    member.after = mark + struct.pack(form, said["crc"], said["length"], said["size"])
    member.local = {"crc": 0, "length": 0, "size": 0} | member.local
    return member
