"""Reviews that a client wrote into a request are removed before anything trusts it (5S-SEC-08)."""

import copy
from typing import Any

from apps.core.crates.graph import Graph, ids, is_review


def strip_reviews(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A copy of the metadata without client-supplied reviews and without mentions of them, and their `@id`s."""
    reviews = [entity for entity in Graph(document).entities if is_review(entity)]
    stripped = [str(entity.get("@id", "")) for entity in reviews]
    if not reviews:
        return document, []
    kept = copy.deepcopy(document)
    kept["@graph"] = [entity for entity in kept["@graph"] if not (isinstance(entity, dict) and is_review(entity))]
    for entity in Graph(kept).entities:
        mentioned = entity.get("mentions")
        if set(ids(mentioned)) & set(stripped):
            listed = mentioned if isinstance(mentioned, list) else [mentioned]
            entity["mentions"] = [each for each in listed if not set(ids(each)) & set(stripped)]
    return kept, stripped
