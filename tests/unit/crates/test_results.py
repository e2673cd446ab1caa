"""What we write into a crate, and what whoever receives it can verify."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.core.crates import record
from apps.core.crates.build import IntendedOutput, Named, Request, RequestedInput, build_request
from apps.core.crates.check import Wanted, check, read
from apps.core.crates.verify import lies_in, verify
from apps.core.crates.write import from_file, write_bag
from tests.unit.crates.bags import files_of, good, phase, write

NOW = datetime.now(UTC)
TRE = record.Agent("https://tre.example.org/", "Example TRE", "Organization", url="https://tre.example.org")
PORTAL = record.Agent(
    "https://tre.example.org/#crate-portal", "Crate portal at Example TRE", "SoftwareApplication", TRE
)
REVIEWER = record.Agent("https://staff.tre.example.org/u/reviewer-07", "Reviewer 07")


def ago(hours):
    return NOW - timedelta(hours=hours)


def story(document, outputs, passed=True, part=False):
    received = {"agent": PORTAL, "started": ago(9), "ended": ago(9)}
    record.record_check_value(document, identifier="#check", **received)
    record.record_validation(document, identifier="#validate", **received)
    distribution = "https://workflows.example.org/w/17/ro_crate?version=3"
    record.record_download(document, identifier="#download", name="Fetched", distribution=distribution, **received)
    record.record_sign_off(
        document,
        identifier="#signoff",
        agent=REVIEWER,
        policy="https://tre.example.org/policy",
        policy_name="Policy 4",
        started=ago(8),
        ended=ago(8),
        passed=True,
    )
    record.record_run(document, started=ago(7), ended=ago(6), passed=True, outputs=outputs)
    record.record_disclosure(
        document, identifier="#disclosure", agent=REVIEWER, started=ago(5), ended=ago(4), passed=passed, part=part
    )
    if not passed:
        record.remove_run(document)
    record.record_publication(
        document,
        publisher=TRE,
        licence="https://spdx.org/licenses/CC-BY-4.0",
        licence_name="CC BY",
        at=NOW,
        identifier="#bagit",
        agent=PORTAL,
    )
    return document


WORKFLOW = "https://workflows.example.org/w/17?version=3"


def result(tmp_path, document, outputs=(), sign=None):
    counts = tmp_path / "counts.csv"
    counts.write_bytes(files_of(phase("1-request"))["inputs/regions.csv"])
    payload = [("inputs/regions.csv", from_file(counts)), *((path, from_file(counts)) for path in outputs)]
    path = tmp_path / "result.zip"
    write_bag(
        path,
        top="result",
        metadata=document,
        payload=payload,
        external_identifier="urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99",
        sign=sign,
    )
    return path


OUTPUTS = [record.Output("counts.csv", "outputs/counts.csv", "text/csv"), record.Output("chart.svg")]


def test_a_result_with_a_withheld_file_names_it_without_its_content(tmp_path):
    document = story(phase("1-request"), OUTPUTS, part=True)
    path = result(tmp_path, document, ["outputs/counts.csv"], sign=lambda data: "signed")
    assert check(path, phase="result").findings == []
    withheld = next(each for each in document["@graph"] if each["@id"] == "#withheld-chart.svg")
    assert set(withheld) == {"@id", "@type", "name", "description"}
    request = write(tmp_path / "request.zip", good())
    lines = verify(path, check_signature=lambda data, signature: signature == "signed", request=request)
    assert all(holds for holds, _sentence in lines), lines


def test_a_result_whose_outputs_were_refused_has_no_run_and_still_verifies(tmp_path):
    path = result(tmp_path, story(phase("1-request"), (), passed=False))
    assert check(path, phase="result").errors == []
    request = write(tmp_path / "request.zip", good())
    assert all(holds for holds, _sentence in verify(path, request=request))


def test_the_receiver_is_told_what_does_not_hold(tmp_path):
    path = result(tmp_path, story(phase("1-request"), OUTPUTS[:1]), ["outputs/counts.csv"], sign=lambda data: "other")
    lines = verify(path, check_signature=lambda data, signature: False)
    assert (False, "The signature does not fit this TRE's key.") in lines
    unsigned = result(tmp_path, story(phase("1-request"), OUTPUTS[:1]), ["outputs/counts.csv"])
    assert (False, "The crate is not signed.") in verify(unsigned, check_signature=lambda data, signature: True)
    other = phase("1-request")
    text = json.dumps(other).replace("#min-cell", "#other-input").replace("/w/17", "/w/18")
    request = write(tmp_path / "request.zip", good(json.loads(text)))
    sentences = [sentence for holds, sentence in verify(unsigned, request=request) if not holds]
    assert sentences[0] == "Another workflow or run was asked for."
    assert sentences[1].startswith("5S-X-04: what the request described is gone: #other-input, ")
    assert sentences[2:] == ["Inputs of the request are gone."]
    (tmp_path / "bad.zip").write_text("x")
    assert "The request cannot be read" in verify(unsigned, request=tmp_path / "bad.zip")[-1][1]
    assert verify(write(tmp_path / "plain.zip", good() | {"data/x": b""}))[0][0] is False


def unmet(tmp_path, change=lambda by_id: None, files=None) -> list[str]:
    """What does not hold of a result whose request said otherwise."""
    asked = phase("1-request")
    change({each["@id"]: each for each in asked["@graph"]})
    request = write(tmp_path / "request.zip", good(asked, files))
    got = result(tmp_path, story(phase("1-request"), OUTPUTS[:1]), ["outputs/counts.csv"])
    return [sentence for holds, sentence in verify(got, request=request) if not holds]


def test_other_inputs_than_were_asked_for_are_named(tmp_path):
    assert unmet(tmp_path) == []
    value = unmet(tmp_path, lambda by_id: by_id["#min-cell"].update(value="1"))
    assert value == ["The input --min-cell is not described as it was asked for."]
    parameter = unmet(tmp_path, lambda by_id: by_id["#param-min-cell"].update(name="other"))
    assert parameter == ["The input --min-cell is not described as it was asked for."]
    [file] = unmet(tmp_path, files={"inputs/regions.csv": b"others"})
    assert file == "The input regions holds something else than was asked for."


def test_another_workflow_under_the_same_address_is_told(tmp_path):
    [told] = unmet(
        tmp_path,
        lambda by_id: by_id[WORKFLOW].update(name="Another", version="9"),
    )
    assert told == "The workflow is not described as it was asked for: name, version."
    assert unmet(tmp_path, lambda by_id: by_id[WORKFLOW].pop("distribution")) == []


def test_a_folder_is_compared_file_by_file():
    assert lies_in("inputs/a/b.csv", "inputs/a/")
    assert lies_in("inputs/a b.csv", "./inputs/a%20b.csv")
    assert not lies_in("inputs/ab.csv", "inputs/a/")
    assert not lies_in("inputs/a/b.csv", "inputs/a")


def test_an_unfinished_crate_is_told(tmp_path):
    document = phase("1-request")
    path = write(tmp_path / "c.zip", good(document))
    unfinished = [sentence for holds, sentence in verify(path) if not holds]
    assert "This crate is not finished: SignOff is not recorded." in unfinished


def shape(action):
    return {name: type(value).__name__ for name, value in action.items() if name != "@id"}


def test_what_we_record_has_the_shape_of_the_examples():
    ours, theirs = story(phase("1-request"), OUTPUTS[:1]), phase("9-published")

    def by_term(document):
        found = {}
        for each in document["@graph"]:
            if "additionalType" in each:
                found[each["additionalType"]["@id"]] = shape(each)
        return found

    assert by_term(ours) == by_term(theirs)
    assert check is not None


def request(tmp_path, file):
    return Request(
        title="Counts",
        description="Counts by region.",
        requester=Named("https://orcid.org/0000-0001-2345-6789", "Ada"),
        organisation=Named("https://ror.org/00example1", "Example University"),
        project=Named(f"#project-{uuid4()}", "Asthma"),
        project_codes=[("tre-example", "ASTHMA-24")],
        workflow=Named("https://workflows.example.org/w/17?version=3", "Counts"),
        distribution="https://workflows.example.org/w/17/ro_crate?version=3",
        inputs=[
            RequestedInput(parameter("min_cell", "integer", unit="people"), "10"),
            RequestedInput(parameter("regions", "file"), file=from_file(file), file_name=file.name),
        ],
        outputs=[
            IntendedOutput(
                "counts", "Counts by region", "text/csv", "Everybody", "People in each region", "Ten or more"
            ),
            IntendedOutput("log", "What it said", "text/plain"),
        ],
    )


def parameter(name, type, unit=""):
    return {"name": name, "type": type, "label": name.title(), "default": "", "unit": unit, "kind": "data"}


def test_a_request_that_we_build_gives_no_finding_at_all(tmp_path):
    file = tmp_path / "100% regions.csv"
    file.write_text("North\n")
    identifier = build_request(tmp_path / "r.zip", request(tmp_path, file))
    report = check(tmp_path / "r.zip")
    assert report.findings == []
    assert report.external_identifier == identifier
    crate = read(tmp_path / "r.zip")
    assert [(each.parameter, each.value, each.path) for each in crate.inputs] == [
        ("min_cell", "10", ""),
        ("regions", None, "inputs/regions/100% regions.csv"),
    ]
    assert crate.outputs == [
        Wanted("counts", "Counts by region", "Everybody", "People in each region", "Ten or more"),
        Wanted("log", "What it said"),
    ]


def test_a_value_that_looks_like_a_secret_is_found_once(tmp_path):
    file = tmp_path / "regions.csv"
    file.write_text("North\n")
    secret = RequestedInput(parameter("words", "string"), "password = hunter22")
    build_request(tmp_path / "r.zip", replace(request(tmp_path, file), inputs=[secret]))
    assert [each.rule for each in check(tmp_path / "r.zip").findings] == ["5S-SEC-10"]
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        told = archive.read("request/data/README.txt").decode()
    assert "- Words: words" in told
    assert "hunter22" not in told


def test_interrupted_writing_leaves_nothing(tmp_path):
    def broken():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_bag(tmp_path / "r.zip", top="x", metadata={}, payload=[("a", broken)], external_identifier="urn:x")
    assert list(tmp_path.iterdir()) == []


def test_what_is_recorded_twice_stands_once_and_what_it_names_is_described():
    document = phase("1-request")
    document["@graph"] = [each for each in document["@graph"] if each["@id"] != record.PROFILE]
    received = {"agent": PORTAL, "started": ago(9), "ended": ago(9)}
    for _ in range(2):
        record.record_validation(document, identifier="#validate", **received)
        record.record_download(
            document, identifier="#download", name="Fetched", distribution="https://elsewhere.example/w.zip", **received
        )
    root = next(each for each in document["@graph"] if each["@id"] == "./")
    assert [each["@id"] for each in root["mentions"]].count("#validate") == 1
    ids = [each["@id"] for each in document["@graph"]]
    assert ids.count(record.PROFILE) == 1
    assert ids.count("https://elsewhere.example/w.zip") == 1


def test_a_licence_that_is_not_of_spdx_has_no_identifier_of_its():
    document = phase("1-request")
    publisher = record.Agent("https://tre.example.org/", "TRE", "Organization")
    terms = {"licence": "https://tre.example.org/terms", "licence_name": "Terms"}
    record.record_publication(document, publisher=publisher, at=ago(1), identifier="#bagit", agent=PORTAL, **terms)
    found = next(each for each in document["@graph"] if each["@id"] == terms["licence"])
    assert found["name"] == "Terms"
    assert "identifier" not in found
