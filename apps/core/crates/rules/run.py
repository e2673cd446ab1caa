"""The requested run, its agent, its project (spec section 1.4)."""

import re

from apps.core.crates.graph import POTENTIAL, STATUSES, first_text, ids, status, types
from apps.core.crates.rules import Subject
from apps.core.crates.rules.typos import hint
from apps.core.crates.table import finding

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ORGANISATIONS = {
    "Organization",
    "CollegeOrUniversity",
    "EducationalOrganization",
    "ResearchOrganization",
    "Corporation",
}


def requested(subject: Subject):
    graph = subject.graph
    run = graph.run
    if not run:
        yield finding("5S-RUN-01", "./")
        return
    identifier = run["@id"]
    if graph.workflow.get("@id") not in ids(run.get("instrument")):
        yield finding("5S-RUN-03", identifier)
    if status(run) not in STATUSES:
        found = status(run)
        yield finding("5S-RUN-04", identifier, found=found or "(none)", hint=hint(found))


def not_run_yet(subject: Subject):
    run = subject.graph.run
    if not run:
        return
    claims_more = any(run.get(name) for name in ("result", "startTime", "endTime"))
    if status(run) in STATUSES and (status(run) != POTENTIAL or claims_more):
        yield finding("5S-RUN-05", run["@id"])
    uuid = UUID.search(run["@id"])
    if uuid is None or uuid[0].lower() in subject.bag.external_identifier.lower():
        yield finding("5S-RUN-02", run["@id"])


def agent(subject: Subject):
    graph = subject.graph
    if not graph.run:
        return
    person = graph.requester
    if len(ids(graph.run.get("agent"))) != 1 or not person or not first_text(person, "name"):
        yield finding("5S-AGT-01", graph.run["@id"])
        return
    if not any(types(each) & ORGANISATIONS for each in graph.all(ids(person.get("affiliation")))):
        yield finding("5S-AGT-02", person["@id"])
    if graph.project and graph.project["@id"] not in ids(person.get("memberOf")):
        yield finding("5S-AGT-03", person["@id"], project=first_text(graph.project, "name") or graph.project["@id"])


def project(subject: Subject):
    graph = subject.graph
    if not graph.project:
        yield finding("5S-PRJ-01", "./")
        return
    identifier = graph.project["@id"]
    if not graph.project.get("identifier"):
        yield finding("5S-PRJ-03", identifier)
    for each in graph.all(ids(graph.project.get("identifier"))):
        if "PropertyValue" in types(each) and not (first_text(each, "name") and first_text(each, "value")):
            yield finding("5S-PRJ-04", each["@id"])
    members = set(ids(graph.project.get("member")))
    if members and graph.requester and not members & set(ids(graph.requester.get("affiliation"))):
        yield finding("5S-PRJ-05", identifier)


RULES = (requested, agent, project)
REQUEST_RULES = (not_run_yet,)
