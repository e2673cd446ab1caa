"""What a crate says for people: told from its metadata alone, in order, and whatever stands in them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.crates import story
from apps.core.crates.inert import SHOWN_BYTES, beginning, text_of
from apps.core.crates.limits import Limits
from apps.core.crates.package import open_bag
from tests.unit.crates.bags import phase, write

RUN = "#run-5f0c6e9e-6d2b-4c53-9f0e-0f6a4a4f7d10"


def one(document, identifier):
    return next(each for each in document["@graph"] if each["@id"] == identifier)


def test_who_asks_for_whom_what_runs_on_what():
    told = story.tell(phase("1-request"))
    assert (told.person.title, told.organisation.title, told.project.title) == (
        "Ada Example",
        "Example University",
        "ASTHMA-24",
    )
    assert (told.name, told.workflow.title) == ("Count of adults with asthma, by region", "Regional counts workflow")
    assert [(each.parameter, each.value, each.path) for each in told.inputs] == [
        ("regions", "", "inputs/regions.csv"),
        ("min_cell", "10", ""),
    ]
    (run,) = told.phases
    assert (run.title, run.outcome, run.outcome_words, run.at, run.is_ahead) == (
        "Run the analysis",
        "waiting",
        "waiting",
        None,
        True,
    )


def test_the_phases_of_a_result_are_told_by_time_in_plain_words():
    told = story.tell(phase("9-published"))
    assert [each.term for each in told.phases] == [
        *("CheckValue", "ValidationCheck", "Download", "SignOff", "Run", "DisclosureCheck", "GenerateCheckValue")
    ]
    assert [each.outcome_words for each in told.phases] == [
        "passed",
        "passed",
        "done",
        "passed",
        "done",
        "passed",
        "done",
    ]
    check = told.phases[0]
    assert [each.title for each in check.who] == ["Crate portal at Example TRE"]
    assert [each.title for each in check.acting_for] == ["Example TRE"]
    assert [each.title for each in told.outputs] == ["Counts by region", "Plots"]


def test_what_is_ahead_stands_last_and_what_failed_says_so():
    pending = story.tell(phase("8a-disclosure-pending")).phases
    assert (pending[-1].title, pending[-1].outcome) == ("Check the results: could they point to anyone?", "waiting")
    failed = {each.term: each for each in story.tell(phase("7b-run-failed")).phases}
    assert failed["Run"].outcome_words == "failed"
    refused = {each.term: each for each in story.tell(phase("5b-signoff-refused")).phases}
    assert refused["SignOff"].outcome_words == "not passed"


def test_an_action_of_an_unknown_kind_keeps_its_own_words_and_untold_times_stand_after_told_ones():
    document = phase("9-published")
    document["@graph"] += [
        {"@id": "#1", "@type": "AssessAction", "name": "Asked the ethics board", "endTime": "9999-12-31T23:59:59Z"},
        {"@id": "#2", "@type": "ReceiveAction", "endTime": "2026-04-01T00:00:00Z"},
        {"@id": "#3", "type": "UpdateAction"},
    ]
    titles = [each.title for each in story.tell(document).phases]
    assert titles[-3:] == ["The crate was received", "Asked the ethics board", "Something else was recorded"]
    assert story.tell(document).phases[-2].at is None


def test_each_phase_has_what_it_wrote():
    found = story.difference(phase("1-request"), phase("9-published"))
    wrote = {each.term: [(change.kind, change.entity.title) for change in each.changes] for each in found.phases}
    assert ("added", "Reviewer 07") in wrote["SignOff"]
    assert ("added", "Agreement policy for ASTHMA-24, version 4") in wrote["SignOff"]
    assert ("added", "Counts by region") in wrote["Run"]
    assert ("changed", "Run regional counts for ASTHMA-24") in wrote["Run"]
    assert ("added", "Creative Commons Attribution 4.0 International") in wrote["GenerateCheckValue"]
    run = next(change for each in found.phases for change in each.changes if change.kind == "changed")
    assert run.properties == ("actionStatus", "endTime", "result", "startTime")
    assert (found.kept, found.added, found.changed, found.gone_number, found.elsewhere) == (13, 16, 2, 0, [])
    assert sum(each.number for each in found.phases) == 18


def test_what_no_phase_accounts_for_and_what_is_gone_is_told():
    result = phase("9-published")
    result["@graph"] = [each for each in result["@graph"] if each["@id"] != "#min-cell"] + [
        {"@id": f"#slipped-in-{number}", "@type": "Thing"} for number in range(40)
    ]
    one(result, "https://orcid.org/0000-0001-2345-6789")["name"] = "Someone Else"
    found = story.difference(phase("1-request"), result)
    assert [(each.entity.id, each.entity.title) for each in found.gone] == [("#min-cell", "--min-cell")]
    assert (found.elsewhere[0].kind, found.elsewhere[0].properties) == ("changed", ("name",))
    assert (len(found.elsewhere), found.elsewhere_number, found.gone_number) == (30, 41, 1)


def test_every_entity_is_told_with_its_references_both_ways():
    entities = story.Entities(phase("1-request"))
    told = entities.one(RUN)
    values = {each.name: [(value.text, value.entity) for value in each.values] for each in told.properties}
    assert values["agent"] == [("Ada Example", "https://orcid.org/0000-0001-2345-6789")]
    assert values["object"] == [("regions", "inputs/regions.csv"), ("--min-cell", "#min-cell")]
    assert [(row.title, name) for row, name in told.named_by] == [
        ("Count of adults with asthma, by region", "mentions")
    ]
    assert entities.one("https://orcid.org/0000-0001-2345-6789").address == "https://orcid.org/0000-0001-2345-6789"
    assert entities.one("#nothing") is None
    assert [each.title for each in entities.rows(0, 1)] == ["The metadata file"]
    assert len(entities.rows(0, 100)) == len(entities)


def test_only_whole_http_addresses_are_links_and_texts_are_plain():
    document = {
        "@graph": [
            {
                "@id": "./",
                "url": [
                    "https://a.example/x",
                    "javascript:alert(1)",
                    "http://a b",
                    "https://x.example/\u202etxt",
                    {"@id": "data:,x"},
                ],
                "nested": [{"@id": "a", "b": 1}, [1], None, True, 1.5, "a\u202eb\x00c"],
                "long": "x" * 9_000,
                "many": list(range(150)),
            }
        ]
    }
    entities = story.Entities(document)
    told = entities.one("./")
    values = {each.name: each for each in told.properties}
    assert [each.address for each in values["url"].values] == ["https://a.example/x", "", "", "", ""]
    assert [each.text for each in values["nested"].values] == [
        '{"@id": "a", "b": 1}',
        "[1]",
        "null",
        "true",
        "1.5",
        "a\ufffdb\ufffdc",
    ]
    assert len(values["long"].values[0].text) == story.MOST_CHARACTERS
    assert (len(values["many"].values), values["many"].more) == (100, 50)
    assert told.row.title == "The crate itself"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["./", "#a", "CreateAction", "AssessAction"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@id", "@type", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
properties = (
    "@type",
    "name",
    "mentions",
    "mainEntity",
    "agent",
    "object",
    "result",
    "actionStatus",
    "endTime",
    "additionalType",
    "type",
)
entity_values = st.fixed_dictionaries(
    {}, optional={"@id": st.sampled_from(["./", "#a", "#b", 7, None]), **dict.fromkeys(properties, json_values)}
)
documents = st.fixed_dictionaries({"@graph": st.lists(entity_values | json_values, max_size=5)})


@settings(max_examples=100, deadline=None)
@given(documents, documents)
def test_any_metadata_can_be_told(before, after):
    story.tell(after)
    story.difference(before, after)
    entities = story.Entities(after)
    for each in entities.rows(0, 10):
        assert entities.one(each.id).row == each


def large(number: int, actions: int = 0) -> dict:
    document = phase("9-published")
    parts = [{"@id": f"outputs/{each}.csv"} for each in range(number)]
    one(document, "./")["hasPart"] += parts
    one(document, RUN)["result"] += parts
    document["@graph"] += [{"@id": each["@id"], "@type": "File", "name": each["@id"]} for each in parts]
    document["@graph"] += [
        {
            "@id": f"#u{each}",
            "@type": "UpdateAction",
            "additionalType": {"@id": "https://w3id.org/shp#GenerateCheckValue"},
        }
        for each in range(actions)
    ]
    return document


@pytest.mark.parametrize("actions", [0, 5_000])
def test_twenty_thousand_entities_are_told_in_linear_time(actions):
    small, big = (measured(large(number, actions * number // 19_000)) for number in (1_900, 19_000))
    assert big < 25 * max(small, 0.02)


def measured(document) -> float:
    """Seconds to tell all of it once, the better of two."""
    request, best = phase("1-request"), 100.0
    for _ in range(2):
        started = time.perf_counter()
        story.tell(document)
        assert story.difference(request, document).added >= 1_900
        entities = story.Entities(document)
        assert len(entities.rows(1_850, 50)) == 50
        assert entities.one("./").named_by
        assert entities.one(RUN).properties[-1].more > 1_000
        best = min(best, time.perf_counter() - started)
    return best


def test_a_file_is_shown_as_text_or_not_at_all(tmp_path):
    content = {
        "data/a.txt": "é".encode() * 3_000,
        "data/b.svg": b"<svg onload='alert(1)'/>",
        "data/c.png": b"\x89PNG\0",
        "data/d": b"",
        "data/e.csv": "a\r\nb\u202e".encode(),
    }
    path = write(tmp_path / "c.zip", content | {"bagit.txt": b""})
    bag = open_bag(path, Limits())
    with bag.archive:
        shown = {each: beginning(bag, each) for each in ("a.txt", "b.svg", "c.png", "d", "e.csv")}
    assert (len(shown["a.txt"].text), shown["a.txt"].size, shown["a.txt"].is_whole) == (SHOWN_BYTES // 2, 6_000, False)
    assert (shown["b.svg"].text, shown["b.svg"].is_whole) == ("<svg onload='alert(1)'/>", True)
    assert shown["c.png"].text is None
    assert shown["d"].text == ""
    assert (shown["e.csv"].text, shown["e.csv"].hides) == ("a\nb[U+202E]", True)
    assert not shown["a.txt"].hides
    assert text_of("aé".encode()[:2]) == "a"
    assert text_of(b"\xff\xfe\xfd\xfc\xfb") is None
