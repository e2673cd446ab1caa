import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from string import Formatter
from uuid import UUID, uuid4

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Model

from apps.core.audit import tree, verbs, writing
from apps.core.audit.act import Collected, drafts, locked_head, numbered
from apps.core.audit.models import LogHead, Opening

BATCH = 5000
WORDS = ["asthma", "diabetes", "hearts", "hips", "children", "sleep", "cancer", "eyes", "pain", "memory"]
PLACES = ["Saltmarsh", "Hillfoot", "Northgate", "Riverside", "Eastmoor", "Lowfield", "Westbank", "Highbridge"]


class Command(BaseCommand):
    help = "Fill a log with invented events of every verb, written as acts write them. For benchmarks, never for a real portal."

    def add_arguments(self, parser):
        parser.add_argument("number", type=int, help="how many events")
        parser.add_argument("--side", type=UUID, default=UUID(settings.HUB_ID), help="whose log (the hub's)")
        parser.add_argument("--days", type=int, default=1500, help="over how many days they lie")

    def handle(self, *, number, side, days, **options):
        chance = random.Random(number)
        known = verbs.all_verbs()
        start = datetime.now(UTC) - timedelta(days=days)
        for first in range(0, number, BATCH):
            batch = range(first, min(number, first + BATCH))
            events = [invented(chance, known, side, start + timedelta(days=days * each / number)) for each in batch]
            write(side, drafts(side, events))
        size = LogHead.objects.get(side=side).size
        self.stdout.write(f"{number} events were added to the log of {side}, which has {size}.")


def write(side: UUID, openings: list[Opening]) -> None:
    """Append to the log as acts do, but for COPY, which PostgreSQL reads several times as fast as inserts."""
    with transaction.atomic():
        head = locked_head(side)
        rows = numbered(head, openings)
        hashes = [opening.event.leaf_hash for opening in openings]
        if connection.vendor == "postgresql":
            for some in filter(None, rows):
                copy(some)
            rows = []
        tree.extend(head, hashes, rows)


def copy(rows: Sequence[Model]) -> None:
    """Send rows of one model to PostgreSQL in one stream."""
    fields = writing.fields_of(type(rows[0]))
    into = f"COPY {connection.ops.quote_name(rows[0]._meta.db_table)} ({writing.columns(fields)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(into) as stream:
        for row in rows:
            stream.write_row(writing.values_of(row, fields))


def invented(chance: random.Random, known: list[verbs.Verb], side: UUID, at: datetime) -> Collected:
    """One event of a random verb, with every fact that its sentence needs."""
    verb, subject = chance.choice(known), uuid4()
    names = [name for _text, name, _format, _conversion in Formatter().parse(str(verb.sentence)) if name]
    facts = {name: f"{chance.choice(PLACES)} {chance.choice(WORDS)} {chance.randrange(500)}" for name in names}
    values = {
        "reason": "Invented for a benchmark.",
        **{f"public.{name}": value for name, value in facts.items()},
        **about(chance),
        "verb": verb.name,
        "at": at.isoformat(),
        "by": str(uuid4()),
        "subject": f"invented.Thing:{subject}",
    }
    return Collected(side, verb, at, "invented.Thing", subject, values, None)


def about(chance: random.Random) -> dict:
    """What readers may find an event by: some of a hundred projects, eight TREs with five datasets each, thirty organisations.

    A project is of one organisation, which is of one kind; a dataset is at one TRE. So some filters never meet, as in life.
    """
    project, tre = chance.randrange(100), chance.randrange(8)
    organisation = project % 30
    kind = ["university", "company", "charity", "public body"][organisation % 4]
    things = {"project": project, "tre": tre, "request": chance.randrange(5000), "organisation": organisation}
    commercial = {"about.organisation_kind": kind, "about.commercial": kind == "company"}
    found = {f"about.{name}": str(UUID(int=number)) for name, number in things.items()}
    return found | commercial | {"about.datasets": [str(UUID(int=tre + 8 * chance.randrange(5)))]}
