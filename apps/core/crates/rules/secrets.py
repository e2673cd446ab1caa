"""Secrets and what names a patient, in parameters and input files (spec section 1.10, 5S-SEC-10, M-35).

A hit holds nothing up by itself: a person looks at it. The value is masked wherever it is told.
"""

import re
from collections.abc import Callable, Iterator
from typing import cast

from apps.core.crates.findings import Finding
from apps.core.crates.graph import first_text, ids, is_relative, path_of, types
from apps.core.crates.limits import MEGABYTE
from apps.core.crates.package import self_and_folders
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding

METADATA = "data/ro-crate-metadata.json"
OVERLAP = 256
BINARY_BYTES = 4096
# Each begins with a literal, for which Python's search is fast; any other is thirty times as slow. None looks at a byte
# more often than a few hundred times, whatever is in the file.
SECRETS = (
    (re.compile(rb" PRIVATE KEY-----"), "a private key"),
    (re.compile(rb"AKIA[0-9A-Z]{16}"), "an access key"),
    (re.compile(rb"ghp_[A-Za-z0-9]{36}"), "an access token"),
    (re.compile(rb"github_pat_[A-Za-z0-9_]{40,}"), "an access token"),
    (re.compile(rb"xox[abprs]-[A-Za-z0-9-]{10,}"), "an access token"),
    (re.compile(rb"\.eyJ(?<=[A-Za-z0-9_-]{10}\.eyJ)[A-Za-z0-9_-]{10,}"), "a signed token"),
    (re.compile(rb"://[^\s:/@]{1,80}:[^\s:/@]{1,80}@"), "an address with a password"),
    (re.compile(rb"assword[\"']?\s{0,3}[=:]\s{0,3}\S{4,}"), "a password"),
)
IN_BINARY = SECRETS[:2]
PERSONAL_BYTES = MEGABYTE
NHS_NUMBER = re.compile(rb"(?<![\d-])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?![\d-])")
PERSONAL = (
    (re.compile(rb"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "an e-mail address"),
    (re.compile(rb"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"), "a full postcode"),
)
BIRTH_COLUMN = re.compile(rb"(?:^|[,;\t\"])(?:dob|date_?of_?birth|birth_?date)(?:[,;\t\"\r]|$)", re.IGNORECASE)
FULL_DATE = re.compile(rb"\b(?:\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})\b")
SECRET_NAME = re.compile(r"passw(or)?d|secret|token|api[_-]?key|credential", re.IGNORECASE)


def parameters(subject: Subject) -> Iterator[Finding]:
    """Parameters that are called a secret, or whose value looks like one."""
    for entity in subject.graph.entities:
        value = first_text(entity, "value")
        if "PropertyValue" in types(entity) and value:
            if SECRET_NAME.search(first_text(entity, "name")):
                yield told(entity["@id"], "a password", value.encode())
            for what, found in looks_like(value.encode()):
                yield told(entity["@id"], what, found)


class Look:
    """Sees every payload file of a bag once, while it is hashed; keeps the first secret of each kind.

    Files may be hashed at the same time, each in its own thread.
    """

    def __init__(self) -> None:
        self.found: dict[str, dict[str, bytes]] = {}

    def __call__(self, path: str) -> Callable[[bytes], None] | None:
        """What is to be given the pieces of this file in turn; None where there is nothing to look for."""
        if path == METADATA or not path.startswith("data/"):
            return None
        return FileLook(self.found.setdefault(path, {}))


class FileLook:
    """Sees one file, piece after piece; the end of the last one is looked at again with the next."""

    def __init__(self, found: dict[str, bytes]) -> None:
        self.found = found
        self.kept = b""
        self.kinds: tuple = ()

    def __call__(self, chunk: bytes) -> None:
        self.kinds = self.kinds or (IN_BINARY if b"\0" in chunk[:BINARY_BYTES] else SECRETS)
        for what, value in secrets_in(self.kept + chunk, self.kinds):
            self.found.setdefault(what, value)
        self.kept = chunk[-OVERLAP:]


def files(subject: Subject) -> Iterator[Finding]:
    """The secrets that were seen in any file."""
    look = cast(Look, subject.bag.look)  # check() gives every request one
    for path, found in sorted(look.found.items()):
        for what, value in found.items():
            yield told(path.removeprefix("data/"), what, value)


def people(subject: Subject) -> Iterator[Finding]:
    """What names a patient in the beginning of each input file."""
    named = [each for each in ids(subject.graph.run.get("object")) if is_relative(each)]
    inputs = {f"data/{path_of(each)}".removesuffix("/") for each in named}
    for path in subject.bag.members:
        if not inputs.isdisjoint(self_and_folders(path)):
            for what, value in personal_in(subject.bag.beginning(path, PERSONAL_BYTES)):
                yield told(path.removeprefix("data/"), what, value)


def looks_like(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield from secrets_in(content, SECRETS)
    yield from personal_in(content)


def secrets_in(content: bytes, kinds) -> Iterator[tuple[str, bytes]]:
    for expression, what in kinds:
        if hit := expression.search(content):
            yield what, hit[0]


def personal_in(content: bytes) -> Iterator[tuple[str, bytes]]:
    """What names a patient: by the NHS number's check digit, a date under a column of birth, an address."""
    for number in NHS_NUMBER.finditer(content):
        if is_nhs_number(b"".join(number.groups()).decode()):
            yield "an NHS number", number[0]
            break
    for expression, what in PERSONAL:
        if hit := expression.search(content):
            yield what, hit[0]
    header, _line, rest = content.partition(b"\n")
    if BIRTH_COLUMN.search(header) and (hit := FULL_DATE.search(rest)):
        yield "a full date of birth", hit[0]


def is_nhs_number(digits: str) -> bool:
    """The check digit of a ten-digit NHS number (NHS Data Dictionary, "NHS NUMBER": weights 10 to 2, modulus 11)."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 1 and check != 10 and check % 11 == int(digits[9])


def told(place: str, what: str, found: bytes) -> Finding:
    return finding("5S-SEC-10", place, id=place, what=what, masked=masked(found))


def masked(found: bytes) -> str:
    """The first two characters and how long it is: enough to find it, not to use it."""
    text = found.decode("utf-8", "replace")
    return f"{text[:2]}… ({len(text)} characters)"


REQUEST_RULES = (parameters, files, people)
