"""What crosses to the hub before release: a word of the fixed list, to the minute, in its order. Nothing else."""

from uuid import UUID

from django.conf import settings

from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.node.runs.models import Run

WORDS = (
    *("received", "awaiting_approval", "question", "refused", "held"),
    *("queued", "running", "finished", "failed", "being_checked"),
)
WITH_A_REASON = ("question", "refused")


def say(run: Run, word: str, *, reason: str = "", fault: str = "") -> None:
    """Send the next statement about a run that the caller has locked, inside the act under way.

    A reason goes only with what was decided before anything ran.
    """
    if word not in WORDS:
        raise ValueError(f"{word} is not on the list.")
    run.statements += 1
    run.save(update_fields=["statements"])
    exchange.send(
        kind=Document.Kind.STATEMENT,
        side=run.tre,
        peer=hub(),
        body={
            "request": str(run.request),
            "number": run.statements,
            "state": word,
            "fault": fault,
            "reason": reason if word in WITH_A_REASON else "",
        },
    )


def hub():
    """The hub's side."""
    return UUID(settings.HUB_ID)
