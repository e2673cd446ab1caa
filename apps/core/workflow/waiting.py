"""What waits on whom: each app registers a function that lists it. The home page shows it, and a bar on every page counts it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.apps import apps
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from apps.core.audit.models import Opening


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person: what to do, where, since when.

    `work`: its kind of work, as a heading; without it the name of the app that lists it. `alone`: nobody else can do it
    (her own vote, her own draft), so there is nothing to claim.
    """

    title: str
    url: str
    since: datetime
    work: str | Promise = ""
    alone: bool = False


@dataclass(frozen=True)
class FirstStep:
    """What a person may begin with while nothing waits on her."""

    sentence: str | Promise
    url_name: str
    shown_to: Callable
    order: int


_lists: list[Callable] = []
_first_steps: list[FirstStep] = []


def waiting_list(function: Callable[..., Iterable[Waiting]]) -> Callable:
    """Register a function (user) -> things that wait on that person; a constant number of queries."""
    _lists.append(function)
    return function


def counted_from(rows: QuerySet, *verbs: str) -> QuerySet:
    """The same rows, each with `since`: when one of these last happened to it, else when it was made. What was begun in spring
    and handed in today has waited on nobody since spring."""
    told = Opening.objects.filter(subject_id=OuterRef("pk"), verb__in=verbs).order_by("-at")
    return rows.annotate(since=Coalesce(Subquery(told.values("at")[:1]), F("created_at")))


def waiting_on(user) -> list[Waiting]:
    """Everything that waits on `user`, oldest first."""
    found = [named(each, function) for function in _lists for each in function(user)]
    return sorted(found, key=lambda each: each.since)


def named(waiting: Waiting, function: Callable) -> Waiting:
    """With its kind of work."""
    if waiting.work:
        return waiting
    app = apps.get_containing_app_config(function.__module__)
    return replace(waiting, work=app.verbose_name if app else "")


def waiting_now(request) -> list[Waiting]:
    """What waits on whoever asks: found once for each request, by the bar and by home alike."""
    if not hasattr(request, "waiting_now"):
        request.waiting_now = waiting_on(request.user)
    return request.waiting_now


def first_step(sentence, url_name: str, *, shown_to: Callable, order: int) -> None:
    """Say what a person may begin with; `shown_to` (user) -> bool makes no query of its own."""
    _first_steps.append(FirstStep(sentence, url_name, shown_to, order))


def first_steps_of(user) -> list[FirstStep]:
    """What `user` may begin with, by order."""
    return sorted((each for each in _first_steps if each.shown_to(user)), key=lambda each: each.order)
