import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput
from apps.core.outbox.registry import hourly, work
from apps.core.panels import actions as panels
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, last_minute, sign
from apps.core.workflow.seen import check_seen
from apps.core.workflow.steps import step
from apps.node.custody import permissions
from apps.node.custody.forms import AcceptForm, EndForm, GrantForm, MemberForm, RefuseForm
from apps.node.custody.models import (
    DataGrant,
    DatasetLocation,
    Decided,
    MemberAcceptance,
    ProjectAcceptance,
    WorkflowApproval,
)
from apps.node.custody.requirements import ticked
from apps.node.custody.telling import tell_later

APPROVED, REFUSED, ENDED = SignOff.Outcome.APPROVED, SignOff.Outcome.REFUSED, SignOff.Outcome.ENDED
ACCEPTED_VERBS = {ProjectAcceptance: "custody.project_accepted", MemberAcceptance: "custody.member_accepted"}
REFUSED_VERBS = {ProjectAcceptance: "custody.project_refused", MemberAcceptance: "custody.member_refused"}
_listeners: list = []


def when_changed(function):
    """Register a function (tre) that looks again at what relies on these records; called inside the act."""
    _listeners.append(function)
    return function


def _propose(model, *, tre, by, keys: dict, facts: dict, verb: str):
    """Get or make a row in its first state; newer evidence replaces older, and then an old sign-off no longer binds."""
    with act():
        row = model.objects.select_for_update().filter(tre=tre, **keys).first()
        if row is None:
            row = model.objects.create(tre=tre, **keys, **facts)
            record(verb, by=by, subject=row)
            tell_later(row)
        elif any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            row.renewed_at = timezone.now()
            row.save()
            panels.end_rounds(row, by)
            record("custody.evidence_renewed", by=by, subject=row)
            tell_later(row)
    return row


def propose_project(*, tre: UUID, by, project: dict) -> ProjectAcceptance:
    """Note a project as the hub's evidence tells of it (the `project` of an offer)."""
    return _propose(
        ProjectAcceptance,
        tre=tre,
        by=by,
        keys={"project": UUID(project["id"])},
        facts={
            "code": project["code"],
            "title": project["title"],
            "lay_summary": project["lay_summary"],
            "hub_until": date.fromisoformat(project["until"]),
            "hub_content_sha256": project["content_sha256"],
        },
        verb="custody.project_offered",
    )


def propose_member(*, tre: UUID, by, project: UUID, member: dict, email_key: str) -> MemberAcceptance:
    """Note a project member (one of the `members` of an offer). Hashes under a newer key are no newer evidence."""
    until = date.fromisoformat(member["accredited_until"]) if member.get("accredited_until") else None
    with act():
        row = _propose(
            MemberAcceptance,
            tre=tre,
            by=by,
            keys={"project": project, "member": UUID(member["id"])},
            facts={
                "name": member["name"],
                "orcid": member["orcid"],
                "accredited_until": until,
                "accreditation_sha256": member["accreditation_sha256"],
            },
            verb="custody.member_offered",
        )
        MemberAcceptance.objects.filter(pk=row.pk).update(email_hashes=member["email_hashes"], email_key=email_key)
    return row


def propose_grant(
    *, tre: UUID, by, project: dict, dataset_version: UUID, dataset_name: str, variables: list[str]
) -> DataGrant:
    """Ask the custodian for one dataset version for one project. `variables`: what the panel approved of it."""
    return _propose(
        DataGrant,
        tre=tre,
        by=by,
        keys={"project": UUID(project["id"]), "dataset_version": dataset_version},
        facts={
            "project_code": project["code"],
            "dataset_name": dataset_name,
            "approved_variables": sorted(variables),
        },
        verb="custody.grant_requested",
    )


def propose_workflow(*, tre: UUID, by, workflow: dict, sha512: str, crate: str) -> WorkflowApproval:
    """Ask for the approval of one workflow version, whose crate (in the storage "offers") has this SHA-512."""
    with act():
        known = WorkflowApproval.objects.select_for_update().filter(tre=tre, sha512=sha512).first()
        if known:
            return known
        row = WorkflowApproval.objects.create(
            tre=tre,
            identifier=workflow["id"],
            name=workflow["name"],
            label=workflow["label"],
            sha512=sha512,
            crate=crate,
            parameters=workflow["parameters"],
            outputs=workflow["outputs"],
        )
        record("custody.workflow_proposed", by=by, subject=row)
    return row


