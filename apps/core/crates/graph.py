"""Strict JSON and an index over `@graph`: everything that rules ask, without an RDF library and without the network."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from apps.core.crates.findings import Unreadable
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.table import finding

STATUS = "http://schema.org/{}ActionStatus"
POTENTIAL, ACTIVE, COMPLETED, FAILED = (STATUS.format(word) for word in ("Potential", "Active", "Completed", "Failed"))
STATUSES = (POTENTIAL, ACTIVE, COMPLETED, FAILED)
REVIEWS = {"AssessAction", "DownloadAction", "UpdateAction"}
SHP = ("shp:", "https://w3id.org/shp", "http://w3id.org/shp")
DESCRIPTOR = "ro-crate-metadata.json"
WORKFLOW_PROFILE = "https://w3id.org/workflowhub/workflow-ro-crate"
NOT_RELATIVE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|#|_:")
Entity = dict[str, Any]
QUOTE = ord('"')
DEEPER = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
CLOSING = b"]}"
NO_STRUCTURE = bytes(set(range(256)) - {QUOTE, ord(","), *DEEPER})
UNFIT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
UNFIT = re.compile(r"[\0\ud800-\udfff]")


def parse(content: bytes, limits: Limits) -> dict[str, Any]:
    """JSON read in one way only, within bounds (M-20 to M-24). Raises Unreadable."""
    if len(content) > limits.metadata_bytes:
        raise Unreadable(finding("M-21", DESCRIPTOR, what=f"more than {limits.metadata_bytes // MEGABYTE} MB"))
    check_shape(content, limits)
    text = utf8(content, DESCRIPTOR)

    def whole(digits: str) -> int:
        if len(digits) > limits.number_digits:
            raise Unreadable(finding("M-21", DESCRIPTOR, what=f"a number of more than {limits.number_digits} digits"))
        return int(digits)

    try:
        document = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constants,
            parse_int=whole,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as problem:
        raise Unreadable(finding("M-23", DESCRIPTOR, why=str(problem))) from problem
    escaped = UNFIT_ESCAPE.search(text)
    if escaped and any(UNFIT.search(each) for each in all_texts(document)):
        raise Unreadable(finding("M-20", DESCRIPTOR, what="half a character, or a NUL,", at=escaped.start()))
    if not isinstance(document, dict) or not isinstance(document.get("@graph"), list):
        raise Unreadable(finding("5S-META-06", DESCRIPTOR, what="The metadata is not an object with a list @graph."))
    if len(document["@graph"]) > limits.entities:
        raise Unreadable(finding("M-21", DESCRIPTOR, what=f"more than {limits.entities} entities"))
    return document


def utf8(content: bytes, path: str) -> str:
    """Bytes as the text that every reader sees: UTF-8 without a byte order mark or NUL (M-20). Raises Unreadable."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Unreadable(finding("M-20", path, what="something else", at=problem.start)) from problem
    if text.startswith("\ufeff"):
        raise Unreadable(finding("M-20", path, what="a byte order mark", at=0))
    if "\0" in text:
        raise Unreadable(finding("M-20", path, what="a NUL", at=content.index(b"\0")))
    return text


def check_shape(content: bytes, limits: Limits) -> None:
    """Depth and number of values, counted before anything is parsed (M-21, M-22). Raises Unreadable.

    Looked at are brackets, commas and quotes alone; two quotes in a row begin and end nothing.
    """
    unescaped = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    values = depth = 0
    is_text = False
    for character in unescaped.translate(None, NO_STRUCTURE).replace(b'""', b""):
        if character == QUOTE:
            is_text = not is_text
        elif not is_text:
            depth += DEEPER.get(character, 0)
            values += character not in CLOSING
            if values > limits.json_values:
                raise Unreadable(finding("M-21", DESCRIPTOR, what=f"more than {limits.json_values} values"))
            if depth > limits.json_depth:
                raise Unreadable(finding("M-22", DESCRIPTOR))
            if depth < 0:
                return  # the parser will say so


def all_texts(document: Any) -> Iterator[str]:
    """Every text in a JSON value, names of properties too."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has the same key twice")
    return made


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def many(value: Any) -> list[Any]:
    """A property's values as a list: absent, single or list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def ids(value: Any) -> list[str]:
    """The `@id`s that a property names."""
    if isinstance(value, dict):  # what most properties hold; every rule asks this
        identifier = value.get("@id")
        return [identifier] if isinstance(identifier, str) else []
    if not isinstance(value, list):
        return []
    return [each["@id"] for each in value if isinstance(each, dict) and isinstance(each.get("@id"), str)]


