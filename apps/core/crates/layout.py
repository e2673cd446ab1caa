"""How a ZIP lies in its file: looked at before anything trusts it (spec section 5: M-02 to M-06; APPNOTE 6.3.10, 4.3).

A ZIP says everything twice, beside each file and in the list at its end. Programs differ in what they believe, so both have
to say the same, and every byte of the file has to belong to one of them.
"""

import re
import struct
import zipfile
from io import SEEK_END
from typing import BinaryIO

from apps.core.crates.findings import Unreadable
from apps.core.crates.limits import Limits
from apps.core.crates.table import finding

END = struct.Struct(
    "<4s4H2LH"
)  # signature, disk, first disk, files here, files, bytes of the list, its offset, comment
LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCAL = struct.Struct("<4s5H3L2H")  # signature, version, flags, method, time, date, CRC, packed, size, name, extra
COMMENT = re.compile(rb"[ -~\r\n\t]{0,255}")
LIST = "its list of files"
STREAMED = 0x8  # flag: CRC and sizes stand after the file's bytes
FULL = 0xFFFFFFFF


def not_a_zip(why: str) -> Unreadable:
    return Unreadable(finding("5S-PKG-01", why=why))


def contradiction(path: str) -> Unreadable:
    return Unreadable(finding("M-05", path, path=path))


def check_end(stream: BinaryIO, limits: Limits) -> int:
    """Where the list of files begins, after a look at the list's end and length. Raises Unreadable.

    Asked before the list is read: a list of a million files would fill the memory.
    """
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        raise not_a_zip("It does not start like a ZIP file.")
    stream.seek(max(0, size - END.size - 255))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + END.size:
        raise not_a_zip("Its end is missing, or something stands after it.")
    _sign, disk, first, here, files, length, offset, comment = END.unpack_from(tail, at)
    if len(tail) != at + END.size + comment or not COMMENT.fullmatch(tail[at + END.size :]):
        raise not_a_zip("Something stands after its end.")
    if disk or first or here != files:
        raise Unreadable(finding("5S-PKG-03", feature="an archive in several parts"))
    files, length, offset, end = large(stream, size - len(tail) + at, (files, length, offset))
    if offset + length != end:
        raise contradiction(LIST)
    if files > limits.members or length > limits.directory_bytes:
        raise Unreadable(finding("M-06", what=f"more than {limits.members} files, or names that are too long"))
    stream.seek(offset)
    if entries_in(stream.read(length), limits.members) != files:
        raise contradiction(LIST)
    return offset


def large(stream: BinaryIO, end: int, small: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """(files, bytes of the list, its offset, its end): from the ZIP64 record where there is one. Raises Unreadable."""
    start = end - LOCATOR.size - END64.size
    stream.seek(max(0, start))
    record = stream.read(END64.size + LOCATOR.size)
    if start < 0 or record[END64.size : END64.size + 4] != b"PK\x06\x07":
        return (*small, end)
    sign, _length, _made, _needed, disk, first, here, files, length, offset = END64.unpack_from(record)
    _sign, _disk, where, _disks = LOCATOR.unpack_from(record, END64.size)
    saturated = (0xFFFF, FULL, FULL)
    agree = all(a in (b, most) for a, b, most in zip(small, (files, length, offset), saturated, strict=True))
    if sign != b"PK\x06\x06" or where != start or disk or first or here != files or not agree:
        raise contradiction(LIST)
    return files, length, offset, start


def entries_in(directory: bytes, most: int) -> int:
    """How many files a list tells of, counted up to `most` and one more; -1 where it does not end where it should."""
    at = number = 0
    while at < len(directory) and number <= most:
        if directory[at : at + 4] != b"PK\x01\x02" or at + 46 > len(directory):
            return -1
        at += 46 + sum(struct.unpack_from("<3H", directory, at + 28))
        number += 1
    return number if at == len(directory) else -1


def check_files(stream: BinaryIO, infos: list[zipfile.ZipInfo], end: int) -> None:
    """Each file's own header says what the list says, and one begins where the last ended (M-05). Raises Unreadable."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in ordered[1:]), end]
    at = 0
    for info, following in zip(ordered, ends, strict=True):
        if info.header_offset != at or not says_the_same(stream, info, following):
            raise contradiction(info.filename)
        at = following


def says_the_same(stream: BinaryIO, info: zipfile.ZipInfo, following: int) -> bool:
    """True where a file's own header fits its row in the list, and its bytes reach just to the following header."""
    stream.seek(info.header_offset)
    header = stream.read(LOCAL.size)
    if len(header) != LOCAL.size or header[:4] != b"PK\x03\x04":
        return False
    _sign, _version, flags, method, _time, _date, crc, packed, size, name_length, extra_length = LOCAL.unpack(header)
    name, extra = stream.read(name_length), stream.read(extra_length)
    if (flags, method) != (info.flag_bits, info.compress_type):
        return False
    if name != info.orig_filename.encode("utf-8" if flags & 0x800 else "cp437"):
        return False
    if FULL in (packed, size):
        size, packed = sizes_in(extra)
    said, true = (crc, packed, size), (info.CRC, info.compress_size, info.file_size)
    if said != true and not (flags & STREAMED and set(said) <= {0, *true}):
        return False
    data_end = info.header_offset + LOCAL.size + name_length + extra_length + info.compress_size
    if not flags & STREAMED:
        return data_end == following
    stream.seek(data_end)
    return 0 < following - data_end <= 24 and stream.read(following - data_end) in descriptors(true)


def sizes_in(extra: bytes) -> tuple[int, int]:
    """(size, packed) of the ZIP64 field of a file's own header; zeros where it has none."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1 and length >= 16 and at + 20 <= len(extra):
            return struct.unpack_from("<2Q", extra, at + 4)
        at += 4 + length
    return 0, 0


def descriptors(true: tuple[int, int, int]) -> set[bytes]:
    """What may stand after the bytes of a file that was written as a stream: CRC, packed, size; with or without a mark."""
    plain = {struct.pack("<LQQ", *true)}
    if max(true) <= FULL:
        plain.add(struct.pack("<3L", *true))
    return plain | {b"PK\x07\x08" + each for each in plain}
