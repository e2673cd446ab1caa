"""The hub's panel of the demonstration, and how a panel is given its members and its votes."""

from apps.core.accounts.models import User
from apps.core.audit.act import act
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
LAY_FROM = {"lay@hub.example": "Saltmarsh", "lay2@hub.example": "Hillfoot"}
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
            seat |= {"population": LAY_FROM.get(email, "")}
            # The coordinator, who has a seat too, proposes the others'; hers the administrator, and the chair agrees.
            hers = email == coordinator.email
            by, second = (administrator, user("chair@hub.example")) if hers else (coordinator, administrator)
            seat_member(panel, user(email), by, second, **seat)
    ensure_rule(panel, coordinator, administrator, **RULE)
    return panel


def seat_member(panel: Panel, member: User, by: User, second: User, **seat) -> None:
    """One proposes the seat, another confirms it: both or neither, so that no seat is left half given."""
    with act():
        made = panels.propose_seat(panel=panel, by=by, user=member, **seat)
        panels.confirm_seat(seat=made, by=second, reason=REASON)


def ensure_rule(panel: Panel, by: User, second: User, **numbers) -> None:
    """One proposes the rule, another confirms it."""
    if panel.rule_now() is None:
        with act():
            rule = panels.propose_rule(panel=panel, by=by, reason=REASON, **numbers)
            panels.confirm_rule(panelrule=rule, by=second, reason=REASON)


def cast(round: Round, members: list[User], reason: str) -> None:
    """Each says that she has no conflict of interest, and votes yes, where she has not yet."""
    for member in members:
        if not round.declarations.filter(by=member).exists():
            votes.declare(round=round, by=member, kind="none")
        if not round.votes.filter(by=member).exists():
            votes.vote(round=round, by=member, choice="approve", reason=reason)


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
    members = [user(email) for email, _kind, _organisation in PANEL[:-1]]
    cast(Round.objects.of(project)[0], members, "The benefit is clear, the risk is small.")
    panel_actions.approve(project=project, by=user("chair@hub.example"), reason="Five votes for it, two of them lay.")
