"""Metadata file and root dataset (spec section 1.2)."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from urllib.parse import unquote

from apps.core.crates.findings import WARNING, Finding, Unreadable
from apps.core.crates.graph import DESCRIPTOR, Graph, first_text, ids, is_relative, many, path_of, texts, types
from apps.core.crates.limits import Limits
from apps.core.crates.rules import Subject
from apps.core.crates.rules.typos import MEANT, bare, meant
from apps.core.crates.table import finding, shown

RO_CRATE = re.compile(r"https://w3id\.org/ro/crate/1\.([2-9]|[1-9][0-9]+)(-DRAFT)?")
CONTEXT = re.compile(r"https://w3id\.org/ro/crate/1\.([2-9]|[1-9][0-9]+)(-DRAFT)?/context")
ALLOWED_CONTEXTS = ("https://w3id.org/ro/terms/workflow-run/context",)
PREFIX = re.compile(r"https?://(schema\.org|w3id\.org/shp)[/#]?")
PROFILE = "https://w3id.org/5s-crate/0.4"
LONG_LISTS = ("hasPart", "mentions", "object", "result")
KEYWORDS = {"@id", "@type"}


def sizes(subject: Subject) -> Iterator[Finding]:
    """No list or text is so long that work on it would have no end (M-21). The first rule. Raises Unreadable."""
    limits = subject.bag.limits
    for entity in subject.graph.entities:
        for name, value in entity.items():
            is_short = isinstance(value, str) and len(name) + len(value) <= limits.text_characters
            if not is_short and is_too_long(name, value, limits):
                what = f"a text or a list that is too long, under {shown(name)}"
                raise Unreadable(finding("M-21", str(entity.get("@id", "")), what=what))
    return iter(())


def is_too_long(name: str, value, limits: Limits) -> bool:
    if isinstance(value, list):
        longest = limits.entities if name in LONG_LISTS else limits.list_values
        return len(value) > longest or any(is_too_long(name, each, limits) for each in value)
    return len(name) > limits.text_characters or (isinstance(value, str) and len(value) > limits.text_characters)


def each_entity(subject: Subject):
    for name in sorted(set(subject.graph.document) - {"@context", "@graph"}):
        yield finding("5S-META-06", what=f"The metadata has {name} beside @context and @graph.")
    for entity in subject.graph.document["@graph"]:
        if not isinstance(entity, dict):
            yield finding("5S-META-06", what="An entry of @graph is not an object.")
        elif not isinstance(entity.get("@id"), str) or not entity["@id"]:
            yield finding("5S-META-06", what="An entity has no @id.")
        elif not texts(entity.get("@type")):
            hint = ' It has "type"; use "@type".' if "type" in entity else ""
            yield finding("5S-META-06", entity["@id"], what=f"{entity['@id']} has no @type.{hint}")
        elif len(texts(entity["@type"])) != len(many(entity["@type"])):
            yield finding("5S-META-06", entity["@id"], what=f"A @type of {entity['@id']} is not a text.")
        else:
            yield from flat(entity)


def flat(entity):
    identifier = entity["@id"]
    for name, value in entity.items():
        if name.startswith("@") and name not in KEYWORDS:
            yield finding("5S-META-06", identifier, what=f"{identifier} uses {name}, which has no place in an entity.")
        if isinstance(value, str):
            continue
        values = many(value)
        if any(isinstance(each, list) or (isinstance(each, dict) and not is_reference(each)) for each in values):
            what = f"{identifier} describes another entity inside {name}; name it by @id."
            yield finding("5S-META-06", identifier, what=what)


def is_reference(value) -> bool:
    return set(value) == {"@id"} and isinstance(value["@id"], str)


def spelling(subject: Subject):
    """Terms that are nearly right: they say nothing to anyone, and look as though they did."""
    for entity in subject.graph.entities:
        for term in (*entity, *texts(entity.get("@type"))):
            near = meant(term)
            if near and near not in entity:
                what = f"{term} is not a term of RO-Crate. Did you mean {near}?"
                yield finding("5S-META-06", str(entity.get("@id", "")), level=WARNING, what=what)


def described_once(subject: Subject):
    seen = set()
    for entity in subject.graph.entities:
        identifier = entity.get("@id")
        if not isinstance(identifier, str) or not identifier:
            continue
        same = unicodedata.normalize("NFC", unquote(identifier)).removeprefix("./") or "./"
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
            for term, meaning in inline.items():
                if not only_adds(term, meaning):
                    yield finding("M-27", term=term)
        elif not isinstance(inline, str):
            yield finding("5S-META-02", found=str(inline)[:80])


def only_adds(term: str, meaning) -> bool:
    """True where an inline context gives a new term a new meaning, and hides no known one behind another name."""
    if isinstance(meaning, dict) and set(meaning) <= KEYWORDS:
        meaning = meaning.get("@id")
    if term.startswith("@") or term.lower() in MEANT or not isinstance(meaning, str):
        return False
    is_keyword, is_known = meaning.startswith("@"), bare(meaning).lower() in MEANT
    return not is_keyword and not is_known and not PREFIX.fullmatch(meaning)


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
    """Parts that contain themselves, or actions that are their own input (M-39)."""
    for name in ("hasPart", "object"):
        for identifier in loops(subject.graph, name):
            yield finding("M-39", identifier, id=identifier, property=name)


def loops(graph: Graph, name: str) -> Iterator[str]:
    """Entities that a property leads back to, found by one walk without recursion."""
    finished: set[str] = set()
    holders = {
        identifier: None for identifier, entity in graph.by_id.items() if name in entity
    }  # no other closes a loop
    for start in holders:
        path: dict[str, None] = {}
        waiting = [(start, False)]
        while waiting:
            identifier, is_left = waiting.pop()
            if is_left:
                path.pop(identifier)
                finished.add(identifier)
            elif identifier in path:
                yield identifier
            elif identifier not in finished:
                path[identifier] = None
                waiting.append((identifier, True))
                waiting += [(each, False) for each in ids(graph.get(identifier).get(name)) if each in holders]


def undescribed(subject: Subject):
    """Files in outputs/ that no entity and no described folder tells of (M-34)."""
    described = {path_of(each) for each in subject.graph.by_id if is_relative(each)}
    for path in subject.bag.payload():
        folders = {f"{folder}/" for folder in accumulate(path.split("/")[:-1], "{}/{}".format)}
        if path.startswith("outputs/") and not described & {path, *folders}:
            yield finding("5S-META-09", path, id=path, what="is in the crate but not described")


RULES = (sizes, each_entity, spelling, described_once, context, descriptor, root, parts, circles)
RESULT_RULES = (undescribed,)
