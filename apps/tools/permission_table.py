"""Who may take which step in which state: asked of the pages themselves, cell by cell, and printed to docs/permissions.md.

Every governed model is a part of the table. What it is asked about is the first one in the demonstration federation; where
the demonstration makes none, `THINGS` says how to come by one.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.core.accounts import role_actions
from apps.core.accounts.models import AccessChange, User
from apps.core.audit import triggers
from apps.core.audit.act import act
from apps.core.incidents.models import Incident, IncidentText
from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work
from apps.core.panels import condition_actions
from apps.core.panels.models import Condition, Decision, Panel, Seat
from apps.core.workflow import machines, steps
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects import text_actions
from apps.hub.projects.application_models import Amendment, Comment
from apps.hub.projects.models import Project, PublicText
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Submission
from apps.node.custody import own_panel, reliance
from apps.node.custody.models import DataGrant, OwnPanel, Reliance, WorkflowApproval
from apps.node.egress.models import EgressRequest
from apps.node.runs import standing
from apps.node.runs.models import Run, StandingSignOff
from apps.tools.federation.journey import write_request
from apps.tools.federation.people import CENTRES

CENTRE = CENTRES[0]
# Who stands for each role. "own" asked for it or wrote it; "other" works at another TRE.
KINDS = {
    "own": "ada@northgate.example",
    "researcher": "dina@northgate.example",
    "panel": "expert@hub.example",
    "lay": "lay@hub.example",
    "chair": "chair@hub.example",
    "coordinator": "coordinator@hub.example",
    "officer": "officer@hub.example",
    "publisher": "publisher@hub.example",
    "auditor": "auditor@hub.example",
    "administrator": "admin@hub.example",
    "second administrator": "deputy@hub.example",
    "approver": f"approver@{CENTRE.slug}.example",
    "custodian": f"custodian@{CENTRE.slug}.example",
    "checker": f"checker1@{CENTRE.slug}.example",
    "operator": f"operator@{CENTRE.slug}.example",
    "TRE administrator": f"admin@{CENTRE.slug}.example",
    "other": f"approver@{CENTRES[1].slug}.example",
}
SAID = {200: "yes", 403: "no", 404: "–", 409: "not now"}
HEAD = """# Who may do what, and when

Written by `python manage.py permissions`: each cell is what the page of the step answered to that person, in the demonstration
federation. **yes**: she may. **no**: the page says why not. **–**: she may not know of it. A step that a state does not list is
refused there to everyone. Steps that the portal takes by itself, such as expiry, are in [states](states.md).

