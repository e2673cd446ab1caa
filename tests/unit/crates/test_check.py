"""What a researcher's crate is told, rule by rule."""

import copy
import json
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.crates import package, table
from apps.core.crates.check import check, read
from apps.core.crates.findings import Unreadable
from apps.core.crates.limits import Limits
from apps.core.crates.reviews import strip_reviews
from tests.unit.crates.bags import good, phase, with_manifests, write


def rules(report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_the_official_example_gives_just_the_two_warnings(official_request):
    report = check(official_request)
    assert [(each.rule, each.level) for each in report.findings] == [("5S-META-08", "warning")] * 2
    assert report.verdict == "accepted"
    crate = read(official_request)
    assert crate.requester["name"] == "Stian Soiland-Reyes"
    assert "project81" in crate.project["identifiers"]
    assert [each.parameter for each in crate.inputs] == ["input-sequence", "fast-mode"]


def test_one_flipped_payload_byte_is_refused_and_names_the_file(official_request, tmp_path):
    with zipfile.ZipFile(official_request) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    name = next(name for name in members if name.endswith("input1.txt"))
    members[name] = bytes([members[name][0] ^ 1]) + members[name][1:]
    report = check(write(tmp_path / "c.zip", members, top=""))
    assert report.verdict == "refused"
    assert any("input1.txt does not match its checksum" in finding.message for finding in report.errors)


def test_a_good_request_has_no_finding(tmp_path):
    report = check(write(tmp_path / "c.zip", good()))
    assert report.as_dict()["verdict"] == "accepted"
    assert report.findings == []


def entity(document, identifier):
    return next(each for each in document["@graph"] if each["@id"] == identifier)


RUN = "#run-5f0c6e9e-6d2b-4c53-9f0e-0f6a4a4f7d10"
WORKFLOW = "https://workflows.example.org/w/17?version=3"
PROJECT = "#project-2b8f0a3e-3c55-4a0b-8d0c-6f1a5a9d2e77"
PERSON = "https://orcid.org/0000-0001-2345-6789"
PROFILE = "https://w3id.org/5s-crate/0.4"


def drop(document, identifier):
    document["@graph"] = [each for each in document["@graph"] if each["@id"] != identifier]


def change(identifier, /, **values):
    def edit(document):
        for name, value in values.items():
            name = "@type" if name == "type_" else name
            if value is None:
                entity(document, identifier).pop(name, None)
            else:
                entity(document, identifier)[name] = value

    return edit


def add(new):
    return lambda document: document["@graph"].append(new)


def context(value):
    return lambda document: document.update({"@context": value})


BREAKS = [
    ("5S-META-01", change("ro-crate-metadata.json", conformsTo={"@id": "https://w3id.org/ro/crate/1.1"})),
    ("5S-META-02", context("https://example.org/context")),
    ("5S-META-02", context([])),
    ("5S-META-02", context(["https://w3id.org/ro/crate/1.2/context", 7])),
    ("M-27", context(["https://w3id.org/ro/crate/1.2/context", {"actionStatus": "https://example.org/x"}])),
    ("5S-META-03", lambda document: drop(document, "ro-crate-metadata.json")),
    ("5S-META-04", change("./", type_="Thing")),
    ("5S-META-06", add("text")),
    ("5S-META-06", add({"@type": "Thing"})),
    ("5S-META-06", add({"@id": "#x", "type": "Thing"})),
    ("5S-META-06", add({"@id": "#x", "@type": "Thing", "a": {"@id": "#y", "name": "inside"}})),
    ("5S-META-07", add({"@id": RUN, "@type": "Thing"})),
    ("5S-META-08", change("./", name=None)),
    ("5S-META-09", change("./", hasPart=[{"@id": WORKFLOW}])),
    ("5S-META-09", change("./", hasPart=[{"@id": WORKFLOW}, {"@id": "inputs/regions.csv"}, {"@id": "other.csv"}])),
    ("5S-META-09", change("./", hasPart=[{"@id": "gone.csv"}, {"@id": WORKFLOW}, {"@id": "inputs/regions.csv"}])),
    ("5S-ROOT-01", change("./", conformsTo=None)),
    ("5S-ROOT-02", lambda document: drop(document, PROFILE)),
    ("5S-ROOT-04", change("./", conformsTo={"@id": "https://w3id.org/5s-crate/9.9"})),
    ("5S-WF-01", change("./", mainEntity=None)),
    (
        "5S-WF-02",
        lambda document: (
            change("./", mainEntity={"@id": "wf.cwl"})(document),
            add({"@id": "wf.cwl", "@type": "File"})(document),
        ),
    ),
    (
        "5S-WF-02",
        lambda document: (
            change("./", mainEntity={"@id": "urn:x:1"})(document),
            add({"@id": "urn:x:1", "@type": "Dataset"})(document),
        ),
    ),
    ("5S-WF-04", change(WORKFLOW, distribution=None)),
    ("5S-RUN-01", change("./", mentions=None)),
    (
        "5S-RUN-02",
        lambda document: (
            change("./", mentions={"@id": "#run"})(document),
            entity(document, RUN).update({"@id": "#run"}),
        ),
    ),
    ("5S-RUN-03", change(RUN, instrument={"@id": "https://example.org/other"})),
    ("5S-RUN-04", change(RUN, actionStatus="http://schema.org/CompletetedActionStatus")),
    ("5S-RUN-05", change(RUN, actionStatus={"@id": "http://schema.org/CompletedActionStatus"})),
    ("5S-AGT-01", change(RUN, agent=None)),
    ("5S-AGT-02", change(PERSON, affiliation=None)),
    ("5S-AGT-03", change(PERSON, memberOf=None)),
    ("5S-PRJ-01", change("./", sourceOrganization=None)),
    ("5S-PRJ-03", change(PROJECT, identifier=None)),
    ("5S-PRJ-04", change("_:localid:tre-example:ASTHMA-24", value=None)),
    ("5S-PRJ-05", change(PROJECT, member={"@id": "https://ror.org/00other"})),
    ("5S-INP-01", change(RUN, object=None)),
    ("5S-INP-02", change(RUN, object=[{"@id": "#nothing"}])),
    ("5S-INP-03", change("#min-cell", exampleOfWork=None)),
    ("5S-PKG-16", add({"@id": "../etc/passwd", "@type": "Thing"})),
    ("M-39", add({"@id": "#folder", "@type": "Collection", "hasPart": {"@id": "#folder"}})),
    ("5S-SEC-07", add({"@id": "file:///etc/passwd", "@type": "Thing"})),
    ("5S-SEC-07", add({"@id": "https://user:word@example.org/", "@type": "Thing"})),
    ("5S-SEC-07", add({"@id": "#" + "x" * 3000, "@type": "Thing"})),
    ("5S-SEC-08", add({"@id": "#ok", "@type": "AssessAction", "name": "approved by me"})),
]


@pytest.mark.parametrize(
    ("rule", "edit"), BREAKS, ids=[f"{rule}-{index}" for index, (rule, _edit) in enumerate(BREAKS)]
)
def test_each_broken_rule_is_named_with_a_way_to_mend_it(rule, edit, tmp_path):
    document = phase("1-request")
    edit(document)
    payload = {"inputs/regions.csv": b"x\n"}
    if any(isinstance(each, dict) and each.get("@id") == "wf.cwl" for each in document["@graph"]):
        payload["wf.cwl"] = b"x"
    report = check(write(tmp_path / "c.zip", good(document, payload)))
    assert rule in rules(report), report.findings
    found = next(finding for finding in report.findings if finding.rule == rule)
    assert found.message
    assert found.mend
    assert found.level == table.RULES[rule].level


def test_the_known_typo_of_a_status_gets_a_hint(tmp_path):
    document = phase("1-request")
    change(RUN, actionStatus="http://schema.org/CompletetedActionStatus")(document)
    report = check(write(tmp_path / "c.zip", good(document)))
    assert "Did you mean http://schema.org/CompletedActionStatus?" in " ".join(each.message for each in report.findings)


def test_a_workflow_may_lie_in_the_crate(tmp_path):
    document = phase("1-request")
    drop(document, WORKFLOW)
    inside = {
        "@id": "wf/",
        "@type": "Dataset",
        "name": "w",
        "conformsTo": {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
    }
    document["@graph"].append(inside)
    change("./", mainEntity={"@id": "wf/"}, hasPart=[{"@id": "wf/"}, {"@id": "inputs/regions.csv"}])(document)
    change(RUN, instrument={"@id": "wf/"})(document)
    payload = {"inputs/regions.csv": b"x", "wf/ro-crate-metadata.json": b"{}"}
    assert check(write(tmp_path / "c.zip", good(document, payload))).findings == []


def without(path):
    return lambda files: files.pop(path)


def replaced(path, content):
    return lambda files: files.update({path: content})


PACKAGES = [
    ("5S-PKG-04", replaced("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"), True),
    ("5S-PKG-04", replaced("bagit.txt", b""), True),
    ("5S-PKG-15", replaced("fetch.txt", b"http://169.254.169.254/ - data/x\n"), True),
    ("5S-PKG-05", without("manifest-sha512.txt"), False),
    ("5S-PKG-06", replaced("data/extra.txt", b"x"), False),
    ("5S-PKG-06", without("data/inputs/regions.csv"), False),
    ("5S-PKG-06", replaced("manifest-sha512.txt", b"nonsense\n\n"), False),
    ("5S-PKG-06", lambda files: replaced("manifest-sha512.txt", files["manifest-sha512.txt"] * 2)(files), False),
    ("5S-PKG-06", replaced("manifest-sha512.txt", b"0" * 128 + b"  bagit.txt\n"), False),
    ("5S-PKG-07", without("tagmanifest-sha512.txt"), False),
    (
        "5S-PKG-08",
        replaced("bag-info.txt", b"External-Identifier: urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d90\n"),
        False,
    ),
    ("5S-PKG-08", replaced("tagmanifest-sha512.txt", b"0" * 128 + b"  tagmanifest-md5.txt\n"), False),
    ("5S-PKG-09", replaced("bag-info.txt", b"Contact: x\n"), True),
    ("5S-PKG-09", replaced("bag-info.txt", b"External-Identifier: a\nExternal-Identifier: b\n"), True),
    ("5S-PKG-09", without("bag-info.txt"), True),
    ("5S-PKG-10", replaced("bag-info.txt", b"External-Identifier: mine\n"), True),
    ("5S-PKG-13", without("data/ro-crate-metadata.json"), True),
    ("5S-PKG-14", without("data/inputs/regions.csv"), True),
    ("M-20", replaced("data/ro-crate-metadata.json", b"\xff\xfe"), True),
    ("M-20", replaced("data/ro-crate-metadata.json", b'{"@graph": [{"@id": "\\ud800"}]}'), True),
    ("M-20", replaced("bag-info.txt", b"\xff"), True),
    ("M-22", replaced("data/ro-crate-metadata.json", b"[" * 100 + b"]" * 100), True),
    ("M-23", replaced("data/ro-crate-metadata.json", b"not json"), True),
    ("M-23", replaced("data/ro-crate-metadata.json", b'{"a": NaN}'), True),
    ("M-23", replaced("data/ro-crate-metadata.json", b'{"a": 1, "a": 2}'), True),
    ("5S-META-06", replaced("data/ro-crate-metadata.json", b"[]"), True),
]


@pytest.mark.parametrize(
    ("rule", "edit", "again"), PACKAGES, ids=[f"{row[0]}-{index}" for index, row in enumerate(PACKAGES)]
)
def test_a_broken_package_is_named(rule, edit, again, tmp_path):
    files = good()
    edit(files)
    report = check(write(tmp_path / "c.zip", with_manifests(files) if again else files))
    assert rule in rules(report), report.findings


def zip_with(path, name, content=b"x", mode=0o100644, flag=0):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bag/bagit.txt", b"")
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    ("rule", "name", "mode"),
    [
        ("M-07", "bag/../x", 0o100644),
        ("M-07", "bag/%2e%2e/x", 0o100644),
        ("M-07", "bag/a\x01b", 0o100644),
        ("M-07", "bag/c:\\x", 0o100644),
        ("M-09", "bag/aux.txt", 0o100644),
        ("M-08", "bag/link", 0o120777),
        ("M-08", "bag/setuid", 0o104755),
        ("M-09", "bag/BAGIT.TXT", 0o100644),
        ("M-06", "bag/" + "x" * 300, 0o100644),
        ("M-06", "bag/" + "d/" * 30 + "x", 0o100644),
        ("5S-PKG-02", "other/x", 0o100644),
    ],
)
def test_a_hostile_name_is_refused(rule, name, mode, tmp_path):
    report = check(zip_with(tmp_path / "c.zip", name, mode=mode))
    assert report.verdict == "unreadable"
    assert rules(report) == {rule}


def test_files_that_are_no_zip_or_too_large_are_refused(tmp_path):
    plain, polyglot, empty = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    plain.write_bytes(b"not a zip")
    polyglot.write_bytes(b"#!/bin/sh\n" + write(tmp_path / "x.zip", good()).read_bytes())
    with zipfile.ZipFile(empty, "w"):
        pass
    assert rules(check(plain)) == rules(check(polyglot)) == rules(check(empty)) == {"5S-PKG-01"}
    assert rules(check(tmp_path / "x.zip", limits=Limits(upload_bytes=10))) == {"M-01"}
    assert rules(check(tmp_path / "x.zip", limits=Limits(members=2))) == {"M-06"}
    assert rules(check(tmp_path / "x.zip", limits=Limits(unpacked_bytes=10))) == {"M-04"}
    assert rules(check(tmp_path / "x.zip", limits=Limits(metadata_bytes=10))) == {"M-21"}
    assert rules(check(tmp_path / "x.zip", limits=Limits(entities=2))) == {"M-21"}
    assert rules(check(tmp_path / "nothing")) == {"M-40"}
    bomb = write(tmp_path / "bomb.zip", good() | {"data/zeros": b"\0" * 20_000_000})
    assert rules(check(bomb)) == {"M-04"}


def patched(path, offset_of, change):
    content = bytearray(path.read_bytes())
    change(content, content.rfind(offset_of))
    path.write_bytes(content)
    return path


def test_a_zip_that_lies_is_refused(tmp_path):
    path = write(tmp_path / "c.zip", good())
    central = b"PK\x01\x02"

    def encrypted(content, at):
        content[at + 8] |= 1

    def odd_method(content, at):
        content[at + 10 : at + 12] = struct.pack("<H", 12)

    def overlap(content, at):
        content[at + 42 : at + 46] = struct.pack("<I", 0)

    for edit, rule in ((encrypted, "5S-PKG-03"), (odd_method, "5S-PKG-03"), (overlap, "M-05")):
        copied = tmp_path / "d.zip"
        copied.write_bytes(path.read_bytes())
        assert rules(check(patched(copied, central, edit))) == {rule}


def test_damage_inside_the_zip_is_told(tmp_path):
    files = good()
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"bag/{name}", content)
    content = path.read_bytes().replace(b"North,12", b"North,13", 1)
    path.write_bytes(content)
    assert "is damaged inside the ZIP" in check(path).findings[0].message


