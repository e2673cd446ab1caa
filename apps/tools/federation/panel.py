"""The hub's panel of the demonstration, and how it votes."""

from apps.core.panels import actions as votes
from apps.core.panels import seat_actions as panels
from apps.core.panels.models import Panel, Round
from apps.hub.projects import actions as projects
from apps.hub.projects import panel_actions
from apps.hub.projects.models import Project
from apps.tools.federation.accounts import HUB, REASON, user

PANEL = (
    ("chair@hub.example", "expert", "Westmoor University"),
    ("expert@hub.example", "expert", "Institute of Breathing"),
    ("caretaker@hub.example", "custodian", "Hillfoot Secure Data Centre"),
    ("lay@hub.example", "lay", ""),
    ("lay2@hub.example", "lay", ""),
    ("coordinator@hub.example", "coordinator", ""),
)
RULE = {"quorum": 3, "least_lay": 1, "least_organisations": 2}


def seed_panel() -> Panel:
    """The panel: two experts, a custodian and two lay members, and a rule that two people gave it."""
    coordinator, administrator = user("coordinator@hub.example"), user("admin@hub.example")
    panel = Panel.objects.filter(side=HUB).first()
    if panel is None:
        panel = panels.found_panel(by=coordinator, side=HUB, name="Data access panel")
    for email, kind, organisation in PANEL:
        if not panel.seats.filter(user__email=email).exists():
            chair = email == "chair@hub.example"
            seat = {"kind": kind, "organisation": organisation, "is_chair": chair}
            # The coordinator, who has a seat too, proposes the others'; hers the administrator, and the chair agrees.
            hers = email == coordinator.email
            by, second = (administrator, user("chair@hub.example")) if hers else (coordinator, administrator)
            made = panels.propose_seat(panel=panel, by=by, user=user(email), **seat)
            panels.confirm_seat(seat=made, by=second, reason=REASON)
    if panel.rule_now() is None:
        rule = panels.propose_rule(panel=panel, by=coordinator, reason=REASON, **RULE)
        panels.confirm_rule(panelrule=rule, by=administrator, reason=REASON)
    return panel


def put_in_review(project: Project) -> None:
    project = Project.objects.get(pk=project.pk)
    if project.state == Project.State.DRAFT:
        projects.submit(project=project, by=project.lead)
        project = Project.objects.get(pk=project.pk)
    if project.state == Project.State.SUBMITTED:
        panel_actions.take_up(project=project, by=user("coordinator@hub.example"))


def approve(project: Project) -> None:
    """The panel votes; the chair writes down what the votes say."""
    put_in_review(project)
    project = Project.objects.get(pk=project.pk)
    if project.state != Project.State.IN_REVIEW:
        return
    round = Round.objects.of(project)[0]
    for email, _kind, _organisation in PANEL[:-1]:
        if not round.declarations.filter(by=user(email)).exists():
            votes.declare(round=round, by=user(email), kind="none")
        if not round.votes.filter(by=user(email)).exists():
            votes.vote(round=round, by=user(email), choice="approve", reason="The benefit is clear, the risk is small.")
    panel_actions.approve(project=project, by=user("chair@hub.example"), reason="Five votes for it, two of them lay.")
