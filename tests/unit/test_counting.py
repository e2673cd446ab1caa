"""What votes come to: tried in every order, so that nothing is approved that the rule does not allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.panels.counting import ALL, SIMPLE, TWO_THIRDS, Ballot, Place, Rule, outcome, who_may_vote

CHOICES = ("approve", "conditions", "changes", "refuse", "abstain")
YES = ("approve", "conditions")
rules = st.builds(
    Rule,
    quorum=st.integers(1, 5),
    least_lay=st.integers(0, 2),
    least_organisations=st.integers(0, 3),
    majority=st.sampled_from((SIMPLE, TWO_THIRDS, ALL)),
    chair_breaks_ties=st.booleans(),
    lay_populations=st.sampled_from(((), (), ("Wales",), ("Wales", "Powys"))),
)


@st.composite
def panels(draw):
    """Some seats, of which one may chair and some stand for others; some in conflict; some votes."""
    number = draw(st.integers(1, 8))
    chair = draw(st.integers(0, 8))
    seats = []
    for each in range(number):
        principal = draw(st.sampled_from([None, *range(each)]))
        seats.append(
            Place(
                id=each,
                kind=draw(st.sampled_from(("expert", "lay", "custodian"))),
                organisation=draw(st.sampled_from(("", "A", "a", "B", "C"))),
                is_chair=each == chair,
                deputy_of=principal,
                absent=draw(st.booleans()) if principal is None else False,
                population=draw(st.sampled_from(("", "Wales", " wales", "Powys"))),
            )
        )
    conflicts = draw(st.sets(st.integers(0, number)))
    votes = draw(st.lists(st.builds(Ballot, st.integers(0, number), st.sampled_from(CHOICES)), max_size=16))
    return seats, conflicts, votes


@given(rules, panels())
def test_nothing_is_approved_without_quorum_lay_votes_organisations_and_majority(rule, panel):
    seats, conflicts, votes = panel
    result = outcome(rule, votes, seats, conflicts)
    by_id = {seat.id: seat for seat in seats}
    assert bool(result.missing) != bool(result.decision)
    for ballot in result.counted:
        seat = by_id[ballot.seat]
        assert seat.id not in conflicts
        assert not seat.absent
        principal = by_id.get(seat.deputy_of)
        assert principal is None or principal.absent or principal.id in conflicts
    assert len({ballot.seat for ballot in result.counted}) == len(result.counted)
    if result.decision not in YES:
        return
    deciding = [ballot for ballot in result.counted if ballot.choice != "abstain"]
    assert len(deciding) >= rule.quorum
    assert sum(by_id[ballot.seat].kind == "lay" for ballot in deciding) >= rule.least_lay
    organisations = {by_id[ballot.seat].organisation.lower() for ballot in deciding} - {""}
    assert len(organisations) >= rule.least_organisations
    lay_from = {by_id[each.seat].population.strip().lower() for each in deciding if by_id[each.seat].kind == "lay"}
    assert {each.lower() for each in rule.lay_populations} <= lay_from
    yes = sum(ballot.choice in YES for ballot in deciding)
    no = len(deciding) - yes
    if rule.majority == ALL:
        assert no == 0
    elif rule.majority == TWO_THIRDS:
        assert yes >= 2 * no
    else:
        chair = [ballot.choice for ballot in deciding if by_id[ballot.seat].is_chair]
        assert yes > no or (yes == no and rule.chair_breaks_ties and chair[0] in YES)


@given(rules, panels())
def test_a_conflict_counts_as_if_the_member_had_never_voted(rule, panel):
    seats, conflicts, votes = panel
    without = [ballot for ballot in votes if ballot.seat not in conflicts]
    assert outcome(rule, votes, seats, conflicts) == outcome(rule, without, seats, conflicts)


def decision(choices, majority=SIMPLE, breaks=False):
    seats = [Place(number, "lay", is_chair=number == 0) for number in range(len(choices))]
    ballots = [Ballot(number, choice) for number, choice in enumerate(choices)]
    return outcome(Rule(1, 0, 0, majority, breaks), ballots, seats, ()).decision


@pytest.mark.parametrize(
    ("choices", "majority", "breaks", "comes_to"),
    [
        (["approve", "approve", "refuse"], SIMPLE, False, "approve"),
        (["approve", "refuse"], SIMPLE, False, "refuse"),
        (["approve", "refuse"], SIMPLE, True, "approve"),
        (["refuse", "approve"], SIMPLE, True, "refuse"),
        (["changes", "approve"], SIMPLE, True, "changes"),
        (["changes", "approve"], SIMPLE, False, "changes"),
        (["conditions", "refuse"], SIMPLE, True, "conditions"),
        (["approve", "conditions", "refuse"], SIMPLE, False, "conditions"),
        (["approve", "approve", "conditions"], SIMPLE, False, "approve"),
        (["approve", "changes", "abstain"], SIMPLE, True, "approve"),
        (["abstain", "changes", "approve"], SIMPLE, True, "changes"),
        (["approve", "approve", "refuse"], TWO_THIRDS, False, "approve"),
        (["approve", "approve", "refuse", "changes"], TWO_THIRDS, True, "changes"),
        (["approve", "approve", "refuse"], ALL, True, "changes"),
        (["refuse", "refuse", "approve"], ALL, False, "refuse"),
        (["approve", "conditions"], ALL, False, "conditions"),
    ],
)
def test_what_votes_come_to(choices, majority, breaks, comes_to):
    assert decision(choices, majority, breaks) == comes_to


def test_a_deputy_speaks_only_where_her_principal_does_not():
    seats = [
        Place(1, "lay"),
        Place(2, "lay", deputy_of=1),
        Place(3, "expert", absent=True),
        Place(4, "expert", deputy_of=3),
    ]
    assert {seat.id for seat in who_may_vote(seats, ())} == {1, 4}
    assert {seat.id for seat in who_may_vote(seats, {1, 4})} == {2}
    assert {seat.id for seat in who_may_vote(seats[1:2], ())} == {2}


def test_of_two_deputies_of_one_absent_member_one_speaks():
    seats = [
        Place(1, "lay", absent=True),
        Place(2, "lay", deputy_of=1),
        Place(3, "lay", deputy_of=1),
        Place(4, "expert"),
    ]
    assert [seat.id for seat in who_may_vote(seats, set())] == [2, 4]
    assert [seat.id for seat in who_may_vote(seats, {2})] == [3, 4]


def test_two_deputies_of_a_member_who_left_have_one_voice():
    seats = [Place(2, "lay", deputy_of=1), Place(3, "lay", deputy_of=1), Place(4, "lay")]
    assert [seat.id for seat in who_may_vote(seats, set())] == [2, 4]


def test_each_population_that_the_rule_names_is_heard_by_a_lay_member_who_does_not_abstain():
    rule = Rule(1, 0, 0, SIMPLE, False, lay_populations=("Wales", "Powys"))
    seats = [
        Place(1, "lay", population="wales "),
        Place(2, "expert", population="Powys"),
        Place(3, "lay", population="Powys"),
    ]
    votes = [Ballot(1, "approve"), Ballot(2, "approve")]
    assert outcome(rule, [], seats, ()).missing == "0 of at least 1 votes are in."
    assert outcome(rule, votes[1:], seats, ()).missing == (
        "No lay member from Wales has voted. No lay member from Powys has voted."
    )
    for more in ([], [Ballot(3, "abstain")]):
        assert outcome(rule, votes + more, seats, ()).missing == "No lay member from Powys has voted."
    assert outcome(rule, [*votes, Ballot(3, "refuse")], seats, {3}).missing == "No lay member from Powys has voted."
    assert outcome(rule, [*votes, Ballot(3, "refuse")], seats, ()).decision == "approve"
