"""Write each phase into a crate's metadata, as the profile shows them (spec section 3). Pure functions over the document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.core.crates.graph import ACTIVE, COMPLETED, FAILED, POTENTIAL, Entity, Graph, first_text, ids, many

SHP = "https://w3id.org/shp#"
SHA_512 = "https://www.iana.org/assignments/named-information#sha-512"
PROFILE = "https://w3id.org/5s-crate/0.4"
SPDX = "https://spdx.org/licenses/"
WITHHELD = "#withheld-"
RECEIPTS = "audit-receipts.json"
Document = dict[str, Any]


@dataclass(frozen=True)
class Agent:
    """Who did it. `provider` is the TRE that software acts for (an Agent of type Organization)."""

    id: str
    name: str
    type: str = "Person"
    provider: "Agent | None" = None
    url: str = ""
    version: str = ""

    def entity(self) -> Entity:
        made: Entity = {"@id": self.id, "@type": self.type, "name": self.name}
        if self.provider:
            made["provider"] = {"@id": self.provider.id}
        if self.version:
            made["version"] = self.version
        if self.url:
            made["url"] = self.url
        return made


@dataclass(frozen=True)
class Output:
    """A declared output; a folder's path ends with /. A withheld one has no path, and nothing of its content is told."""

    name: str
    path: str = ""
    media_type: str = ""

    @property
    def is_withheld(self) -> bool:
        return not self.path

    def entity(self) -> Entity:
        if self.is_withheld:
            note = "Withheld by the TRE after its check of the outputs. Its content is not in this crate."
            return {
                "@id": WITHHELD + self.name,
                "@type": "DigitalDocument",
                "name": self.name,
                "description": note,
            }
        if self.path.endswith("/"):
            return {"@id": self.path, "@type": "Dataset", "name": self.name}
        return {"@id": self.path, "@type": "File", "name": self.name, "encodingFormat": self.media_type}


def rfc3339(at: datetime) -> str:
    """A time in UTC to the second, with Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def put(document: Document, entity: Entity) -> None:
    """Add an entity, or replace the one with its `@id`."""
    graph = document["@graph"]
    for index, each in enumerate(graph):
        if isinstance(each, dict) and each.get("@id") == entity["@id"]:
            graph[index] = entity
            return
    graph.append(entity)


def put_agent(document: Document, agent: Agent) -> None:
    if agent.provider:
        put(document, agent.provider.entity())
    put(document, agent.entity())


def mention(document: Document, identifier: str, *, under: str = "mentions") -> None:
    """Name an entity in a list of the root."""
    root = Graph(document).root
    if identifier not in ids(root.get(under)):
        root[under] = [*many(root.get(under)), {"@id": identifier}]


def references(identifiers: Iterable[str]) -> Any:
    """A property's value that names these entities: one as it is, several as a list."""
    named = [{"@id": each} for each in identifiers]
    return named[0] if len(named) == 1 else named


def record_review(
    document: Document,
    *,
    identifier: str,
    term: str,
    name: str,
    agent: Agent,
    started: datetime,
    ended: datetime | None,
    passed: bool,
    instrument: str = "",
    objects: Iterable[str] = ("./",),
) -> None:
    """One AssessAction with its SHP term, mentioned by the root; one that has not ended is still to come."""
    put_agent(document, agent)
    action: Entity = {
        "@id": identifier,
        "@type": "AssessAction",
        "additionalType": {"@id": SHP + term},
        "name": name,
        "startTime": rfc3339(started),
        "object": references(objects),
        "agent": {"@id": agent.id},
        "actionStatus": POTENTIAL,
    }
    if ended:
        action |= {"endTime": rfc3339(ended), "actionStatus": COMPLETED if passed else FAILED}
    if instrument:
        action["instrument"] = {"@id": instrument}
    put(document, action)
    mention(document, identifier)


