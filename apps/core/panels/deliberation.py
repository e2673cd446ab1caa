"""A round as it stands: who sits there, who is in conflict, what was voted, what that comes to."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from apps.core.panels import conflicts, counting
from apps.core.panels.models import Conflict, Declaration, Round, Seat, Vote


@dataclass(frozen=True)
class Member:
    """One seat of a round, with what is known of it there."""

    seat: Seat
    declared: Declaration | None
    found: tuple[conflicts.Found, ...]
    is_barred: bool
    is_absent: bool
    is_sitting: bool
    is_silent: bool

    @property
    def ties(self) -> list[str]:
        """What binds her, in words: what she declared and what was found."""
        declared = [self.declared.get_kind_display()] if self.declared and self.declared.kind != Conflict.NONE else []
        return declared + [each.sentence for each in self.found]


class Deliberation:
    """Reads a round once, in a constant number of queries. `subject`: the thing, so that finders can look at it."""

    def __init__(self, round: Round, subject):
        self.round, self.subject, self.rule = round, subject, round.rule

    @classmethod
    def of(cls, round: Round, subject=None) -> "Deliberation":
        """The one of this instance of a round, read once for all that a page asks of it: an act locks and reads its own."""
        if not hasattr(round, "deliberation"):
            round.deliberation = cls(round, subject or round.subject())
        return round.deliberation

    @cached_property
    def seats(self) -> list[Seat]:
        """Those of the moment at which the round opened."""
        return list(Seat.objects.filter(round_seats__round=self.round).select_related("user"))

    @cached_property
    def _sitting(self) -> set:
        """Those of them whose holders still have seat and role."""
        return set(Seat.objects.sitting().filter(round_seats__round=self.round).values_list("pk", flat=True))

    @cached_property
    def declarations(self) -> list[Declaration]:
        return list(self.round.declarations.select_related("by", "correction"))

    @cached_property
    def all_votes(self) -> list[Vote]:
        """Every vote, also those that were changed or are void, in the order in which they came."""
        return list(self.round.votes.select_related("by", "seat"))

    @cached_property
    def _absent(self) -> set:
        return set(self.round.absences.values_list("seat", flat=True))

    @cached_property
    def _found(self) -> list[conflicts.Found]:
        users = [seat.user_id for seat in self.seats]
        return conflicts.found_in(self.subject, self.seats) + conflicts.decided_before(self.round, users)

    @cached_property
    def members(self) -> list[Member]:
        newest = {declaration.by_id: declaration for declaration in self.declarations}
        return [self._member(seat, newest.get(seat.user_id)) for seat in self.seats]

    def _member(self, seat: Seat, declared: Declaration | None) -> Member:
        found = tuple(each for each in self._found if each.user_id == seat.user_id)
        barred = bool(declared and declared.kind != Conflict.NONE) or any(each.bars(self.rule) for each in found)
        sits, absent = seat.pk in self._sitting, seat.pk in self._absent
        return Member(seat, declared, found, barred, absent, sits, absent or not (sits or seat.pk in self._spoke))

    @cached_property
    def _spoke(self) -> set:
        """The seats that voted on this text: their votes stay when the seat ends."""
        return {vote.seat_id for vote in self.all_votes if not self.is_void(vote)}

    @property
    def corrections(self) -> dict:
        """Who asks to take back the conflict that she declared: {her key: the correction}."""
        asked = [each.declared for each in self.members if hasattr(each.declared, "correction")]
        return {each.by_id: each.correction for each in asked}

    def member(self, user) -> Member | None:
        """Her own place, or None where she has no vote on this panel."""
        return next((each for each in self.members if each.seat.user_id == user.pk), None)

    @cached_property
    def barred(self) -> set:
        """The seats in conflict."""
        return {each.seat.pk for each in self.members if each.is_barred}

    @cached_property
    def _bound(self) -> dict:
        return {}

    def is_bound(self, user) -> bool:
        """True of who is in conflict, also where she has no vote: a coordinator, or a chair who came later."""
        if user.pk not in self._bound:
            member = self.member(user)
            self._bound[user.pk] = member.is_barred if member else self._is_tied(user)
        return self._bound[user.pk]

    def _is_tied(self, user) -> bool:
        """What was found of a person without a vote. Her seat tells her organisation, where she has one."""
        panel = self.round.panel
        seat = Seat.objects.sitting().filter(panel=panel, user=user).first() or Seat(panel=panel, user=user)
        return any(each.bars(self.rule) for each in conflicts.found_in(self.subject, [seat]))

    @cached_property
    def _able_to_preside(self) -> set:
        return set(Seat.objects.able_to_preside().filter(round_seats__round=self.round).values_list("pk", flat=True))

    def can_preside(self, member: Member) -> bool:
        """True of a member who sits there, is in no conflict, and whom the thing itself does not keep from it."""
        kept = getattr(self.subject, "does_not_preside", None)
        is_able = member.seat.pk in self._able_to_preside and not member.is_barred
        return is_able and member.seat.user_id != kept

    @property
    def can_be_presided(self) -> bool:
        """True while somebody who had a vote in it can preside, or be named to."""
        return any(self.can_preside(each) for each in self.members)

    @property
    def presiding(self) -> Member | None:
        """The chair's place, or that of who was named in her stead; None where she has no vote in it."""
        return next((each for each in self.members if self.presides(each.seat.user_id, each.seat)), None)

    @property
    def is_presided(self) -> bool:
        """True where who presides is there, said that nothing binds her, and can conclude: nobody is named in her stead."""
        member = self.presiding
        is_there = member is not None and member.declared is not None and not member.is_absent
        return is_there and self.can_preside(member)

    @cached_property
    def places(self) -> list[counting.Place]:
        return [
            counting.Place(
                id=each.seat.pk,
                kind=each.seat.kind,
                organisation=each.seat.organisation,
                is_chair=self.breaks_ties(each.seat.user_id, each.seat),
                deputy_of=each.seat.deputy_of_id,
                absent=each.is_silent,
                population=each.seat.population,
            )
            for each in self.members
        ]

    def presides(self, user_id, seat: Seat) -> bool:
        """True of the chair, or of the member who was named to preside in her stead."""
        named = self.round.presided_by_id
        return seat.is_chair if named is None else named == user_id

    def breaks_ties(self, user_id, seat: Seat) -> bool:
        """True of who presides while it is open, and of who presided when it was closed, whoever concludes it."""
        if self.round.state == Round.State.OPEN:
            return self.presides(user_id, seat)
        return self.round.tie_broken_by_id == user_id

    @cached_property
    def speaking(self) -> set:
        """The seats that may vote."""
        return {place.id for place in counting.who_may_vote(self.places, self.barred)}

    def is_void(self, vote: Vote) -> bool:
        """True of a vote on another text, and of one after which its voter declared a conflict, for good."""
        later = [each for each in self.declarations if each.by_id == vote.by_id and each.at >= vote.at]
        declared = any(each.kind != Conflict.NONE for each in later)
        return declared or vote.content_sha256 != self.round.content_sha256

    @cached_property
    def votes(self) -> list[Vote]:
        """The newest vote of each seat that counts, in the order in which they came."""
        counted = {each.seat for each in self.outcome.counted}
        newest = {vote.seat_id: vote for vote in self.all_votes if not self.is_void(vote)}
        return [vote for seat, vote in newest.items() if seat in counted]

    @cached_property
    def outcome(self) -> counting.Outcome:
        """What the votes come to under the rule of the round."""
        ballots = [counting.Ballot(vote.seat_id, vote.choice) for vote in self.all_votes if not self.is_void(vote)]
        return counting.outcome(self.rule.for_counting(), ballots, self.places, self.barred)

    def has_voted(self, user) -> bool:
        """True where a vote of hers counts."""
        return any(vote.by_id == user.pk for vote in self.votes)

    @property
    def all_have_voted(self) -> bool:
        """True where nobody is left who may vote and did not."""
        return bool(self.speaking) and self.speaking == {vote.seat_id for vote in self.votes}

    def may_see_votes(self, user) -> bool:
        """Blind until one has voted oneself or the round is closed. The barred see none while it is open."""
        return self.round.state != Round.State.OPEN or self.has_voted(user)

    def counts(self) -> dict:
        """How many voted how, by kind of member, for the public: {kind: {choice: number}}."""
        made: dict[str, Counter] = {}
        for vote in self.votes:
            made.setdefault(vote.seat.kind, Counter())[vote.choice] += 1
        return {kind: dict(sorted(choices.items())) for kind, choices in sorted(made.items())}
