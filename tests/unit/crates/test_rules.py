"""Each rule of the table: a crate that breaks only it, and a good request and a good result that keep it."""

import json

import pytest

from apps.core.crates.check import check
from apps.core.crates.table import RULES
from apps.core.crates.verify import verify
from tests.unit.crates.bags import INFO, good, phase, with_manifests
from tests.unit.crates.corpus import (
    CASES,
    COMPLETED,
    METADATA,
    PERSON,
    PROJECT,
    REQUEST,
    RESULT,
    RUN,
    WORKFLOW,
    add,
    bag,
    both,
    change,
    entity,
    graph,
    in_folder,
    thing,
)

PROFILE = "https://w3id.org/5s-crate/0.4"
POTENTIAL, ACTIVE, FAILED = (COMPLETED.replace("Completed", word) for word in ("Potential", "Active", "Failed"))


def drop(identifier: str):
    """An edit: this entity is gone, and what the root said of it."""

    def edit(document: dict) -> None:
        gone = {"@id": identifier}
        document["@graph"] = [each for each in document["@graph"] if each["@id"] != identifier]
        root = entity(document, "./")
        for name in ("mentions", "hasPart"):
            if isinstance(root[name], list):
                root[name] = [each for each in root[name] if each != gone]

    return edit


def renamed(old: str, new: str):
    """An edit: an identifier is another one everywhere."""

    def edit(document: dict) -> None:
        document["@graph"] = json.loads(json.dumps(document["@graph"]).replace(json.dumps(old), json.dumps(new)))

    return edit


def unmentioned(identifier: str):
    return lambda document: entity(document, "./")["mentions"].remove({"@id": identifier})


def without(name: str, *, entity_too: str = "", again: bool = True):
    """A good bag without one of its files, and where told without the entity that describes it."""

    def edit(files: dict[str, bytes]) -> None:
        files.pop(name)
        if entity_too:
            document = json.loads(files[METADATA])
            drop(entity_too)(document)
            change(RUN, object={"@id": "#min-cell"})(document)
            files[METADATA] = json.dumps(document).encode()

    return bag(edit, again=again)


CHECK, VALIDATE, DOWNLOAD, SIGN_OFF, DISCLOSURE, PUBLICATION = (
    next(each["@id"] for each in phase("9-published")["@graph"] if each["@id"].startswith(start))
    for start in ("#check", "#validate", "#download", "#signoff", "#disclosure", "#bagit")
)
PORTAL, REVIEWER = "https://tre.example.org/#crate-portal", "https://staff.tre.example.org/u/reviewer-07"
RESULTS = [{"@id": "outputs/counts.csv"}, {"@id": "outputs/plots/"}]
REVIEW = {
    "@type": "AssessAction",
    "name": "x",
    "actionStatus": COMPLETED,
    "object": {"@id": "./"},
    "agent": {"@id": PORTAL},
}