def record_check_value(
    document: Document, *, identifier: str, agent: Agent, started: datetime, ended: datetime
) -> None:
    """The checksums were verified on receipt (5S-CHK-04)."""
    put(document, {"@id": SHA_512, "@type": "DefinedTerm", "name": "sha-512 algorithm"})
    record_review(
        document,
        identifier=identifier,
        term="CheckValue",
        name="BagIt SHA-512 check: passed",
        agent=agent,
        started=started,
        ended=ended,
        passed=True,
        instrument=SHA_512,
    )


def record_validation(document: Document, *, identifier: str, agent: Agent, started: datetime, ended: datetime) -> None:
    """The crate was checked against the profile (5S-VAL-01)."""
    if not Graph(document).get(PROFILE):
        put(document, {"@id": PROFILE, "@type": "Profile", "name": "Five Safes RO-Crate profile 0.4"})
    record_review(
        document,
        identifier=identifier,
        term="ValidationCheck",
        name="Validation against Five Safes RO-Crate 0.4: passed",
        agent=agent,
        started=started,
        ended=ended,
        passed=True,
        instrument=PROFILE,
    )


def record_download(
    document: Document,
    *,
    identifier: str,
    agent: Agent,
    started: datetime,
    ended: datetime,
    name: str,
    distribution: str,
    copy: str = "",
) -> None:
    """The TRE got the workflow crate (5S-RET-01). `copy`: the folder in the payload where it lies unpacked (5S-RET-02)."""
    put_agent(document, agent)
    if distribution not in Graph(document).by_id:
        download = {"@id": distribution, "@type": "DataDownload", "encodingFormat": "application/zip"}
        put(document, download | {"conformsTo": {"@id": "https://w3id.org/ro/crate"}})
    action: Entity = {
        "@id": identifier,
        "@type": "DownloadAction",
        "name": name,
        "startTime": rfc3339(started),
        "endTime": rfc3339(ended),
        "object": {"@id": distribution},
        "agent": {"@id": agent.id},
        "actionStatus": COMPLETED,
    }
    if copy:
        put_copy(document, copy, distribution)
        action["result"] = {"@id": copy}
    put(document, action)
    mention(document, identifier)


def put_copy(document: Document, folder: str, distribution: str) -> None:
    """The workflow crate that lies unpacked in the payload: a part that says what it is a copy of."""
    workflow = Graph(document).workflow
    copied: Entity = {
        "@id": folder,
        "@type": "Dataset",
        "name": f"{first_text(workflow, 'name')} (local copy)",
        "sameAs": {"@id": workflow["@id"]},
        "conformsTo": workflow["conformsTo"],
        "distribution": {"@id": distribution},
    }
    put(document, copied)
    mention(document, folder, under="hasPart")


def record_sign_off(
    document: Document,
    *,
    identifier: str,
    agent: Agent,
    policy: str,
    policy_name: str,
    started: datetime,
    ended: datetime,
    passed: bool,
) -> None:
    """The run was signed off, or refused, under the TRE's agreement policy (5S-SGN-01 to 03)."""
    put(document, {"@id": policy, "@type": "CreativeWork", "name": policy_name})
    graph = Graph(document)
    record_review(
        document,
        identifier=identifier,
        term="SignOff",
        name=f"Sign-off under {policy_name}: {'approved' if passed else 'refused'}",
        agent=agent,
        started=started,
        ended=ended,
        passed=passed,
        instrument=policy,
        objects=("./", graph.workflow["@id"], graph.project["@id"]),
    )


def record_start(document: Document, *, started: datetime) -> None:
    """The run is under way (5S-EXE-01)."""
    run = Graph(document).run
    run |= {"actionStatus": ACTIVE, "startTime": rfc3339(started)}


