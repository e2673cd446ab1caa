"""Check a crate from outside: package, metadata, profile. Whatever happens, the answer is a Report."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from apps.core.crates import package
from apps.core.crates.findings import Finding, Report, Unreadable
from apps.core.crates.graph import Entity, Graph, first_text, ids, is_relative, parse, path_of, texts, types
from apps.core.crates.limits import Limits
from apps.core.crates.profiles import profile_of
from apps.core.crates.reviews import strip_reviews
from apps.core.crates.rules import Subject, secrets
from apps.core.crates.table import finding

logger = logging.getLogger(__name__)

CONTEXT_OF_OUTPUT = ("population", "counts", "controls")


@dataclass(frozen=True)
class Input:
    """One requested input. `value` for a PropertyValue; `path` (in the payload) and `size` (bytes) for a file that is
    there; neither for a folder."""

    id: str
    name: str
    parameter: str
    value: Any = None
    path: str = ""
    size: int = 0


@dataclass(frozen=True)
class Wanted:
    """One output that a request wants, with what it says of it to whoever checks outputs."""

    name: str
    title: str
    population: str = ""
    counts: str = ""
    controls: str = ""


@dataclass(frozen=True)
class Crate:
    """Plain facts of a crate, as the portal compares them with what it knows."""

    external_identifier: str
    name: str
    description: str
    requester: dict[str, str]
    project: dict[str, Any]
    workflow: dict[str, str]
    run_id: str
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Wanted] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)


def check(source: Path | BinaryIO, *, phase: str = "request", limits: Limits | None = None) -> Report:
    """Check a file, or a stream that can be sought in, as a "request" or a "result". Never raises for what it holds
    (M-40)."""
    report = Report()
    try:
        with package.opened(source) as stream:
            report.sha256 = sha256_of(stream)
            for each in _findings(stream, phase, limits or Limits(), report):
                report.tell(each)
    except Unreadable as problem:
        report.unreadable = True
        report.tell(problem.finding)
    except Exception as problem:
        reference = uuid4().hex[:8]
        logger.exception("A crate could not be read: %s (%s)", reference, type(problem).__name__)
        report.unreadable = True
        report.tell(finding("M-40", reference=reference))
    report.tell_how_many_more()
    return report


def _findings(stream: BinaryIO, phase: str, limits: Limits, report: Report) -> Iterator[Finding]:
    bag = package.open_bag(stream, limits)
    with bag.archive:
        bag.look = secrets.Look() if phase == "request" else None
        yield from package.check_bag(bag)
        report.external_identifier = bag.external_identifier
        yield from metadata_findings(bag, phase, report)


def metadata_findings(bag: package.Bag, phase: str, report: Report) -> Iterator[Finding]:
    """What the metadata of a bag break, once its files are known to be what its manifests say. May raise Unreadable."""
    document = parse(bag.read(package.METADATA, bag.limits.metadata_bytes), bag.limits)
    if phase == "request":
        document, report.stripped = strip_reviews(document)
        if report.stripped:
            yield finding("5S-SEC-08", number=len(report.stripped))
    else:
        yield from package.unknown_manifests(bag)
    graph = Graph(document)
    report.profile = next((each for each in ids(graph.root.get("conformsTo")) if "5s-crate" in each), "")
    for rule in profile_of(graph).rules(phase, graph):
        yield from rule(Subject(graph, bag))


def sha256_of(source: Path | BinaryIO) -> str:
    """SHA-256 of a file or of a whole stream, 64 hex digits, read in pieces."""
    with package.opened(source) as stream:
        stream.seek(0)
        return hashlib.file_digest(cast(BufferedReader, stream), "sha256").hexdigest()


def document_of(path: Path, limits: Limits | None = None) -> dict[str, Any]:
    """The metadata as they are written, reviews and all. Raises Unreadable."""
    limits = limits or Limits()
    bag = package.open_bag(path, limits)
    with bag.archive:
        return parse(bag.read(package.METADATA, limits.metadata_bytes), limits)


def read(path: Path, limits: Limits | None = None) -> Crate:
    """The plain facts of a crate that was accepted, its client's reviews stripped. Raises Unreadable."""
    limits = limits or Limits()
    bag = package.open_bag(path, limits)
    with bag.archive:
        list(package.check_bag_info(bag))
        document, _stripped = strip_reviews(parse(bag.read(package.METADATA, limits.metadata_bytes), limits))
    graph = Graph(document)
    person = graph.requester
    organisation = (graph.all(ids(person.get("affiliation"))) or [{}])[0]
    return Crate(
        external_identifier=bag.external_identifier,
        name=first_text(graph.root, "name"),
        description=first_text(graph.root, "description"),
        requester={
            "id": person.get("@id", ""),
            "name": first_text(person, "name"),
            "organisation": first_text(organisation, "name") or organisation.get("@id", ""),
        },
        project={
            "id": graph.project.get("@id", ""),
            "name": first_text(graph.project, "name"),
            "identifiers": identifiers_of(graph),
        },
        workflow={
            "id": graph.workflow.get("@id", ""),
            "name": first_text(graph.workflow, "name"),
            "distribution": (ids(graph.workflow.get("distribution")) or [""])[0],
        },
        run_id=graph.run.get("@id", ""),
        inputs=[input_of(graph, bag, identifier) for identifier in ids(graph.run.get("object"))],
        outputs=[wanted(graph, entity) for entity in graph.all(ids(graph.workflow.get("output")))],
        document=document,
    )


def identifiers_of(graph: Graph) -> list[str]:
    """The project's identifiers as texts: its own, and the values of described ones."""
    named = ids(graph.project.get("identifier"))
    values = [first_text(each, "value") for each in graph.all(named)]
    return [each for each in (*texts(graph.project.get("identifier")), *named, *values) if each]


def input_of(graph: Graph, bag: package.Bag, identifier: str) -> Input:
    entity = graph.get(identifier)
    parameters = [first_text(each, "name") for each in graph.all(ids(entity.get("exampleOfWork")))]
    path = path_of(identifier)
    is_value = not (types(entity) & {"File", "Dataset"} and is_relative(identifier))
    is_file = not is_value and f"data/{path}" in bag.members
    return Input(
        id=identifier,
        name=first_text(entity, "name"),
        parameter=parameters[0] if parameters else first_text(entity, "name"),
        value=entity.get("value") if is_value else None,
        path=path if is_file else "",
        size=bag.size(path) if is_file else 0,
    )


def wanted(graph: Graph, entity: Entity) -> Wanted:
    """One output as the builder writes it: its context in `additionalProperty`."""
    told = {
        first_text(each, "name"): first_text(each, "value") for each in graph.all(ids(entity.get("additionalProperty")))
    }
    context = {word: told.get(word, "") for word in CONTEXT_OF_OUTPUT}
    return Wanted(first_text(entity, "name"), first_text(entity, "description"), **context)
