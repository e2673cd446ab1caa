"""Papers that people hand in: kept as they are under a name of ours, known by their first bytes, never served to run."""

import hashlib
from uuid import uuid4

from django.core.files.storage import storages

KINDS = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)


def media_type_of(file) -> str:
    """The media type of an open file by its first bytes; empty for any that is not taken."""
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    return next((media_type for magic, media_type, _ending in KINDS if start.startswith(magic)), "")


def ending_of(media_type: str) -> str:
    """The ending of a file's name: pdf, png or jpg."""
    return next(ending for _magic, kind, ending in KINDS if kind == media_type)


def keep(file, folder: str) -> dict[str, str]:
    """Store an open file, streamed. Its path, its SHA-256 (64 hex digits) and its media type."""
    media_type, digest = media_type_of(file), hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    path = storages["evidence"].save(f"{folder}/{uuid4()}", file)
    return {"file": path, "file_sha256": digest.hexdigest(), "media_type": media_type}


def throw_away(path: str) -> None:
    """Delete a stored file."""
    storages["evidence"].delete(path)
