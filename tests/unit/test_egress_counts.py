"""The numbers of a table that a checker's eye is led to."""

from types import SimpleNamespace

import pytest

from apps.node.egress.counts import marked, whole

POLICY = SimpleNamespace(least_count=10, rounding=5)


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" 1,200 ", 1200), ("0", 0), ("", None), ("-3", None), ("7.5", None), ("²", None), ("9" * 16, None)],
)
def test_a_whole_number_is_known_however_it_is_written(text, number):
    assert whole(text) == number


def why(rows, policy=POLICY):
    return [[(each.is_small, each.is_unrounded) for each in line] for line in marked(rows, policy)]


def test_small_and_unrounded_numbers_are_marked_and_nothing_else():
    rows = [
        ["region", "people", "mean"],
        ["North", "3", "1.5"],
        ["South", "10"],
        ["West", "12", "7"],
        ["East", "0", "2"],
    ]
    no = (False, False)
    assert why(rows) == [[no, no, no], [no, (True, True), no], [no, no], [no, (False, True), no], [no, no, no]]


def test_a_policy_that_does_not_round_marks_none_as_unrounded():
    assert why([["n"], ["3"]], SimpleNamespace(least_count=3, rounding=1)) == [[(False, False)], [(False, False)]]


def test_a_table_without_rows_stays_as_it_is():
    assert [[each.text for each in line] for line in marked([["region", "people"]], POLICY)] == [["region", "people"]]
    assert marked([], POLICY) == []
