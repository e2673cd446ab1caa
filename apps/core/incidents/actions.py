"""Report, follow up, close and tell."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.holders import holders
from apps.core.accounts.roles import Role
from apps.core.audit.act import act, record
from apps.core.errors import BadInput, WrongState
from apps.core.incidents import forms, permissions, text_actions
from apps.core.incidents.models import Incident
from apps.core.notices.service import notify as tell
from apps.core.workflow import steps
from apps.core.workflow.seen import check_seen
from apps.core.workflow.steps import step


def report(*, by, side, **what: Any) -> Incident:
    """Anyone who is signed in tells what went wrong. Raises BadInput for a side that she does not know."""
    side = UUID(str(side))
    permissions.check_can_report(by, side)
    with act():
        incident = Incident.objects.create(side=side, reported_by=by, **what)
        record("incident.reported", by=by, subject=incident, kind=incident.kind, severity=incident.severity)
        to = holders(Role.INCIDENT_LEAD, side=side, besides=[by])
        tell("incident.reported", to=to, about=incident, incident=incident)
    return incident


def _move(incident: Incident, by, verb: str, check, **what: Any) -> None:
    """Take one transition: the five lines that all steps of an incident share."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        check(by, incident)
        steps.check_state(incident, verb)
        getattr(incident, verb)(**what)
        incident.save()
        record(f"incident.{VERBS[verb]}", by=by, subject=incident, **what)
        if verb == "close":
            text_actions.write(incident, by, what["public_words"])


VERBS = {"contain": "contained", "assess": "assessed", "notify": "notified", "close": "closed"}


@step(Incident, label=gettext_lazy("It is contained"), check=permissions.check_leads, form=forms.ContainForm)
def contain(*, incident: Incident, by, how_contained: str) -> None:
    """It goes on no longer."""
    _move(incident, by, "contain", permissions.check_leads, how_contained=how_contained)


@step(Incident, label=gettext_lazy("Write down the assessment"), check=permissions.check_leads, form=forms.AssessForm)
def assess(*, incident: Incident, by, severity: str, people_affected: int | None, assessment: str) -> None:
    """How bad it is, how many people it touches, how it came about."""
    what = {"severity": severity, "people_affected": people_affected, "assessment": assessment}
    _move(incident, by, "assess", permissions.check_leads, **what)


@step(Incident, label=gettext_lazy("Everyone was told"), check=permissions.check_leads, form=forms.NotifyForm)
def notify(*, incident: Incident, by, who_was_told: str) -> None:
    """Whoever has to know was told, or it says why nobody has to."""
    _move(incident, by, "notify", permissions.check_leads, who_was_told=who_was_told)


@step(Incident, label=gettext_lazy("Close it"), check=permissions.check_can_close, form=forms.CloseForm)
def close(*, incident: Incident, by, actions_taken: str, public_words: str) -> None:
    """The end: what changes, and what the public reads once a publisher has cleared it. Never by whoever reported it."""
    what = {"actions_taken": actions_taken, "public_words": public_words}
    _move(incident, by, "close", permissions.check_can_close, **what)


def ask_longer(*, incident: Incident, by, until: date, reason: str, seen: str | None = None) -> None:
    """Ask that it stays private for longer. Raises BadInput for an earlier day; WrongState where it is public."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        permissions.check_leads(by, incident)
        _check_private(incident)
        check_seen(incident, seen)
        if until <= incident.private_until:
            raise BadInput(_("It is private until then in any case."))
        incident.longer_until, incident.longer_why, incident.longer_by = until, reason, by
        incident.save()
        record("incident.longer_asked", by=by, subject=incident, until=until, reason=reason)
        to = holders(Role.INCIDENT_LEAD, Role.ADMINISTRATOR, side=incident.side, besides=[by])
        told = {"incident": incident, "until": date_format(until, "j F Y")}
        tell("incident.longer_asked", to=to, about=incident, **told)


def agree_longer(*, incident: Incident, by, seen: str | None = None) -> None:
    """A second person agrees that it stays private for longer; the public reads that it was done, not about what."""
    with act():
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        permissions.check_can_agree(by, incident)
        _check_private(incident)
        if incident.longer_until is None:
            raise WrongState(_("Nobody asks for a longer time; nothing was changed."))
        check_seen(incident, seen)
        incident.private_until, incident.longer_until, incident.longer_by = incident.longer_until, None, None
        incident.save()
        until = date_format(incident.private_until, "j F Y")
        record("incident.longer", by=by, subject=incident, public={"until": until})


def _check_private(incident: Incident) -> None:
    if incident.published_at:
        raise WrongState(_("The public has read of it already; nothing was changed."))
