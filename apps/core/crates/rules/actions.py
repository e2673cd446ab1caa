"""Every review action (spec section 1.6). Asked of results: a request's reviews are stripped before."""

import re
from datetime import UTC, datetime, timedelta

from apps.core.crates.findings import WARNING
from apps.core.crates.graph import STATUSES, additional_types, first_text, ids, status, texts, types
from apps.core.crates.rules import Subject
from apps.core.crates.rules.typos import hint
from apps.core.crates.table import finding

TERMS = {
    f"https://w3id.org/shp#{term}"
    for term in ("CheckValue", "ValidationCheck", "SignOff", "DisclosureCheck", "GenerateCheckValue")
}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


PLAIN_DATE = re.compile(r"\d{4}(-\d\d){0,2}")


def reviews(subject: Subject):
    graph = subject.graph
    mentioned = set(ids(graph.root.get("mentions")))
    for action in graph.actions():
        identifier = action.get("@id", "")
        if identifier not in mentioned:
            rule = "5S-PUB-03" if "AssessAction" in types(action) else "5S-ACT-01"
            yield finding(rule, identifier, id=identifier)
        if status(action) not in STATUSES:
            yield finding("5S-ACT-03", identifier, id=identifier, hint=hint(status(action)))
        if "DownloadAction" not in types(action) and "./" not in ids(action.get("object")):
            yield finding("5S-ACT-04", identifier, id=identifier)
        for iri in additional_types(action):
            if iri not in TERMS:
                yield finding("5S-ACT-05", identifier, iri=iri)
        if not first_text(action, "name"):
            yield finding("5S-ACT-06", identifier, id=identifier)
        if not ids(action.get("agent")):
            yield finding("5S-ACT-09", identifier, id=identifier)


def agents(subject: Subject):
    """Each agent once, whatever it did."""
    graph = subject.graph
    first_act = {agent: action["@id"] for action in reversed(graph.actions()) for agent in ids(action.get("agent"))}
    for identifier, action in first_act.items():
        entity = graph.get(identifier)
        if not first_text(entity, "name"):
            yield finding("5S-ACT-11", action, agent=identifier)
        elif "SoftwareApplication" in types(entity) and not graph.all(ids(entity.get("provider"))):
            yield finding("5S-ACT-10", identifier, name=first_text(entity, "name"))


def times(subject: Subject):
    latest = datetime.now(UTC) + timedelta(minutes=10)
    for action in [*subject.graph.actions(), *subject.graph.runs]:
        read: dict[str, datetime | None] = {}
        for name in ("startTime", "endTime"):
            for value in texts(action.get(name)):
                read[name] = at = parse_time(value)
                predicted = name == "startTime" and "Potential" in status(action)
                if at is None or (at > latest and not predicted):
                    yield finding("5S-ACT-07", action["@id"], id=action["@id"], value=value)
        start, end = read.get("startTime"), read.get("endTime")
        if start and end and start > end:
            yield finding("5S-ACT-07", action["@id"], id=action["@id"], value=action["endTime"])


def parse_time(value: str) -> datetime | None:
    """An RFC 3339 time with a zone, or None."""
    try:
        return datetime.fromisoformat(value) if RFC3339.fullmatch(value) else None
    except ValueError:
        return None


def dates(subject: Subject):
    """Dates of a request that cannot be: told, and no more (M-38)."""
    for entity in subject.graph.entities:
        for name in ("startTime", "endTime", "dateCreated", "dateModified", "datePublished"):
            for value in texts(entity.get(name)):
                if not is_past(value, with_time=name.endswith("Time")):
                    identifier = str(entity.get("@id", ""))
                    yield finding("5S-ACT-07", identifier, level=WARNING, id=identifier, value=value)


def is_past(value: str, *, with_time: bool) -> bool:
    """True for a time, or where none is needed a date, year or month, that is real and not in the future."""
    at = parse_time(value)
    if at is None and not with_time and PLAIN_DATE.fullmatch(value):
        at = parse_time(f"{value}{'-01-01'[len(value) - 10 :] if len(value) < 10 else ''}T00:00:00Z")
    return at is not None and at <= datetime.now(UTC) + timedelta(minutes=10)


REQUEST_RULES = (dates,)
RESULT_RULES = (reviews, agents, times)
