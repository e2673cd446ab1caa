"""What we write for each phase has the shape of the profile's own example of that phase; the words are ours."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core.crates import record
from tests.unit.crates.bags import phase

TRE = record.Agent("https://tre.example.org/", "Example TRE", "Organization", url="https://tre.example.org/")
PORTAL = record.Agent(
    "https://tre.example.org/#crate-portal",
    "Crate portal",
    "SoftwareApplication",
    TRE,
    url="https://tre.example.org/portal",
    version="1.0",
)
APPROVER = record.Agent("https://staff.tre.example.org/u/7", "Reviewer 07")
CHECKER = record.Agent("https://staff.tre.example.org/u/2", "Output checker 02")
OUTPUTS = [
    record.Output("Counts by region", "outputs/counts.csv", "text/csv"),
    record.Output("Plots", "outputs/plots/"),
]
LOG = [record.Output("Engine log", "outputs/engine.log", "text/plain")]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


MORNING = {"started": at(2, 9), "ended": at(2, 9)}


def checked(document):
    record.record_check_value(document, identifier="#check-1", agent=PORTAL, **MORNING)


def validated(document):
    record.record_validation(document, identifier="#validate-1", agent=PORTAL, **MORNING)


def retrieved(document):
    record.record_download(
        document,
        identifier="#download-1",
        agent=PORTAL,
        name="Workflow fetched",
        distribution="https://workflows.example.org/w/17/ro_crate?version=3",
        copy="workflow/17/",
        **MORNING,
    )


def signed_off(document, passed=True):
    record.record_sign_off(
        document,
        identifier="#signoff-1",
        agent=APPROVER,
        policy="https://tre.example.org/policies/agreement/2b8f/v4",
        policy_name="Agreement policy",
        started=at(2, 13),
        ended=at(3, 10),
        passed=passed,
    )


def sign_off_refused(document):
    signed_off(document, passed=False)


def running(document):
    record.record_start(document, started=at(3, 11))


def completed(document):
    record.record_run(document, started=at(3, 11), ended=at(3, 12), passed=True, outputs=OUTPUTS)


def failed(document):
    record.record_run(document, started=at(3, 11), ended=at(3, 12), passed=False, outputs=LOG)


def disclosure_waiting(document):
    record.record_disclosure_waiting(document, identifier="#disclosure-1", agent=CHECKER, started=at(5, 9))


def disclosed(document, passed=True):
    record.record_disclosure(
        document, identifier="#disclosure-1", agent=CHECKER, started=at(3, 12), ended=at(4, 15), passed=passed
    )


def refused_and_returned(document):
    disclosed(document, passed=False)
    record.remove_run(document)


def published(document):
    record.record_publication(
        document,
        publisher=TRE,
        licence="https://spdx.org/licenses/CC-BY-4.0",
        licence_name="Creative Commons Attribution 4.0 International",
        at=at(4, 16),
        identifier="#bagit-1",
        agent=PORTAL,
    )


# Each phase, and what is recorded after the phase before it.
STORY: dict[str, tuple[str, Callable]] = {
    "2-checked": ("1-request", checked),
    "3-validated": ("2-checked", validated),
    "4-retrieved": ("3-validated", retrieved),
    "5-signed-off": ("4-retrieved", signed_off),
    "5b-signoff-refused": ("4-retrieved", sign_off_refused),
    "6-running": ("5-signed-off", running),
    "7-run-completed": ("6-running", completed),
    "7b-run-failed": ("6-running", failed),
    "8a-disclosure-pending": ("7-run-completed", disclosure_waiting),
    "8-disclosed": ("8a-disclosure-pending", disclosed),
    "8c-disclosure-refused-returned": ("8a-disclosure-pending", refused_and_returned),
    "9-published": ("8-disclosed", published),
}


def recorded(name: str) -> dict:
    """The request with everything recorded up to a phase."""
    if name not in STORY:
        return phase(name)
    before, record_phase = STORY[name]
    document = recorded(before)
    record_phase(document)
    return document


def kind(value: Any) -> Any:
    """What a value is, not what it says: a time, a text, a status, references by what they lead to."""
    if isinstance(value, list):
        return [kind(each) for each in value]
    if isinstance(value, dict):
        return "reference"
    if value.startswith("http://schema.org/"):
        return value
    return "time" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) else "text"


def name_of(entity: dict) -> tuple[str, str]:
    """An entity by its type and its SHP term; one that the request had, by its own `@id`."""
    term = entity.get("additionalType", {}).get("@id", "")
    same = entity["@id"] if entity["@id"] in REQUESTED else ""
    return entity["@type"], term or same


def shape(document: dict) -> list:
    """Entities by type and term, their properties with kinds, and what each reference leads to."""
    by_id = {entity["@id"]: name_of(entity) for entity in document["@graph"]}

    def led_to(value: Any) -> Any:
        named = value if isinstance(value, list) else [value]
        return sorted(by_id.get(each["@id"], ("", each["@id"])) for each in named if isinstance(each, dict))

    return sorted(
        (name_of(entity), sorted((name, repr(kind(value)), led_to(value)) for name, value in entity.items()))
        for entity in document["@graph"]
    )


REQUESTED = {entity["@id"] for entity in phase("1-request")["@graph"]}


@pytest.mark.parametrize("name", STORY)
def test_a_recorded_phase_has_the_shape_of_the_example(name):
    assert shape(recorded(name)) == shape(phase(name))


def test_every_example_is_compared():
    from tests.unit.crates.bags import PHASES

    assert {path.stem for path in PHASES.glob("*.json")} == {"1-request", *STORY}
