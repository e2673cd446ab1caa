"""The one way an opening is deleted. The leaf stays, so the log still verifies; what it stood for is gone."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.audit import public_log, verbs
from apps.core.audit.act import act, record
from apps.core.audit.models import AppendOnlyQuerySet, Erasure, Event, Opening, PublicDataset, PublicEntry
from apps.core.errors import WrongState

verbs.register("log.erased", verbs.Audience.PRIVATE, "The details of an earlier log entry were erased.")
verbs.register(
    public_log.TOMBSTONE,
    verbs.Audience.PUBLIC,
    _("The details of this line were erased, as the law asks. Its place stays."),
)


class ErasedEvent:
    """The subject of a `log.erased` event."""

    class _meta:
        label = "audit.Event"

    def __init__(self, event: Event):
        self.pk, self.side = event.pk, event.side


def erase(*, event: Event, by, reason: str) -> None:
    """Delete the opening of `event`, and leave a tombstone, also on the public page. Raises WrongState where it is gone."""
    with act():
        opening = Opening.objects.select_for_update().filter(event=event).first()
        if opening is None:
            raise WrongState("The details of this entry were erased before.")
        Erasure.objects.create(event=event)
        PublicDataset.objects.filter(entry=event.pk).delete()
        PublicEntry.objects.filter(event=event, public_from__gt=timezone.now()).delete()
        PublicEntry.objects.filter(event=event).update(**public_log.tombstone())
        super(AppendOnlyQuerySet, Opening.objects.filter(event=event)).delete()
        subject, sequence = ErasedEvent(event), event.sequence
        record("log.erased", by=by, subject=subject, sequence=sequence, earlier=handed_on(opening), reason=reason)


def handed_on(opening: Opening) -> list[str]:
    """The entries whose erasure the opening told of: where it goes too, the new entry tells of them."""
    if opening.verb != "log.erased":
        return []
    return [str(opening.subject_id), *opening.values.get("earlier", ())]
