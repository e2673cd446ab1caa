from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.outbox.registry import hourly
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, last_minute, sign
from apps.core.workflow.steps import NothingForm, step
from apps.hub.researchers import permissions
from apps.hub.researchers.forms import ApprovalForm
from apps.hub.researchers.models import Accreditation


def draft(*, by, organisation, training_name, training_until, agreement_signed_on) -> Accreditation:
    """Begin an accreditation of one's own. Raises WrongState where one is open."""
    with act():
        try:
            with transaction.atomic():
                accreditation = Accreditation.objects.create(
                    user=by,
                    organisation=organisation,
                    training_name=training_name,
                    training_until=training_until,
                    agreement_signed_on=agreement_signed_on,
                )
        except IntegrityError:
            raise WrongState(_("You have an accreditation already; nothing was changed."))
        record("accreditation.drafted", by=by, subject=accreditation)
    return accreditation


def amend(*, accreditation, by, **fields) -> None:
    """Change a draft, or one that came back with a question."""
    with act():
        accreditation = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
        permissions.check_is_her_own(by, accreditation)
        steps.check_state(accreditation, "submit")
        for name, value in fields.items():
            setattr(accreditation, name, value)
        accreditation.save()
        record("accreditation.amended", by=by, subject=accreditation)


def _decide(accreditation, by, transition, *, check, outcome="", reason="", until=None, verb, arguments=None):
    """The five lines of every step of an accreditation."""
    with act():
        accreditation = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
        check(by, accreditation)
        steps.check_state(accreditation, transition)
        getattr(accreditation, transition)(**(arguments or {}))
        accreditation.save()
        if outcome:
            sign(subject=accreditation, verb=verb, by=by, outcome=outcome, reason=reason, until=until)
        record(verb, by=by, subject=accreditation, reason=reason, until=until)


@step(Accreditation, label=gettext_lazy("Hand it in"), check=permissions.check_is_her_own, form=NothingForm)
def submit(*, accreditation, by):
    _decide(accreditation, by, "submit", check=permissions.check_is_her_own, verb="accreditation.submitted")


@step(Accreditation, label=gettext_lazy("Approve"), check=permissions.check_can_decide, form=ApprovalForm)
def approve(*, accreditation, by, reason: str, until: date):
    _decide(
        accreditation,
        by,
        "approve",
        check=permissions.check_can_decide,
        outcome=SignOff.Outcome.APPROVED,
        reason=reason,
        until=until,
        verb="accreditation.approved",
        arguments={"until": until},
    )


def _decision(name, label, outcome, verb, *, warning=True):
    """A step of the accreditation officer that asks for a reason."""

    def decide(*, accreditation, by, reason: str):
        until = accreditation.until if outcome == SignOff.Outcome.APPROVED else None
        _decide(
            accreditation,
            by,
            name,
            check=permissions.check_can_decide,
            outcome=outcome,
            reason=reason,
            until=until,
            verb=verb,
        )

    decide.__name__ = name
    return step(Accreditation, label=label, check=permissions.check_can_decide, warning=warning)(decide)


send_back = _decision(
    "send_back",
    gettext_lazy("Return with a question"),
    SignOff.Outcome.RETURNED,
    "accreditation.returned",
    warning=False,
)
reject = _decision("reject", gettext_lazy("Reject"), SignOff.Outcome.REFUSED, "accreditation.rejected")
suspend = _decision("suspend", gettext_lazy("Suspend"), SignOff.Outcome.ENDED, "accreditation.suspended")
reinstate = _decision(
    "reinstate", gettext_lazy("Reinstate"), SignOff.Outcome.APPROVED, "accreditation.reinstated", warning=False
)
revoke = _decision("revoke", gettext_lazy("Revoke"), SignOff.Outcome.ENDED, "accreditation.revoked")


@hourly
def expire_lapsed() -> None:
    """Bookkeeping: `why_not()` decided at that very minute; here the state follows."""
    now = timezone.now()
    for accreditation in Accreditation.objects.filter(state__in=["approved", "suspended"]).exclude(until=None):
        if now > last_minute(min(accreditation.until, accreditation.training_until)):
            _decide(accreditation, "portal", "expire", check=lambda by, thing: None, verb="accreditation.expired")
