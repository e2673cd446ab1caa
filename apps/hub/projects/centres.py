"""A project centre by centre: what it uses there, what that TRE asks and promises, and what it said so far.

What a TRE said is known to an app above this one, which registers a function for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project

_tellers: list[Callable[[Project], dict[UUID, list[str]]]] = []


def tells(function: Callable[[Project], dict[UUID, list[str]]]):
    """Register a function (project) -> {TRE: sentences}; a constant number of queries."""
    _tellers.append(function)
    return function


@dataclass(frozen=True)
class Centre:
    """One TRE of a project. `days`: working days that it promises for an answer, None where it published none.
    `requirements`: what it ticks off for each person."""

    tre: Tre
    datasets: list[str]
    asked: str
    days: int | None
    said: list[str]
    requirements: list[dict] = field(default_factory=list)


def centres_of(project: Project) -> list[Centre]:
    """Every TRE of a project, by name. A constant number of queries."""
    versions = list(project.dataset_versions.select_related("dataset"))
    said: dict[UUID, list[str]] = {}
    for teller in _tellers:
        for tre, sentences in teller(project).items():
            said.setdefault(tre, []).extend(sentences)
    return [_centre(tre, versions, said.get(tre.pk, [])) for tre in project.tres.order_by("name")]


def _centre(tre: Tre, versions: Iterable, said: list[str]) -> Centre:
    held = sorted(str(each.dataset) for each in versions if each.dataset.held_by_id == tre.pk)
    policy = tre.policy
    asked, days = policy.get("asked_of_people", ""), policy.get("days_promised")
    return Centre(tre, held, asked, days, said, policy.get("requirements", []))