def move(thing, by, transition, *, check, verb, outcome, reason, until=None, arguments=None, seen=None):
    """The five lines of every decision of a TRE on what it accepts."""
    with act():
        thing = type(thing).objects.select_for_update().get(pk=thing.pk)
        check(by, thing)
        steps.check_state(thing, transition)
        check_seen(thing, seen)
        getattr(thing, transition)(**(arguments or {}))
        thing.save()
        if outcome:
            sign(subject=thing, verb=verb, by=by, outcome=outcome, reason=reason, until=until)
        record(verb, by=by, subject=thing, reason=reason, until=until)
        outbox(changed, tre=thing.tre)
        tell_later(thing)


@work("custody.changed")
def changed(tre: str) -> None:
    """Something that runs rely on changed: let them look again."""
    for function in _listeners:
        function(UUID(tre))


_ACCEPTED = gettext_lazy("Accepted: “%(thing)s”. Runs that waited for this alone can go on.")
_REFUSED = gettext_lazy("Refused: “%(thing)s”. Nothing that needs it runs here.")
_ENDED = gettext_lazy("Ended: “%(thing)s”. What relied on it is held.")


def _yes(model, name, label, check, verb):
    """A step that says yes until a day."""

    def decide(*, by, reason: str, until: date, seen: str | None = None, **thing):
        (row,) = thing.values()
        said = {"reason": reason, "until": until, "arguments": {"until": until}, "seen": seen}
        move(row, by, name, check=check, verb=verb, outcome=APPROVED, **said)

    decide.__name__ = name
    return step(model, label=label, check=check, form=AcceptForm, done=_ACCEPTED)(decide)


def _no(model, name, label, check, verb, outcome):
    """A step that says no, or takes back a yes."""

    def decide(*, by, reason: str, seen: str | None = None, **thing):
        (row,) = thing.values()
        move(row, by, name, check=check, verb=verb, outcome=outcome, reason=reason, seen=seen)

    decide.__name__ = name
    form = EndForm if outcome == ENDED else RefuseForm
    done = _ENDED if outcome == ENDED else _REFUSED
    return step(model, label=label, check=check, form=form, warning=True, done=done)(decide)


def _again(model, name, check, verb):
    """A step that puts it before its decider once more. What a person stopped starts again only by a second one."""

    def ask(*, by, reason: str, **thing):
        (row,) = thing.values()
        said = {"outcome": "", "reason": reason, "arguments": {"by": by}}
        move(row, by, name, check=check, verb=verb, **said)

    ask.__name__ = name
    done = gettext_lazy("It waits for a decision again, by somebody other than you.")
    return step(model, label=gettext_lazy("Look at it again"), check=check, done=done)(ask)


_ACCEPT, _ALONE, _WORKFLOW, _STAFF = (
    permissions.check_can_accept,
    permissions.check_can_decide_alone,
    permissions.check_can_approve_workflow,
    permissions.check_is_staff,
)
_ASK, _ASK_WORKFLOW = permissions.check_can_ask_again, permissions.check_can_ask_for_workflow_again
accept_project = _yes(
    ProjectAcceptance, "accept", gettext_lazy("Accept this project"), _ALONE, "custody.project_accepted"
)
refuse_project = _no(ProjectAcceptance, "refuse", gettext_lazy("Refuse"), _ALONE, "custody.project_refused", REFUSED)
end_project = _no(ProjectAcceptance, "end", gettext_lazy("End"), _STAFF, "custody.project_ended", ENDED)
offer_project_again = _again(ProjectAcceptance, "offer_again", _ASK, "custody.project_reopened")


@step(
    MemberAcceptance,
    label=gettext_lazy("Accept this person"),
    check=_ALONE,
    form=MemberForm,
    transition="accept",
    done=_ACCEPTED,
)
def accept(*, memberacceptance, by, reason: str, until: date, met: dict | None = None, seen: str | None = None):
    """The TRE's yes to a person, with what it asks beyond the baseline ticked off: {title: {"until", "evidence"}}. Raises
    BadInput where something of it is not met."""
    with act():
        _ALONE(by, memberacceptance)
        rows = ticked(memberacceptance, met or {}, by)
        said = {"reason": reason, "until": until, "arguments": {"until": until, "met": rows}, "seen": seen}
        move(memberacceptance, by, "accept", check=_ALONE, verb="custody.member_accepted", outcome=APPROVED, **said)


