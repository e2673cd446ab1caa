"""What a crate says, for people: who asks, what is to run on what, what happened phase by phase, and every entity of it.

All of it comes from the metadata alone, and nothing here believes them: `verify` says what holds. Any metadata that
`parse` gives can be told, in time that grows with their size and no faster.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from apps.core.crates.graph import (
    ACTIVE,
    COMPLETED,
    DESCRIPTOR,
    FAILED,
    POTENTIAL,
    Entity,
    Graph,
    additional_types,
    first_text,
    ids,
    is_relative,
    is_review,
    many,
    path_of,
    short,
    status,
    types,
)
from apps.core.crates.plain import is_plain, plain
from apps.core.crates.rules.actions import parse_time

MOST_CHARACTERS = 2_000
MOST_VALUES = 100
SHP = "https://w3id.org/shp#"
RUN, DOWNLOAD, RECEIVE = "Run", "Download", "Receive"
TITLES = {
    "CheckValue": "The files were compared with their checksums",
    "ValidationCheck": "The crate was checked against the rules",
    DOWNLOAD: "The workflow was fetched",
    "SignOff": "People decided whether it may run",
    RUN: "The analysis ran",
    "DisclosureCheck": "The results were checked: could they point to anyone?",
    "GenerateCheckValue": "The result was packed and its checksums written",
    RECEIVE: "The crate was received",
}
AHEAD = {
    "CheckValue": "Compare the files with their checksums",
    "ValidationCheck": "Check the crate against the rules",
    DOWNLOAD: "Fetch the workflow",
    "SignOff": "Decide whether it may run",
    RUN: "Run the analysis",
    "DisclosureCheck": "Check the results: could they point to anyone?",
    "GenerateCheckValue": "Pack the result and write its checksums",
    RECEIVE: "Receive the crate",
}
WAITING, UNDER_WAY, DONE, NOT_PASSED, UNTOLD = "waiting", "under way", "done", "not passed", "not said"
OUTCOMES = {POTENTIAL: WAITING, ACTIVE: UNDER_WAY, COMPLETED: DONE, FAILED: NOT_PASSED}


@dataclass(frozen=True)
class Named:
    """An entity by its name. `id` is empty where nothing is named."""

    id: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or self.id


@dataclass(frozen=True)
class Input:
    """One input: what it fills, and its value or its path in the payload."""

    id: str
    parameter: str
    value: str = ""
    path: str = ""


@dataclass(frozen=True)
class Change:
    """An entity that a result added to its request, changed (`properties`: which) or lost."""

    entity: Named
    kind: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phase:
    """One action of the crate. `at` is when it ended, else began, else None; `difference` fills `changes` (the first of
    them) and `number` (how many there are)."""

    id: str
    term: str
    title: str
    words: str
    outcome: str
    who: tuple[Named, ...]
    acting_for: tuple[Named, ...]
    started: datetime | None
    ended: datetime | None
    changes: tuple[Change, ...] = ()
    number: int = 0

    @property
    def at(self) -> datetime | None:
        return self.ended or self.started

    @property
    def is_ahead(self) -> bool:
        return self.outcome == WAITING

    @property
    def outcome_words(self) -> str:
        """The outcome as one says it of this phase: a check passes, a run does not."""
        if self.outcome == DONE and self.term in ("CheckValue", "ValidationCheck", "SignOff", "DisclosureCheck"):
            return "passed"
        return "failed" if self.outcome == NOT_PASSED and self.term in (RUN, DOWNLOAD) else self.outcome


@dataclass(frozen=True)
class Story:
    """A crate as a person reads it."""

    name: str
    description: str
    person: Named
    organisation: Named
    project: Named
    workflow: Named
    inputs: list[Input]
    outputs: list[Named]
    phases: list[Phase]


@dataclass(frozen=True)
class Value:
    """One value of a property as text. `entity`: the `@id` that it names, where described; `address`: http(s) only."""

    text: str
    entity: str = ""
    address: str = ""


@dataclass(frozen=True)
class Property:
    name: str
    values: list[Value]
    more: int = 0


@dataclass(frozen=True)
class Row:
    """An entity in a list."""

    id: str
    name: str
    types: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.name or self.id


@dataclass(frozen=True)
class Told:
    """An entity whole: its properties, and who names it under which property."""

    row: Row
    address: str
    properties: list[Property]
    named_by: list[tuple[Row, str]]
    more: int = 0


@dataclass(frozen=True)
class Difference:
    """What changed from a request to its result: the phases with their changes, and the changes that belong to none."""

    phases: list[Phase]
    elsewhere: list[Change]
    gone: list[Change]
    kept: int
    added: int
    changed: int
    elsewhere_number: int
    gone_number: int


def shown(value: Any, most: int = MOST_CHARACTERS) -> str:
    """A value as text that is safe to read: a text as it is, anything else as JSON; cut where it is long."""
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), most)


def named(graph: Graph, identifier: str) -> Named:
    return Named(identifier, shown(first_text(graph.get(identifier), "name"), 300))


def of(graph: Graph, entity: Entity, name: str) -> tuple[Named, ...]:
    """What a property names, described or not; a few at most."""
    return tuple(named(graph, each) for each in ids(entity.get(name))[:10])


def tell(document: dict[str, Any]) -> Story:
    """The story of a crate's metadata (an object with a list `@graph`, as `parse` gives it)."""
    graph = Graph(document)
    person = graph.requester
    organisations = of(graph, person, "affiliation")
    return Story(
        name=shown(first_text(graph.root, "name"), 300),
        description=shown(first_text(graph.root, "description")),
        person=row_name(person),
        organisation=organisations[0] if organisations else Named(),
        project=row_name(graph.project),
        workflow=row_name(graph.workflow),
        inputs=[input_of(graph, each) for each in ids(graph.run.get("object"))[:MOST_VALUES]],
        outputs=[named(graph, each) for each in ids(graph.run.get("result"))[:MOST_VALUES]],
        phases=phases_of(graph),
    )


