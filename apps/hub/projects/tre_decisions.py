"""What each TRE decided on a project, its people and its data: heard by a signed document, kept, and shown. Nothing here is
decided by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import record
from apps.core.errors import BadInput, NotAllowed
from apps.core.exchange.bodies import exactly, identity
from apps.core.exchange.models import NUMBERS, Incoming
from apps.core.notices.reminders import today
from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects import permissions
from apps.hub.projects.decision_models import TreDecisions
from apps.hub.projects.models import Project
from apps.hub.projects.queries import projects_of

Word = TreDecisions.Word
MOST_PROJECTS = 200
# What the hub says where a TRE said nothing, and where the reader may not know which of the other words it was.
UNTOLD, NO_YES = "", "no_yes"
LABELS = {**dict(Word.choices), UNTOLD: gettext_lazy("not told yet"), NO_YES: gettext_lazy("no yes that counts today")}


@dataclass(frozen=True)
class Said:
    """What a TRE said of one thing: a word and, of a yes, its last day."""

    word: str
    until: date | None = None

    def __str__(self):
        if self.until:
            return _("accepted until %(day)s") % {"day": f"{self.until:%-d %B %Y}"}
        return str(LABELS[self.word])

    @property
    def is_yes(self) -> bool:
        """True where it holds today."""
        return self.word == Word.ACCEPTED

    @property
    def is_no(self) -> bool:
        """True of a no, and of a yes that is over: there is somebody to write to."""
        return self.word in (Word.REFUSED, Word.ENDED, Word.EXPIRED)


def read(body) -> tuple[UUID, int, dict]:
    """(project, number, decisions) of a document. Raises BadInput where it says anything else, or anything more."""
    try:
        project, number, told = exactly(body, "project", "number", "decisions")
        on_project, people, datasets = exactly(told, "project", "people", "datasets")
        if type(number) is not int or number not in NUMBERS:
            raise ValueError
        decisions = {
            "project": decision(on_project),
            "people": {identity(pk): decision(each) for pk, each in people.items()},
            "datasets": {identity(pk): decision(each) for pk, each in datasets.items()},
        }
        return UUID(identity(project)), number, decisions
    except (TypeError, ValueError, AttributeError):
        raise BadInput(_("This does not say what a secure data centre decided."))


def decision(told) -> dict[str, str]:
    """A word of the list, and the last day of a yes, which has one. Raises ValueError."""
    word, until = exactly(told, "word", "until")
    is_yes = Word(word) == Word.ACCEPTED
    if until != (date.fromisoformat(until).isoformat() if is_yes else ""):
        raise ValueError
    return {"word": word, "until": until}


def hear(*, document: Incoming) -> None:
    """Keep what a TRE decided, of its own projects, their people and its data. What comes late, after newer word, changes
    nothing. Raises BadInput, NotAllowed."""
    project_id, number, decisions = read(document.body)
    rows = Project.objects.select_for_update(of=("self",), no_key=True).filter(tres=document.peer)
    project = rows.filter(pk=project_id).first()
    if project is None:
        raise NotAllowed(_("This secure data centre has no such project."))
    check_is_its_own(document.peer, project, decisions)
    kept, _made = TreDecisions.objects.get_or_create(tre_id=document.peer, project=project)
    if kept.number >= number:
        return
    kept.number, kept.decisions, kept.heard_at = number, decisions, timezone.now()
    kept.save()
    record("project.decisions_heard", by=document.peer, subject=project, number=number, decisions=decisions)


def check_is_its_own(tre: UUID, project: Project, decisions: dict) -> None:
    """Raises NotAllowed for a person who was never named on the project, and for data that this TRE does not hold."""
    named = {str(pk) for pk in project.memberships.values_list("user", flat=True)}
    asked = decisions["datasets"].keys()
    held = {
        str(pk) for pk in DatasetVersion.objects.filter(dataset__held_by=tre, pk__in=asked).values_list("pk", flat=True)
    }
    if decisions["people"].keys() - named or asked - held:
        raise NotAllowed(_("This is not this secure data centre's to tell."))


@dataclass(frozen=True)
class OfTre:
    """What one TRE said of a project (`decisions`, nothing where it said nothing), as it stands on a day."""

    project: Project
    decisions: dict
    day: date

    def on_project(self) -> Said:
        return self._as_of(self.decisions.get("project", {}))

    def on_dataset(self, version: DatasetVersion) -> Said:
        return self._as_of(self.decisions.get("datasets", {}).get(str(version.pk), {}))

    def on_person(self, person) -> Said:
        return self._as_of(self.decisions.get("people", {}).get(str(person.pk), {}))

    def told_of_person(self, person, by) -> Said:
        """What a reader may know of it: to some, that there is no yes is all."""
        said = self.on_person(person)
        may_know = said.is_yes or permissions.may_know_of_refusal(by, self.project, person)
        return said if may_know else Said(NO_YES)

    def _as_of(self, told: dict[str, str]) -> Said:
        """A yes ends with its last day, whether or not the TRE has said so since."""
        until = date.fromisoformat(told["until"]) if told.get("until") else None
        return Said(Word.EXPIRED) if until and until < self.day else Said(told.get("word", UNTOLD), until)


def said_by_tre(project: Project, tres: QuerySet[Tre]) -> list[tuple[Tre, OfTre]]:
    """Each TRE, by name, with what it said of a project. One query."""
    newest = TreDecisions.objects.filter(project=project, tre=OuterRef("pk")).values("decisions")
    rows = tres.order_by("name").annotate(told=Subquery(newest))
    return [(tre, OfTre(project, tre.told or {}, today())) for tre in rows]


def not_yet(project: Project, by, tres: Iterable[Tre]) -> list[str]:
    """Which TREs have not said yes to the project, or to her in it, as far as the hub was told. She may ask all the same."""
    found = []
    for tre, said in said_by_tre(project, project.tres.filter(pk__in=[each.pk for each in tres])):
        if not said.on_project().is_yes:
            found.append(_("%(tre)s, on this project: %(said)s.") % {"tre": tre, "said": said.on_project()})
        elif not said.on_person(by).is_yes:
            found.append(_("%(tre)s, on you: %(said)s.") % {"tre": tre, "said": said.on_person(by)})
    return found


def own_places(person) -> list[tuple[Project, list[tuple[Tre, Said, Said]]]]:
    """Each project of a person, and at each of its TREs what was said of the project and of her. Three queries."""
    projects = list(projects_of(person).order_by("code").prefetch_related("tres")[:MOST_PROJECTS])
    kept = {
        (each.project_id, each.tre_id): each.decisions for each in TreDecisions.objects.filter(project__in=projects)
    }
    found = []
    for project in projects:
        at = [(tre, OfTre(project, kept.get((project.pk, tre.pk), {}), today())) for tre in project.tres.all()]
        found.append((project, [(tre, said.on_project(), said.on_person(person)) for tre, said in at]))
    return found
