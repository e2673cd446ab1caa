"""Write a bag: a ZIP with its payload, its tag files, SHA-512 manifests and, where asked, a signature. Never half of one."""

import fcntl
import glob
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from apps.core.crates.package import CHUNK, MANIFEST, METADATA, SIGNATURE, TAG_MANIFEST

Opener = Callable[[], IO[bytes]]
STAMP = (1980, 1, 1, 0, 0, 0)


class _Writer:
    """Adds files to the ZIP and keeps their digests."""

    def __init__(self, archive: zipfile.ZipFile, top: str):
        self.archive, self.top = archive, top
        self.digests: dict[str, str] = {}

    def add(self, path: str, source: IO[bytes]) -> None:
        info = zipfile.ZipInfo(f"{self.top}/{path}", STAMP)
        chunk = source.read(CHUNK)
        # A large file of few words would pack like a ZIP bomb, and be refused as one (M-04).
        info.compress_type = zipfile.ZIP_STORED if len(chunk) == CHUNK else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        digest = hashlib.sha512()
        with self.archive.open(info, "w", force_zip64=False) as target:
            while chunk:
                digest.update(chunk)
                target.write(chunk)
                chunk = source.read(CHUNK)
        self.digests[path] = digest.hexdigest()

    def add_bytes(self, path: str, content: bytes) -> None:
        info = zipfile.ZipInfo(f"{self.top}/{path}", STAMP)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        self.archive.writestr(info, content)
        self.digests[path] = hashlib.sha512(content).hexdigest()

    def manifest(self, *, payload: bool) -> bytes:
        """The lines of a manifest; the signature, which signs the tag manifest, is in none."""
        lines = [
            f"{digest}  {path.replace('%', '%25')}\n"
            for path, digest in sorted(self.digests.items())
            if path.startswith("data/") == payload
        ]
        return "".join(lines).encode()


def write_bag(
    destination: Path,
    *,
    top: str,
    metadata: Mapping[str, Any],
    payload: Iterable[tuple[str, Opener]],
    external_identifier: str,
    sign: Callable[[bytes], str] | None = None,
) -> None:
    """Write the bag at `destination`, whole or not at all: a draft is written beside it, flushed, renamed. Raises OSError.

    `payload`: (path under data/, opener) pairs, streamed. `sign`: takes the bytes of the tag manifest, gives a detached
    signature that is kept in signature.jws.
    """
    remove_abandoned_drafts(destination)
    draft = destination.with_name(f".{destination.name}.{uuid4().hex}.part")
    try:
        with draft.open("xb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            with zipfile.ZipFile(stream, "w") as archive:
                writer = _Writer(archive, top)
                writer.add_bytes("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
                today = datetime.now(UTC).date().isoformat()
                info = f"Bagging-Date: {today}\nExternal-Identifier: {external_identifier}\n"
                writer.add_bytes("bag-info.txt", info.encode())
                writer.add_bytes(METADATA, json.dumps(metadata, indent=2, ensure_ascii=False).encode())
                for path, opener in payload:
                    with opener() as source:
                        writer.add(f"data/{path}", source)
                writer.add_bytes(MANIFEST, writer.manifest(payload=True))
                tags = writer.manifest(payload=False)
                writer.add_bytes(TAG_MANIFEST, tags)
                if sign:
                    writer.add_bytes(SIGNATURE, sign(tags).encode())
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(destination)
    finally:
        draft.unlink(missing_ok=True)


def remove_abandoned_drafts(destination: Path) -> None:
    """Drafts whose writer was killed: whoever still writes one holds its lock, which ends with the process."""
    for draft in destination.parent.glob(f".{glob.escape(destination.name)}.*.part"):
        with suppress(BlockingIOError, FileNotFoundError), draft.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


def from_file(path: Path) -> Opener:
    """An opener of a file on disk."""
    return lambda: path.open("rb")
