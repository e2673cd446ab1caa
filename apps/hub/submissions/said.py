"""What the TREs said of a project's requests so far: only their words of the fixed list, counted."""

from uuid import UUID

from django.db.models import Count
from django.utils.translation import ngettext

from apps.hub.projects.centres import tells
from apps.hub.submissions.board import DECIDED_INSIDE
from apps.hub.submissions.models import Request


@tells
def of_requests(project) -> dict[UUID, list[str]]:
    """{TRE: a sentence for each thing that it has said}. One query."""
    rows = Request.objects.filter(submission__project=project).values("tre", "state").annotate(number=Count("pk"))
    counted: dict[UUID, dict[str, int]] = {}
    for row in rows:
        kind = "agreed" if row["state"] in DECIDED_INSIDE else row["state"]
        of_tre = counted.setdefault(row["tre"], {})
        of_tre[kind] = of_tre.get(kind, 0) + row["number"]
    return {tre: _sentences(numbers) for tre, numbers in counted.items()}


def _sentences(numbers: dict[str, int]) -> list[str]:
    waiting = sum(numbers.get(state, 0) for state in ("sent", "received", "awaiting_approval"))
    said = [
        (
            numbers.get("agreed", 0),
            lambda n: ngettext("It agreed to %(n)s request.", "It agreed to %(n)s requests.", n),
        ),
        (waiting, lambda n: ngettext("%(n)s request waits for it.", "%(n)s requests wait for it.", n)),
        (
            numbers.get("question", 0),
            lambda n: ngettext("It asks about %(n)s request.", "It asks about %(n)s requests.", n),
        ),
        (numbers.get("held", 0), lambda n: ngettext("It holds %(n)s request.", "It holds %(n)s requests.", n)),
        (numbers.get("refused", 0), lambda n: ngettext("It refused %(n)s request.", "It refused %(n)s requests.", n)),
    ]
    return [sentence(number) % {"n": number} for number, sentence in said if number]