accept_member = accept
refuse_member = _no(MemberAcceptance, "refuse", gettext_lazy("Refuse"), _ALONE, "custody.member_refused", REFUSED)
end_member = _no(MemberAcceptance, "end", gettext_lazy("End"), _STAFF, "custody.member_ended", ENDED)
offer_member_again = _again(MemberAcceptance, "offer_again", _ASK, "custody.member_reopened")


@step(DataGrant, label=gettext_lazy("Grant this use"), check=_ACCEPT, form=GrantForm, done=_ACCEPTED)
def grant(
    *,
    datagrant,
    by,
    reason: str,
    until: date,
    variables: list[str] | None = None,
    workflows: Sequence[str] = (),
    seen: str | None = None,
):
    """The custodian's yes: to all or some of what the panel approved, for any workflow or some. Raises BadInput where it is
    wider than what the panel approved."""
    approved = DataGrant.objects.values_list("approved_variables", flat=True).get(pk=datagrant.pk)
    wanted = sorted(approved if variables is None else variables)
    if set(wanted) - set(approved):
        raise BadInput(_("A grant is never wider than what the panel approved."))
    arguments = {"until": until, "variables": wanted, "workflows": sorted(workflows)}
    said = {"outcome": APPROVED, "reason": reason, "until": until, "arguments": arguments, "seen": seen}
    move(datagrant, by, "grant", check=_ACCEPT, verb="custody.grant_given", **said)


refuse_grant = _no(DataGrant, "refuse", gettext_lazy("Refuse"), _ACCEPT, "custody.grant_refused", REFUSED)
revoke_grant = _no(DataGrant, "revoke", gettext_lazy("Revoke"), _STAFF, "custody.grant_revoked", ENDED)
request_grant_again = _again(DataGrant, "request_again", _ASK, "custody.grant_reopened")
approve_workflow = _yes(
    WorkflowApproval, "approve", gettext_lazy("Approve this workflow"), _WORKFLOW, "custody.workflow_approved"
)
refuse_workflow = _no(
    WorkflowApproval, "refuse", gettext_lazy("Refuse"), _WORKFLOW, "custody.workflow_refused", REFUSED
)
withdraw_workflow = _no(
    WorkflowApproval, "withdraw", gettext_lazy("Withdraw"), _STAFF, "custody.workflow_withdrawn", ENDED
)
propose_workflow_again = _again(WorkflowApproval, "propose_again", _ASK_WORKFLOW, "custody.workflow_reopened")


def locate_dataset(
    *, tre: UUID, by, dataset_version: UUID, name: str, path: str, project: UUID | None = None
) -> DatasetLocation:
    """Say where a dataset version lies, or its extract for one project. Its SHA-256 is taken now and asked again before each
    run. Raises BadInput."""
    permissions.check_is_operator(by, tre)
    if not Path(path).is_file():
        raise BadInput(_("There is no file at %(path)s.") % {"path": path})
    with Path(path).open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    with act():
        location, _made = DatasetLocation.objects.update_or_create(
            tre=tre,
            dataset_version=dataset_version,
            project=project,
            defaults={"name": name, "path": path, "sha256": sha256, "added_by": by.pk},
        )
        record("custody.dataset_located", by=by, subject=LocationNote(location), sha256=sha256)
        outbox(changed, tre=tre)
    return location


class LocationNote:
    """The subject of a `custody.dataset_located` event: the dataset version at this TRE."""

    class _meta:
        label = "custody.DatasetLocation"

    def __init__(self, location: DatasetLocation):
        self.pk, self.side = location.dataset_version, location.tre


@hourly
def expire_lapsed() -> None:
    """Bookkeeping: `why_not()` decided at that very minute; here the state follows."""
    now = timezone.now()
    for model in (ProjectAcceptance, MemberAcceptance, DataGrant):
        for row in model.objects.filter(state=model.YES):
            ends = [day for day in (row.until, row.lapses()) if day]
            if any(now > last_minute(day) for day in ends):
                _expire(row)


def _expire(row: Decided) -> None:
    no_check = lambda by, thing: None  # noqa: E731
    move(row, "portal", "expire", check=no_check, verb="custody.expired", outcome="", reason="")
