"""The steps of a CWL workflow: what is told of them, how they are drawn, and that nothing in a file can do harm."""

import io
import itertools
import json
import time
import zipfile

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.crates import cwl, diagram
from apps.core.crates.cwl import Port, Step, Workflow

TWO_STEPS = """
cwlVersion: v1.2
class: Workflow
label: Two steps
doc: ["Counts, and", draws.]
inputs:
  people: {type: File, label: The people}
  bands: string[]
  note: {type: [string, "null"]}
  kind: {type: {type: enum, symbols: ["#kind/a", b]}}
  more: {type: {type: array, items: int}}
  size: int?
  table: {type: {type: record}}
steps:
  count:
    run: ../tools/count.cwl
    scatter: band
    in: {people: people, band: {source: bands}, table: {default: 3}, both: [people, note]}
    out: [{id: counts}]
  draw:
    label: Draw
    run: {class: CommandLineTool, baseCommand: [python3, -I], hints: [{class: DockerRequirement, dockerPull: "draw:1"}]}
    when: $(inputs.counts != null)
    in: {counts: count/counts}
    out: [chart]
outputs:
  chart: {type: File, outputSource: draw/chart, label: The chart}
  counts: {type: File, outputSource: count/counts}
"""
COUNT = {
    "class": "CommandLineTool",
    "label": "Count them",
    "requirements": {"DockerRequirement": {"dockerPull": "c:2"}},
}


def told(text: str, **files) -> Workflow:
    def find(path, most):
        return files[path]

    return cwl.read(text.encode(), path="workflow/main.cwl", find=find)


def test_the_steps_their_sources_and_what_they_run_are_told():
    found = told(TWO_STEPS, **{"tools/count.cwl": json.dumps(COUNT).encode()})
    assert (found.problem, found.title, found.about, found.notes) == ("", "Two steps", "Counts, and draws.", ())
    count, draw = found.steps
    assert (count.title, count.runs) == ("Count them", "../tools/count.cwl")
    assert count.does == "runs a command, in the container c:2"
    assert [(each.name, each.sources) for each in count.inputs] == [
        ("people", ("people",)),
        ("band", ("bands",)),
        ("table", ()),
        ("both", ("people", "note")),
    ]
    assert (count.outputs, count.scatter) == (("counts",), ("band",))
    assert (draw.title, draw.runs, draw.does) == ("Draw", "", "runs the command python3 -I, in the container draw:1")
    assert draw.when == "$(inputs.counts != null)"
    assert [(each.title, each.sources) for each in found.outputs] == [
        ("The chart", ("draw/chart",)),
        ("counts", ("count/counts",)),
    ]
    assert {each.name: each.type for each in found.inputs} == {
        "people": "File",
        "bands": "list of string",
        "note": "string or nothing",
        "kind": "one of a, b",
        "more": "list of int",
        "size": "int, if there is one",
        "table": "record",
    }


def test_a_packed_workflow_tells_the_same_as_its_parts():
    packed = {
        "cwlVersion": "v1.0",
        "$graph": [
            {"class": "ExpressionTool", "id": "#pick.cwl"},
            {
                "class": "Workflow",
                "id": "#main",
                "inputs": [{"id": "#main/people", "type": "File"}],
                "outputs": [{"id": "#main/best", "outputSource": "#main/pick/best"}],
                "steps": [
                    {
                        "id": "#main/pick",
                        "run": "#pick.cwl",
                        "in": [{"id": "#main/pick/all", "source": "#main/people"}],
                        "out": ["#main/pick/best"],
                    }
                ],
            },
        ],
    }
    found = told(json.dumps(packed))
    (step,) = found.steps
    assert (step.name, step.runs, step.does) == ("pick", "pick.cwl", "works out a value with JavaScript")
    assert (step.inputs[0].name, step.inputs[0].sources, step.outputs) == ("all", ("people",), ("best",))
    assert found.outputs[0].sources == ("pick/best",)
    packed["$graph"][1]["id"] = "#other"
    assert told(json.dumps(packed).replace("#main/", "#other/")).outputs[0].sources == ("pick/best",)


def test_a_tool_alone_is_a_workflow_of_one_step():
    found = told('{"class": "Operation", "cwlVersion": "v1.2", "inputs": {"a": "File"}, "outputs": {"b": "File"}}')
    (step,) = found.steps
    assert (step.title, step.does) == ("main.cwl", "only described: it cannot be run as it is")
    assert (step.inputs[0].sources, step.outputs) == (("a",), ("b",))