*own* is the researcher whose thing it is, *other* a run approver of another TRE.
"""


class NoThing(Exception):
    """A machine of which the demonstration makes no thing."""


@dataclass(frozen=True)
class Cell:
    """What one person is answered who opens the page of a step, in a state."""

    model: type[Any]
    state: str
    step: steps.Step
    kind: str
    status: int

    @property
    def is_legal(self) -> bool:
        """True where the machine has an arrow of this step from this state."""
        return is_legal(self.model, self.state, self.step)


def is_legal(model, state: str, step: steps.Step) -> bool:
    """True where the machine has an arrow of this step from this state."""
    return any((jump.source, jump.verb) == (state, step.transition) for jump in machines.jumps(model))


def a_change_of_access() -> AccessChange:
    return role_actions.propose_role(
        by=User.objects.get(email=KINDS["administrator"]),
        user=User.objects.get(email=KINDS["researcher"]),
        role="auditor",
        side=settings.HUB_ID,
        reason="A part of the table.",
    )


def an_egress_request() -> EgressRequest:
    run = Run.objects.for_tre(CENTRE.id).get()
    return EgressRequest.objects.create(run=run, tre=run.tre)


def a_text_for_the_public() -> PublicText:
    """With the time of a publication, which its later states must have."""
    ada = User.objects.get(email=KINDS["own"])
    project = Project.objects.get(lead=ada, state=Project.State.APPROVED)
    made = text_actions.propose_text(project=project, by=ada, title="What we found", text="More clinics.")
    PublicText.objects.filter(pk=made.pk).update(published_at=timezone.now())
    return made


def a_reliance_on_a_panel() -> Reliance:
    panel = Panel.objects.get(side=settings.HUB_ID)
    return reliance.propose(
        tre=CENTRE.id,
        by=User.objects.get(email=KINDS["custodian"]),
        panel=panel.pk,
        panel_name=panel.name,
        for_projects=True,
        for_members=False,
        until=timezone.localdate() + timedelta(days=100),
        reason="A part of the table.",
    )


def a_panel_of_our_own() -> OwnPanel:
    """Set up by an administrator of the TRE, who is none of the kinds."""
    by = User.objects.get(email=f"admin@{CENTRE.slug}.example")
    return own_panel.propose(tre=CENTRE.id, by=by, name="Our panel", reason="A part of the table.")


def a_condition_of_approval() -> Condition:
    """Whose falling away the chair has asked for, which its later states must have."""
    ada, chair = (User.objects.get(email=KINDS[kind]) for kind in ("own", "chair"))
    project = Project.objects.get(lead=ada, state=Project.State.APPROVED)
    decision = Decision.objects.get(round__subject_id=project.pk)
    asks = {"owner": ada, "by": chair, "texts": ["Say who pays."], "due": timezone.localdate()}
    with act():
        made = condition_actions.set_conditions(decision=decision, subject=project, **asks)
    Condition.objects.filter(pk=made[0].pk).update(waiver_by=chair)
    return made[0]


def an_amendment() -> Amendment:
    ada = User.objects.get(email=KINDS["own"])
    project = Project.objects.get(lead=ada, state=Project.State.APPROVED)
    return amendments.ask(project=project, by=ada, kind="text", reason="A part of the table.", changes={"team": "Ada."})


def a_question_about_an_application() -> Comment:
    """Written past the action: Ada's application is in review no longer."""
    project = Project.objects.get(lead__email=KINDS["own"], state=Project.State.APPROVED)
    coordinator = User.objects.get(email=KINDS["coordinator"])
    asks = {"question": "team", "text": "Who else?", "by": coordinator}
    return Comment.objects.create(project=project, version=project.latest_version, **asks)


def a_sign_off_in_advance() -> StandingSignOff:
    return standing.propose(
        workflow=WorkflowApproval.objects.for_tre(CENTRE.id).get(),
        grant=DataGrant.objects.for_tre(CENTRE.id).order_by("created_at").first(),
        by=User.objects.get(email=KINDS["approver"]),
        bounds={"min_cell": {"least": 10, "most": 50}, "age_bands": {"pattern": "0-17,*"}},
        until=timezone.localdate() + timedelta(days=90),
        most_uses=10,
        reason="A part of the table.",
    )


def a_text_about_an_incident() -> IncidentText:
    """Written past the action, which asks for a closed incident; with the time that its later states must have."""
    incident = Incident.objects.get(side=settings.HUB_ID)
    lead = User.objects.get(email=KINDS["coordinator"])
    return IncidentText.objects.create(incident=incident, text="-", written_by=lead, published_at=timezone.now())


# For each machine of which the demonstration makes no thing: how to come by one that fits each of its states. A new machine
# gets its line here, or a seed.
THINGS: dict[str, Callable[[], Any]] = {
    "accounts.AccessChange": a_change_of_access,
    "custody.OwnPanel": a_panel_of_our_own,
    "custody.Reliance": a_reliance_on_a_panel,
    "incidents.IncidentText": a_text_about_an_incident,
    "egress.EgressRequest": an_egress_request,
    "panels.Condition": a_condition_of_approval,
    "projects.Amendment": an_amendment,
    "projects.Comment": a_question_about_an_application,
    "projects.PublicText": a_text_for_the_public,
    "runs.StandingSignOff": a_sign_off_in_advance,
}


