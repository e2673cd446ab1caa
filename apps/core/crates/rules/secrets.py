"""Secrets and what names a patient, in parameters and input files (spec section 1.10, 5S-SEC-10, M-35).

A hit holds nothing up by itself: a person looks at it. The value is masked wherever it is told.
"""

import re
from collections.abc import Iterator
from typing import cast

from apps.core.crates.findings import Finding
from apps.core.crates.graph import first_text, ids, is_relative, path_of, types
from apps.core.crates.limits import MEGABYTE
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding

METADATA = "data/ro-crate-metadata.json"
OVERLAP = 256
BINARY_BYTES = 4096
# A literal that has to be there before the expression is tried, and with which the expression begins: Python's search
# for a literal is fast, any other is thirty times as slow.
SECRETS = (
    (b" PRIVATE KEY-----", re.compile(rb" PRIVATE KEY-----"), "a private key"),
    (b"AKIA", re.compile(rb"AKIA[0-9A-Z]{16}"), "an access key"),
    (b"ghp_", re.compile(rb"ghp_[A-Za-z0-9]{36}"), "an access token"),
    (b"github_pat_", re.compile(rb"github_pat_[A-Za-z0-9_]{40,}"), "an access token"),
    (b"xox", re.compile(rb"xox[abprs]-[A-Za-z0-9-]{10,}"), "an access token"),
    (b"eyJ", re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}"), "a signed token"),
    (b"://", re.compile(rb"://[^\s:/@]{1,80}:[^\s:/@]{1,80}@"), "an address with a password"),
    (b"assword", re.compile(rb"assword[\"']?\s{0,3}[=:]\s{0,3}\S{4,}"), "a password"),
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
    """Sees every file of a bag in pieces, once, while it is hashed; keeps the first secret of each kind."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, bytes]] = {}
        self.path, self.kept, self.is_binary = "", b"", False

    def __call__(self, path: str, chunk: bytes) -> None:
        """The next piece of a file; the end of the last one is looked at again with it."""
        if path == METADATA or not path.startswith("data/"):
            return
        if path != self.path:
            self.path, self.kept, self.is_binary = path, b"", b"\0" in chunk[:BINARY_BYTES]
        for what, value in secrets_in(self.kept + chunk, IN_BINARY if self.is_binary else SECRETS):
            self.found.setdefault(path, {}).setdefault(what, value)
        self.kept = chunk[-OVERLAP:]


def files(subject: Subject) -> Iterator[Finding]:
    """The secrets that were seen in any file."""
    look = cast(Look, subject.bag.look)  # check() gives every request one
    for path, found in look.found.items():
        for what, value in found.items():
            yield told(path.removeprefix("data/"), what, value)


def people(subject: Subject) -> Iterator[Finding]:
    """What names a patient in the beginning of each input file."""
    inputs = tuple(f"data/{path_of(each)}" for each in ids(subject.graph.run.get("object")) if is_relative(each))
    for path in subject.bag.members:
        if path.startswith(inputs):
            with subject.bag.open(path) as stream:
                for what, value in personal_in(stream.read(PERSONAL_BYTES)):
                    yield told(path.removeprefix("data/"), what, value)


def looks_like(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield from secrets_in(content, SECRETS)
    yield from personal_in(content)


def secrets_in(content: bytes, kinds) -> Iterator[tuple[str, bytes]]:
    for literal, expression, what in kinds:
        if literal in content and (hit := expression.search(content)):
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
