"""Strict JSON and an index over `@graph`: everything that rules ask, without an RDF library and without the network."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from apps.core.crates.findings import Unreadable
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.table import finding

STATUS = "http://schema.org/{}ActionStatus"
POTENTIAL, ACTIVE, COMPLETED, FAILED = (STATUS.format(word) for word in ("Potential", "Active", "Completed", "Failed"))
STATUSES = (POTENTIAL, ACTIVE, COMPLETED, FAILED)
DESCRIPTOR = "ro-crate-metadata.json"
WORKFLOW_PROFILE = "https://w3id.org/workflowhub/workflow-ro-crate"
Entity = dict[str, Any]


def parse(content: bytes, limits: Limits) -> dict[str, Any]:
    """JSON read in one way only, within bounds (M-20 to M-24). Raises Unreadable."""
    if len(content) > limits.metadata_bytes:
        raise Unreadable(finding("M-21", DESCRIPTOR, what=f"more than {limits.metadata_bytes // MEGABYTE} MB"))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Unreadable(finding("M-20", DESCRIPTOR, at=problem.start)) from problem
    if depth_of(content) > limits.json_depth:
        raise Unreadable(finding("M-22", DESCRIPTOR))
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(finding("M-23", DESCRIPTOR, why=str(problem)[:200])) from problem
    if "\\u" in text and re.search(r"[\ud800-\udfff]", json.dumps(document, ensure_ascii=False)):
        raise Unreadable(finding("M-20", DESCRIPTOR, at=text.index("\\u")))
    if not isinstance(document, dict) or not isinstance(document.get("@graph"), list):
        raise Unreadable(finding("5S-META-06", DESCRIPTOR, what="The metadata is not an object with a list @graph."))
    if len(document["@graph"]) > limits.entities:
        raise Unreadable(finding("M-21", DESCRIPTOR, what=f"more than {limits.entities} entities"))
    return document


def depth_of(content: bytes) -> int:
    """The deepest nesting of brackets outside strings, counted before anything is parsed."""
    depth = deepest = 0
    for bracket in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', content):
        if bracket[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket[0] in b"]}":
            depth -= 1
    return deepest


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has the same key twice")
    return made


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def many(value: Any) -> list[Any]:
    """A property's values as a list: absent, single or list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def ids(value: Any) -> list[str]:
    """The `@id`s that a property names."""
    return [each["@id"] for each in many(value) if isinstance(each, dict) and isinstance(each.get("@id"), str)]


def texts(value: Any) -> list[str]:
    """The plain texts of a property."""
    return [each for each in many(value) if isinstance(each, str)]


def types(entity: Entity) -> set[str]:
    """The types of an entity, by their short names."""
    return {short(each) for each in texts(entity.get("@type"))}


def short(iri: str) -> str:
    """A schema.org term without its address."""
    return re.sub(r"^https?://schema\.org/", "", iri)


def status(entity: Entity) -> str:
    """actionStatus as a text; a reference is unwrapped."""
    values = ids(entity.get("actionStatus")) + texts(entity.get("actionStatus"))
    return values[0] if values else ""


def first_text(entity: Entity, name: str) -> str:
    """The first plain text of a property, stripped; empty where there is none."""
    values = texts(entity.get(name))
    return values[0].strip() if values else ""


class Graph:
    """An index over `@graph`. Lookups of what is not there give an empty entity."""

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

    @property
    def root(self) -> Entity:
        return self.get("./")

    @property
    def workflow(self) -> Entity:
        main = ids(self.root.get("mainEntity"))
        return self.get(main[0]) if main else {}

    @property
    def runs(self) -> list[Entity]:
        return [each for each in self.all(ids(self.root.get("mentions"))) if "CreateAction" in types(each)]

    @property
    def run(self) -> Entity:
        """The run that uses the crate's workflow; else the first CreateAction that the root mentions."""
        of_workflow = [each for each in self.runs if self.workflow.get("@id") in ids(each.get("instrument"))]
        return (of_workflow or self.runs or [{}])[0]

    @property
    def project(self) -> Entity:
        organisations = self.all(ids(self.root.get("sourceOrganization")))
        return next((each for each in organisations if "Project" in types(each)), {})

    @property
    def requester(self) -> Entity:
        agents = [each for each in self.all(ids(self.run.get("agent"))) if "Person" in types(each)]
        return agents[0] if len(agents) == 1 else {}

    def actions(self) -> list[Entity]:
        """Every review action: by type, or by an SHP term."""
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


def is_review(entity: Entity) -> bool:
    """A review by its type, by its SHP term, or by a `type` key that RO-Crate does not know."""
    kinds = types(entity) | {short(each) for each in texts(entity.get("type"))}
    by_term = any(each.startswith("https://w3id.org/shp#") for each in additional_types(entity))
    return bool(kinds & {"AssessAction", "DownloadAction", "UpdateAction"}) or by_term


def is_relative(identifier: str) -> bool:
    """True for a path inside the crate: no scheme, no fragment, no blank node."""
    return not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|#|_:", identifier)


def path_of(identifier: str) -> str:
    """The payload path of a relative `@id`."""
    return unquote(identifier).removeprefix("./")
