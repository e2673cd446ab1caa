"""Inputs and outputs (spec section 1.5)."""

from apps.core.crates.graph import COMPLETED, Entity, Graph, ids, is_relative, path_of, status, types
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding

RESULT_TYPES = {"File", "Dataset", "Collection", "DigitalDocument", "PropertyValue"}


def inputs(subject: Subject):
    graph = subject.graph
    named = ids(graph.run.get("object"))
    parameters = {each["@id"] for each in graph.by_id.values() if "FormalParameter" in types(each)}
    if graph.run and not named:
        yield finding("5S-INP-01", graph.run["@id"])
    for identifier in dict.fromkeys(named):
        entity = graph.get(identifier)
        if not entity:
            yield finding("5S-INP-02", identifier, id=identifier)
        elif parameters.isdisjoint(ids(entity.get("exampleOfWork"))):
            yield finding("5S-INP-03", identifier, id=identifier)


def outputs(subject: Subject):
    graph = subject.graph
    results = ids(graph.run.get("result"))
    if status(graph.run) == COMPLETED and not results:
        yield finding("5S-OUT-01", graph.run["@id"])
    for identifier in dict.fromkeys(results):
        entity = graph.get(identifier)
        if not entity:
            yield finding("5S-OUT-02", identifier, id=identifier)
        elif not types(entity) & RESULT_TYPES:
            yield finding("5S-OUT-03", identifier, id=identifier)
        elif "File" in types(entity) and is_relative(identifier) and not path_of(identifier).startswith("outputs/"):
            yield finding("5S-OUT-04", identifier)
        elif "DigitalDocument" in types(entity) and not is_permitted(graph, entity):
            yield finding("5S-OUT-05", identifier, id=identifier)


def is_permitted(graph: Graph, entity: Entity) -> bool:
    """It says who may read it inside the TRE; one that was withheld is not there to be read."""
    permissions = graph.all(ids(entity.get("hasDigitalDocumentPermission")))
    read = any("ReadPermission" in " ".join(ids(each.get("permissionType"))) for each in permissions)
    return read or entity["@id"].startswith("#withheld-")


REQUEST_RULES = (inputs,)
RESULT_RULES = (outputs,)
