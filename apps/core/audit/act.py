"""act(), record() and outbox(): the frame of every change of state (design: "The five lines").

`record()`, `outbox()` and `at_commit()` only collect. The outermost `act()` writes what they collected at its end, the log
last, so that every lock of every act is taken in one order and the log's head is held for the shortest time.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.core.audit import public_log, tree, verbs
from apps.core.audit.models import Event, LogHead, Opening
from apps.core.outbox import service as outbox_service
from apps.core.proofs import leaves
from apps.core.proofs.merkle import leaf_hash


class OutsideAct(Exception):
    """record() or outbox() was called outside act(): it would tell of what may never have happened."""


@dataclass
class Collected:
    side: UUID
    verb: verbs.Verb
    at: datetime
    subject_type: str
    subject_id: UUID
    values: dict
    embargo_until: datetime | None


@dataclass
class Act:
    events: list[Collected] = field(default_factory=list)
    work: list[tuple[str, dict, float]] = field(default_factory=list)
    at_commit: list[Callable[[], None]] = field(default_factory=list)

    def marks(self) -> tuple[int, int, int]:
        return len(self.events), len(self.work), len(self.at_commit)

    def rewind(self, marks: tuple[int, int, int]) -> None:
        events, work, at_commit = marks
        del self.events[events:], self.work[work:], self.at_commit[at_commit:]

    def write(self) -> None:
        for function in self.at_commit:
            function()
        if self.work:
            outbox_service.write(self.work)
        sides = sorted({event.side for event in self.events})
        made = {side: drafts(side, [event for event in self.events if event.side == side]) for side in sides}
        for side in sides:
            append(side, made[side])


_local = threading.local()


def current() -> Act:
    """The act under way. Raises OutsideAct."""
    act_under_way = getattr(_local, "act", None)
    if act_under_way is None:
        raise OutsideAct("record() and outbox() belong inside act().")
    return act_under_way


@contextmanager
def act():
    """One act: atomic, with its log rows written last. Nested acts join the outermost; a nested failure is undone whole."""
    outer = getattr(_local, "act", None)
    if outer is not None:
        marks = outer.marks()
        try:
            with transaction.atomic():
                yield outer
        except BaseException:
            outer.rewind(marks)
            raise
        return
    try:
        with transaction.atomic():
            _local.act = Act()
            yield _local.act
            _local.act.write()
    finally:
        _local.act = None


def record(
    verb: str,
    *,
    by,
    subject,
    public: dict | None = None,
    about: dict | None = None,
    embargo_until: datetime | None = None,
    **values: Any,
) -> None:
    """Collect one event for the log of `subject.side`.

    `by`: a person (anything with a `pk`) or a word such as "portal". `public`: the facts of the verb's sentence. `about`:
    what a reader may find it by (see apps.core.audit.public_log). `embargo_until`: for a verb that is public after
    embargo. `values`: more facts, JSON values or anything with a string form. Raises OutsideAct; KeyError for an unknown
    verb; ValueError for an embargo on a verb that is public at once.
    """
    act_under_way = current()
    known = verbs.get(verb)
    facts = {name: public_log.one_line(str(value)) for name, value in (public or {}).items()}
    if embargo_until and known.audience is not verbs.Audience.AFTER_EMBARGO:
        raise ValueError(f"{verb} is never under an embargo.")
    known.sentence.format(**facts)  # a sentence that cannot be said must fail the act, not the public page
    at = timezone.now()
    everything = {
        **{name: _plain(value) for name, value in values.items()},
        **{f"public.{name}": value for name, value in facts.items()},
        **{f"about.{name}": _plain(value) for name, value in (about or {}).items()},
        **({"embargo_until": embargo_until.astimezone(UTC).isoformat()} if embargo_until else {}),
        "verb": verb,
        "at": at.astimezone(UTC).isoformat(),
        "by": str(getattr(by, "pk", by)),
        "subject": f"{subject._meta.label}:{subject.pk}",
    }
    act_under_way.events.append(
        Collected(
            side=UUID(str(subject.side)),
            verb=known,
            at=at,
            subject_type=subject._meta.label,
            subject_id=subject.pk,
            values=everything,
            embargo_until=embargo_until,
        )
    )


def outbox(function, *, after: float = 0, **arguments: Any) -> None:
    """Collect work for the worker (the function or its name), `after` seconds from the commit. Raises OutsideAct.

    `arguments` are identifiers.
    """
    name = function if isinstance(function, str) else function.work_name
    current().work.append((name, {name: _plain(value) for name, value in arguments.items()}, after))


def at_commit(function) -> None:
    """Collect something to be written at the end of the act, before work and log. Raises OutsideAct."""
    current().at_commit.append(function)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def drafts(side: UUID, collected: list[Collected]) -> list[Opening]:
    """The events of one side with their details, not numbered yet: all that can be made before the log's head is locked."""
    made = []
    for each in collected:
        salts = leaves.new_salts(each.values)
        is_public = each.verb.is_public and each.embargo_until is None
        day = each.at.astimezone(UTC).date()
        leaf = leaves.leaf_bytes(
            day=day, values=each.values, salts=salts, public_verb=each.verb.name if is_public else None
        )
        made.append(
            Opening(
                event=Event(side=side, day=day, version=leaves.VERSION, leaf=leaf, leaf_hash=leaf_hash(leaf)),
                at=each.at,
                verb=each.verb.name,
                subject_type=each.subject_type,
                subject_id=each.subject_id,
                values=each.values,
                salts=salts,
            )
        )
    return made


def append(side: UUID, openings: list[Opening]) -> None:
    """Write the events of one side into its log and its tree, under the lock of the log's head."""
    head = locked_head(side)
    rows = numbered(head, openings)
    tree.extend(head, [bytes(opening.event.leaf_hash) for opening in openings], rows)


def numbered(head: LogHead, openings: list[Opening]) -> list[Sequence[Model]]:
    """Give the events their numbers after a locked head; all their rows, some of one model each."""
    events = [opening.event for opening in openings]
    for sequence, event in enumerate(events, start=head.size):
        event.sequence = sequence
    public_rows = public_log.rows_of(opening for opening in openings if verbs.get(opening.verb).is_public)
    return [events, openings, *public_rows]


def locked_head(side: UUID) -> LogHead:
    """The head of a side's log, locked; made where this is its first event."""
    heads = LogHead.objects.select_for_update().filter(side=side)
    for head in heads:
        return head
    LogHead.objects.get_or_create(side=side)
    return heads.get()
