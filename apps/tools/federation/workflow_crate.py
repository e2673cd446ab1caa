"""The demonstration workflow as a Workflow RO-Crate (https://w3id.org/workflowhub/workflow-ro-crate/1.0)."""

import hashlib
import json
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent / "workflow"
FILES = ("counts.cwl", "count.cwl", "count.py", "draw.cwl", "draw.py")
STAMP = (1980, 1, 1, 0, 0, 0)
PARAMETERS = [
    {
        "name": "dataset",
        "type": "dataset",
        "kind": "data",
        "label": "The dataset",
        "default": "",
        "unit": "",
        "choices": [],
    },
    {
        "name": "min_cell",
        "type": "integer",
        "kind": "data",
        "label": "The smallest count that is shown",
        "default": "10",
        "unit": "people",
        "choices": [],
    },
    {
        "name": "age_bands",
        "type": "string",
        "kind": "data",
        "label": "Age bands, with commas between them",
        "default": "0-17,18-39,40-64,65+",
        "unit": "years",
        "choices": [],
    },
]
OUTPUTS = [
    {
        "name": "counts",
        "title": "Counts by region and age band",
        "media_type": "text/csv",
        "file": "counts.csv",
        "population": "Everybody in the dataset whose main illness is asthma",
        "counts": "Number of people in each region and age band",
        "controls": "Counts under the smallest one are not shown",
    },
    {
        "name": "chart",
        "title": "The counts as bars",
        "media_type": "image/svg+xml",
        "file": "chart.svg",
        "population": "The same people as in the counts",
        "counts": "The same counts, drawn",
        "controls": "Counts under the smallest one are not drawn",
    },
]


def write_workflow_crate(destination: Path) -> str:
    """Write the crate, the same bytes each time. Its SHA-512, 128 hex digits."""
    with zipfile.ZipFile(destination, "w") as archive:
        for name in FILES:
            add(archive, name, (FOLDER / name).read_bytes())
        add(archive, "ro-crate-metadata.json", json.dumps(metadata(), indent=2).encode())
    return hashlib.sha512(destination.read_bytes()).hexdigest()


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, STAMP)
    info.external_attr = 0o100644 << 16
    archive.writestr(info, content, zipfile.ZIP_DEFLATED)


def metadata() -> dict:
    """The crate's metadata (RO-Crate 1.1, as the workflow profile asks)."""
    cwl = "https://w3id.org/workflowhub/workflow-ro-crate#cwl"
    licence = "https://spdx.org/licenses/MIT"
    types = {"dataset": "File", "integer": "Integer", "string": "Text"}
    parameters = [
        {
            "@id": f"#param-{each['name']}",
            "@type": "FormalParameter",
            "name": each["name"],
            "additionalType": types[each["type"]],
            "defaultValue": each["default"],
        }
        for each in PARAMETERS
    ]
    outputs = [
        {"@id": f"#output-{each['name']}", "@type": "FormalParameter", "name": each["name"], "additionalType": "File"}
        for each in OUTPUTS
    ]
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": [
                {"@id": "https://w3id.org/ro/crate/1.1"},
                {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
            ],
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": "Count people with asthma by region and age",
            "description": "Counts people in each region and age band, leaves out small counts, and draws bars.",
            "datePublished": "2026-11-24",
            "license": {"@id": licence},
            "mainEntity": {"@id": "counts.cwl"},
            "hasPart": [{"@id": name} for name in FILES],
        },
        {
            "@id": "counts.cwl",
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "Count people with asthma by region and age",
            "programmingLanguage": {"@id": cwl},
            "input": [{"@id": each["@id"]} for each in parameters],
            "output": [{"@id": each["@id"]} for each in outputs],
        },
        *({"@id": name, "@type": "File", "name": name} for name in FILES[1:]),
        {"@id": cwl, "@type": "ComputerLanguage", "name": "Common Workflow Language", "version": "v1.2"},
        {"@id": licence, "@type": "CreativeWork", "name": "MIT License"},
        *parameters,
        *outputs,
    ]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