def test_a_workflow_within_is_told_with_its_number_of_steps_and_imports_are_noted_but_never_followed():
    text = "{cwlVersion: v1.2, class: Workflow, inputs: {}, outputs: {}, steps: {a: {run: {$import: b.cwl}}, c: {run: d.cwl}}}"
    inner = b"class: Workflow\nsteps: {x: {}, y: {}}\n"
    found = told(text, **{"workflow/b.cwl": inner, "workflow/d.cwl": b"- 1"})
    assert found.steps[0].does == "a workflow of its own, with 2 steps"
    assert (found.steps[1].runs, found.steps[1].does) == ("d.cwl", "")
    assert "which are not shown here" in found.notes[0]


@pytest.mark.parametrize("run", ["https://evil.example/x.cwl", "file:///etc/passwd", "/etc/passwd", "../../x.cwl", ""])
def test_what_a_step_runs_is_never_looked_up_outside_of_the_crate(run):
    def find(path, most):
        raise AssertionError(path)

    text = json.dumps({"cwlVersion": "v1.2", "class": "Workflow", "steps": [{"id": "a", "run": run}]})
    assert cwl.read(text.encode(), path="workflow/main.cwl", find=find if run else None).steps[0].does == ""


def test_no_more_than_some_files_are_read_and_each_once():
    asked = []

    def find(path, most):
        asked.append(path)
        return b"{"

    steps = [{"id": f"s{number}", "run": f"{number % 60}.cwl"} for number in range(200)]
    text = json.dumps({"cwlVersion": "v1.2", "class": "Workflow", "steps": steps})
    assert len(cwl.read(text.encode(), find=find).steps) == 200
    assert len(asked) == len(set(asked)) == cwl.MOST_FILES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not describe a workflow"),
        (b"\xff", "is not text"),
        (b"{a: [", "neither YAML nor JSON"),
        (b"a: 1\n---\nb: 2", "neither YAML nor JSON"),
        (b"[]: {}\n? [a]\n: b", "neither YAML nor JSON"),
        (b"class: Poem", "does not describe a workflow"),
        (b"$graph: [1]", "does not describe a workflow"),
        (b"class: Workflow\ncwlVersion: draft-3", "draft-3"),
        (b"class: Workflow", "none"),
        (b"[" * 200_000, "nested too deeply"),
        (b"- " * 100_000, "nested too deeply"),
        (b"a: b\n" * 30_000, "too large"),
        (b"a" * (cwl.MOST_BYTES + 1), "larger than 256 KB"),
        (b'"' + b"\\u0041" * 40_000 + b'"', "does not describe a workflow"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_soon(content, words):
    started = time.monotonic()
    assert words in cwl.read(content).problem
    assert time.monotonic() - started < 2


def test_an_alias_bomb_is_refused_before_it_is_built():
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 30)]
    started = time.monotonic()
    assert "YAML anchors" in cwl.read("\n".join(bomb).encode()).problem
    assert "YAML anchors" in cwl.read(b"class: Workflow\nsteps: *nothing").problem
    assert time.monotonic() - started < 1


def test_no_tag_is_resolved():
    text = b"cwlVersion: v1.2\nclass: Workflow\nlabel: !!python/object/apply:os.system ['true']\ndoc: !!binary aGVsbG8=\nsteps: {}"
    found = cwl.read(text)
    assert (found.problem, found.title, found.about) == ("", "", "aGVsbG8=")


def test_names_that_are_long_unseen_or_turned_around_are_shown_plainly():
    name = "a\u202ebc\x07" + "d" * 500
    (step,) = cwl.read(json.dumps({"cwlVersion": "v1.0", "class": "Workflow", "steps": {name: 7}}).encode()).steps
    assert step.name.startswith("a\ufffdbc\ufffd")
    assert len(step.name) == cwl.MOST_CHARACTERS
    assert step.runs == "7"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["a/b", "#main/a/b", "File[]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "run", "source", "type", "items", "x", "$import"]), inner, max_size=4)
    ),
    max_leaves=12,
)
fields = ("inputs", "outputs", "steps", "label", "doc", "id", "$graph", "requirements", "baseCommand", "hints")
documents = st.fixed_dictionaries(
    {"class": st.sampled_from(["Workflow", "CommandLineTool", 7]), "cwlVersion": st.just("v1.2")},
    optional=dict.fromkeys(fields, values),
)


@settings(max_examples=200, deadline=None)
@given(documents | values, st.booleans())
def test_any_value_gives_steps_or_a_sentence(document, as_yaml):
    text = yaml.safe_dump(document) if as_yaml else json.dumps(document)
    found = cwl.read(text.encode())
    assert found.problem or isinstance(found.steps, tuple)
    diagram.draw(found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="{}[]&*!:-?|>'\"#%@,abc \n", max_size=80).map(str.encode))