def row_name(entity: Entity) -> Named:
    return Named(str(entity.get("@id", "")), shown(first_text(entity, "name"), 300))


def input_of(graph: Graph, identifier: str) -> Input:
    entity = graph.get(identifier)
    parameters = [first_text(each, "name") for each in graph.all(ids(entity.get("exampleOfWork")))]
    parameter = shown((parameters or [""])[0] or first_text(entity, "name") or identifier, 300)
    if types(entity) & {"File", "Dataset"} and is_relative(identifier):
        return Input(identifier, parameter, path=path_of(identifier))
    value = entity.get("value")
    return Input(identifier, parameter, value="" if value is None else shown(value, 300))


def phases_of(graph: Graph) -> list[Phase]:
    """Every review and every run, by time; what has no time after what has, and what is still ahead last."""
    runs = {each.get("@id") for each in graph.runs}
    actions = [
        each
        for each in graph.by_id.values()
        if is_review(each) or each["@id"] in runs or "ReceiveAction" in types(each)
    ]
    phases = [phase_of(graph, action) for action in actions]
    order = {term: number for number, term in enumerate(TITLES)}
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(phases, key=lambda each: (each.is_ahead, each.at or latest, order.get(each.term, len(order))))


def phase_of(graph: Graph, action: Entity) -> Phase:
    term = term_of(action)
    outcome = OUTCOMES.get(status(action), UNTOLD)
    words = shown(first_text(action, "name"), 300)
    titles = AHEAD if outcome == WAITING else TITLES
    agents = ids(action.get("agent"))[:10]
    return Phase(
        id=action["@id"],
        term=term,
        title=titles.get(term) or words or "Something else was recorded",
        words=words,
        outcome=outcome,
        who=tuple(named(graph, each) for each in agents),
        acting_for=tuple(each for agent in agents for each in of(graph, graph.get(agent), "provider")),
        started=time_of(action, "startTime"),
        ended=time_of(action, "endTime"),
    )


def time_of(action: Entity, name: str) -> datetime | None:
    """A time with its zone that every calendar here can show, or None."""
    at = parse_time(first_text(action, name))
    return at if at and 1900 < at.year < 9999 else None


def term_of(action: Entity) -> str:
    """The phase of an action: its SHP term, else its type."""
    terms = [each.removeprefix(SHP) for each in additional_types(action) if each.startswith(SHP)]
    kinds = types(action) | {short(each) for each in many(action.get("type")) if isinstance(each, str)}
    by_type = {"CreateAction": RUN, "DownloadAction": DOWNLOAD, "ReceiveAction": RECEIVE}
    return next(iter(terms), "") or next((term for kind, term in by_type.items() if kind in kinds), "")


