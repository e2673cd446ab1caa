"""What a reader of the public log asks for, and the entries that answer it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, F, Max, Min, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from apps.core.audit import verbs
from apps.core.audit.models import PublicEntry
from apps.core.errors import Problem
from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.datasets.models import Dataset, Tre
from apps.hub.projects.models import Project
from apps.hub.projects.similar import under_embargo
from apps.hub.researchers.models import Organisation
from apps.hub.transparency.applications import BEING_CHANGED

# The column and its index are PostgreSQL's own (audit, migration 0006).
FOUND = "audit_publicentry.words_vector @@ websearch_to_tsquery('english'::regconfig, %s)"
LONGEST_ACT = timedelta(hours=1)  # an entry bears the time at which its act began; acts take seconds
RESULTS = ("request.being_checked", "request.released", "request.partly_released", "request.withheld")
TOPICS = {
    "projects": (_("What projects were decided"), ("project.", "text.", "amendment.")),
    "people": (_("Who may take part"), ("accreditation.", "membership.", "agreement.", "requirement.")),
    "panels": (_("Who decides on projects, and how"), ("panel.",)),
    "requests": (_("What was asked of the data"), ("submission.", "request.")),
    "results": (_("What came out, what was held back"), RESULTS),
    "data": (_("Datasets and analyses"), ("dataset.", "workflow.")),
    "centres": (_("Secure data centres"), ("tre.", "certificate.")),
    "incidents": (_("What went wrong"), ("incident.", "emergency.")),
    "log": (_("The log itself"), ("log.",)),
}
MOST_PROJECTS = 200
LONGEST_MS = 2000
AT_ONCE = 2000
LONGEST_STREAM_MS = 10_000  # for each AT_ONCE of a stream


class TooMuch(Problem):
    """A search that would hold the database for too long (503)."""

    status = 503


@contextmanager
def soon(longest_ms: int = LONGEST_MS):
    """Search, but not for longer than so many milliseconds on PostgreSQL. Raises TooMuch."""
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {longest_ms}")
            yield
    except OperationalError:
        raise TooMuch(_("Your words fit too much at once. Choose a project, a data centre or a few days as well."))


def streamed(entries) -> Iterator[PublicEntry]:
    """All these entries, newest first, some at a time: a reader who is slow, or never ends, holds nothing of the database.

    The first are read at once. Raises TooMuch, later also on the way: a stream that breaks off is seen to be cut.
    """
    some = newest(entries)

    def rest(some: list[PublicEntry]) -> Iterator[PublicEntry]:
        while some:
            yield from some
            some = newest(entries.filter(place__lt=some[-1].sequence)) if len(some) == AT_ONCE else []

    return rest(some)


def newest(entries) -> list[PublicEntry]:
    """The newest AT_ONCE of these entries. Raises TooMuch."""
    with soon(LONGEST_STREAM_MS):
        return list(entries.order_by("-place")[:AT_ONCE])


def verbs_of(topic: str) -> list[str]:
    """The public verbs of a topic; results are a topic of their own."""
    named = [verb.name for verb in verbs.all_verbs() if verb.is_public and verb.name.startswith(TOPICS[topic][1])]
    return [name for name in named if topic == "results" or name not in RESULTS]


class SearchForm(forms.Form):
    """Every filter of the log. All may be left empty."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200)
    project = forms.CharField(
        label=_("Project"), help_text=_("Its code, or words of its title."), required=False, max_length=200
    )
    tre = forms.ModelChoiceField(
        Tre.objects.order_by("name"), label=_("Secure data centre"), required=False, empty_label=_("All")
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.exclude(state="draft").order_by("name"),
        label=_("Dataset"),
        required=False,
        empty_label=_("All"),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label=_("Organisation of the researchers"),
        required=False,
        empty_label=_("All"),
    )
    kind = forms.ChoiceField(
        label=_("Kind of organisation"),
        choices=[
            ("", _("All")),
            *Organisation.Kind.choices,
            ("commercial", _("any with a commercial interest")),
        ],
        required=False,
    )
    topic = forms.ChoiceField(
        label=_("What happened"),
        choices=[("", _("All")), *((name, label) for name, (label, _verbs) in TOPICS.items())],
        required=False,
    )
    since = forms.DateField(label=_("From this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def entries(self):
        """The entries that are asked for, in no order yet; none where the form is not right."""
        shown = PublicEntry.objects.shown(settings.HUB_ID)
        if not self.is_valid():
            return asked_of(shown.none(), {})
        return asked_of(shown, self.cleaned_data)

    def problems(self) -> list[str]:
        """What is wrong with the filters, each as its label and why."""
        return [f"{self.fields[name].label}: {' '.join(errors)}" for name, errors in self.errors.items()]

    def in_words(self) -> list[str]:
        """The filters that are set, each as its label and what was chosen."""
        asked = self.cleaned_data if self.is_valid() else {}
        shown = {name: dict(getattr(field, "choices", ())).get(asked.get(name)) for name, field in self.fields.items()}
        return [f"{self.fields[name].label}: {shown[name] or asked[name]}" for name in self.in_use() if asked.get(name)]

    def in_use(self) -> dict[str, str]:
        """The filters that are set, as the address carries them."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


def asked_of(entries, asked: dict):
    """Those of these entries that fit every filter that is set, each with its `place`: its number, for their order.

    The entries of a dataset are found, and put in order, by the copies that PublicDataset has of them.
    """
    found_by = {}
    for name, lookups in FACETS.items():
        if asked.get(name):
            found_by |= lookups(asked[name])
    if asked.get("dataset"):
        found_by = {f"datasets__{name}": value for name, value in found_by.items()}
        entries = entries.filter(datasets__dataset=asked["dataset"].pk, **found_by).annotate(
            place=F("datasets__sequence")
        )
    else:
        entries = entries.filter(**found_by).annotate(place=F("sequence"))
    for name, ask in OTHERS.items():
        if asked.get(name):
            entries = ask(entries, asked[name])
    return entries


def by_words(entries, words: str, vendor: str = connection.vendor):
    """PostgreSQL finds words in all their forms; SQLite the letters as they stand."""
    if vendor == "postgresql":
        return entries.filter(RawSQL(FOUND, [words], output_field=BooleanField()))  # noqa: S611 - a fixed text
    for word in words.split():
        entries = entries.filter(words__icontains=word)
    return entries


def by_project(words: str) -> dict:
    """A project by its identity or code, or every project whose title has these words and may be read."""
    if is_uuid(words):
        return {"project": UUID(words)}
    named = Project.objects.filter(Q(code__iexact=words) | Q(title__icontains=words))
    named = named.exclude(under_embargo()).exclude(state__in=BEING_CHANGED)
    return {"project__in": list(named.values_list("pk", flat=True)[:MOST_PROJECTS])}


def is_uuid(text: str) -> bool:
    try:
        forms.UUIDField().clean(text)
    except forms.ValidationError:
        return False
    return True


def by_kind(kind: str) -> dict:
    return {"commercial": True} if kind == "commercial" else {"organisation_kind": kind}


def since(entries, day: date):
    """Entries from the midnight on which a day begins. The number of the first bounds them, so an index in their order does."""
    later = entries_of_the_hub().filter(at__gte=midnight(day))
    first = later.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return entries.none()
    number = later.filter(at__lte=first + LONGEST_ACT).aggregate(Min("sequence"))["sequence__min"]
    return entries.filter(at__gte=midnight(day), place__gte=number)


def until(entries, day: date):
    """Entries up to the midnight on which a day ends."""
    if day == date.max:
        return entries
    end = midnight(day + timedelta(days=1))
    earlier = entries_of_the_hub().filter(at__lt=end)
    last = earlier.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        return entries.none()
    number = earlier.filter(at__gte=last - LONGEST_ACT).aggregate(Max("sequence"))["sequence__max"]
    return entries.filter(at__lt=end, place__lte=number)


def entries_of_the_hub():
    return PublicEntry.objects.filter(side=settings.HUB_ID)


def midnight(day: date) -> datetime:
    """The moment at which a day begins, in the portal's zone."""
    return datetime.combine(day, time.min, tzinfo=PORTAL_ZONE)


FACETS = {
    "project": by_project,
    "tre": lambda tre: {"tre": tre.pk},
    "organisation": lambda organisation: {"organisation": organisation.pk},
    "kind": by_kind,
    "topic": lambda topic: {"verb__in": verbs_of(topic)},
}
OTHERS = {"q": by_words, "since": since, "until": until}
