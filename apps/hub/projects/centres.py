"""A project centre by centre: what that TRE accepts, asks and promises, and what it said of the requests so far.

What a TRE said of requests, and how long that usually takes, is known to an app above this one, which registers a function.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects.models import Project
from apps.hub.projects.tre_decisions import OfTre, Said, said_by_tre


@dataclass(frozen=True)
class OfRequests:
    """What a TRE said of a project's requests, in sentences, and the working days that it usually takes to answer any: None
    where too few were answered."""

    said: list[str] = field(default_factory=list)
    usual: int | None = None


_tellers: list[Callable[[Project], dict[UUID, OfRequests]]] = []


def tells(function: Callable[[Project], dict[UUID, OfRequests]]):
    """Register a function (project) -> {TRE: what there is to tell of requests}; a constant number of queries."""
    _tellers.append(function)
    return function


@dataclass(frozen=True)
class Centre:
    """One TRE of a project: what it said of the project, of each person and of each dataset version there, and of requests.

    `asked`: what it asks of people. `requirements`: what it ticks off for each person. `days`: working days that it promises
    for an answer, None where it published none.
    """

    tre: Tre
    project: Said
    people: list[tuple[object, Said]]
    data: list[tuple[DatasetVersion, Said]]
    requests: OfRequests

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
    told = {tre: requests for teller in _tellers for tre, requests in teller(project).items()}
    decided = said_by_tre(project, project.tres.all())
    return [_centre(tre, said, team, versions, told.get(tre.pk, OfRequests()), by) for tre, said in decided]


def _centre(tre: Tre, decided: OfTre, team: list, versions: Iterable[DatasetVersion], told: OfRequests, by) -> Centre:
    people = [(person, decided.told_of_person(person, by)) for person in team]
    data = [(each, decided.on_dataset(each)) for each in versions if each.dataset.held_by_id == tre.pk]
    return Centre(tre, decided.on_project(), people, data, told)
