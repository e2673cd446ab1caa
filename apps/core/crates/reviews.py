"""Reviews that a client wrote into a request are removed before anything trusts it (5S-SEC-08)."""

from typing import Any

from apps.core.crates.graph import Graph, ids, is_review, many


def strip_reviews(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The metadata without client-supplied reviews, mentions of them, and a publisher, and what was removed.

    The given document stays as it is. Removed are `@id`s, and "publisher": only the TRE says that it published.
    """
    graph = Graph(document)
    stripped = [str(entity.get("@id", "")) for entity in graph.entities if is_review(entity)]
    if "publisher" in graph.root:
        stripped.append("publisher")
    if not stripped:
        return document, []
    gone = set(stripped)
    kept = [without(entity, gone) for entity in document["@graph"] if not is_review(entity)]
    return document | {"@graph": kept}, stripped


def without(entity: Any, gone: set[str]) -> Any:
    """An entity of `@graph` without mentions of what is gone, and the root without a publisher."""
    if not isinstance(entity, dict):
        return entity
    if entity.get("@id") == "./":
        entity = {name: value for name, value in entity.items() if name != "publisher"}
    mentioned = entity.get("mentions")
    if gone.isdisjoint(ids(mentioned)):
        return entity
    return entity | {"mentions": [each for each in many(mentioned) if gone.isdisjoint(ids(each))]}
