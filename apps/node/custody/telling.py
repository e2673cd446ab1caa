"""What this TRE decided on a project, on each of its people and on each use of data, told to the hub as it stands now.

A decision crosses as one word of a fixed list and, of a yes, its last day. No reason, no name, no condition: a text field here
would be a way out of the TRE that nobody reviews.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.core.audit.act import act, at_commit, outbox, record
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.core.outbox.registry import hourly, work
from apps.core.workflow.models import last_minute
from apps.node.custody.models import (
    DataGrant,
    Decided,
    MemberAcceptance,
    ProjectAcceptance,
    ToldDecisions,
)

ASKED, ACCEPTED, REFUSED, ENDED, EXPIRED = WORDS = ("asked", "accepted", "refused", "ended", "expired")
TOLD = (ProjectAcceptance, MemberAcceptance, DataGrant)
WORD_OF = {
    "offered": ASKED,
    "requested": ASKED,
    "accepted": ACCEPTED,
    "granted": ACCEPTED,
    "refused": REFUSED,
    "ended": ENDED,
    "revoked": ENDED,
    "expired": EXPIRED,
}


def decision(row: Decided, at: datetime) -> dict[str, str]:
    """What is decided on one thing at that moment. A yes that no longer binds, as newer evidence came, is no yes."""
    word = WORD_OF[row.state]
    if word != ACCEPTED:
        return {"word": word, "until": ""}
    until = min(day for day in (row.until, row.lapses()) if day)
    if at > last_minute(until):
        return {"word": EXPIRED, "until": ""}
    return {"word": ASKED, "until": ""} if row.why_not(at) else {"word": ACCEPTED, "until": until.isoformat()}


def decisions_on(acceptance: ProjectAcceptance) -> dict:
    """Everything that crosses: what is decided on a project, and on its people and its data by UUID."""
    now = timezone.now()
    members = MemberAcceptance.objects.for_tre(acceptance).filter(project=acceptance.project).order_by("member")
    grants = DataGrant.objects.for_tre(acceptance).filter(project=acceptance.project).order_by("dataset_version")
    return {
        "project": decision(acceptance, now),
        "people": {str(each.member): decision(each, now) for each in members},
        "datasets": {str(each.dataset_version): decision(each, now) for each in grants},
    }


def tell_later(thing) -> None:
    """Plan to tell of a thing's project, in the act that changed it. A workflow is no project's, so nothing is told of it."""
    if isinstance(thing, TOLD):
        at_commit(partial(plan, thing.tre, thing.project))


def plan(tre: UUID, project: UUID) -> None:
    """At the end of an act: one telling for all that changes before it begins. Whatever begins meanwhile is waited for."""
    told, _made = ToldDecisions.objects.select_for_update().get_or_create(tre=tre, project=project)
    if not told.is_due:
        told.is_due = True
        told.save(update_fields=["is_due"])
        outbox(tell, told=told.pk)


@work("custody.tell")
def tell(told: str) -> None:
    """Tell the hub how things stand with a project, where that is not what it was told last."""
    with act():
        # Locked before the decisions are read, so that what is told last is what was read last.
        row = ToldDecisions.objects.select_for_update().get(pk=told)
        row.is_due = False
        acceptance = ProjectAcceptance.objects.for_tre(row).filter(project=row.project).first()
        decisions = decisions_on(acceptance) if acceptance else row.decisions
        if decisions != row.decisions:
            row.number, row.decisions, row.told_at = exchange.next_number(row.number), decisions, timezone.now()
            record("custody.decisions_told", by="portal", subject=row, number=row.number, decisions=decisions)
            body = {"project": str(row.project), "number": row.number, "decisions": decisions}
            exchange.send(kind=Document.Kind.DECISIONS, side=row.tre, peer=UUID(settings.HUB_ID), body=body)
        row.save()


@hourly
def tell_what_was_never_told() -> None:
    """What was decided before any of it was told."""
    told = ToldDecisions.objects.filter(tre=OuterRef("tre"), project=OuterRef("project"))
    for acceptance in ProjectAcceptance.objects.exclude(Exists(told)).order_by("project"):
        with act():
            tell_later(acceptance)