def ask_for_an_analysis() -> None:
    """A submission of Ada's, its request to a TRE, and the run that awaits its sign-off there."""
    ada = User.objects.get(email=KINDS["own"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.zip"
        write_request(path)
        file = SimpleUploadedFile(path.name, path.read_bytes(), "application/zip")
        uploaded = submissions.upload(by=ada, file=file)
    outbox.drain()
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    choices = {str(CENTRE.id): {"dataset": str(version.pk)}}
    submissions.send(submission=Submission.objects.get(pk=uploaded.pk), by=ada, choices=choices)
    while Work.objects.filter(done_at=None, due_at__lte=timezone.now()).exists():
        outbox.drain()


def thing_of(model) -> Any:
    """A thing of this machine: of the first TRE, where it is a TRE's. Raises NoThing with what to do."""
    if model._meta.label in THINGS:
        return THINGS[model._meta.label]()
    rows = model.objects.for_tre(CENTRE.id) if hasattr(model.objects, "for_tre") else model.objects.all()
    thing = rows.order_by("created_at", "pk").first()
    if thing is None:
        raise NoThing(
            f"The demonstration makes no {model._meta.label}. Seed one (apps/tools/federation/), or say in "
            "THINGS (apps/tools/permission_table.py) how to come by one."
        )
    return thing


def cells(*, all_of_them: bool) -> Iterator[Cell]:
    """Each machine, state, step and kind of person, asked over HTTP, where the machine has an arrow: what is printed.

    `all_of_them`: and where it has none, of each kind who may take the step from some other state. Needs a seeded
    federation, whose states are spoilt.
    """
    ask_for_an_analysis()
    governed = [model for model in machines.machines() if steps.steps_of(model)]
    things = {model: thing_of(model) for model in governed}
    clients = {kind: signed_in(email) for kind, email in KINDS.items()}
    with triggers.lifted(connection):
        for thing in things.values():
            may = set()
            for cell in asked_of(thing, clients, wanted=lambda step, kind, legal: legal):
                if cell.status == 200:
                    may.add((cell.step.verb, cell.kind))
                yield cell
            if all_of_them:
                yield from asked_of(
                    thing, clients, wanted=lambda step, kind, legal, may=may: not legal and (step.verb, kind) in may
                )


def asked_of(thing, clients: dict[str, Client], wanted: Callable[[steps.Step, str, bool], bool]) -> Iterator[Cell]:
    """The cells of one machine that are wanted, by its step, kind of person, and whether the machine has the arrow."""
    model = type(thing)
    for state in machines.states(model):
        put_into(thing, state)
        for step in steps.steps_of(model):
            legal = is_legal(model, state, step)
            for kind, client in clients.items():
                if wanted(step, kind, legal):
                    yield Cell(model, state, step, kind, client.get(step.url_for(thing)).status_code)


def signed_in(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def put_into(thing, state: str) -> None:
    """Past the machine and its triggers: the table asks about states that no walk could reach in time."""
    besides = {"ended_at": timezone.now() if state in ("ended", "refused") else None} if isinstance(thing, Seat) else {}
    type(thing).objects.filter(pk=thing.pk).update(**{"state": state}, **besides)


def page(found: list[Cell]) -> str:
    """docs/permissions.md."""
    parts = [HEAD]
    for model in dict.fromkeys(cell.model for cell in found):
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for cell in found:
            if cell.model is model and cell.is_legal:
                rows.setdefault((cell.state, cell.step.verb), {})[cell.kind] = SAID.get(cell.status, str(cell.status))
        parts.append(f"\n## {str(model._meta.verbose_name).capitalize()} ({model._meta.app_label})\n\n")
        parts.append("| state | step | " + " | ".join(KINDS) + " |\n" + "|---" * (len(KINDS) + 2) + "|\n")
        for (state, verb), said in rows.items():
            parts.append(f"| {state} | {verb} | " + " | ".join(said[kind] for kind in KINDS) + " |\n")
    return "".join(parts)
