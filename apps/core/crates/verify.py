"""For whoever receives a result, offline: what holds, and what does not, one sentence each."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from apps.core.crates import package
from apps.core.crates.check import Crate, check, document_of, read
from apps.core.crates.findings import Finding, Unreadable
from apps.core.crates.graph import (
    COMPLETED,
    FAILED,
    STATUSES,
    Entity,
    Graph,
    first_text,
    ids,
    is_relative,
    many,
    parse,
    path_of,
    status,
)
from apps.core.crates.limits import Limits
from apps.core.crates.record import RECEIPTS
from apps.core.crates.rules.phases import PHASES, is_refused
from apps.core.crates.table import finding
from apps.core.proofs import leaves, receipts

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
        return receipts.check(leaves.read_once(content), keys=keys)
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
        inputs = same_inputs(path, request)
    except Unreadable as problem:
        return [(False, f"The request cannot be read: {problem.finding.message}")]
    same = asked.external_identifier == got.external_identifier
    lines = [(same, "It has its request's identifier." if same else finding("5S-PKG-12").message)]
    kept = asked.workflow["id"] == got.workflow["id"] and (not graph.run or asked.run_id == got.run_id)
    lines.append(same_workflow(asked, got) if kept else (False, "Another workflow or run was asked for."))
    gone = entities_of(asked) - entities_of(got) - ({asked.run_id} if not graph.run else set())
    lines.append(
        (
            not gone,
            "Everything that the request described is still described." if not gone else lost(gone),
        )
    )
    lines += [(False, f"{each.rule}: {each.message}") for each in back] or [(True, "No status went back.")]
    there = not graph.run or {each.id for each in asked.inputs} <= set(ids(graph.run.get("object")))
    return lines + (inputs if there else [(False, "Inputs of the request are gone.")])


def same_workflow(asked: Crate, got: Crate) -> Line:
    """The workflow is described as it was; the TRE may add where it got it."""
    before, after = (Graph(each.document).workflow for each in (asked, got))
    names = sorted(name for name in before.keys() | after.keys() if not is_kept(name, before, after))
    if names:
        return False, f"The workflow is not described as it was asked for: {', '.join(names[:5])}."
    return True, "It ran the workflow that was asked for."


def is_kept(name: str, before: Entity, after: Entity) -> bool:
    """True where a property of the workflow has the values that it had, and no others but where it was got from."""
    old, new = many(before.get(name)), many(after.get(name))
    return all(each in new for each in old) if name in ("distribution", "sameAs") else old == new


def same_inputs(path: Path, request: Path) -> list[Line]:
    """Each input is described as it was, fills the same parameter, and its files hold the same. Raises Unreadable."""
    before, after = Graph(read(request).document), Graph(read(path).document)
    asked = ids(before.run.get("object"))
    old, new = digests(request, asked), digests(path, asked)
    lines = []
    for each in asked:
        entity = before.get(each)
        told = [each, *ids(entity.get("exampleOfWork")), *ids(entity.get("value"))]
        name = first_text(entity, "name") or each
        if any(written(before.get(identifier)) != written(after.get(identifier)) for identifier in told):
            lines.append((False, f"The input {name} is not described as it was asked for."))
        if old[each] != new[each]:
            lines.append((False, f"The input {name} holds something else than was asked for."))
    return lines or [(True, "It used the inputs that were asked for.")]


def written(entity: Entity) -> str:
    """An entity as JSON: in Python 1, 1.0 and true are equal."""
    return json.dumps(entity, sort_keys=True)


def digests(path: Path, identifiers: list[str]) -> dict[str, dict[str, str]]:
    """{`@id` of a file or a folder: {payload path: its SHA-512}}. Raises Unreadable."""
    bag = package.open_bag(path, Limits())
    with bag.archive:
        return {
            each: {name: sha512_of(bag, name) for name in bag.payload() if is_relative(each) and lies_in(name, each)}
            for each in identifiers
        }


def lies_in(path: str, identifier: str) -> bool:
    """True for the payload file that an `@id` names, or one inside its folder."""
    named = path_of(identifier)
    return path == named or (named.endswith("/") and path.startswith(named))


def sha512_of(bag: package.Bag, path: str) -> str:
    digest = hashlib.sha512()
    for piece in bag.pieces(f"data/{path}"):
        digest.update(piece)
    return digest.hexdigest()
