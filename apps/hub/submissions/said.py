"""What the TREs said of a project's requests so far, only their words of the fixed list, counted; and how long each usually
takes to answer any request."""

from collections import Counter, defaultdict
from uuid import UUID

from django.db.models import Value
from django.utils.translation import ngettext

from apps.hub.projects.centres import OfRequests, tells
from apps.hub.submissions import usual
from apps.hub.submissions.board import DECIDED_INSIDE
from apps.hub.submissions.models import Request


@tells
def of_requests(project) -> dict[UUID, OfRequests]:
    """{TRE: a sentence for each thing that it has said, and the days that it usually takes}. One query, of two parts."""
    columns = ("is_of_project", "tre", "state", "created_at", "decided_at")
    of_project = Request.objects.filter(submission__project=project).annotate(is_of_project=Value(True))
    of_tres = usual.decided_lately(project.tres.values("pk")).annotate(is_of_project=Value(False))
    counted: dict[UUID, Counter] = defaultdict(Counter)
    spans: dict[UUID, Counter] = defaultdict(Counter)
    for is_of_project, tre, state, sent, decided in of_project.values_list(*columns).union(
        of_tres.values_list(*columns), all=True
    ):
        if is_of_project:
            counted[tre]["agreed" if state in DECIDED_INSIDE else state] += 1
        else:
            spans[tre][usual.day_of(sent), usual.day_of(decided)] += 1
    tres = {*counted, *spans}
    return {tre: OfRequests(_sentences(counted[tre]), usual.days(spans[tre])) for tre in tres}


def _sentences(numbers: Counter) -> list[str]:
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
