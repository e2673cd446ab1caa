"""What is asked of a person, and what of it holds at a moment. Plain reading of rows that were fetched: no query here.

A day counts to its last minute in the portal's zone, as everywhere.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from apps.core.workflow.models import PORTAL_ZONE

ONE_DAY = timedelta(days=1)


class Answer(StrEnum):
    MET = "met"
    PENDING = "pending"
    ENDED = "ended"
    MISSING = "missing"


@dataclass(frozen=True)
class Rules:
    """What is asked of everybody: the requirements in their order, and the versions of the agreement, oldest first."""

    requirements: list[Any]
    versions: list[Any]

    def current_version(self) -> Any | None:
        """The version of the agreement that is asked for now, or None before the first."""
        return self.versions[-1] if self.versions else None

    def last_day(self, record) -> date | None:
        """The last day on which a piece of evidence counts; None where it has no end.

        An acceptance of the agreement counts until a newer version's days of grace are over.
        """
        ends = [record.until] if record.until else []
        if record.agreement_id:
            number = next(each.number for each in self.versions if each.pk == record.agreement_id)
            newer = [each.last_day_of_older() for each in self.versions if each.number > number]
            ends += newer[:1]
        return min(ends, default=None)


@dataclass(frozen=True)
class Item:
    """One requirement, as it is for one person at one moment."""

    requirement: Any
    answer: Answer
    records: list[Any]
    until: date | None
    sentence: str

    @property
    def is_met(self) -> bool:
        return self.answer is Answer.MET

    @property
    def stands_in_the_way(self) -> bool:
        return self.requirement.required and not self.is_met


def local_day(at: datetime) -> date:
    """The day of a moment in the portal's zone."""
    return at.astimezone(PORTAL_ZONE).date()


def written(day: date) -> str:
    """A day as pages write it: 3 June 2027."""
    return f"{day:%-d %B %Y}"


def checklist(rules: Rules, records: list[Any], at: datetime, *, unconfirmed_too: bool = False) -> list[Item]:
    """Every requirement that is asked for on that day, each with its answer.

    What a person gave counts once an officer has confirmed it. `unconfirmed_too`: as if she confirmed all of it now.
    """
    day = local_day(at)
    asked = [each for each in rules.requirements if each.is_asked_on(day)]
    return [_item(rules, each, _of(each, records), day, unconfirmed_too) for each in asked]


def _of(requirement, records) -> list[Any]:
    return [each for each in records if each.requirement_id == requirement.pk]


def _counting(records, unconfirmed_too: bool) -> list[Any]:
    return [each for each in records if unconfirmed_too or each.counts()]


def _item(rules, requirement, records, day, unconfirmed_too) -> Item:
    counting = _counting(records, unconfirmed_too)
    if _covers(rules, counting, day):
        until = _unbroken_until(rules, counting, day)
        sentence = _("Holds until %(day)s.") % {"day": written(until)} if until else _("Holds.")
        return Item(requirement, Answer.MET, records, until, sentence)
    if _covers(rules, records, day):
        sentence = _("%(title)s: an officer has still to look at it.") % {"title": requirement.title}
        return Item(requirement, Answer.PENDING, records, None, sentence)
    ended = [rules.last_day(each) for each in counting]
    over = max((each for each in ended if each is not None and each < day), default=None)
    if over:
        words = _("%(title)s: it ended on %(day)s. %(what)s")
        return Item(
            requirement,
            Answer.ENDED,
            records,
            over,
            words % {"title": requirement.title, "day": written(over), "what": requirement.to_do},
        )
    words = _("%(title)s: this is missing. %(what)s")
    sentence = words % {"title": requirement.title, "what": requirement.to_do}
    return Item(requirement, Answer.MISSING, records, None, sentence)


def _spans(rules, records) -> list[tuple[date, date | None]]:
    return sorted(((each.held_from, rules.last_day(each)) for each in records), key=lambda span: span[0])


def _covers(rules, records, day: date) -> bool:
    return any(start <= day and (end is None or day <= end) for start, end in _spans(rules, records))


def _unbroken_until(rules, records, day: date) -> date | None:
    """The last day without a gap from `day` on: a certificate that follows the one before carries on."""
    reached = day
    for start, end in _spans(rules, records):
        if start <= reached + ONE_DAY:
            if end is None:
                return None
            reached = max(reached, end)
    return reached


def earliest_end(rules: Rules, records: list[Any], until: date | None, at: datetime) -> tuple[date, str] | None:
    """The last day on which everything required holds, and what ends then; None where nothing has an end.

    `until`: the last day of the officer's own decision. A requirement that begins later ends what does not meet it.
    """
    ends = [(until, _("the accreditation"))] if until else []
    for item in checklist(rules, records, at):
        if item.requirement.required and item.until:
            ends.append((item.until, item.requirement.title))
    day = local_day(at)
    for requirement in rules.requirements:
        begins = requirement.required_from
        if requirement.required and begins and begins > day:
            counting = _counting(_of(requirement, records), unconfirmed_too=False)
            if not _covers(rules, counting, begins):
                ends.append((begins - ONE_DAY, requirement.title))
    return min(ends, default=None, key=lambda end: end[0])
