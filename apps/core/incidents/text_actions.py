"""What the public reads of an incident: written by one person, cleared by another."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.holders import holders
from apps.core.accounts.roles import Role
from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.incidents import permissions
from apps.core.incidents.models import Incident, IncidentText
from apps.core.notices.service import notify as tell
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import step


def propose_text(*, incident: Incident, by, text: str) -> IncidentText:
    """Write anew, or correct, what the public reads. Raises WrongState for an incident that is neither closed nor told."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        permissions.check_leads(by, incident)
        check_may_be_told(incident)
        return write(incident, by, text)


def check_may_be_told(incident: Incident) -> None:
    """It is closed, or the public knows of it already. Raises WrongState."""
    if incident.state != Incident.State.CLOSED and not incident.published_at:
        raise WrongState(_("Close it first: the public's words are asked for there. Nothing was changed."))


def write(incident: Incident, by, words: str) -> IncidentText:
    """Inside the act under way: words that wait for a publisher of that side."""
    text = IncidentText.objects.create(incident=incident, text=words, written_by=by)
    record("incident.words_proposed", by=by, subject=incident)
    to = holders(Role.PUBLISHER, side=incident.side, besides=[by])
    tell("incident.words_proposed", to=to, about=text, incident=incident)
    return text


@step(IncidentText, label=gettext_lazy("Publish it"), check=permissions.check_can_clear)
def clear(*, incidenttext: IncidentText, by, reason: str) -> None:
    """The second person's yes: the public reads it from now on; the text before is superseded, and stays."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incidenttext.incident_id)
        text = IncidentText.objects.select_for_update().get(pk=incidenttext.pk)
        permissions.check_can_clear(by, text)
        steps.check_state(text, "clear")
        for before in IncidentText.objects.select_for_update().filter(incident=incident, state="published"):
            before.supersede()
            before.save()
        text.clear(at=timezone.now())
        text.save()
        sign(subject=text, verb="incident.words_cleared", by=by, outcome=SignOff.Outcome.APPROVED, reason=reason)
        record("incident.words_cleared", by=by, subject=incident, reason=reason)
        if incident.published_at:
            record("incident.words", by="portal", subject=incident, public={"words": text.text})
        else:
            publish(incident, text.text)


@step(IncidentText, label=gettext_lazy("Return it with a question"), check=permissions.check_can_clear)
def send_back(*, incidenttext: IncidentText, by, reason: str) -> None:
    """Not like this: an incident lead reads why, and writes another."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incidenttext.incident_id)
        text = IncidentText.objects.select_for_update().get(pk=incidenttext.pk)
        permissions.check_can_clear(by, text)
        steps.check_state(text, "send_back")
        text.send_back()
        text.save()
        sign(subject=text, verb="incident.words_returned", by=by, outcome=SignOff.Outcome.RETURNED, reason=reason)
        record("incident.words_returned", by=by, subject=incident, reason=reason)


def publish(incident: Incident, words: str = "") -> None:
    """Tell the public, once, inside the act under way: how bad, how many, and the words that were cleared."""
    if incident.published_at:
        return
    incident.published_at = timezone.now()
    incident.save()
    facts = {
        "kind": _("a near miss") if incident.kind == Incident.Kind.NEAR_MISS else _("an incident"),
        "severity": incident.severity,
        "people": incident.people_in_words(),
        "words": words or _("It is still being looked into."),
    }
    record("incident.told", by="portal", subject=incident, public=facts)