# Of a request: the rule, and the edit of its metadata that breaks it.
REQUESTS = [
    ("5S-META-01", change("ro-crate-metadata.json", conformsTo={"@id": "https://w3id.org/ro/crate/1.1"})),
    ("5S-META-03", change("ro-crate-metadata.json", about={"@id": "#other"})),
    ("5S-META-04", change("./", type_="Collection")),
    ("5S-META-08", change("./", name=None)),
    ("5S-META-09", change("./", hasPart=[{"@id": WORKFLOW}])),
    ("5S-META-09", change("./", hasPart=[{"@id": WORKFLOW}, {"@id": "inputs/regions.csv"}, {"@id": "other.csv"}])),
    ("5S-META-09", add({"@id": "gone.csv", "@type": "File", "name": "x"}, to="./", under="hasPart")),
    ("5S-ROOT-01", change("./", conformsTo=None)),
    ("5S-ROOT-02", drop(PROFILE)),
    ("5S-ROOT-04", change("./", conformsTo=[{"@id": PROFILE}, {"@id": "https://w3id.org/5s-crate/9.9"}])),
    ("5S-WF-01", change(WORKFLOW, conformsTo=None)),
    ("5S-WF-01", change("./", mainEntity=[{"@id": WORKFLOW}, {"@id": "#min-cell"}])),
    ("5S-WF-02", renamed(WORKFLOW, "urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d98")),
    ("5S-WF-02", both(renamed(WORKFLOW, "inputs/"), change("inputs/", distribution=None))),
    ("5S-WF-04", change(WORKFLOW, distribution=None)),
    ("5S-WF-04", change(WORKFLOW, distribution={"@id": "https://example.org/not-described.zip"})),
    ("5S-RUN-01", change("./", mentions=None)),
    ("5S-RUN-02", renamed(RUN, "#run")),
    ("5S-RUN-02", renamed(RUN, "#run-5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99")),
    ("5S-RUN-03", change(RUN, instrument={"@id": "https://example.org/other"})),
    ("5S-RUN-04", change(RUN, actionStatus="http://schema.org/CompletetedActionStatus")),
    ("5S-RUN-04", change(RUN, actionStatus=None)),
    ("5S-AGT-01", change(RUN, agent=None)),
    ("5S-AGT-01", change(RUN, agent=[{"@id": PERSON}, {"@id": PROJECT}])),
    ("5S-AGT-01", change(PERSON, name=None)),
    ("5S-AGT-02", change("https://ror.org/00example1", type_="Thing")),
    ("5S-AGT-03", change(PERSON, memberOf=None)),
    ("5S-PRJ-01", change("./", sourceOrganization=None)),
    ("5S-PRJ-03", change(PROJECT, identifier=None)),
    ("5S-PRJ-04", change("_:localid:tre-example:ASTHMA-24", value=None)),
    ("5S-PRJ-05", change(PROJECT, member={"@id": "https://ror.org/00other"})),
    ("5S-INP-01", change(RUN, object=None)),
    ("5S-INP-02", change(RUN, object=[{"@id": "#min-cell"}, {"@id": "#nothing"}])),
    ("5S-INP-03", change("#min-cell", exampleOfWork=None)),
]
RESULTS_BROKEN = [
    ("5S-OUT-01", change(RUN, result=None)),
    ("5S-OUT-02", change(RUN, result=[*RESULTS, {"@id": "#nothing"}])),
    ("5S-OUT-03", both(add(thing("#odd"), to="./", under="hasPart"), change(RUN, result=[*RESULTS, {"@id": "#odd"}]))),
    ("5S-OUT-04", change(RUN, result=[*RESULTS, {"@id": "inputs/regions.csv"}])),
    (
        "5S-OUT-05",
        both(
            add(
                {"@id": "https://tre.example.org/x", "@type": "DigitalDocument", "name": "x"}, to="./", under="hasPart"
            ),
            change(RUN, result=[*RESULTS, {"@id": "https://tre.example.org/x"}]),
        ),
    ),
    ("5S-ACT-01", unmentioned(DOWNLOAD)),
    ("5S-ACT-03", change(DOWNLOAD, actionStatus="http://schema.org/CompleteActionStatus")),
    ("5S-ACT-03", change(DOWNLOAD, actionStatus=None)),
    ("5S-ACT-04", change(DISCLOSURE, object=None)),
    ("5S-ACT-05", add(REVIEW | {"@id": "#other", "additionalType": {"@id": "https://w3id.org/shp#Other"}}, to="./")),
    ("5S-ACT-06", change(SIGN_OFF, name=None)),
    ("5S-ACT-09", change(SIGN_OFF, agent=None)),
    ("5S-ACT-10", change(PORTAL, provider=None)),
    ("5S-ACT-11", change(REVIEWER, name=None)),
    (
        "5S-CHK-03",
        add(REVIEW | {"@id": "#again", "additionalType": {"@id": "https://w3id.org/shp#CheckValue"}}, to="./"),
    ),
    ("5S-CHK-04", drop(CHECK)),
    ("5S-VAL-01", drop(VALIDATE)),
    ("5S-RET-01", drop(DOWNLOAD)),
    ("5S-RET-02", change("workflow/17/", sameAs=None)),
    ("5S-SGN-01", drop(SIGN_OFF)),
    ("5S-SGN-02", change(SIGN_OFF, instrument=None)),
    ("5S-SGN-03", change(SIGN_OFF, object={"@id": "./"})),
    ("5S-EXE-01", change(RUN, endTime=None)),
    ("5S-DIS-01", drop(DISCLOSURE)),
    ("5S-PUB-01", change("./", datePublished=None)),
    ("5S-PUB-01", change("./", datePublished="2026-03-04")),
    ("5S-PUB-02", change("./", publisher=None)),
    ("5S-PUB-03", unmentioned(SIGN_OFF)),
    (
        "5S-PUB-04",
        both(
            add({"@id": "#n", "@type": "PropertyValue", "name": "n", "value": "1"}),
            change(RUN, result=[*RESULTS, {"@id": "#n"}]),
        ),
    ),
    ("5S-PUB-05", change("./", license=None)),
    ("5S-PUB-08", drop(PUBLICATION)),
    ("5S-X-01", change(RUN, startTime="2026-03-02T12:00:00Z")),
    ("5S-X-02", change(RUN, actionStatus=ACTIVE)),
    ("5S-X-03", change(DISCLOSURE, actionStatus=POTENTIAL)),
]
PACKAGES = [
    ("5S-PKG-07", without("tagmanifest-sha512.txt", again=False), REQUEST),
    ("5S-PKG-14", without("data/inputs/regions.csv", entity_too="inputs/regions.csv"), REQUEST),
    ("5S-PUB-09", bag(files=good(phase("9-published")) | {"manifest-crc32.txt": b"0  data/x\n"}, again=False), RESULT),
]
BREAKS = [
    *((rule, graph(edit), REQUEST) for rule, edit in REQUESTS),
    *((rule, graph(edit, of="9-published"), RESULT) for rule, edit in RESULTS_BROKEN),
    *PACKAGES,
]
# What cannot be broken alone: what breaks with it, and why.
FOLLOWS = {
    "5S-OUT-02": ("5S-PUB-04", "what nothing describes cannot be a part of the crate either"),
    "5S-CHK-04": ("5S-X-01", "a check that is not recorded was not complete before the run"),
    "5S-VAL-01": ("5S-X-01", "a validation that is not recorded was not complete before the run"),
    "5S-SGN-01": ("5S-X-01", "a sign-off that is not recorded was not complete before the run"),
    "5S-DIS-01": ("5S-X-03", "outputs that were never checked were not checked before the checksums were written"),
}
# Asked of a crate beside another one (below), or only met by a fault of our own (test_check.py).
BESIDE = {"5S-PKG-12", "5S-RCV-01", "5S-X-05"}
OURS = {"M-40"}


