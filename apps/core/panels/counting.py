"""What votes come to under a rule. Pure: plain values in, plain values out, so that it can be tried in every order.

A vote counts where its seat is on the panel, has no conflict, and is the one that speaks: a deputy's only where her
principal is away or in conflict. An abstention is heard and does not make up the number.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

SIMPLE, TWO_THIRDS, ALL = "simple", "two_thirds", "all"
APPROVE, CONDITIONS, CHANGES, REFUSE, ABSTAIN = "approve", "conditions", "changes", "refuse", "abstain"
YES = (APPROVE, CONDITIONS)
LAY = "lay"


@dataclass(frozen=True)
class Rule:
    quorum: int
    least_lay: int
    least_organisations: int
    majority: str
    chair_breaks_ties: bool
    lay_populations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A seat with a vote. `deputy_of`: the principal's id; `absent`: its holder said that she is away."""

    id: Any
    kind: str
    organisation: str = ""
    is_chair: bool = False
    deputy_of: Any = None
    absent: bool = False
    population: str = ""


@dataclass(frozen=True)
class Ballot:
    seat: Any
    choice: str


@dataclass(frozen=True)
class Outcome:
    """`decision`: approve, conditions, changes or refuse; empty while `missing` says what is missing."""

    decision: str
    missing: str
    counted: tuple[Ballot, ...]

    @property
    def counts(self) -> Counter:
        return Counter(ballot.choice for ballot in self.counted)


def who_may_vote(seats: Iterable[Place], conflicts: Collection) -> list[Place]:
    """The seats that speak: without conflict, present, and one deputy only for a principal who does not, or has left."""
    away = {seat.id for seat in seats if seat.absent or seat.id in conflicts}
    principals = {seat.id for seat in seats}
    speaking: dict = {}
    for seat in seats:
        stands_in = seat.deputy_of in principals
        if seat.id not in away and (not stands_in or seat.deputy_of in away):
            speaking.setdefault(seat.id if seat.deputy_of is None else seat.deputy_of, seat)
    return list(speaking.values())


def carried(majority: str, yes: int, no: int) -> bool:
    """True where `yes` are enough against `no`. Nobody's yes is never enough."""
    if majority == ALL:
        return yes > 0 and no == 0
    if majority == TWO_THIRDS:
        return yes > 0 and 3 * yes >= 2 * (yes + no)
    return yes > no


def unheard(populations: Iterable[str], seats: Iterable[Any]) -> list[str]:
    """Those of the populations from which none of these seats is a lay member, however they are spaced and spelled in capitals."""
    heard = {folded(seat.population) for seat in seats if seat.kind == LAY}
    return [each for each in populations if folded(each) not in heard]


def folded(population: str) -> str:
    """The name of a population, to be compared."""
    return " ".join(population.split()).casefold()


def outcome(rule: Rule, votes: Iterable[Ballot], seats: Collection[Place], conflicts: Collection) -> Outcome:
    """What the votes come to: the newest vote of each seat, of those that may vote alone."""
    speaking = {seat.id: seat for seat in who_may_vote(seats, conflicts)}
    newest = {vote.seat: vote for vote in votes if vote.seat in speaking}
    counted = tuple(newest.values())
    deciding = [vote for vote in counted if vote.choice != ABSTAIN]
    missing = _missing(rule, [speaking[vote.seat] for vote in deciding])
    if missing:
        return Outcome("", missing, counted)
    chair = next((vote.choice for vote in deciding if speaking[vote.seat].is_chair), "")
    return Outcome(_decision(rule, Counter(vote.choice for vote in deciding), chair), "", counted)


def _missing(rule: Rule, voters: list[Place]) -> str:
    lay = sum(seat.kind == LAY for seat in voters)
    organisations = len({seat.organisation.casefold() for seat in voters if seat.organisation})
    for there, needed, sentence in (
        (len(voters), max(rule.quorum, 1), _("%(there)s of at least %(needed)s votes are in.")),
        (lay, rule.least_lay, _("%(there)s of at least %(needed)s votes of lay members are in.")),
        (
            organisations,
            rule.least_organisations,
            _("Votes from %(there)s of at least %(needed)s organisations are in."),
        ),
    ):
        if there < needed:
            return sentence % {"there": there, "needed": needed}
    silent = unheard(rule.lay_populations, voters)
    return " ".join(_("No lay member from %(population)s has voted.") % {"population": each} for each in silent)


def _decision(rule: Rule, counts: Counter, chair: str) -> str:
    """Conditions stand where a yes without them would not have carried. Doubt does not open data: half refusing refuses."""
    deciding, plain = sum(counts.values()), counts[APPROVE]
    yes = plain + counts[CONDITIONS]
    if carried(rule.majority, plain, deciding - plain):
        return APPROVE
    if carried(rule.majority, yes, deciding - yes):
        return CONDITIONS if counts[CONDITIONS] else APPROVE
    is_tie = rule.majority == SIMPLE and 2 * yes == deciding
    if is_tie and rule.chair_breaks_ties and chair in (APPROVE, CONDITIONS):
        return CONDITIONS if counts[CONDITIONS] else APPROVE
    if is_tie and rule.chair_breaks_ties and chair:
        return chair
    return REFUSE if 2 * counts[REFUSE] >= deciding else CHANGES
