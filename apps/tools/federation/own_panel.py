"""A panel of a TRE's own, and what comes before it: a project, on which it has decided, and a person, on whom it still votes."""

from datetime import date

from apps.core.accounts.models import User
from apps.core.panels.models import Round
from apps.node.custody import deciding, own_panel
from apps.node.custody.models import MemberAcceptance, OwnPanel, ProjectAcceptance
from apps.tools.federation.accounts import REASON, ensure_person, ensure_roles, user
from apps.tools.federation.panel import cast, ensure_rule, seat_member
from apps.tools.federation.people import Centre, outsider_of

RULE = {"quorum": 3, "least_lay": 1, "least_organisations": 1}
IN_THE_CHAIR = "approver"
MEMBERS = (IN_THE_CHAIR, "checker1", "checker2", "lay")


def staff(centre: Centre, name: str) -> User:
    return user(f"{name}@{centre.slug}.example")


def seed_own_panel(centre: Centre) -> None:
    """Three of the staff and a lay member from outside. Two people let it decide there: an administrator and a custodian."""
    outsider = outsider_of(centre)
    ensure_person(outsider)
    ensure_roles(outsider.email, outsider.tre_roles, centre.id, f"admin@{centre.slug}.example")
    administrator, deputy = staff(centre, "admin"), staff(centre, "deputy")
    own = OwnPanel.objects.for_tre(centre.id).first() or own_panel.propose(
        tre=centre.id, by=administrator, name=f"Panel of {centre.name}", reason=REASON
    )
    for name in MEMBERS:
        member = staff(centre, name)
        if not own.panel.seats.filter(user=member).exists():
            kind = "lay" if member.email == outsider.email else "expert"
            seat = {"kind": kind, "is_chair": name == IN_THE_CHAIR, "organisation": member.organisation}
            seat_member(own.panel, member, administrator, deputy, **seat)
    ensure_rule(own.panel, administrator, deputy, **RULE)
    if own.state == OwnPanel.State.PROPOSED:
        own_panel.confirm(ownpanel=own, by=staff(centre, "custodian"), reason=REASON)


def has_own_panel(centre: Centre) -> bool:
    return OwnPanel.objects.for_tre(centre.id).in_force().exists()


def accept_as_voted(centre: Centre, offered: ProjectAcceptance, until: date) -> None:
    """A custodian takes the project to the panel, everybody votes for it, and the chair confirms what the votes say."""
    round = first_vote(centre, projectacceptance=offered)
    if round.state == Round.State.OPEN:
        cast(round, [staff(centre, name) for name in MEMBERS], "Our patients gain from it, and the counts are large.")
        reason = "Four votes for it, one of them lay."
        deciding.accept_as_voted(projectacceptance=offered, by=staff(centre, IN_THE_CHAIR), reason=reason, until=until)


def begin_vote(centre: Centre, offered: MemberAcceptance) -> None:
    """A custodian asks the panel about a person. Two have voted; it waits for the others."""
    round = first_vote(centre, memberacceptance=offered)
    if round.state == Round.State.OPEN:
        cast(round, [staff(centre, name) for name in ("checker1", "lay")], "Her papers are in order.")


def first_vote(centre: Centre, **acceptance) -> Round:
    """The demonstration votes once: where somebody began another vote since, that is left to the people."""
    (offered,) = acceptance.values()
    if not Round.objects.of(offered).exists():
        deciding.take_to_panel(by=staff(centre, "custodian"), **acceptance)
    return Round.objects.of(offered).last()
