"""Conflicts that the portal finds by itself. Each app registers finders for its own things; a panel asks them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from apps.core.panels.models import Conflict, Round, Vote


@dataclass(frozen=True)
class Found:
    """A tie of one person to a thing, as the portal knows it."""

    user_id: Any
    kind: str

    @property
    def sentence(self) -> str:
        return str(Conflict(self.kind).label)

    def bars(self, rule) -> bool:
        """True where she may not decide: always, but for the same organisation, where the rule says so."""
        return self.kind != Conflict.SAME_ORGANISATION or rule.same_organisation_bars


_finders: dict[type, list[Callable]] = {}


def finder(model: type) -> Callable[[Callable], Callable]:
    """Register a function (thing, seats) -> Found of its members; `seats` have their `user`. Constant queries."""

    def register(function: Callable) -> Callable:
        _finders.setdefault(model, []).append(function)
        return function

    return register


def found_in(subject, seats: list) -> list[Found]:
    """Every tie of the holders of `seats` to `subject`."""
    return [each for function in _finders.get(type(subject), []) for each in function(subject, seats)]


def decided_before(round: Round, user_ids: Iterable) -> list[Found]:
    """Who voted on or decided this thing cannot hear the appeal against it. Two queries.

    Who heard the appeal itself may hear it again, where its decision was taken back.
    """
    if not round.is_appeal:
        return []
    before = Round.objects.filter(subject_id=round.subject_id, created_at__lt=round.created_at)
    earlier = before.filter(is_appeal=False, decision__isnull=False)
    voters = set(Vote.objects.filter(round__in=earlier).values_list("by", flat=True))
    voters |= set(earlier.values_list("decision__by", flat=True))
    return [Found(user, Conflict.DECIDED_BEFORE) for user in user_ids if user in voters]