def difference(request: dict[str, Any], result: dict[str, Any], *, most: int = 30) -> Difference:
    """What a result says beyond its request, under the phase that brought it; `most` entities are named under each."""
    before, after = Graph(request), Graph(result)
    added = {each for each in after.by_id if each not in before.by_id}
    changed = {
        each: properties
        for each, entity in after.by_id.items()
        if each in before.by_id and (properties := changed_properties(before.by_id[each], entity))
    }
    unclaimed = dict.fromkeys([*changed, *(each for each in after.by_id if each in added)])
    phases = []
    for phase in phases_of(after):
        claimed = list(claim(after, phase, unclaimed, added))
        listed = tuple(change(after, each, changed) for each in claimed[:most])
        phases.append(replace(phase, changes=listed, number=len(claimed)))
    gone = [each for each in before.by_id if each not in after.by_id]
    return Difference(
        phases=phases,
        elsewhere=[change(after, each, changed) for each in list(unclaimed)[:most]],
        gone=[Change(named(before, each), "gone") for each in gone[:most]],
        kept=len(after.by_id) - len(added) - len(changed),
        added=len(added),
        changed=len(changed),
        elsewhere_number=len(unclaimed),
        gone_number=len(gone),
    )


def changed_properties(before: Entity, after: Entity) -> tuple[str, ...]:
    return tuple(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))


def claim(graph: Graph, phase: Phase, unclaimed: dict[str, None], added: set[str]) -> Iterable[str]:
    """What a phase brought: its own action, and every new entity that this leads to and no earlier phase did.

    The last phase writes the root's publisher, licence and date, so these are its own.
    """
    waiting = [phase.id]
    if phase.term == "GenerateCheckValue":
        root = graph.root
        waiting = ["./", *ids(root.get("license"))[:10], *ids(root.get("publisher"))[:10], phase.id]
    while waiting:
        identifier = waiting.pop()
        if identifier in unclaimed:
            del unclaimed[identifier]
            yield identifier
            if identifier != "./":
                waiting += [each for value in graph.get(identifier).values() for each in ids(value) if each in added]


def change(graph: Graph, identifier: str, changed: dict[str, tuple[str, ...]]) -> Change:
    properties = changed.get(identifier, ())
    kept = tuple(shown(each, 100) for each in properties[:20])
    return Change(named(graph, identifier), "changed" if properties else "added", kept)


class Entities:
    """Every described entity, in the order of the file, and who names whom."""

    def __init__(self, document: dict[str, Any]):
        self.graph = Graph(document)
        self.all = list(self.graph.by_id)

    def __len__(self) -> int:
        return len(self.all)

    def rows(self, start: int, many: int) -> list[Row]:
        """`many` entities from number `start`."""
        return [row(self.graph.by_id[each]) for each in self.all[start : start + many]]

    @cached_property
    def names(self) -> dict[str, list[tuple[str, str]]]:
        """`@id` -> (who names it, under which property)."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for identifier, entity in self.graph.by_id.items():
            for name, value in entity.items():
                for target in dict.fromkeys(ids(value)):
                    found[target].append((identifier, name))
        return found

    def one(self, identifier: str) -> Told | None:
        """An entity whole; None where none is described by this `@id`."""
        entity = self.graph.get(identifier)
        if not entity:
            return None
        named_by = self.names.get(identifier, [])
        properties = [self.property(name, value) for name, value in list(entity.items())[:200] if name != "@id"]
        return Told(
            row(entity),
            address(identifier),
            properties,
            [(row(self.graph.by_id[each]), shown(name, 100)) for each, name in named_by[:MOST_VALUES]],
            max(0, len(named_by) - MOST_VALUES),
        )

    def property(self, name: str, value: Any) -> Property:
        values = many(value)
        return Property(
            shown(name, 100), [self.value(each) for each in values[:MOST_VALUES]], max(0, len(values) - MOST_VALUES)
        )

    def value(self, value: Any) -> Value:
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and len(value) == 1:
            target = value["@id"]
            if target in self.graph.by_id:
                return Value(row(self.graph.by_id[target]).title or "—", target, address(target))
            return Value(shown(target), "", address(target))
        return Value(shown(value), "", address(value) if isinstance(value, str) else "")


def row(entity: Entity) -> Row:
    identifier = entity["@id"]
    name = "The crate itself" if identifier == "./" and not first_text(entity, "name") else first_text(entity, "name")
    if identifier == DESCRIPTOR and not name:
        name = "The metadata file"
    return Row(identifier, shown(name, 300), tuple(shown(each, 100) for each in sorted(types(entity))[:10]))


def address(text: str) -> str:
    """The text where it is a whole http(s) address, which a person may follow; else empty. Nobody here fetches it."""
    is_address = text.startswith(("http://", "https://")) and len(text) <= MOST_CHARACTERS
    return text if is_address and all(is_plain(each) and not each.isspace() for each in text) else ""
