"""An accreditation on its way: begun, handed in, decided, ended. Its evidence: evidence_actions."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.notices.service import notify
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.seen import SeenReasonForm, check_seen
from apps.core.workflow.steps import NothingForm, ReasonForm, step
from apps.hub.researchers import changes, permissions
from apps.hub.researchers.checklist import Item, written
from apps.hub.researchers.forms import ApprovalForm, ConfirmForm, ReturnForm
from apps.hub.researchers.models import Accreditation, Evidence, Requirement


def draft(*, by, organisation, named_as: str = Accreditation.NamedAs.NAME) -> Accreditation:
    """Begin an accreditation of one's own, with the papers of the last one. Raises WrongState where one is open."""
    with act():
        before = Accreditation.objects.filter(user=by).order_by("-created_at").first()
        try:
            with transaction.atomic():
                accreditation = Accreditation.objects.create(user=by, organisation=organisation, named_as=named_as)
        except IntegrityError:
            raise WrongState(_("You have an accreditation already; nothing was changed."))
        if before is not None:
            _carry_over(before, accreditation)
        record("accreditation.drafted", by=by, subject=accreditation)
    return accreditation


def _carry_over(before: Accreditation, accreditation: Accreditation) -> None:
    """Papers that have not ended come along, for an officer to look at again. A sponsor and an identity are asked anew."""
    kinds = (Requirement.Kind.TRAINING, Requirement.Kind.STATUS)
    today = timezone.localdate()
    for paper in before.evidence.filter(requirement__kind__in=kinds, until__gte=today):
        paper.pk, paper.accreditation = None, accreditation
        paper.id = Evidence._meta.pk.get_default()
        paper.confirmed_at = paper.confirmed_by = None
        paper._state.adding = True
        paper.save(force_insert=True)


def amend(*, accreditation, by, **fields) -> None:
    """Change organisation or public name. A new organisation of somebody accredited waits for an officer."""
    with act():
        accreditation = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
        permissions.check_is_her_own(by, accreditation)
        steps.check_state(accreditation, "amend")
        for name, value in fields.items():
            setattr(accreditation, name, value)
        accreditation.save()
        record("accreditation.amended", by=by, subject=accreditation)
        changes.say_changed(changes.PERSON, accreditation.user_id)


def _decide(
    accreditation, by, transition, *, check, outcome="", reason="", until=None, verb, arguments=None, before=None
):
    """The five lines of every step of an accreditation. `before`: what must hold of it, and what changes with it."""
    with act():
        accreditation = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
        check(by, accreditation)
        steps.check_state(accreditation, transition)
        if before:
            before(accreditation)
        getattr(accreditation, transition)(**(arguments or {}))
        accreditation.save()
        if outcome:
            until = until or (accreditation.until if outcome == SignOff.Outcome.APPROVED else None)
            sign(subject=accreditation, verb=verb, by=by, outcome=outcome, reason=reason, until=until)
        record(verb, by=by, subject=accreditation, reason=reason, until=until)
        changes.say_changed(changes.PERSON, accreditation.user_id)
        if by != accreditation.user:
            state = accreditation.get_state_display()
            notify("accreditation.decided", to=accreditation.user, about=accreditation, state=state, reason=reason)


def lacking(accreditation: Accreditation, *, handing_in: bool = False) -> list[Item]:
    """What is required and not there, as if an officer confirmed all that is there.

    `handing_in`: without what the researcher herself can do nothing more about: the identity check, and the answer of
    a sponsor who was asked.
    """
    found = [each for each in accreditation.checklist(timezone.now(), unconfirmed_too=True) if each.stands_in_the_way]
    if handing_in:
        theirs = {Requirement.Kind.IDENTITY}
        if accreditation.sponsor_requests.waiting().exists():
            theirs.add(Requirement.Kind.SPONSOR)
        found = [each for each in found if each.requirement.kind not in theirs]
    return found


def _check_nothing_lacks(accreditation, *, handing_in: bool = False) -> None:
    sentences = [each.sentence for each in lacking(accreditation, handing_in=handing_in)]
    if sentences:
        raise WrongState(_("Something is missing. %(what)s") % {"what": " ".join(sentences)})


@step(
    Accreditation,
    label=gettext_lazy("Hand it in"),
    check=permissions.check_is_her_own,
    form=NothingForm,
    done=gettext_lazy("Handed in. An accreditation officer looks at it next. You are told what the officer says."),
)
def submit(*, accreditation, by):
    """Ask the officer to look at everything. Raises WrongState where the researcher herself has something to add."""
    _decide(
        accreditation,
        by,
        "submit",
        check=permissions.check_is_her_own,
        verb="accreditation.submitted",
        before=lambda thing: _check_nothing_lacks(thing, handing_in=True),
    )


