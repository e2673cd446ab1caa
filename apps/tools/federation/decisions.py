"""What each TRE of the demonstration decides for itself: on whom it relies, how it checks results, and what it accepts."""

import secrets
from datetime import timedelta

from django.core.files.storage import storages
from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.audit.act import act
from apps.core.panels.models import Panel
from apps.hub.datasets.models import DatasetVersion, WorkflowVersion
from apps.hub.projects.models import Project
from apps.hub.submissions.actions import member, project_evidence
from apps.node.custody import actions as custody
from apps.node.custody import policy as policies
from apps.node.custody import reliance
from apps.node.custody.models import AgreementPolicy, DataGrant, Reliance, WorkflowApproval
from apps.node.runs import standing
from apps.node.runs.models import StandingSignOff
from apps.tools.federation.accounts import HUB, REASON, user
from apps.tools.federation.own_panel import accept_as_voted, begin_vote, has_own_panel
from apps.tools.federation.people import Centre


def accept(centre: Centre, project: Project, version: WorkflowVersion, dataset_version: DatasetVersion) -> None:
    """The TRE accepts the project, its members, the use of its data and the workflow: each by its own decider."""
    until = timezone.localdate() + timedelta(days=200)
    evidence, yes = project_evidence(project), {"reason": REASON, "until": until}
    custodian = user(f"custodian@{centre.slug}.example")
    accept_project(centre, evidence, custodian, yes)
    accept_members(centre, project, custodian, yes)
    asked = custody.propose_grant(
        tre=centre.id,
        by=custodian,
        project=evidence,
        dataset_version=dataset_version.pk,
        dataset_name=str(dataset_version),
        variables=project.variables_of([dataset_version])[str(dataset_version.pk)],
    )
    if asked.state == "requested":
        custody.grant(datagrant=asked, by=custodian, **yes)
    seed_workflow_approval(centre, version, user(f"approver@{centre.slug}.example"), yes)


def accept_project(centre: Centre, evidence: dict, custodian: User, yes: dict) -> None:
    """By the TRE's own panel, where it has one; else by its custodian."""
    offered = custody.propose_project(tre=centre.id, by=custodian, project=evidence)
    if offered.state != "offered":
        return
    if has_own_panel(centre):
        accept_as_voted(centre, offered, yes["until"])
    else:
        custody.accept_project(projectacceptance=offered, by=custodian, **yes)


def accept_members(centre: Centre, project: Project, custodian: User, yes: dict) -> None:
    """By its custodian. Where the TRE has a panel, the custodian asks that about everybody but the lead."""
    key = secrets.token_hex(32)
    for membership in project.members_now():
        told = member(membership, key)
        row = custody.propose_member(tre=centre.id, by=custodian, project=project.pk, member=told, email_key=key)
        if row.state != "offered":
            continue
        if has_own_panel(centre) and membership.user != project.lead:
            begin_vote(centre, row)
        else:
            custody.accept_member(memberacceptance=row, by=custodian, **yes)


def seed_workflow_approval(centre: Centre, version: WorkflowVersion, approver: User, yes: dict) -> None:
    """The operator brings the workflow crate in; the run approver approves this very version."""
    told = {
        "id": version.identifier,
        "name": version.workflow.name,
        "label": version.label,
        "parameters": version.parameters,
        "outputs": version.outputs,
    }
    path = f"{centre.id}/workflows/{version.sha512[:32]}.zip"
    if not storages["offers"].exists(path):
        with storages["crates"].open(version.crate) as stream:
            path = storages["offers"].save(path, stream)
    operator = user(f"operator@{centre.slug}.example")
    row = custody.propose_workflow(tre=centre.id, by=operator, workflow=told, sha512=version.sha512, crate=path)
    if row.state == "proposed":
        custody.approve_workflow(workflowapproval=row, by=approver, **yes)


def sign_off_in_advance(centre: Centre, project: Project) -> None:
    """Two run approvers of one TRE say yes in advance to the counts of one project, within bounds, for ten runs."""
    if StandingSignOff.objects.for_tre(centre.id).exists():
        return
    with act():
        proposed = standing.propose(
            workflow=WorkflowApproval.objects.for_tre(centre.id).get(),
            grant=DataGrant.objects.for_tre(centre.id).get(project=project.pk),
            by=user(f"approver@{centre.slug}.example"),
            bounds={
                "min_cell": {"least": 10, "most": 50},
                "age_bands": {"pattern": "0-17,18-39,40-64,65+"},
            },
            until=timezone.localdate() + timedelta(days=90),
            most_uses=10,
            reason=REASON,
        )
        standing.confirm(
            standingsignoff=proposed, by=user(f"approver2@{centre.slug}.example"), reason=REASON, declared=True
        )


def rely(centre: Centre) -> None:
    """One TRE takes the panel's word about projects; about people it decides itself."""
    if Reliance.objects.for_tre(centre.id).exists():
        return
    panel = Panel.objects.get(side=HUB)
    with act():
        proposed = reliance.propose(
            tre=centre.id,
            by=user(f"custodian@{centre.slug}.example"),
            panel=panel.pk,
            panel_name=panel.name,
            for_projects=True,
            for_members=False,
            until=timezone.localdate() + timedelta(days=365),
            reason=REASON,
        )
        reliance.confirm(reliance=proposed, by=user(f"approver@{centre.slug}.example"), reason=REASON)


def publish_policy(centre: Centre) -> None:
    """How one TRE checks results. The worker takes it to the hub."""
    policy = AgreementPolicy.objects.get(pk=centre.id)
    if not policy.version:
        asked = "A talk of an hour with our data office, once a year. (Invented.)" if centre.slug == "linden" else ""
        by = user(f"custodian@{centre.slug}.example")
        policies.publish(policy=policy, by=by, days_promised=5 + centre.seed % 5, asked_of_people=asked)
