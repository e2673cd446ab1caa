"""What a workflow asks for, and whether a request fills it."""

import pytest

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
        ([given("share", "half")], "share has to be a number"),
        ([given("round", "maybe")], "round has to be true or false"),
        ([given("shape", "oval")], "one of: round, square"),
        ([given("regions", "text")], "regions has to be a file"),
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
