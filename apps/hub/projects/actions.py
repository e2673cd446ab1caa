from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.outbox.registry import hourly
from apps.core.panels.actions import end_rounds
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, last_minute, sign
from apps.core.workflow.seen import check_seen
from apps.core.workflow.steps import NothingForm, step
from apps.hub.projects import deciding, permissions
from apps.hub.projects.application_actions import check_complete, write_answers
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.notices import tell
from apps.hub.projects.versions import freeze
from apps.hub.researchers import changes

APPROVED, REFUSED, ENDED = SignOff.Outcome.APPROVED, SignOff.Outcome.REFUSED, SignOff.Outcome.ENDED


def propose_member(*, project, by, email) -> Membership:
    """The lead names a person who is to join. `email`: the person found by her address."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_can_hand_in(by, project)
        deciding.check_none_votes(project, [email])
        return _propose(project, email, by)


def _propose(project, user, by) -> Membership:
    try:
        with transaction.atomic():
            membership = Membership.objects.create(project=project, user=user)
    except IntegrityError:
        raise WrongState(_("This person is named on the project already; nothing was changed."))
    record("membership.proposed", by=by, subject=membership)
    return membership


def move(project, by, transition, *, check, verb, outcome="", reason="", until=None, seen=None):
    """The five lines of every step of a project."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        check(by, project)
        steps.check_state(project, transition)
        check_seen(project, seen)
        getattr(project, transition)()
        project.save()
        if transition == "withdraw":
            end_rounds(project, by)
        if outcome:
            sign(subject=project, verb=verb, by=by, outcome=outcome, reason=reason, until=until)
        record(verb, by=by, subject=project, reason=reason, **project.told())
        tell(verb, project, by)
        changes.say_changed(changes.PROJECT, project.pk)


@step(
    Project,
    label=gettext_lazy("Hand it in"),
    check=permissions.check_can_hand_in,
    form=NothingForm,
    done=gettext_lazy(
        "Handed in: “%(thing)s”. The coordinator takes it to the panel next. You are told what the panel says."
    ),
)
def submit(*, project, by):
    """Hand the application in: it is frozen as a version, and the panel reads that. Raises NotAllowed, WrongState."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_can_hand_in(by, project)
        steps.check_state(project, "submit")
        check_complete(project)
        write_answers(project)
        project.submit()
        version = freeze(project, by)
        record("project.submitted", by=by, subject=project, version=version.number, **project.told())
        tell("project.submitted", project, by)
        changes.say_changed(changes.PROJECT, project.pk)


@step(
    Project,
    label=gettext_lazy("Suspend"),
    check=permissions.check_can_stop,
    warning=True,
    done=gettext_lazy("Suspended: “%(thing)s”. Its team is told. Nothing new may be asked under it."),
)
def suspend(*, project, by, reason: str):
    check = permissions.check_can_stop
    move(project, by, "suspend", check=check, verb="project.suspended", outcome=ENDED, reason=reason)


@step(Project, label=gettext_lazy("Reinstate"), check=deciding.check_can_reinstate)
def reinstate(*, project, by, reason: str):
    check, until = deciding.check_can_reinstate, project.until
    move(project, by, "reinstate", check=check, verb="project.reinstated", outcome=APPROVED, reason=reason, until=until)


@step(Project, label=gettext_lazy("Ask what was found"), check=permissions.check_can_coordinate, form=NothingForm)
def ask_for_outcome(*, project, by):
    move(project, by, "ask_for_outcome", check=permissions.check_can_coordinate, verb="project.outcome_due")


@step(Project, label=gettext_lazy("Close"), check=permissions.check_can_close)
def close(*, project, by, reason: str):
    """The end: the public has read what was found."""
    move(project, by, "close", check=permissions.check_can_close, verb="project.closed", reason=reason)


@step(Project, label=gettext_lazy("Withdraw"), check=permissions.check_is_lead, warning=True)
def withdraw(*, project, by, reason: str):
    """What was never handed in is nobody's to read: the public log says nothing of it."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        verb = "project.withdrawn" if project.latest_version else "project.dropped"
        move(project, by, "withdraw", check=permissions.check_is_lead, verb=verb, reason=reason)


def _move_member(membership, by, transition, *, check, verb, outcome, reason, is_told=True):
    """The five lines of every step of a membership; the project is locked first. `is_told`: the public reads of it."""
    with act():
        project = Project.objects.select_for_update().get(pk=membership.project_id)
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        check(by, membership)
        steps.check_state(membership, transition)
        getattr(membership, transition)()
        membership.save()
        sign(subject=membership, verb=verb, by=by, outcome=outcome, reason=reason)
        record(verb, by=by, subject=membership, reason=reason, **(project.told() if is_told else {}))
        changes.say_changed(changes.PROJECT, project.pk)


@step(
    Membership,
    label=gettext_lazy("Say that you are in the team"),
    check=permissions.check_can_agree_to_join,
    form=NothingForm,
)
def agree_to_join(*, membership, by):
    """The own yes of a person who sits on the panel, without which she does not join. Her no is to end the membership."""
    check = permissions.check_can_agree_to_join
    _move_member(
        membership,
        by,
        "agree_to_join",
        check=check,
        verb="membership.agreed",
        outcome=APPROVED,
        reason="",
        is_told=False,
    )


@step(Membership, label=gettext_lazy("Approve"), check=permissions.check_can_approve_member, transition="approve")
def approve_member(*, membership, by, reason: str):
    check = permissions.check_can_approve_member
    _move_member(membership, by, "approve", check=check, verb="membership.approved", outcome=APPROVED, reason=reason)


@step(Membership, label=gettext_lazy("Refuse"), check=permissions.check_can_decide_member, warning=True)
def refuse(*, membership, by, reason: str):
    check = permissions.check_can_decide_member
    _move_member(membership, by, "refuse", check=check, verb="membership.refused", outcome=REFUSED, reason=reason)


@step(Membership, label=gettext_lazy("End the membership"), check=permissions.check_can_end_member, warning=True)
def end(*, membership, by, reason: str):
    check = permissions.check_can_end_member
    _move_member(membership, by, "end", check=check, verb="membership.ended", outcome=ENDED, reason=reason)


@hourly
def expire_lapsed() -> None:
    """Bookkeeping: `why_not()` decided at that very minute; here the state follows."""
    now = timezone.now()
    for project in Project.objects.filter(state__in=["approved", "suspended"]):
        if now > last_minute(project.until):
            move(project, "portal", "expire", check=lambda by, thing: None, verb="project.expired")
