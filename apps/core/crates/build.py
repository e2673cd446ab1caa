"""Write a request crate that gives no finding at all, from plain values (spec section 3.1).

The library rocrate writes the metadata. It takes a fifth of a second to import, so it is imported where it is used.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from apps.core.crates.check import CONTEXT_OF_OUTPUT
from apps.core.crates.graph import POTENTIAL, WORKFLOW_PROFILE, Entity
from apps.core.crates.parameters import Parameter
from apps.core.crates.record import PROFILE, rfc3339
from apps.core.crates.write import Opener, write_bag

README = "README.txt"
TYPES = {"file": "File", "integer": "Integer", "number": "Float", "string": "Text", "boolean": "Boolean"}


@dataclass(frozen=True)
class Named:
    """Anything with an address and a name."""

    id: str
    name: str


@dataclass(frozen=True)
class RequestedInput:
    """A value, or a file (its opener, name and media type), for one parameter of the workflow."""

    parameter: Parameter
    value: str = ""
    file: Opener | None = None
    file_name: str = ""
    media_type: str = "text/csv"

    @property
    def path(self) -> str:
        """Where its file lies in the payload; a folder for each parameter, so that no name comes twice."""
        return f"inputs/{self.parameter['name']}/{self.file_name}" if self.file else ""


@dataclass(frozen=True)
class IntendedOutput:
    """An output that the request wants, and what a checker of outputs has to know of it."""

    name: str
    title: str
    media_type: str
    population: str = ""
    counts: str = ""
    controls: str = ""


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
    outputs: Sequence[IntendedOutput] = ()
    licence: Named = Named("https://spdx.org/licenses/CC-BY-4.0", "Creative Commons Attribution 4.0 International")


def build_request(
    destination: Path,
    request: Request,
    *,
    at: datetime | None = None,
    identifier: UUID | None = None,
    run: UUID | None = None,
) -> str:
    """Write the request crate at `destination` (a ZIP). Its External-Identifier, new unless `identifier` is given."""
    external_identifier = f"urn:uuid:{identifier or uuid4()}"
    write_bag(
        destination,
        top="request",
        metadata=request_metadata(request, at or datetime.now(UTC), run or uuid4()),
        payload=[
            (README, partial(BytesIO, plain_words(request).encode())),
            *((each.path, each.file) for each in request.inputs if each.file),
        ],
        external_identifier=external_identifier,
    )
    return external_identifier


def request_metadata(request: Request, at: datetime, run: UUID) -> dict[str, Any]:
    """The metadata document of a request."""
    from rocrate.model import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.2")
    inputs = [input_entity(each) for each in request.inputs]
    for name, value in root(request, at, run, inputs).items():
        crate.root_dataset[name] = value
    for entity in (*contextual(request, run, inputs), *inputs, *parameters(request), *outputs(request)):
        crate.add(ContextEntity(crate, entity["@id"], properties=entity))
    return crate.metadata.generate()


def root(request: Request, at: datetime, run: UUID, inputs: list[Entity]) -> Entity:
    """What the root dataset says beside its `@id` and `@type`."""
    files = [README, *(each["@id"] for each in inputs if each["@type"] == "File")]
    return {
        "name": request.title,
        "description": request.description,
        "datePublished": rfc3339(at),
        "license": ref(request.licence.id),
        "conformsTo": ref(PROFILE),
        "hasPart": refs([request.workflow.id, *files]),
        "mainEntity": ref(request.workflow.id),
        "mentions": ref(f"#run-{run}"),
        "sourceOrganization": ref(request.project.id),
    }


def contextual(request: Request, run: UUID, inputs: list[Entity]) -> Iterator[Entity]:
    """The profile, the workflow, the run that is asked for, who asks, for which project."""
    yield {"@id": PROFILE, "@type": "Profile", "name": "Five Safes RO-Crate profile 0.4"}
    told = {"@id": README, "@type": "File", "name": "What is asked, in plain words", "encodingFormat": "text/plain"}
    yield told | {
        "description": "For who opens this crate by hand.",
        "contentSize": str(len(plain_words(request).encode())),
    }
    licence = {"@id": request.licence.id, "@type": "CreativeWork", "name": request.licence.name}
    yield licence | {"description": "The licence of this request, not of any result."}
    workflow = {
        "@id": request.workflow.id,
        "@type": "Dataset",
        "name": request.workflow.name,
        "description": "The workflow to run.",
        "conformsTo": ref(f"{WORKFLOW_PROFILE}/1.0"),
        "distribution": ref(request.distribution),
    }
    yield workflow | ({"output": refs(output_id(each) for each in request.outputs)} if request.outputs else {})
    yield {
        "@id": request.distribution,
        "@type": "DataDownload",
        "name": f"{request.workflow.name} (workflow crate)",
        "conformsTo": ref("https://w3id.org/ro/crate"),
        "encodingFormat": "application/zip",
    }
    yield {
        "@id": f"#run-{run}",
        "@type": "CreateAction",
        "name": f"Run of {request.workflow.name}",
        "actionStatus": POTENTIAL,
        "agent": ref(request.requester.id),
        "instrument": ref(request.workflow.id),
        "object": refs(each["@id"] for each in inputs),
    }
    yield {
        "@id": request.requester.id,
        "@type": "Person",
        "name": request.requester.name,
        "affiliation": ref(request.organisation.id),
        "memberOf": ref(request.project.id),
    }
    organisation = {"@id": request.organisation.id, "@type": "Organization", "name": request.organisation.name}
    yield organisation | ({"url": request.organisation.id} if request.organisation.id.startswith("https:") else {})
    codes = [
        {"@id": f"_:localid:{index}", "@type": "PropertyValue", "name": name, "value": value}
        for index, (name, value) in enumerate(request.project_codes)
    ]
    yield {
        "@id": request.project.id,
        "@type": "Project",
        "name": request.project.name,
        "identifier": refs(each["@id"] for each in codes),
        "member": ref(request.organisation.id),
    }
    yield from codes


def plain_words(request: Request) -> str:
    """The request for who opens the crate by hand, without its values, which stand in the metadata and nowhere else. A crate
    should hold more than its metadata (5S-PKG-14)."""
    lines = [request.title, "", request.description, ""]
    lines += [
        f"Asked by {request.requester.name}, {request.organisation.name}, for the project {request.project.name}."
    ]
    lines += [f"To run: {request.workflow.name} ({request.workflow.id})", "", "With:"]
    lines += [f"- {each.parameter['label']}: {each.path or each.parameter['name']}" for each in request.inputs]
    lines += ["", "To get:", *(f"- {each.title}" for each in request.outputs)]
    return "\n".join(lines) + "\n"


def parameters(request: Request) -> Iterator[Entity]:
    """The workflow's parameters that the inputs fill."""
    for each in request.inputs:
        parameter = each.parameter
        yield {
            "@id": parameter_id(each),
            "@type": "FormalParameter",
            "name": parameter["name"],
            "description": parameter["label"],
            "additionalType": TYPES[parameter["type"]],
        }