@pytest.mark.parametrize(("rule", "make", "kind"), BREAKS, ids=[f"{row[0]}-{at}" for at, row in enumerate(BREAKS)])
def test_a_crate_that_breaks_only_this_rule_is_told_just_that_with_a_way_to_mend_it(rule, make, kind, tmp_path):
    report = check(in_folder(make)(tmp_path), phase=kind)
    also = {FOLLOWS[rule][0]} if rule in FOLLOWS else set()
    assert {each.rule for each in report.findings} == {rule, *also}, report.findings
    told = next(each for each in report.findings if each.rule == rule)
    assert told.level == RULES[rule].level
    assert told.message
    assert told.mend


def test_every_rule_that_is_checked_has_a_crate_that_breaks_only_it():
    alone = {rule for case in CASES for rule in case.rules if len(case.rules) == 1}
    assert {rule.id for rule in RULES.values() if rule.is_checked} == alone | {row[0] for row in BREAKS} | BESIDE | OURS


def test_a_good_request_and_a_good_result_keep_every_rule(tmp_path):
    assert check(in_folder(bag())(tmp_path)).findings == []
    assert check(in_folder(graph(lambda document: None, of="9-published"))(tmp_path), phase=RESULT).findings == []


def lines(tmp_path, edit, *, asked=None, files=None) -> list[str]:
    """What does not hold of a published result, with its request beside it."""
    document = phase("9-published")
    edit(document)
    made = good(document, files_of_published()) | (files or {})
    (tmp_path / "result").mkdir()
    (tmp_path / "request").mkdir()
    result = in_folder(bag(files=with_manifests(made)))(tmp_path / "result")
    request = in_folder(asked or bag())(tmp_path / "request")
    return [sentence for holds, sentence in verify(result, request=request) if not holds]


def files_of_published() -> dict[str, bytes]:
    from tests.unit.crates.bags import files_of

    return files_of(phase("9-published"))