def texts(value: Any) -> list[str]:
    """The plain texts of a property."""
    if value is None or isinstance(value, str):
        return [] if value is None else [value]
    return [each for each in many(value) if isinstance(each, str)]


def types(entity: Entity) -> set[str]:
    """The types of an entity, by their short names."""
    return {short(each) for each in texts(entity.get("@type"))}


def short(iri: str) -> str:
    """A schema.org term without its address."""
    return iri.removeprefix("http://schema.org/").removeprefix("https://schema.org/")


def status(entity: Entity) -> str:
    """actionStatus as a text; a reference is unwrapped."""
    values = ids(entity.get("actionStatus")) + texts(entity.get("actionStatus"))
    return values[0] if values else ""


def first_text(entity: Entity, name: str) -> str:
    """The first plain text of a property, stripped; empty where there is none."""
    values = texts(entity.get(name))
    return values[0].strip() if values else ""


class Graph:
    """An index over `@graph`. Lookups of what is not there give an empty entity. What is found once is kept: make another
    index after the document was changed."""

    def __init__(self, document: dict[str, Any]):
        self.document = document
        self.entities: list[Entity] = [each for each in document["@graph"] if isinstance(each, dict)]
        self.by_id: dict[str, Entity] = {}
        for entity in self.entities:
            if isinstance(entity.get("@id"), str):
                self.by_id.setdefault(entity["@id"], entity)

    def get(self, identifier: str) -> Entity:
        return self.by_id.get(identifier, {})

    def all(self, identifiers: Iterable[str]) -> list[Entity]:
        return [self.by_id[identifier] for identifier in identifiers if identifier in self.by_id]

    @cached_property
    def root(self) -> Entity:
        return self.get("./")

    @cached_property
    def workflow(self) -> Entity:
        main = ids(self.root.get("mainEntity"))
        return self.get(main[0]) if main else {}

    @cached_property
    def runs(self) -> list[Entity]:
        return [each for each in self.all(ids(self.root.get("mentions"))) if "CreateAction" in types(each)]

    @cached_property
    def run(self) -> Entity:
        """The run that uses the crate's workflow; else the first CreateAction that the root mentions."""
        of_workflow = [each for each in self.runs if self.workflow.get("@id") in ids(each.get("instrument"))]
        return (of_workflow or self.runs or [{}])[0]

    @cached_property
    def project(self) -> Entity:
        organisations = self.all(ids(self.root.get("sourceOrganization")))
        return next((each for each in organisations if "Project" in types(each)), {})

    @cached_property
    def requester(self) -> Entity:
        agents = [each for each in self.all(ids(self.run.get("agent"))) if "Person" in types(each)]
        return agents[0] if len(agents) == 1 else {}

    def actions(self) -> list[Entity]:
        """Every review action: by type, or by an SHP term."""
        return self._reviews

    @cached_property
    def _reviews(self) -> list[Entity]:
        return [each for each in self.by_id.values() if is_review(each)]

    def phase(self, term: str) -> list[Entity]:
        """The review actions of one SHP term, such as SignOff."""
        return [each for each in self.actions() if f"https://w3id.org/shp#{term}" in additional_types(each)]

    def parts(self) -> set[str]:
        """Every `@id` that hasPart reaches from the root; cycles are walked once."""
        reached: set[str] = set()
        waiting = ids(self.root.get("hasPart"))
        while waiting:
            identifier = waiting.pop()
            if identifier not in reached:
                reached.add(identifier)
                waiting += ids(self.get(identifier).get("hasPart"))
        return reached


def additional_types(entity: Entity) -> list[str]:
    return ids(entity.get("additionalType")) + texts(entity.get("additionalType"))


def is_review(entity: Any) -> bool:
    """A review by its type, by its SHP term, or by a `type` key that RO-Crate does not know, with any address or prefix."""
    if not isinstance(entity, dict):
        return False
    kinds = texts(entity.get("@type")) + texts(entity.get("type"))
    if any(bare(each) in REVIEWS for each in kinds):
        return True
    return "additionalType" in entity and any(each.startswith(SHP) for each in additional_types(entity))


def bare(iri: str) -> str:
    """The last word of an address, or of a term with a prefix."""
    return iri.replace("#", "/").replace(":", "/").rpartition("/")[2]


def is_relative(identifier: str) -> bool:
    """True for a path inside the crate: no scheme, no fragment, no blank node."""
    return not NOT_RELATIVE.match(identifier)


def path_of(identifier: str) -> str:
    """The payload path of a relative `@id`."""
    return unquote(identifier).removeprefix("./")
