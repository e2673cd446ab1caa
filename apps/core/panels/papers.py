"""The papers of a meeting. Each app registers how a thing of its own reads, as the round about it froze it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Meeting, Round
from apps.core.panels.permissions import check_may_take_part, oversees


@dataclass(frozen=True)
class Paper:
    """A thing in words. `summary`: for who may not read the rest. `sections`: (heading, [(label, text)])."""

    summary: str = ""
    sections: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


@dataclass(frozen=True)
class Item:
    """One paper as one person reads it: all of it, or the summary and the sentence why."""

    position: int
    round: Round
    paper: Paper
    why_not: str


_makers: dict[type, Callable[..., Paper]] = {}


def paper_of(model: type) -> Callable[[Callable], Callable]:
    """Register a function (thing, round) -> Paper of exactly the content that the round is about."""

    def register(function: Callable) -> Callable:
        _makers[model] = function
        return function

    return register


def summary_of(round: Round) -> str:
    """The plain summary of what a round is about, as it was frozen; empty where the thing has none."""
    subject = round.subject()
    maker = _makers.get(type(subject))
    return maker(subject, round).summary if maker else ""


def papers(meeting: Meeting, user) -> list[Item]:
    """The papers of a meeting in the order of its agenda, as `user` may read them. Some queries for each: see MOST_ITEMS."""
    sees_all = oversees(user, meeting.panel)
    rows = meeting.items.select_related("round__panel", "round__rule")
    return [_item(each.position, each.round, user, sees_all) for each in rows]


def paper_here(round: Round, user) -> Item | None:
    """The text as the page of the vote shows it to who is none of the staff where the thing stands, and so cannot open its own
    page: a patient on a TRE's panel. None for everybody else."""
    side = round.panel.side
    if side == UUID(settings.HUB_ID) or side in user.sides():
        return None
    return _item(1, round, user, sees_all=False)


def _item(position: int, round: Round, user, sees_all: bool) -> Item:
    subject = round.subject()
    maker = _makers.get(type(subject))
    paper = maker(subject, round) if maker else Paper()
    why_not = why_not_in_full(user, Deliberation(round, subject), sees_all)
    return Item(position, round, Paper(paper.summary) if why_not else paper, why_not)


def why_not_in_full(user, deliberation: Deliberation, sees_all: bool) -> str:
    """Why she reads only the summary: a conflict, or nothing declared yet. Empty where she reads all of it.

    Who oversees the panel and has no vote in the round reads it as the thing's own page shows it.
    """
    if sees_all and deliberation.member(user) is None:
        return ""
    try:
        check_may_take_part(user, deliberation.round, deliberation)
    except NotAllowed as refused:
        return str(refused.sentence) + " " + _("So you read only the summary.")
    return ""