def test_a_result_that_answers_its_request_holds(tmp_path):
    assert lines(tmp_path, lambda document: None) == []


def test_another_identifier_than_its_request_is_told(tmp_path):
    told = lines(tmp_path, lambda document: None, files={"bag-info.txt": INFO.replace("7d99", "7d98").encode()})
    assert told == ["The result carries a different External-Identifier from its request."]


def test_a_phase_that_is_not_complete_is_told(tmp_path):
    told = lines(tmp_path, change(PUBLICATION, actionStatus=ACTIVE))
    assert told == ["This crate is not finished: GenerateCheckValue is ActiveActionStatus."]


STATUSES = {"Potential": POTENTIAL, "Active": ACTIVE, "Completed": COMPLETED, "Failed": FAILED}
FORWARD = {
    ("Potential", "Active"),
    ("Potential", "Completed"),
    ("Potential", "Failed"),
    ("Active", "Completed"),
    ("Active", "Failed"),
}


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_a_status_only_moves_forward(before, after, tmp_path):
    """Of a review, which is mentioned but no phase, from an earlier copy of the same result."""
    other = {"@id": "#more", "@type": "CreateAction", "name": "x"}
    earlier = graph(add(other | {"actionStatus": STATUSES[before]}), of="9-published")
    told = lines(tmp_path, add(other | {"actionStatus": STATUSES[after]}), asked=earlier)
    may = before == after or (before, after) in FORWARD
    assert told == ([] if may else [f"5S-X-05: #more was {before} and is {after} now; a status never goes back."])


def test_a_status_that_is_gone_went_back(tmp_path):
    other = {"@id": "#more", "@type": "CreateAction", "name": "x"}
    told = lines(tmp_path, add(other), asked=graph(add(other | {"actionStatus": ACTIVE}), of="9-published"))
    assert told == ["5S-X-05: #more was Active and is without a status now; a status never goes back."]


HINTS = [
    (change(RUN, actionStatus="http://schema.org/CompletetedActionStatus"), "http://schema.org/CompletedActionStatus"),
    (change(RUN, actionStatus="http://schema.org/CompleteActionStatus"), "http://schema.org/CompletedActionStatus"),
    (change(RUN, actionStatus="https://schema.org/PotentialActionStatus"), "http://schema.org/PotentialActionStatus"),
    (change(RUN, actionStatus="PotentialActionStatus"), "http://schema.org/PotentialActionStatus"),
    (change(RUN, actionStatus="http://schema.org/potentialactionstatus"), "http://schema.org/PotentialActionStatus"),
    (add({"@id": "#x", "type": "Thing"}), "@type"),
    (change("./", licence={"@id": "https://spdx.org/licenses/CC-BY-4.0"}), "license"),
    (change(RUN, results=[]), "result"),
    (change("./", sourceOrganisation={"@id": PROJECT}, sourceOrganization=None), "sourceOrganization"),
    (change(PERSON, MemberOf={"@id": PROJECT}, memberOf=None), "memberOf"),
    (change("./", Mentions={"@id": RUN}, mentions=None), "mentions"),
    (change(PERSON, type_="person"), "Person"),
    (change(RUN, type_="https://schema.org/CreateAction"), "CreateAction"),
    (change("https://ror.org/00example1", type_="Organisation"), "Organization"),
    (change(RUN, **{"http://schema.org/result": []}), "result"),
]


@pytest.mark.parametrize(("edit", "hint"), HINTS, ids=[f"{hint}-{at}" for at, (_edit, hint) in enumerate(HINTS)])
def test_what_is_nearly_right_gets_a_hint(edit, hint, tmp_path):
    told = check(in_folder(graph(edit))(tmp_path)).findings
    assert any(f"Did you mean {hint}?" in each.message for each in told), told


def test_a_review_in_a_result_gets_the_hint_too_and_a_term_beside_the_right_one_none(tmp_path):
    nearly = graph(change(DOWNLOAD, actionStatus="http://schema.org/CompleteActionStatus"), of="9-published")
    told = check(in_folder(nearly)(tmp_path), phase=RESULT).findings
    assert told[0].message.endswith(" Did you mean http://schema.org/CompletedActionStatus?")
    beside = graph(change(PERSON, type="Person"))
    assert check(in_folder(beside)(tmp_path)).findings == []
