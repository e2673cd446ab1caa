"""What a workflow asks for, and whether a request fills it."""

import pytest
import rfc8785

from apps.core.crates.check import Input
from apps.core.crates.parameters import CODE_BYTES, BadParameter, fill, value_of


def parameter(name, type="string", kind="data", default="", choices=()):
    return {"name": name, "type": type, "kind": kind, "default": default, "choices": list(choices), "label": name}


def given(name, value=None, path="", size=0):
    return Input(id=f"#{name}", name=name, parameter=name, value=value, path=path, size=size)


ASKED = [
    parameter("dataset", "dataset"),
    parameter("least", "integer", default="10"),
    parameter("share", "number", default="0.5"),
    parameter("round", "boolean", default="true"),
    parameter("shape", kind="choice", default="round", choices=("round", "square")),
    parameter("query", kind="code"),
    parameter("regions", "file", default="none"),
    parameter("script", "file", kind="code", default="none"),
]


def test_each_value_comes_in_its_own_type():
    inputs = [
        given("least", "3"),
        given("share", "0.25"),
        given("round", "False"),
        given("shape", "square"),
        given("query", "select 1"),
        given("regions", path="inputs/regions.csv", size=10**9),
        given("script", path="inputs/run.py", size=CODE_BYTES),
    ]
    values, files = fill(ASKED, inputs)
    assert values == {"least": 3, "share": 0.25, "round": False, "shape": "square", "query": "select 1"}
    assert files == {"regions": "inputs/regions.csv", "script": "inputs/run.py"}


def test_what_has_a_usual_value_may_be_left_out():
    assert fill(ASKED, [given("query", "select 1")]) == ({"query": "select 1"}, {})


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([], "needs query"),
        ([given("dataset", "x")], "takes no parameter called dataset"),
        ([given("other", "x")], "takes no parameter called other"),
        ([given("least", "1"), given("least", "2")], "least is given twice"),
        ([given("least", "many")], "least has to be a whole number"),
        ([given("least", "1_0")], "least has to be a whole number"),
        ([given("least", "\u0661\u0660")], "least has to be a whole number"),
        ([given("least", "99999999999999999999")], "not beyond 9007199254740991"),
        ([given("least", str(-(2**53)))], "not beyond 9007199254740991"),
        ([given("share", "half")], "share has to be a number"),
        ([given("share", "nan")], "share has to be a number"),
        ([given("share", "-inf")], "share has to be a number"),
        ([given("share", "1e999")], "share has to be a number"),
        ([given("share", "\u0661")], "share has to be a number"),
        ([given("round", "maybe")], "round has to be true or false"),
        ([given("shape", "oval")], "one of: round, square"),
        ([given("regions", "text")], "regions has to be a file"),
        ([given("regions", path="inputs/other/")], "regions has to be a file"),
        ([given("query", path="inputs/run.sql", size=9)], "query has to be a value, not a file"),
        ([given("query")], "query has to be a value, not a file"),
        ([given("least", {"@id": "#x"})], "least has to be a value, not a file"),
        ([given("query", "x" * (CODE_BYTES + 1))], "longer than a person can read"),
        ([given("script", path="inputs/run.py", size=CODE_BYTES + 1)], "longer than a person can read"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(inputs, sentence):
    with pytest.raises(BadParameter, match=sentence):
        fill(ASKED, inputs)


def test_a_parameter_from_before_kinds_were_told_is_data():
    old = {"name": "bands", "type": "string", "label": "Bands", "default": ""}
    assert value_of("0-17", old) == "0-17"


@pytest.mark.parametrize("largest", [2**53 - 1, -(2**53 - 1)])
def test_every_whole_number_that_is_taken_can_be_signed(largest):
    assert value_of(largest, parameter("least", "integer")) == largest
    assert rfc8785.dumps({"least": largest})


@pytest.mark.parametrize(("text", "number"), [("-1.5", -1.5), (".5", 0.5), ("2.", 2.0), ("1e-3", 0.001), (3, 3.0)])
def test_a_number_may_be_written_in_the_usual_ways(text, number):
    assert value_of(text, parameter("share", "number")) == number