def test_any_bytes_give_steps_or_a_sentence(content):
    found = cwl.read(content)
    assert found.problem or found.steps == ()


def crate_of(language: dict | str, path="main.cwl", **more) -> io.BytesIO:
    entities = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "mainEntity": {"@id": path}},
        {"@id": path, "@type": "File", "programmingLanguage": language},
        {"@id": "#language", "@type": "ComputerLanguage", "name": "Common Workflow Language"},
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ro-crate-metadata.json", json.dumps({"@graph": entities}))
        archive.writestr("main.cwl", TWO_STEPS)
        for name, text in more.items():
            archive.writestr(name, text)
    return out


CWL = {"@id": "https://w3id.org/workflowhub/workflow-ro-crate#cwl"}


def test_a_workflow_crate_is_read_from_its_zip():
    assert [step.name for step in cwl.read_crate_file(crate_of(CWL)).steps] == ["count", "draw"]
    assert cwl.read_crate_file(crate_of({"@id": "#language"})).steps
    assert cwl.read_crate_file(crate_of("whatever")).steps


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (io.BytesIO(b"no zip"), "is not a ZIP"),
        (crate_of({"@id": "https://w3id.org/workflowhub/workflow-ro-crate#nextflow"}), "is Nextflow"),
        (crate_of("x", path="main.nf"), "is Nextflow"),
        (crate_of("Snakemake", path="Snakefile"), "in a language that we do not read"),
        (crate_of(CWL, path="absent.cwl"), "does not hold what it names"),
        (crate_of(CWL, path="../main.cwl"), "does not name its workflow"),
    ],
)
def test_a_workflow_crate_that_cannot_be_shown_says_why(stream, words):
    assert words in cwl.read_crate_file(stream).problem


def test_the_picture_has_a_box_for_each_step_and_lanes_that_no_box_covers():
    steps = [
        Step("one", inputs=(Port("x", sources=("in",)),)),
        Step("two", inputs=(Port("x", sources=("one/o", "one/p")),), scatter=("x",), runs="two.cwl"),
        Step("three", inputs=(Port("x", sources=("two/o", "gone/o", "three/o")),), when="$(true)"),
        Step("four", inputs=(Port("x", sources=("three/o", "one/o")), Port("y", sources=("late",)))),
    ]
    inputs = (Port("in"), Port("late"), Port("unused"))
    outputs = tuple(Port(f"o{number}", sources=("four/o",)) for number in range(8)) + (Port("copy", sources=("in",)),)
    picture = diagram.draw(Workflow(inputs=inputs, outputs=outputs, steps=tuple(steps)))
    texts = [[words.text for words in box.words] for box in picture.boxes]
    assert ["2. two", "runs two.cwl", "once for each x"] in texts
    assert ["3. three", "only if a condition holds"] in texts
    assert ["Comes in, not used", "unused"] in texts
    assert [line for text in texts for line in text].count("and 2 more") == 1
    for box, other in itertools.combinations(picture.boxes, 2):
        apart = box.x + box.width <= other.x or other.x + other.width <= box.x
        assert apart or box.y + box.height <= other.y or other.y + other.height <= box.y
    assert all(box.x >= 0 and box.x + box.width <= picture.width for box in picture.boxes)
    assert max(box.y + box.height for box in picture.boxes) < picture.height
    assert len(picture.arrows) == 8
    assert any(arrow.path.count("C") == 3 for arrow in picture.arrows)


def test_steps_in_a_circle_are_drawn_and_do_not_loop_for_ever():
    steps = (Step("a", inputs=(Port("x", sources=("b/o",)),)), Step("b", inputs=(Port("x", sources=("a/o",)),)))
    picture = diagram.draw(Workflow(steps=steps))
    assert (len(picture.boxes), picture.arrows) == (2, [])


def test_what_is_too_large_for_a_picture_is_not_drawn():
    chain = [Step(f"s{n}", inputs=(Port("x", sources=tuple(f"s{m}/o" for m in range(n))),)) for n in range(60)]
    started = time.monotonic()
    assert diagram.draw(Workflow(steps=tuple(chain))) is None
    assert diagram.draw(Workflow(steps=(Step("s"),) * 61)) is None
    assert diagram.draw(Workflow()) is None
    assert time.monotonic() - started < 2


def test_long_and_wide_names_are_cut_to_their_box():
    steps = (Step("x", label="人" * 60), Step("y", label="w" * 200))
    picture = diagram.draw(Workflow(steps=steps))
    assert [len(words.text) <= 23 for box in picture.boxes for words in box.words] == [True] * 4
    assert picture.boxes[1].words[-1].text.endswith("…")
    assert picture.boxes[1].title == "2. " + "w" * 200
