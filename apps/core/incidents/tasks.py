"""What the clock does: after its time in private the public reads of an incident, closed or not."""

from apps.core.audit.act import act
from apps.core.incidents.models import Incident
from apps.core.incidents.text_actions import publish
from apps.core.outbox.registry import hourly


@hourly
def tell_of_old_incidents() -> None:
    """Each incident that is due, each in an act of its own."""
    for pk in Incident.objects.due_in_public().values_list("pk", flat=True):
        with act():
            publish(Incident.objects.select_for_update().get(pk=pk))
