"""Public figures out of the public log: what was asked, decided, let out and held back, by month, centre and kind of organisation.

Numbers under TEN are never shown. Where one such number could be worked out from the others, more are left out (secondary
suppression): whoever knows the sum of a table, from another table, still finds each value from 0 to 9 possible for it. Which
ones follows from their labels, not from their sizes. No table grows in public view: by month, only whole months count; by
centre and by kind, the last whole year alone, for from 110 in one month and 112 in the next anybody works out a 2.
What was under an embargo counts in the month in which that ended.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.models import PublicEntry
from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.datasets.models import Tre
from apps.hub.researchers.models import Organisation
from apps.hub.submissions.models import Result

TEN = 10
MEASURES = {
    "asked": (gettext_lazy("Requests"), ("request.sent",)),
    "refused": (gettext_lazy("Refused by a secure data centre"), ("request.refused",)),
    "let_out": (gettext_lazy("Results let out, whole or in part"), ("request.released", "request.partly_released")),
    "held_back": (gettext_lazy("Results held back, whole or in part"), ("request.withheld", "request.partly_released")),
}
DECIDED = ("request.queued", "request.refused")
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Cell:
    """One number of a table: `number` is None where it is not shown, and `words` says it either way."""

    label: str
    number: int | None
    words: str


@dataclass(frozen=True)
class Table:
    """One measure by one dimension. No cells at all where no number of it can be shown safely."""

    measure: str
    by: str
    cells: list[Cell]

    @property
    def largest(self) -> int:
        return max((cell.number or 0 for cell in self.cells), default=0)


def hidden_in(counts: dict[str, int]) -> set[str] | None:
    """The labels whose numbers are not shown; None where no choice of them is safe."""
    small = {label for label, number in counts.items() if number < TEN}
    if not small:
        return set()
    hidden = set(small)
    others = sorted(set(counts) - small)
    while not is_safe(counts, hidden, small):
        if not others:
            return None
        hidden.add(others.pop(0))
    return hidden


def is_safe(counts: dict[str, int], hidden: set[str], small: set[str]) -> bool:
    """True where each small number may be anything from 0 to 9, also for who knows the sum of all that is hidden."""
    total, more = sum(counts[label] for label in hidden), len(hidden) - len(small)
    if more:  # each of these is known to be TEN at the least, and nothing else
        return total - TEN * more >= TEN - 1
    return TEN - 1 <= total <= (TEN - 1) * (len(small) - 1)


def table(measure: str, by: str, counts: dict[str, int]) -> Table:
    """A table as it may be published."""
    hidden = hidden_in(counts)
    if hidden is None:
        return Table(measure, by, [])
    return Table(measure, by, [cell(label, number, label in hidden) for label, number in counts.items()])


def cell(label: str, number: int, is_hidden: bool) -> Cell:
    if number < TEN:
        return Cell(label, None, _("fewer than 10"))
    if is_hidden:
        return Cell(label, None, _("not shown, so that another number cannot be worked out"))
    return Cell(label, number, str(number))


@dataclass(frozen=True)
class Figures:
    """Everything on the page. `until` is the day after the last month that counts, `year` that after the last whole year."""

    until: date
    year: date
    tables: list[Table]
    waits: list[Table]
    reasons: list[tuple[str, int, Table]]


def figures(now: datetime | None = None) -> Figures:
    """Read the shown entries of the hub's log once, and count. A constant number of queries."""
    until = timezone.localtime(now or timezone.now(), PORTAL_ZONE).date().replace(day=1)
    end = datetime(until.year, until.month, 1, tzinfo=PORTAL_ZONE)
    told = {verb for _label, verbs in MEASURES.values() for verb in verbs} | set(DECIDED)
    shown = PublicEntry.objects.shown(settings.HUB_ID).filter(verb__in=told, public_from__lt=end).order_by("sequence")
    rows = shown.values_list("verb", "at", "public_from", "tre", "organisation_kind", "request")
    names = dict(Tre.objects.values_list("pk", "name"))
    entries = [
        Counted(verb, at, timezone.localtime(public_from, PORTAL_ZONE), names.get(tre, ""), kind, request)
        for verb, at, public_from, tre, kind, request in rows.iterator()
    ]
    reasons = all_reasons(datetime(until.year, 1, 1, tzinfo=PORTAL_ZONE), names)
    year = until.replace(month=1, day=1)
    return Figures(until, year, list(all_tables(entries, year)), list(all_waits(entries, year)), list(reasons))