def input_entity(requested: RequestedInput) -> Entity:
    """The entity of one input."""
    name, unit = requested.parameter["name"], requested.parameter.get("unit")
    example = {"exampleOfWork": ref(parameter_id(requested))}
    if requested.file:
        made = {"@id": quote(requested.path), "@type": "File", "name": requested.file_name}
        told = {"encodingFormat": requested.media_type, "description": requested.parameter["label"]}
        return made | told | example
    made = {"@id": f"#input-{quote(name)}", "@type": "PropertyValue", "name": name, "value": requested.value}
    return made | ({"unitText": unit} if unit else {}) | example


def outputs(request: Request) -> Iterator[Entity]:
    """The outputs that are wanted, each with what a checker of outputs has to know (its `additionalProperty`)."""
    for each in request.outputs:
        told = [
            {"@id": f"{output_id(each)}-{word}", "@type": "PropertyValue", "name": word, "value": getattr(each, word)}
            for word in CONTEXT_OF_OUTPUT
            if getattr(each, word)
        ]
        made = {
            "@id": output_id(each),
            "@type": "FormalParameter",
            "name": each.name,
            "description": each.title,
            "additionalType": "File",
            "encodingFormat": each.media_type,
        }
        yield made | ({"additionalProperty": refs(entity["@id"] for entity in told)} if told else {})
        yield from told


def parameter_id(requested: RequestedInput) -> str:
    return f"#param-{quote(requested.parameter['name'])}"


def output_id(output: IntendedOutput) -> str:
    return f"#output-{quote(output.name)}"


def refs(identifiers: Iterable[str]) -> dict[str, str] | list[dict[str, str]]:
    """References; one alone stands by itself, as RO-Crate 1.2 recommends."""
    made = [ref(each) for each in identifiers]
    return made[0] if len(made) == 1 else made


def ref(identifier: str) -> dict[str, str]:
    """A reference."""
    return {"@id": identifier}
