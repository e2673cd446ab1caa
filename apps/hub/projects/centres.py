"""A project centre by centre: what that TRE accepts, asks and promises, and what it said of the requests so far.

What a TRE said of requests, and how long that usually takes, is known to an app above this one, which registers functions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects.models import Project
from apps.hub.projects.tre_decisions import OfTre, Said, said_by_tre

_tellers: list[Callable[[Project], dict[UUID, list[str]]]] = []


def tells(function: Callable[[Project], dict[UUID, list[str]]]):
    """Register a function (project) -> {TRE: sentences}; a constant number of queries."""
    _tellers.append(function)
    return function


_timers: list[Callable[[list[Tre]], dict[UUID, int]]] = []


def times(function: Callable[[list[Tre]], dict[UUID, int]]):
    """Register a function (TREs) -> {TRE: the working days that it usually takes to answer}; a constant number of queries."""
    _timers.append(function)
    return function


@dataclass(frozen=True)
class Centre:
    """One TRE of a project: what it said of the project, of each person and of each dataset version there, and of requests.

    `asked`: what it asks of people. `requirements`: what it ticks off for each person. `days`: working days that it promises
    for an answer, None where it published none. `usual`: working days within which half of its answers came, None where there
    were too few.
    """

    tre: Tre
    project: Said
    people: list[tuple[object, Said]]
    data: list[tuple[DatasetVersion, Said]]
    said: list[str]
    usual: int | None

    @property
    def asked(self) -> str:
        return self.tre.policy.get("asked_of_people", "")

    @property
    def requirements(self) -> list[dict]:
        return self.tre.policy.get("requirements", [])

    @property
    def days(self) -> int | None:
        return self.tre.policy.get("days_promised")

    @property
    def has_no(self) -> bool:
        """True where it said no to something that is shown, or a yes is over."""
        return any(each.is_no for each in (self.project, *dict(self.people).values(), *dict(self.data).values()))


def centres_of(project: Project, by, team: list) -> list[Centre]:
    """Every TRE of a project, by name, as `by` may know of it. `team`: its members' people. A constant number of queries."""
    versions = list(project.dataset_versions.select_related("dataset").order_by("dataset__name", "label"))
    said: dict[UUID, list[str]] = {}
    for teller in _tellers:
        for tre, sentences in teller(project).items():
            said.setdefault(tre, []).extend(sentences)
    decided = said_by_tre(project, project.tres.all())
    usual = {tre: days for timer in _timers for tre, days in timer([tre for tre, _told in decided]).items()}
    return [
        _centre(tre, told, team, versions, by, said=said.get(tre.pk, []), usual=usual.get(tre.pk))
        for tre, told in decided
    ]


def _centre(tre: Tre, decided: OfTre, team: list, versions: Iterable[DatasetVersion], by, **known) -> Centre:
    people = [(person, decided.told_of_person(person, by)) for person in team]
    data = [(each, decided.on_dataset(each)) for each in versions if each.dataset.held_by_id == tre.pk]
    return Centre(tre, decided.on_project(), people, data, **known)
