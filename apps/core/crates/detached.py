"""The metadata of a crate on its own, for programs: the detached form (RO-Crate 1.2, appendix; 5S-HTTP-03)."""

import copy
from typing import Any

from apps.core.crates.graph import is_relative, many

MEDIA_TYPE = (
    'application/ld+json; profile="http://www.w3.org/ns/json-ld#flattened '
    'http://www.w3.org/ns/json-ld#compacted https://w3id.org/ro/crate"'
)


def detached(document: dict[str, Any], external_identifier: str) -> dict[str, Any]:
    """A copy in which every identifier that is relative to the bag stands under `arcp://uuid,<its UUID>/`."""
    base = f"arcp://uuid,{external_identifier.removeprefix('urn:uuid:')}/"
    made = copy.deepcopy(document)
    for entity in made["@graph"]:
        for values in [entity, *(each for value in entity.values() for each in many(value))]:
            if isinstance(values, dict) and isinstance(values.get("@id"), str):
                values["@id"] = absolute(values["@id"], base)
    return made


def absolute(identifier: str, base: str) -> str:
    if identifier.startswith("#") or is_relative(identifier):
        return base + identifier.removeprefix("./")
    return identifier
