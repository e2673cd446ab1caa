"""What a researcher's crate is told, rule by rule."""

import copy
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.crates import package
from apps.core.crates.check import check, read
from apps.core.crates.findings import Unreadable
from apps.core.crates.limits import Limits
from apps.core.crates.parameters import BadParameter, fill
from apps.core.crates.reviews import strip_reviews
from tests.unit.crates.bags import good, phase, write


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


def test_a_folder_is_no_file_that_a_parameter_can_be_filled_with(tmp_path):
    document = phase("1-request")
    regions = entity(document, "inputs/regions.csv")
    regions |= {"@id": "inputs/other/", "@type": "Dataset"}
    change("./", hasPart=[{"@id": "inputs/other/"}])(document)
    change(RUN, object=[{"@id": "inputs/other/"}])(document)
    path = write(tmp_path / "c.zip", good(document, {"inputs/other/run.py": b"x"}))
    assert check(path).verdict == "accepted"
    [given] = read(path).inputs
    assert (given.value, given.path, given.size) == (None, "", 0)
    parameter = {"name": given.parameter, "type": "file", "kind": "code", "default": ""}
    with pytest.raises(BadParameter, match="has to be a file"):
        fill([parameter], [given])


def test_the_bounds_are_settings(tmp_path):
    path = write(tmp_path / "x.zip", good())
    for rule, limits in (
        ("M-01", Limits(upload_bytes=10)),
        ("M-04", Limits(unpacked_bytes=10)),
        ("M-06", Limits(members=2)),
        ("M-06", Limits(directory_bytes=100)),
        ("M-06", Limits(depth=1)),
        ("M-21", Limits(metadata_bytes=10)),
        ("M-21", Limits(entities=2)),
        ("M-21", Limits(json_values=20)),
        ("M-21", Limits(text_characters=5)),
        ("M-22", Limits(json_depth=2)),
    ):
        assert rules(check(path, limits=limits)) == {rule}
    assert rules(check(tmp_path / "nothing")) == {"M-40"}


@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.1:8000"])
def test_the_portals_own_host_may_stand_on_a_private_address(own, tmp_path):
    text = json.dumps(phase("1-request")).replace("https://workflows.example.org", "http://127.0.0.1:8000")
    path = write(tmp_path / "c.zip", good(json.loads(text)))
    assert rules(check(path)) == rules(check(path, limits=Limits(own_hosts=frozenset({"127.0.0.1:9"})))) == {"M-28"}
    assert check(path, limits=Limits(own_hosts=frozenset({own}))).findings == []


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
    from apps.core.crates.layout import descriptors

    with pytest.raises(Unreadable, match="more than"):
        parse(b'{"@graph": []}' + b" " * 20, Limits(metadata_bytes=16))
    with pytest.raises(Unreadable, match="a number of more than 100 digits"):
        parse(b'{"@graph": [%s]}' % (b"9" * 101), Limits())
    assert len(descriptors((1, 2, 3))) == 2 * len(descriptors((1, 2, 2**32))) == 4
    bag = package.open_bag(write(tmp_path / "r.zip", good()), Limits())
    with bag.archive:
        bag.limits = Limits(unpacked_bytes=10)
        with pytest.raises(Unreadable):
            list(package.check_digests(bag))
    circle = [{"@id": "a/", "hasPart": {"@id": "b/"}}, {"@id": "b/", "hasPart": [{"@id": "a/"}]}]
    root = {"@id": "./", "@type": "Dataset", "hasPart": [{"@id": "a/"}, {"@id": "b/"}]}
    descriptor = {"@id": "ro-crate-metadata.json", "about": {"@id": "./"}}
    assert Graph({"@graph": [descriptor, root, *circle]}).parts() == {"a/", "b/"}
