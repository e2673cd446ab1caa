"""Standing sign-offs: two run approvers say yes in advance; each use is checked at receipt and at dispatch, and counted."""

from datetime import date

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, outbox, record
from apps.core.crates.parameters import asked_for, is_code
from apps.core.errors import BadInput, NotAllowed
from apps.core.outbox.registry import hourly, work
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, last_minute, latest_sign_off, sign
from apps.core.workflow.steps import NothingForm, step
from apps.node.custody.models import AgreementPolicy, DataGrant, WorkflowApproval
from apps.node.runs import permissions
from apps.node.runs.actions import locked
from apps.node.runs.bounds import Bound, is_bounded
from apps.node.runs.code import not_shown
from apps.node.runs.forms import DeclaredForm
from apps.node.runs.models import Run, StandingSignOff, StandingUse
from apps.node.runs.safes import IN_ADVANCE, is_in_advance, missing
from apps.node.runs.statements import say

APPROVED, ENDED = SignOff.Outcome.APPROVED, SignOff.Outcome.ENDED


def why_not_in_advance(approval: WorkflowApproval) -> str:
    """Why runs of this workflow cannot be signed off in advance at all; empty where they can."""
    if approval.state != approval.YES:
        return _("Only an approved workflow can be signed off in advance.")
    if any(is_code(each) for each in approval.parameters):
        return _("This workflow takes code, and a person reads code before each run.")
    if any(not is_bounded(each) for each in asked_for(approval.parameters)):
        return _("This workflow takes a file, and a person looks at each file before it is used.")
    return ""


def propose(
    *,
    workflow: WorkflowApproval,
    grant: DataGrant,
    by,
    bounds: dict[str, Bound],
    until: date,
    most_uses: int,
    reason: str,
) -> StandingSignOff:
    """The first of two yeses. Raises BadInput where the workflow, or what it would use, does not allow one."""
    with act():
        grant = DataGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        standing = StandingSignOff(
            tre=workflow.tre,
            project=grant.project,
            project_code=grant.project_code,
            workflow_approval=workflow,
            dataset_version=grant.dataset_version,
            dataset_name=grant.dataset_name,
            bounds=bounds,
            until=until,
            most_uses=most_uses,
            proposed_by=by,
        )
        permissions.check_can_propose_in_advance(by, standing)
        why = why_not_in_advance(workflow) or grant.why_not(timezone.now())
        if why or grant.tre != workflow.tre:
            raise BadInput(why or _("These data are another secure data centre's."))
        standing.save()
        sign(subject=standing, verb="standing.proposed", by=by, outcome=APPROVED, reason=reason, until=until)
        record("standing.proposed", by=by, subject=standing, reason=reason, until=until, bounds=bounds, most=most_uses)
    return standing


def locked_standing(standing) -> StandingSignOff:
    """The standing sign-off, locked and read again. After its run, where there is one."""
    related = ("workflow_approval", "proposed_by", "confirmed_by")
    rows = StandingSignOff.objects.select_for_update(of=("self",)).select_related(*related)
    return rows.get(pk=standing.pk)


@step(
    StandingSignOff,
    label=gettext_lazy("Confirm: sign off in advance"),
    check=permissions.check_can_confirm_in_advance,
    form=DeclaredForm,
)
def confirm(*, standingsignoff, by, reason: str, declared: bool):
    """The second yes, by another run approver, to the very same words."""
    with act():
        standing = locked_standing(standingsignoff)
        permissions.check_can_confirm_in_advance(by, standing)
        steps.check_state(standing, "confirm")
        check_still_said(standing)
        standing.confirm(by=by, at=timezone.now())
        standing.save()
        sign(subject=standing, verb="standing.confirmed", by=by, outcome=APPROVED, reason=reason, until=standing.until)
        record("standing.confirmed", by=by, subject=standing, reason=reason, declared=declared)


def check_still_said(standing: StandingSignOff) -> None:
    """What was proposed is what is confirmed, and still possible. Raises BadInput."""
    why = why_not_in_advance(standing.workflow_approval)
    if timezone.now() > last_minute(standing.until):
        why = why or _("Its last day has passed.")
    if not latest_sign_off(standing).binds(standing):
        why = why or _("It was changed after it was proposed.")
    if why:
        raise BadInput(why)