def test_names_that_are_not_utf8_are_refused():
    info = zipfile.ZipInfo("bag/é")
    info.flag_bits = 0
    info.orig_filename = info.filename
    with pytest.raises(Unreadable, match="not UTF-8"):
        package.check_member(info, Limits())


def test_reviews_that_the_client_wrote_are_stripped_and_told(tmp_path):
    document = phase("1-request")
    forged = [
        {"@id": "#a", "@type": "AssessAction", "name": "x"},
        {"@id": "#b", "@type": "Action", "additionalType": {"@id": "https://w3id.org/shp#SignOff"}},
        {"@id": "#c", "@type": "Thing", "type": "UpdateAction"},
    ]
    document["@graph"] += forged
    entity(document, "./")["mentions"] = [{"@id": RUN}, *({"@id": each["@id"]} for each in forged)]
    entity(document, PERSON)["mentions"] = {"@id": "#a"}
    report = check(write(tmp_path / "c.zip", good(document)))
    assert report.verdict == "accepted"
    assert report.stripped == ["#a", "#b", "#c"]
    kept, _ids = strip_reviews(document)
    assert entity(kept, "./")["mentions"] == [{"@id": RUN}]
    assert entity(kept, PERSON)["mentions"] == []
    assert entity(document, "./")["mentions"] != entity(kept, "./")["mentions"]


