"""Metadata file and root dataset (spec section 1.2)."""

import re
from urllib.parse import unquote

from apps.core.crates.graph import DESCRIPTOR, first_text, ids, is_relative, many, path_of, short, texts, types
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding

RO_CRATE = re.compile(r"https://w3id\.org/ro/crate/1\.([2-9]|[1-9][0-9]+)(-DRAFT)?")
CONTEXT = re.compile(r"https://w3id\.org/ro/crate/1\.([2-9]|[1-9][0-9]+)(-DRAFT)?/context")
ALLOWED_CONTEXTS = ("https://w3id.org/ro/terms/workflow-run/context",)
PROFILE = "https://w3id.org/5s-crate/0.4"
RESERVED_TERMS = {
    *("@base", "@vocab", "@import", "type", "id", "actionStatus", "mentions", "mainEntity", "instrument", "agent"),
    *("additionalType", "object", "result", "hasPart", "sourceOrganization", "conformsTo", "about", "name"),
    *("Person", "Project", "Dataset", "File", "CreateAction", "AssessAction", "DownloadAction", "UpdateAction"),
}


def each_entity(subject: Subject):
    for entity in subject.graph.document["@graph"]:
        if not isinstance(entity, dict):
            yield finding("5S-META-06", what="An entry of @graph is not an object.")
        elif not isinstance(entity.get("@id"), str) or not entity["@id"]:
            yield finding("5S-META-06", what="An entity has no @id.")
        elif not texts(entity.get("@type")):
            hint = ' It has "type"; use "@type".' if "type" in entity else ""
            yield finding("5S-META-06", entity["@id"], what=f"{entity['@id']} has no @type.{hint}")
        else:
            yield from flat(entity)


def flat(entity):
    for name, value in entity.items():
        if any(isinstance(each, dict) and set(each) != {"@id"} for each in many(value)):
            what = f"{entity['@id']} describes another entity inside {name}; name it by @id."
            yield finding("5S-META-06", entity["@id"], what=what)


def described_once(subject: Subject):
    seen = set()
    for entity in subject.graph.entities:
        same = unquote(str(entity.get("@id", ""))).removeprefix("./") or "./"
        if same in seen:
            yield finding("5S-META-07", same, id=same)
        seen.add(same)


def context(subject: Subject):
    given = many(subject.graph.document.get("@context"))
    addresses = [each for each in given if isinstance(each, str)]
    if not any(CONTEXT.fullmatch(each) for each in addresses):
        yield finding("5S-META-02", found=addresses[0] if addresses else "(none)")
    for address in addresses:
        if not CONTEXT.fullmatch(address) and address not in ALLOWED_CONTEXTS:
            yield finding("5S-META-02", found=address)
    for inline in given:
        if isinstance(inline, dict):
            for term in sorted(RESERVED_TERMS & set(inline)):
                yield finding("M-27", term=term)
        elif not isinstance(inline, str):
            yield finding("5S-META-02", found=str(inline)[:80])


def descriptor(subject: Subject):
    entity = subject.graph.get(DESCRIPTOR)
    if "CreativeWork" not in types(entity) or ids(entity.get("about")) != ["./"]:
        yield finding("5S-META-03", DESCRIPTOR)
    declared = ids(entity.get("conformsTo")) + texts(entity.get("conformsTo"))
    if not any(RO_CRATE.fullmatch(each) for each in declared):
        yield finding("5S-META-01", DESCRIPTOR, found=", ".join(declared) or "nothing")


def root(subject: Subject):
    graph = subject.graph
    if "Dataset" not in types(graph.root):
        yield finding("5S-META-04", "./")
    for name in ("name", "description"):
        if not first_text(graph.root, name):
            yield finding("5S-META-08", "./", property=name)
    declared = ids(graph.root.get("conformsTo"))
    for iri in declared:
        if iri.startswith("https://w3id.org/5s-crate/") and iri != PROFILE:
            yield finding("5S-ROOT-04", "./", iri=iri)
    if PROFILE not in declared:
        yield finding("5S-ROOT-01", "./")
    elif "Profile" not in types(graph.get(PROFILE)):
        yield finding("5S-ROOT-02", PROFILE)


def parts(subject: Subject):
    graph, bag = subject.graph, subject.bag
    reached = graph.parts()
    for identifier in sorted(reached):
        if identifier not in graph.by_id:
            yield finding("5S-META-09", identifier, id=identifier, what="is listed but not described")
        elif is_relative(identifier) and identifier != "./" and not bag.has(path_of(identifier)):
            yield finding("5S-META-09", identifier, id=identifier, what="is described but the file is absent")
    for identifier, entity in graph.by_id.items():
        is_data = types(entity) & {"File", "Dataset", "MediaObject"} and is_relative(identifier)
        if is_data and identifier not in reached and identifier not in ("./", DESCRIPTOR):
            yield finding("5S-META-09", identifier, id=identifier, what="is described but not part of the crate")


def circles(subject: Subject):
    """Parts that contain themselves (M-39), found by one walk without recursion."""
    graph = subject.graph
    finished: set[str] = set()
    for start in list(graph.by_id):
        path: dict[str, None] = {}
        waiting = [(start, False)]
        while waiting:
            identifier, is_left = waiting.pop()
            if is_left:
                path.pop(identifier)
                finished.add(identifier)
            elif identifier in path:
                yield finding("M-39", identifier, id=identifier)
            elif identifier not in finished:
                path[identifier] = None
                waiting.append((identifier, True))
                waiting += [(each, False) for each in ids(graph.get(identifier).get("hasPart"))]


def known_typos(term: str) -> str:
    """A hint for a status that is nearly one; empty where there is none."""
    near = short(term).replace("Completeted", "Completed").replace("CompletetedA", "CompletedA")
    near = near.replace("CompleteAction", "CompletedAction")
    known = {"PotentialActionStatus", "ActiveActionStatus", "CompletedActionStatus", "FailedActionStatus"}
    return f" Did you mean http://schema.org/{near}?" if near in known else ""


RULES = (each_entity, described_once, context, descriptor, root, parts, circles)