@step(
    StandingSignOff,
    label=gettext_lazy("End it now"),
    check=permissions.check_can_end_in_advance,
    form=NothingForm,
    warning=True,
)
def end(*, standingsignoff, by):
    """Any one run approver ends it, with one click. A run that it let start goes on; one that has not started waits."""
    with act():
        standing = locked_standing(standingsignoff)
        permissions.check_can_end_in_advance(by, standing)
        steps.check_state(standing, "end")
        standing.end()
        standing.save()
        sign(subject=standing, verb="standing.ended", by=by, outcome=ENDED, reason="")
        record("standing.ended", by=by, subject=standing)


def candidates(run: Run):
    """The standing sign-offs that may be about this run, the oldest first."""
    rows = StandingSignOff.objects.for_tre(run).filter(project=run.project, workflow_approval=run.workflow_approval)
    return rows.filter(state=StandingSignOff.State.IN_FORCE, used__lt=F("most_uses")).order_by("confirmed_at")


def why_not(standing: StandingSignOff, run: Run) -> str:
    """Why a locked standing sign-off does not stand for this run now, uses aside: itself, or one of its two people."""
    why = standing.why_not(run, timezone.now())
    if not why and not latest_sign_off(standing).binds(standing):
        why = _("What was signed off in advance has been changed since.")
    try:
        for person in (standing.proposed_by, standing.confirmed_by):
            permissions.check_can_sign_off(person, run)
    except NotAllowed:
        why = why or _("One of the two who signed off in advance may no longer do so.")
    return why


@work("runs.use_standing")
def use(run: str) -> None:
    """Sign a run off under the first standing sign-off that covers it, if any does. Safe to deliver twice."""
    with act():
        found = locked(run)
        if (
            found.state != Run.State.AWAITING_SIGN_OFF
            or found.held_at
            or StandingUse.objects.filter(run=found).exists()
        ):
            return
        for candidate in candidates(found):
            standing = locked_standing(candidate)
            if standing.left and not why_not(standing, found) and not missing(found) and not not_shown(found):
                count(standing, found)
                return


def count(standing: StandingSignOff, run: Run) -> None:
    """Use a locked standing sign-off for a locked run: count it, and sign the run off under both names."""
    standing.used += 1
    standing.save()
    StandingUse.objects.create(standing=standing, run=run, number=standing.used)
    run.sign_off()
    run.save()
    told = _("Signed off in advance: run %(number)s of %(most)s, within the bounds.")
    reason = told % {"number": standing.used, "most": standing.most_uses}
    for person in (standing.proposed_by, standing.confirmed_by):
        sign(subject=run, verb=IN_ADVANCE, by=person, outcome=APPROVED, reason=reason)
        policy = AgreementPolicy.objects.get(pk=run.tre)
        record(IN_ADVANCE, by=person, subject=run, reason=reason, policy=policy.name, standing=str(standing.pk))
    record("standing.used", by="portal", subject=standing, run=str(run.pk), number=standing.used)
    say(run, "queued")
    outbox("runs.dispatch", run=run.pk)


def lapse(run: Run) -> str:
    """Asked at dispatch, of a locked run: where it was signed off in advance and that no longer stands, it waits for a person.
    The sentence why; empty where it may go."""
    if not is_in_advance(run):
        return ""
    why = why_not(locked_standing(run.standing_use.standing), run)
    if why:
        run.ask_a_person()
        run.save()
        record("run.sign_off_lapsed", by="portal", subject=run, reason=why)
        say(run, "awaiting_approval")
    return why


@hourly
def expire_standing() -> None:
    """Bookkeeping: `why_not()` decided at that very minute; here the state follows."""
    with act():
        rows = StandingSignOff.objects.select_for_update().filter(
            state__in=[StandingSignOff.State.PROPOSED, StandingSignOff.State.IN_FORCE], until__lt=timezone.localdate()
        )
        for row in rows.order_by("pk"):
            row.expire()
            row.save()
            record("standing.expired", by="portal", subject=row)
