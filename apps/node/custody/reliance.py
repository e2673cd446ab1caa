"""Reliance: two people decide that this TRE takes a named panel's word; what that panel approved is then accepted by itself."""

from datetime import date
from operator import attrgetter
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput
from apps.core.workflow import steps
from apps.core.workflow.models import latest_sign_off, sign
from apps.core.workflow.steps import ReasonForm, step
from apps.node.custody import permissions
from apps.node.custody.actions import ACCEPTED_VERBS, APPROVED, ENDED, changed
from apps.node.custody.models import AgreementPolicy, MemberAcceptance, ProjectAcceptance, Reliance
from apps.node.custody.telling import tell_later


def propose(
    *, tre: UUID, by, panel: UUID, panel_name: str, for_projects: bool, for_members: bool, until: date, reason: str
) -> Reliance:
    """The first of two yeses to relying on a panel."""
    permissions.check_is_custodian(by, tre)
    facts = {"panel": panel, "panel_name": panel_name, "for_projects": for_projects, "for_members": for_members}
    with act():
        made = Reliance.objects.create(tre=tre, until=until, proposed_by=by, **facts)
        sign(subject=made, verb="reliance.proposed", by=by, outcome=APPROVED, reason=reason, until=until)
        record("reliance.proposed", by=by, subject=made, reason=reason, until=until, panel=panel_name)
    return made


def _locked(reliance) -> Reliance:
    return Reliance.objects.select_for_update().get(pk=reliance.pk)


@step(
    Reliance,
    label=gettext_lazy("Confirm: rely on this panel"),
    check=permissions.check_can_confirm_reliance,
    form=ReasonForm,
)
def confirm(*, reliance, by, reason: str):
    """The second yes, by another of the TRE's deciders. Raises BadInput where it was changed after it was proposed."""
    with act():
        reliance = _locked(reliance)
        permissions.check_can_confirm_reliance(by, reliance)
        steps.check_state(reliance, "confirm")
        if not latest_sign_off(reliance).binds(reliance):
            raise BadInput(_("It was changed after it was proposed."))
        reliance.confirm(by=by)
        reliance.save()
        sign(subject=reliance, verb="reliance.confirmed", by=by, outcome=APPROVED, reason=reason, until=reliance.until)
        record("reliance.confirmed", by=by, subject=reliance, reason=reason)


@step(Reliance, label=gettext_lazy("Stop relying on it"), check=permissions.check_is_staff, warning=True)
def end(*, reliance, by, reason: str):
    """Any one of the staff ends it. What was accepted by it waits for a person again, and holds its runs until then."""
    with act():
        # Acceptances before the reliance, as when one is accepted by it.
        rows = [row for model in ACCEPTED_VERBS for row in relying_on(model, reliance)]
        reliance = _locked(reliance)
        permissions.check_is_staff(by, reliance)
        steps.check_state(reliance, "end")
        reliance.end()
        reliance.save()
        sign(subject=reliance, verb="reliance.ended", by=by, outcome=ENDED, reason=reason)
        record("reliance.ended", by=by, subject=reliance, reason=reason)
        for row in rows:
            row.stop_relying()
            row.save()
            record("custody.reliance_lost", by=by, subject=row)
        for row in sorted(rows, key=attrgetter("project")):
            tell_later(row)
        outbox(changed, tre=reliance.tre)


def relying_on(model, reliance):
    """The rows that were accepted by a reliance, locked, by primary key."""
    return model.objects.select_for_update().filter(reliance=reliance, state=model.YES).order_by("pk")


def accept_by(row, panel: dict | None) -> None:
    """Accept what was offered with the evidence of a panel that the TRE relies on. `panel`: its id and name, as the offer says;
    without it, or where a person stopped the thing, a person decides."""
    if not panel:
        return
    covers = {"for_projects": True} if isinstance(row, ProjectAcceptance) else {"for_members": True}
    with act():
        row = type(row).objects.select_for_update().get(pk=row.pk)
        found = Reliance.objects.select_for_update(no_key=True).for_tre(row).filter(panel=UUID(panel["id"]), **covers)
        reliance = next((each for each in found.order_by("pk") if each.holds(timezone.now())), None)
        if permissions.panel_decides(row):
            return  # its own panel decides
        if isinstance(row, MemberAcceptance) and AgreementPolicy.asked_at(row.tre):
            return  # a panel's word does not say whether what this TRE asks besides is met
        if reliance is None or row.asked_again_by_id or not steps.can_proceed(row, "accept") or not row.lapses():
            return
        until = min(reliance.until, row.lapses())
        row.accept(until=until, reliance=reliance)
        row.save()
        verb, reason = ACCEPTED_VERBS[type(row)], _("By reliance: %(panel)s") % {"panel": reliance.panel_name}
        sign(subject=row, verb=verb, by=None, outcome=APPROVED, reason=reason, until=until)
        record(verb, by="portal", subject=row, reason=reason, until=until, reliance=str(reliance.pk))
        tell_later(row)
