"""The phases of a result, and what each implies of the others (spec sections 1.7 and 1.11)."""

from apps.core.crates.graph import COMPLETED, FAILED, Graph, first_text, ids, status, types
from apps.core.crates.rules import Subject
from apps.core.crates.rules.actions import parse_time
from apps.core.crates.table import finding

PHASES = {
    "CheckValue": "5S-CHK-04",
    "ValidationCheck": "5S-VAL-01",
    "SignOff": "5S-SGN-01",
    "DisclosureCheck": "5S-DIS-01",
}
PHASES |= {"GenerateCheckValue": "5S-PUB-08"}


def is_refused(graph: Graph) -> bool:
    """True where no disclosure check passed and one failed: the outputs stay inside."""
    return any(status(each) == FAILED for each in graph.phase("DisclosureCheck"))


def recorded(subject: Subject):
    for term, rule in PHASES.items():
        if not subject.graph.phase(term):
            yield finding(rule, "./")
    checked = subject.graph.phase("CheckValue")
    if len(checked) > 1:
        yield finding("5S-CHK-03", checked[1]["@id"], number=len(checked))


def retrieval(subject: Subject):
    """The workflow came with a download that is recorded; a local copy says what it is a copy of."""
    graph = subject.graph
    downloads = [each for each in graph.actions() if "DownloadAction" in types(each)]
    if ids(graph.workflow.get("distribution")) and not downloads:
        yield finding("5S-RET-01", graph.workflow["@id"])
    for identifier in (each for action in downloads for each in ids(action.get("result"))):
        copy = graph.get(identifier)
        if graph.workflow.get("@id") not in ids(copy.get("sameAs")) or not ids(copy.get("distribution")):
            yield finding("5S-RET-02", identifier, id=identifier)


def sign_off(subject: Subject):
    graph = subject.graph
    needed = {graph.workflow.get("@id"), graph.project.get("@id")} - {None}
    for action in graph.phase("SignOff"):
        if not needed <= set(ids(action.get("object"))):
            yield finding("5S-SGN-03", action["@id"])
        agreements = graph.all(ids(action.get("instrument")))
        if not any("CreativeWork" in types(each) and first_text(each, "name") for each in agreements):
            yield finding("5S-SGN-02", action["@id"])


def execution(subject: Subject):
    graph = subject.graph
    run = graph.run
    ended = status(run) in (COMPLETED, FAILED)
    if ended and not (first_text(run, "startTime") and first_text(run, "endTime")):
        yield finding("5S-EXE-01", run["@id"])
    if run.get("result") and not ended:
        yield finding("5S-X-02", run["@id"])
    started = parse_time(first_text(run, "startTime"))
    if started is None:
        return
    for term in ("CheckValue", "ValidationCheck", "SignOff"):
        ends = [parse_time(first_text(each, "endTime")) for each in graph.phase(term) if status(each) == COMPLETED]
        if all(end is None or end > started for end in ends):
            yield finding("5S-X-01", run["@id"], phase=term)


def disclosure(subject: Subject):
    graph = subject.graph
    if is_refused(graph) and (
        graph.run.get("result") or any(path.startswith("outputs/") for path in subject.bag.payload())
    ):
        yield finding("5S-DIS-03", "./")
    checked = any(status(each) in (COMPLETED, FAILED) for each in graph.phase("DisclosureCheck"))
    if graph.phase("GenerateCheckValue") and not checked:
        yield finding("5S-X-03", "./")


def publication(subject: Subject):
    graph = subject.graph
    if parse_time(first_text(graph.root, "datePublished")) is None:
        yield finding("5S-PUB-01", "./")
    if not graph.all(ids(graph.root.get("publisher"))):
        yield finding("5S-PUB-02", "./")
    if not graph.root.get("license"):
        yield finding("5S-PUB-05", "./")
    reached = graph.parts()
    for identifier in ids(graph.run.get("result")):
        is_withheld = identifier.startswith("#withheld-") and "DigitalDocument" in types(graph.get(identifier))
        if identifier not in reached and not is_withheld:
            yield finding("5S-PUB-04", identifier, id=identifier)


RESULT_RULES = (recorded, retrieval, sign_off, execution, disclosure, publication)
