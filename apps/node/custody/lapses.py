"""What the hub no longer stands behind: heard by a signed document, kept, and asked with the safes of every run."""

from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.audit.act import outbox, record
from apps.core.errors import BadInput
from apps.core.exchange.models import NUMBERS, Incoming
from apps.node.custody.actions import changed
from apps.node.custody.models import HubLapses

KINDS = ("project", "people", "datasets")
LONGEST = 1000


def read(body: dict) -> tuple[UUID, int, dict]:
    """(project, number, lapses) of a document. Raises BadInput where it does not say what it should."""
    try:
        project, number, told = UUID(body["project"]), int(body["number"]), body["lapses"]
        if number not in NUMBERS:
            raise ValueError
        lapses = {kind: {str(UUID(pk)): str(why)[:LONGEST] for pk, why in told[kind].items()} for kind in KINDS}
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise BadInput(_("This does not say what the hub stands behind."))
    return project, number, lapses


def hear(*, document: Incoming) -> None:
    """Keep how things stand at the hub, and let the runs look again. What comes late, after newer word, changes nothing."""
    project, number, lapses = read(document.body)
    known = HubLapses.objects.select_for_update().for_tre(document.side).filter(project=project).first()
    if known is not None and known.number >= number:
        return
    kept, _made = HubLapses.objects.update_or_create(
        tre=document.side,
        project=project,
        defaults={"number": number, "lapses": lapses, "heard_at": document.received_at},
    )
    record("custody.lapses_heard", by=document.peer, subject=kept, lapses=lapses)
    outbox(changed, tre=document.side)


def lapsed(tre, project: UUID) -> dict[str, dict[str, str]]:
    """What the hub does not stand behind in a project: kind -> {UUID: why}. `tre`: a TRE, or a thing of one. One query."""
    known = HubLapses.objects.for_tre(tre).filter(project=project).first()
    return known.lapses if known else {kind: {} for kind in KINDS}


def at_the_hub(why: str) -> str:
    """The hub's word as a sentence of its own; empty where it said nothing."""
    return _("The hub says: %(why)s") % {"why": why} if why else ""