def record_run(
    document: Document, *, started: datetime, ended: datetime, passed: bool, outputs: Iterable[Output] = ()
) -> None:
    """The run's status and times, and its results (5S-EXE-01, 5S-OUT-01 to 04).

    A withheld output stays named as the workflow names it, without content, hash or size, and is no part of the crate.
    """
    run = Graph(document).run
    run |= {"actionStatus": COMPLETED if passed else FAILED, "startTime": rfc3339(started), "endTime": rfc3339(ended)}
    results = []
    for output in outputs:
        entity = output.entity()
        put(document, entity)
        if not output.is_withheld:
            mention(document, entity["@id"], under="hasPart")
        results.append(entity["@id"])
    if results:
        run["result"] = references(results)


def remove_run(document: Document) -> None:
    """Nothing was released: the run and its outputs leave the metadata (5S-DIS-04)."""
    graph = Graph(document)
    outputs = [each for each in ids(graph.run.get("result")) if each.startswith(("outputs/", WITHHELD))]
    gone = {graph.run["@id"], *outputs}
    document["@graph"] = [each for each in document["@graph"] if each.get("@id") not in gone]
    for name in {"mentions", "hasPart"} & set(graph.root):
        graph.root[name] = [each for each in many(graph.root[name]) if not gone & set(ids(each))]


def record_disclosure(
    document: Document,
    *,
    identifier: str,
    agent: Agent,
    started: datetime,
    ended: datetime,
    passed: bool,
    part: bool = False,
) -> None:
    """One output checker's check of the outputs (5S-DIS-01). `part`: some outputs passed, some were withheld."""
    words = "passed in part; some outputs are withheld" if part else ("passed" if passed else "not passed")
    record_review(
        document,
        identifier=identifier,
        term="DisclosureCheck",
        name=f"Disclosure check of outputs: {words}",
        agent=agent,
        started=started,
        ended=ended,
        passed=passed,
    )


def record_disclosure_waiting(document: Document, *, identifier: str, agent: Agent, started: datetime) -> None:
    """The outputs wait for an output checker, who is expected to begin at `started` (5S-DIS-01)."""
    record_review(
        document,
        identifier=identifier,
        term="DisclosureCheck",
        name="Disclosure check of outputs: waiting",
        agent=agent,
        started=started,
        ended=None,
        passed=False,
    )


def record_publication(
    document: Document,
    *,
    publisher: Agent,
    licence: str,
    licence_name: str,
    at: datetime,
    identifier: str,
    agent: Agent,
) -> None:
    """Publisher, licence, date, and the writing of the checksums (5S-PUB-01, 02, 05, 08). The last thing recorded."""
    put(document, {"@id": SHA_512, "@type": "DefinedTerm", "name": "sha-512 algorithm"})
    put_agent(document, publisher)
    put_agent(document, agent)
    note = f"The outputs in this crate may be used as {licence_name} says."
    terms: Entity = {"@id": licence, "@type": "CreativeWork", "name": licence_name, "description": note}
    if licence.startswith(SPDX):
        terms["identifier"] = licence.removeprefix(SPDX)
    put(document, terms)
    root = Graph(document).root
    root |= {"datePublished": rfc3339(at), "publisher": {"@id": publisher.id}, "license": {"@id": licence}}
    put(
        document,
        {
            "@id": identifier,
            "@type": "UpdateAction",
            "additionalType": {"@id": SHP + "GenerateCheckValue"},
            "name": "BagIt manifests updated",
            "startTime": rfc3339(at),
            "object": {"@id": "./"},
            "instrument": {"@id": SHA_512},
            "agent": {"@id": agent.id},
            "actionStatus": COMPLETED,
        },
    )
    mention(document, identifier)


def record_receipts(document: Document) -> None:
    """The file of receipts: that the decisions behind this result are in the TRE's log (apps.core.proofs.receipts)."""
    told = "Proofs that the decisions behind this result are in the log of the TRE. manage.py verify_crate checks them."
    made = {"@id": RECEIPTS, "@type": "File", "name": "Receipts of the TRE's log", "encodingFormat": "application/json"}
    put(document, made | {"description": told})
    mention(document, RECEIPTS, under="hasPart")
