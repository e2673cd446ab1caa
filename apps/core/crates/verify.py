"""For whoever receives a result, offline: what holds, and what does not, one sentence each."""

import json
from collections.abc import Callable
from pathlib import Path

from apps.core.crates import package
from apps.core.crates.check import Crate, check, document_of, read
from apps.core.crates.findings import Finding, Unreadable
from apps.core.crates.graph import COMPLETED, FAILED, STATUSES, Graph, ids, parse, status
from apps.core.crates.limits import Limits
from apps.core.crates.record import RECEIPTS
from apps.core.crates.rules.phases import PHASES, is_refused
from apps.core.crates.table import finding
from apps.core.proofs import receipts

Line = tuple[bool, str]


def verify(
    path: Path,
    *,
    check_signature: Callable[[bytes, str], bool] | None = None,
    request: Path | None = None,
    log_keys: list[str] | None = None,
    limits: Limits | None = None,
) -> list[Line]:
    """(holds, sentence) for everything asked of a result.

    `check_signature` takes the signed bytes and the signature. `log_keys`: verifier keys of the TRE's log, got elsewhere;
    without them the receipts are checked with the keys that lie beside them.
    """
    limits = limits or Limits()
    report = check(path, phase="result", limits=limits)
    if report.errors:
        return [(False, f"{each.rule}: {each.message}") for each in report.errors]
    bag = package.open_bag(path, limits)
    with bag.archive:
        graph = Graph(parse(bag.read(package.METADATA, limits.metadata_bytes), limits))
        lines: list[Line] = [(True, "Every checksum fits."), (True, "It follows the profile, as a result.")]
        lines += finished(graph)
        if check_signature:
            lines.append(signature(bag, check_signature))
        if bag.has(RECEIPTS):
            lines += receipts_hold(bag.read(f"data/{RECEIPTS}", limits.tag_file_bytes), log_keys)
    if request:
        lines += same_request(path, graph, request)
    return lines


def finished(graph: Graph) -> list[Line]:
    """Every phase is complete, or the outputs were refused (5S-RCV-01)."""
    lines = []
    for term in PHASES:
        states = {status(each) for each in graph.phase(term)}
        ended = states == {COMPLETED} or (term == "DisclosureCheck" and FAILED in states and is_refused(graph))
        word = ", ".join(sorted(each.rsplit("/", 1)[-1] for each in states)) or "not recorded"
        unfinished = finding("5S-RCV-01", phase=term, status=word).message
        lines.append((ended, f"{term} is recorded and complete." if ended else unfinished))
    return lines


def receipts_hold(content: bytes, keys: list[str] | None) -> list[Line]:
    """The decisions behind the result are in the TRE's log, offline."""
    try:
        return receipts.check(json.loads(content), keys=keys)
    except (ValueError, RecursionError):
        return [(False, "The receipts cannot be used. They are not JSON.")]


def signature(bag: package.Bag, check_signature: Callable[[bytes, str], bool]) -> Line:
    """The TRE's signature over the tag manifest, which lists everything else."""
    if package.SIGNATURE not in bag.members:
        return False, "The crate is not signed."
    signed = bag.read(package.TAG_MANIFEST, bag.limits.tag_file_bytes)
    fits = check_signature(signed, bag.read(package.SIGNATURE, bag.limits.tag_file_bytes).decode("ascii", "replace"))
    return fits, "The signature of the TRE fits." if fits else "The signature does not fit this TRE's key."


def entities_of(crate: Crate) -> set[str]:
    """The `@id`s that a crate describes."""
    return set(Graph(crate.document).by_id)


def lost(gone: set[str]) -> str:
    return f"5S-X-04: what the request described is gone: {', '.join(sorted(gone)[:5])}."


def backwards(path: Path, earlier: Path) -> list[Finding]:
    """Each action or run that went back since an earlier copy, a request or a result (5S-X-05). Raises Unreadable."""
    before, now = Graph(document_of(earlier)), Graph(document_of(path))
    shared = [each for each in before.by_id if each in now.by_id]
    pairs = [(each, status(before.get(each)), status(now.get(each))) for each in shared]
    back = [(each, word(old), word(new)) for each, old, new in pairs if old in STATUSES and not is_forward(old, new)]
    return [finding("5S-X-05", each, id=each, before=old, after=new) for each, old, new in back]


def is_forward(old: str, new: str) -> bool:
    """Potential, Active, then Completed or Failed, which are ends."""
    return new == old or (old not in (COMPLETED, FAILED) and new in STATUSES[STATUSES.index(old) + 1 :])


def word(iri: str) -> str:
    """A status without its address."""
    return iri.rsplit("/", 1)[-1].removesuffix("ActionStatus") or "without a status"


def same_request(path: Path, graph: Graph, request: Path) -> list[Line]:
    """It answers this request: same identifier, run, workflow and inputs (5S-PKG-12, 5S-X-04)."""
    try:
        asked, got = read(request), read(path)
        back = backwards(path, request)
    except Unreadable as problem:
        return [(False, f"The request cannot be read: {problem.finding.message}")]
    same = asked.external_identifier == got.external_identifier
    lines = [(same, "It has its request's identifier." if same else finding("5S-PKG-12").message)]
    kept = asked.workflow["id"] == got.workflow["id"] and (not graph.run or asked.run_id == got.run_id)
    lines.append(
        (kept, "It ran the workflow that was asked for." if kept else "Another workflow or run was asked for.")
    )
    wanted = {each.id for each in asked.inputs}
    gone = entities_of(asked) - entities_of(got) - ({asked.run_id} if not graph.run else set())
    lines.append(
        (
            not gone,
            "Everything that the request described is still described." if not gone else lost(gone),
        )
    )
    lines += [(False, f"{each.rule}: {each.message}") for each in back] or [(True, "No status went back.")]
    there = not graph.run or wanted <= set(ids(graph.run.get("object")))
    lines.append((there, "It used the inputs that were asked for." if there else "Inputs of the request are gone."))
    return lines
