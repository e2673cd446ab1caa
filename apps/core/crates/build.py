"""Write a request crate that gives no finding at all, from plain values (spec section 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from apps.core.crates.graph import POTENTIAL, WORKFLOW_PROFILE
from apps.core.crates.record import PROFILE, rfc3339
from apps.core.crates.write import from_file, write_bag


@dataclass(frozen=True)
class Named:
    """Anything with an address and a name."""

    id: str
    name: str


@dataclass(frozen=True)
class RequestedInput:
    """A value or a file (its path on disk, its media type) for one parameter of the workflow."""

    parameter: str
    value: str = ""
    file: Path | None = None
    media_type: str = "text/csv"


@dataclass(frozen=True)
class Request:
    """Everything that a request says. `project_codes` are (TRE or federation, local identifier) pairs."""

    title: str
    description: str
    requester: Named
    organisation: Named
    project: Named
    project_codes: Sequence[tuple[str, str]]
    workflow: Named
    distribution: str
    inputs: Sequence[RequestedInput]
    licence: Named = Named("https://spdx.org/licenses/CC-BY-4.0", "Creative Commons Attribution 4.0 International")


def build_request(destination: Path, request: Request, *, at: datetime | None = None) -> str:
    """Write the request crate at `destination` (a ZIP). Its new External-Identifier."""
    external_identifier = f"urn:uuid:{uuid4()}"
    files = [each.file for each in request.inputs if each.file]
    write_bag(
        destination,
        top="request",
        metadata=request_metadata(request, at or datetime.now(UTC)),
        payload=[(f"inputs/{file.name}", from_file(file)) for file in files],
        external_identifier=external_identifier,
    )
    return external_identifier


def request_metadata(request: Request, at: datetime) -> dict[str, Any]:
    """The metadata document of a request."""
    run_id = f"#run-{uuid4()}"
    inputs = [input_entity(each) for each in request.inputs]
    parts = [request.workflow.id, *(each["@id"] for each in inputs if each["@type"] == "File")]
    codes = [
        {"@id": f"_:localid:{index}", "@type": "PropertyValue", "name": name, "value": value}
        for index, (name, value) in enumerate(request.project_codes)
    ]
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": ref("./"),
            "conformsTo": ref("https://w3id.org/ro/crate/1.2"),
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": request.title,
            "description": request.description,
            "datePublished": rfc3339(at),
            "license": ref(request.licence.id),
            "conformsTo": ref(PROFILE),
            "hasPart": [ref(each) for each in parts],
            "mainEntity": ref(request.workflow.id),
            "mentions": [ref(run_id)],
            "sourceOrganization": ref(request.project.id),
        },
        {"@id": PROFILE, "@type": "Profile", "name": "Five Safes RO-Crate profile 0.4"},
        {"@id": request.licence.id, "@type": "CreativeWork", "name": request.licence.name},
        {
            "@id": request.workflow.id,
            "@type": "Dataset",
            "name": request.workflow.name,
            "conformsTo": ref(f"{WORKFLOW_PROFILE}/1.0"),
            "distribution": ref(request.distribution),
        },
        {
            "@id": request.distribution,
            "@type": "DataDownload",
            "name": f"{request.workflow.name} (workflow crate)",
            "conformsTo": ref("https://w3id.org/ro/crate"),
            "encodingFormat": "application/zip",
        },
        {
            "@id": run_id,
            "@type": "CreateAction",
            "name": f"Run of {request.workflow.name}",
            "actionStatus": POTENTIAL,
            "agent": ref(request.requester.id),
            "instrument": ref(request.workflow.id),
            "object": [ref(each["@id"]) for each in inputs],
        },
        *inputs,
        *(
            {"@id": f"#param-{each.parameter}", "@type": "FormalParameter", "name": each.parameter}
            for each in request.inputs
        ),
        {
            "@id": request.requester.id,
            "@type": "Person",
            "name": request.requester.name,
            "affiliation": ref(request.organisation.id),
            "memberOf": ref(request.project.id),
        },
        {"@id": request.organisation.id, "@type": "Organization", "name": request.organisation.name},
        {
            "@id": request.project.id,
            "@type": "Project",
            "name": request.project.name,
            "identifier": [ref(each["@id"]) for each in codes],
            "member": ref(request.organisation.id),
        },
        *codes,
    ]
    return {"@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph}


def input_entity(requested: RequestedInput) -> dict[str, Any]:
    """The entity of one input."""
    example = {"exampleOfWork": ref(f"#param-{requested.parameter}")}
    if requested.file:
        identifier = f"inputs/{requested.file.name}"
        made = {"@id": identifier, "@type": "File", "name": requested.file.name, "encodingFormat": requested.media_type}
        return made | example
    identifier = f"#input-{requested.parameter}"
    return {
        "@id": identifier,
        "@type": "PropertyValue",
        "name": requested.parameter,
        "value": requested.value,
    } | example


def ref(identifier: str) -> dict[str, str]:
    """A reference."""
    return {"@id": identifier}
