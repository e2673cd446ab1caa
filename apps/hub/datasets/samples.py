"""The synthetic sample of a dataset version: invented rows in the very columns of its data dictionary."""

import csv
import hashlib
import io
from collections import Counter
from itertools import islice

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from apps.core.crates.limits import MEGABYTE
from apps.core.crates.rules.secrets import masked, personal_in
from apps.core.errors import BadInput

LARGEST = MEGABYTE
SHOWN_ROWS = 5
SHOWN_CHARACTERS = 20_000


def keep(sample: File, dictionary: list[dict]) -> dict:
    """Check a sample and store it by its SHA-256; what the row says of it. Raises BadInput."""
    content = check(sample, dictionary)
    sha256 = hashlib.sha256(content).hexdigest()
    if not storages["crates"].exists(path_of(sha256)):
        storages["crates"].save(path_of(sha256), ContentFile(content))
    return {"sample_name": sample.name, "sample_sha256": sha256, "sample_size": len(content)}


def path_of(sha256: str) -> str:
    """Where a sample lies in the storage `crates`."""
    return f"samples/{sha256}.csv"


def check(sample: File, dictionary: list[dict]) -> bytes:
    """The bytes of a sample that may be shown to anybody who is signed in. Raises BadInput."""
    if sample.size > LARGEST:
        raise BadInput(_("The sample is larger than 1 MB. A few hundred rows are enough."))
    sample.seek(0)
    content = sample.read()
    check_table(content, [column["name"] for column in dictionary])
    for what, found in personal_in(content):
        told = {"what": what, "masked": masked(found)}
        raise BadInput(_("The sample holds %(what)s: %(masked)s. Invent values that could be nobody's.") % told)
    return content


def check_table(content: bytes, columns: list[str]) -> None:
    """It is a CSV in UTF-8 whose header is exactly the columns of the dictionary, in any order. Raises BadInput."""
    try:
        text = content.decode("utf-8")
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    except UnicodeDecodeError as problem:
        raise BadInput(_("The sample is not text in UTF-8: byte %(at)s cannot be read.") % {"at": problem.start})
    except csv.Error as problem:
        raise BadInput(_("The sample is not a CSV file that can be read: %(why)s.") % {"why": problem})
    if header and header[0].startswith("\ufeff"):
        raise BadInput(_("The sample begins with an invisible mark (a BOM). Save it as plain UTF-8."))
    check_header(header, columns)
    check_rows(rows, len(header))


def check_header(header: list[str], columns: list[str]) -> None:
    """Names every column that is missing and every one too many. Raises BadInput."""
    missing, extra = Counter(columns) - Counter(header), Counter(header) - Counter(columns)
    wrong = [_("missing: %(names)s") % {"names": named(missing)}] if missing else []
    wrong += [_("too many: %(names)s") % {"names": named(extra)}] if extra else []
    if wrong:
        told = {"wrong": "; ".join(wrong)}
        raise BadInput(_("The sample's first line is not the columns that you describe (%(wrong)s).") % told)


def named(columns: Counter) -> str:
    return ", ".join(f"“{name}”" for name in columns.elements())


def check_rows(rows: list[list[str]], width: int) -> None:
    """There are rows, and each has a cell for each column. Raises BadInput."""
    if not rows:
        raise BadInput(_("The sample has no rows."))
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            told = {"number": number, "cells": len(row), "width": width}
            raise BadInput(_("Row %(number)s of the sample has %(cells)s cells; the first line has %(width)s.") % told)


def first_rows(sha256: str) -> list[list[str]]:
    """The header and the first rows of a stored sample, as cells."""
    with storages["crates"].open(path_of(sha256)) as stored:
        text = stored.read(SHOWN_CHARACTERS).decode("utf-8", "replace")
    return list(islice(csv.reader(io.StringIO(text, newline="")), SHOWN_ROWS + 1))