@dataclass(frozen=True)
class Counted:
    """What is counted of one entry, in the month in which it became public: a published month never changes."""

    verb: str
    at: datetime
    counted_at: datetime
    tre: str
    kind: str
    request: object


KINDS = dict(Organisation.Kind.choices)
DIMENSIONS: dict[str, tuple[object, Callable[[Counted], str]]] = {
    "month": (gettext_lazy("month"), lambda entry: f"{entry.counted_at:%Y-%m}"),
    "tre": (gettext_lazy("secure data centre"), lambda entry: entry.tre),
    "kind": (gettext_lazy("kind of organisation"), lambda entry: str(KINDS.get(entry.kind, _("not known")))),
}


def counting(dimension: str, entries: list[Counted], year: date) -> list[Counted]:
    """The entries that count in a table: every whole month; for a table that has no months, the last whole year's."""
    return entries if dimension == "month" else [entry for entry in entries if entry.counted_at.year == year.year - 1]


def all_tables(entries: list[Counted], year: date) -> Iterable[Table]:
    """Each measure by each dimension; every label of a dimension stands in each of its tables."""
    for dimension, (by, label_of) in DIMENSIONS.items():
        counting_here = counting(dimension, entries, year)
        labels = sorted({label_of(entry) for entry in counting_here})
        for measure, verbs in MEASURES.values():
            counted = Counter(label_of(entry) for entry in counting_here if entry.verb in verbs)
            yield table(str(measure), str(by), {label: counted[label] for label in labels})


def all_waits(entries: list[Counted], year: date) -> Iterable[Table]:
    """The median of days from a request to its decision, where there were ten decisions or more."""
    sent = {entry.request: entry.at for entry in entries if entry.verb == "request.sent"}
    decided: dict[object, Counted] = {}
    for entry in entries:
        if entry.verb in DECIDED and entry.request in sent:
            decided.setdefault(entry.request, entry)
    for dimension, (by, label_of) in DIMENSIONS.items():
        days = defaultdict(list)
        for entry in counting(dimension, list(decided.values()), year):
            days[label_of(entry)].append((entry.at - sent[entry.request]).total_seconds() / DAY)
        cells = [wait(label, days[label]) for label in sorted(days)]
        yield Table(_("Days until a decision, half are quicker"), str(by), cells)


def wait(label: str, days: list[float]) -> Cell:
    if len(days) < TEN:
        return Cell(label, None, _("fewer than 10 decisions"))
    middle = round(median(days))
    return Cell(label, middle, _("under a day") if middle < 1 else str(middle))


def all_reasons(end: datetime, names: dict) -> Iterable[tuple[str, int, Table]]:
    """Why files were held back, by centre and whole year: (centre, year, table)."""
    counted: dict[tuple[str, int], Counter] = defaultdict(Counter)
    public = dict(shown_requests(end).values_list("request", "public_from"))
    results = Result.objects.filter(received_at__lt=end, request__in=shown_requests(end).values("request"))
    for request, tre, at, files in results.values_list("request", "request__tre", "received_at", "files").iterator():
        year = timezone.localtime(max(at, public[request]), PORTAL_ZONE).year
        counted[names[tre], year].update(file["reason"] for file in files if not file["released"])
    for (centre, year), reasons in sorted(counted.items()):
        yield centre, year, table(_("Files held back"), _("reason"), dict(sorted(reasons.items())))


def shown_requests(end: datetime):
    """The entries of the requests of which the public could read before `end`."""
    return PublicEntry.objects.shown(settings.HUB_ID).filter(verb="request.sent", public_from__lt=end)
