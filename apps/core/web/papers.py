"""Papers that people hand in with a text: known by their first bytes, kept by their SHA-256, given as a download alone."""

import hashlib
from pathlib import PurePosixPath

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import storages
from django.http import FileResponse
from django.utils.translation import gettext as _

LARGEST_MB = 20
SUFFIXES = (".pdf", ".odt", ".docx", ".txt", ".png", ".jpg", ".jpeg")
BEGINNINGS = {
    ".pdf": b"%PDF-",
    ".odt": b"PK",
    ".docx": b"PK",
    ".png": b"\x89PNG",
    ".jpg": b"\xff\xd8",
    ".jpeg": b"\xff\xd8",
}


def check_paper(paper: File) -> None:
    """Raises ValidationError for a file of another kind than we take, or too large a one."""
    suffix = PurePosixPath(paper.name or "").suffix.lower()
    if suffix not in SUFFIXES or not paper.read(8).startswith(BEGINNINGS.get(suffix, b"")):
        raise ValidationError(_("This is not a PDF, ODT, DOCX, text, PNG or JPEG file."))
    if paper.size > LARGEST_MB * 1024 * 1024:
        raise ValidationError(_("This file is larger than 20 MB."))
    paper.seek(0)


class PapersInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Some papers, or none: a list."""

    widget = PapersInput

    def clean(self, data, initial=None):
        papers = [super(PapersField, self).clean(each, initial) for each in data or []]
        for paper in papers:
            check_paper(paper)
        return papers


def keep_paper(file: File) -> dict:
    """Store a file in pieces: its printable name, SHA-256 (64 hex digits) and size."""
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    sha256 = digest.hexdigest()
    if not storages["papers"].exists(sha256):
        file.seek(0)
        storages["papers"].save(sha256, file)
    name = "".join(each for each in (file.name or "") if each.isprintable())[-200:]
    return {"name": name, "sha256": sha256, "size": file.size}


def give_paper(name: str, sha256: str) -> FileResponse:
    """A kept file, to keep: never shown in the browser."""
    kept = storages["papers"].open(sha256)
    return FileResponse(kept, as_attachment=True, filename=name, content_type="application/octet-stream")