def confirm_all(accreditation: Accreditation, by) -> None:
    """Every piece of evidence as the officer saw it is now under her sign-off."""
    now = timezone.now()
    for each in accreditation.evidence.filter(confirmed_at=None):
        each.confirmed_at, each.confirmed_by = now, by
        each.save()


@step(
    Accreditation,
    label=gettext_lazy("Approve"),
    check=permissions.check_can_approve,
    form=ApprovalForm,
    done=gettext_lazy("Approved: “%(thing)s”. The researcher is told."),
)
def approve(*, accreditation, by, reason: str, until: date, seen: str | None = None):
    """Everything required is there. Raises WrongState with what is missing."""

    def before(thing):
        check_seen(thing, seen)
        _check_nothing_lacks(thing)
        confirm_all(thing, by)

    _decide(
        accreditation,
        by,
        "approve",
        check=permissions.check_can_approve,
        outcome=SignOff.Outcome.APPROVED,
        reason=reason,
        until=until,
        verb="accreditation.approved",
        arguments={"until": until},
        before=before,
    )


@step(
    Accreditation,
    label=gettext_lazy("Confirm what is new"),
    check=permissions.check_can_decide,
    form=ConfirmForm,
    done=gettext_lazy("Confirmed: what is new counts from now on."),
)
def confirm(*, accreditation, by, reason: str, seen: str | None = None):
    """A renewed certificate, or a new organisation: the sign-off is renewed and binds to it. Its last day stays."""

    def before(thing):
        check_seen(thing, seen)
        fresh = thing.evidence.filter(confirmed_at=None).exists()
        signed = SignOff.objects.filter(subject_id=thing.pk, side=thing.side).first()
        if not fresh and signed is not None and signed.binds(thing):
            raise WrongState(_("There is nothing new to confirm; nothing was changed."))
        confirm_all(thing, by)

    _decide(
        accreditation,
        by,
        "confirm",
        check=permissions.check_can_decide,
        outcome=SignOff.Outcome.APPROVED,
        reason=reason,
        verb="accreditation.confirmed",
        before=before,
    )


@step(
    Accreditation,
    label=gettext_lazy("Return it"),
    check=permissions.check_can_decide,
    form=ReturnForm,
    done=gettext_lazy("Returned. The researcher is told what is missing. The next step is the researcher’s."),
)
def send_back(*, accreditation, by, reason: str, missing: dict | None = None, seen: str | None = None):
    """Say what is missing, requirement by requirement (key -> sentence)."""
    _decide(
        accreditation,
        by,
        "send_back",
        check=permissions.check_can_decide,
        outcome=SignOff.Outcome.RETURNED,
        reason=reason,
        verb="accreditation.returned",
        arguments={"missing": missing or {}},
        before=lambda thing: check_seen(thing, seen),
    )


def _decision(name, label, outcome, verb, *, check=permissions.check_can_decide, form=ReasonForm, warning=True):
    """A step of the accreditation officer that asks for a reason. One that judges her papers is bound to those shown; one that
    stops is not, so that nothing gets in its way."""

    def decide(*, accreditation, by, reason: str, seen: str | None = None):
        said = {"outcome": outcome, "reason": reason, "verb": verb, "before": lambda thing: check_seen(thing, seen)}
        _decide(accreditation, by, name, check=check, **said)

    decide.__name__ = name
    return step(Accreditation, label=label, check=check, form=form, warning=warning)(decide)


reject = _decision(
    "reject", gettext_lazy("Reject"), SignOff.Outcome.REFUSED, "accreditation.rejected", form=SeenReasonForm
)
_STOP = permissions.check_can_stop
suspend = _decision("suspend", gettext_lazy("Suspend"), SignOff.Outcome.ENDED, "accreditation.suspended", check=_STOP)
reinstate = _decision(
    "reinstate",
    gettext_lazy("Reinstate"),
    SignOff.Outcome.APPROVED,
    "accreditation.reinstated",
    check=permissions.check_can_reinstate,
    form=SeenReasonForm,
    warning=False,
)
revoke = _decision("revoke", gettext_lazy("Revoke"), SignOff.Outcome.ENDED, "accreditation.revoked", check=_STOP)


def expire(*, accreditation) -> None:
    """Bookkeeping by the worker: `why_not()` decided at that very minute; here the state follows."""
    reason = _("It ended on %(day)s.") % {"day": written(accreditation.until)}
    _decide(
        accreditation, "portal", "expire", check=lambda by, thing: None, reason=reason, verb="accreditation.expired"
    )