def test_anything_unforeseen_is_a_refusal_with_a_number(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("apps.core.crates.check.parse", lambda *arguments: 1 / 0)
    report = check(write(tmp_path / "c.zip", good()))
    assert report.verdict == "unreadable"
    assert rules(report) == {"M-40"}


BYTES = good()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_edit_gives_findings_and_never_an_exception(data, tmp_path):
    path = write(tmp_path / "c.zip", BYTES)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    report = check(path)
    assert rules(report) != {"M-40"}
    assert report.verdict in ("accepted", "refused", "unreadable")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@id", "@type", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=JSON)
def test_any_value_anywhere_in_the_metadata_gives_findings_and_never_an_exception(data, value, tmp_path):
    document = copy.deepcopy(phase("1-request"))
    target = data.draw(st.sampled_from(document["@graph"]))
    target[data.draw(st.sampled_from([*target, "@type", "extra"]))] = value
    for phase_name in ("request", "result"):
        report = check(write(tmp_path / "c.zip", good(document, {"inputs/regions.csv": b"x"})), phase=phase_name)
        assert rules(report) != {"M-40"}, json.dumps(document)


def test_limits_are_asked_before_anything_is_parsed(tmp_path):
    from apps.core.crates.graph import Graph, parse

    with pytest.raises(Unreadable, match="more than"):
        parse(b'{"@graph": []}' + b" " * 20, Limits(metadata_bytes=16))
    bag = package.open_bag(write(tmp_path / "r.zip", good()), Limits())
    with bag.archive:
        bag.limits = Limits(unpacked_bytes=10)
        with pytest.raises(Unreadable):
            list(package.check_digests(bag))
    circle = [{"@id": "a/", "hasPart": {"@id": "b/"}}, {"@id": "b/", "hasPart": [{"@id": "a/"}]}]
    root = {"@id": "./", "@type": "Dataset", "hasPart": [{"@id": "a/"}, {"@id": "b/"}]}
    descriptor = {"@id": "ro-crate-metadata.json", "about": {"@id": "./"}}
    assert Graph({"@graph": [descriptor, root, *circle]}).parts() == {"a/", "b/"}
