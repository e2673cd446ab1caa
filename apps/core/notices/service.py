"""notify(): tell people of something that an act did. Written with the act, mailed by the outbox."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.core.audit.act import at_commit, outbox
from apps.core.audit.public_log import one_line
from apps.core.notices import kinds
from apps.core.notices.models import Mail, Notice, Preference


def notify(kind: str, *, to, about, once: str = "", **facts: Any) -> None:
    """Collect a notice for each person of `to` (one, or several); written where the act around it is committed.

    `about`: a thing with a `pk` and a `side`; the notice leads to its page. `facts`: what the kind's sentence names.
    `once`: with the same word no person is told of this kind again, whatever is retried or repeated.
    Raises OutsideAct; KeyError for an unknown kind, or for a fact that its sentence needs.
    """
    known = kinds.get(kind)
    people = {person.pk: person for person in (to if isinstance(to, Iterable) else [to])}
    sentence = str(known.sentence).format(**{name: one_line(str(value)) for name, value in facts.items()})
    told = {
        "kind": kind,
        "side": UUID(str(about.side)),
        "about_type": about._meta.label,
        "about_id": about.pk,
        "url": page_of(about),
        "sentence": sentence,
        "once": once,
    }
    at_commit(lambda: write(known, list(people), told))


def page_of(about) -> str:
    """Where a notice leads; home where the thing has no page of its own."""
    return about.get_absolute_url() if hasattr(about, "get_absolute_url") else reverse("home")


def write(known: kinds.Kind, people: list, told: dict) -> None:
    """The rows of one notice, and work for the worker where mail goes out at once. Inside the act."""
    if told["once"]:
        knows = Notice.objects.filter(kind=known.key, once=told["once"], person__in=people)
        already = set(knows.values_list("person", flat=True))
        people = [each for each in people if each not in already]
    wishes = dict(Preference.objects.filter(kind=known.key, person__in=people).values_list("person", "mail"))
    usual = usual_mail(known)
    rows = [Notice(person_id=person, mail=wishes.get(person, usual), **told) for person in people]
    # Two workers may remind at the same moment: the second one's row is dropped, and its mail finds no notice.
    Notice.objects.bulk_create(rows, ignore_conflicts=bool(told["once"]))
    for row in rows:
        if row.mail == Mail.AT_ONCE:
            outbox("notices.mail", notice=row.pk)


def usual_mail(known: kinds.Kind) -> str:
    """How a person hears of a kind who has not said otherwise."""
    return Mail.AT_ONCE if known.urgent else Mail.DAILY
