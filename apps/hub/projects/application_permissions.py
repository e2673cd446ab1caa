"""Who writes, comments, answers and settles on an application, and who reads its papers."""

from django.utils.translation import gettext as _

from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.panels import counting
from apps.core.panels import permissions as panels
from apps.core.panels.models import Seat
from apps.core.workflow.models import check_is_second
from apps.hub.projects import deciding
from apps.hub.projects.amending import needs_adviser
from apps.hub.projects.deciding import newest_round, round_of
from apps.hub.projects.permissions import (
    check_can_ask_for_change,
    check_can_conclude,
    check_can_coordinate,
    check_has_no_part,
    check_is_lead,
    check_may_lead,
)


def check_can_comment(by, project):
    """A member of the panel who has declared no conflict and has none, or the coordinator; never on one's own project."""
    check_has_no_part(by, project)
    if _takes_part(by, project) or by.has_hub_role(Role.COORDINATOR):
        return
    raise NotAllowed(_("Only the panel and its coordinator comment on an application."))


def _takes_part(by, project) -> bool:
    """True of a member with a vote in the newest round on it; False of who has none. NotAllowed where she may take no part."""
    round = newest_round(project)
    seat = panels.seat_of(round.panel, by) if round else None
    if seat is None or not seat.has_vote:
        return False
    panels.check_may_take_part(by, round)
    return True


def check_can_open_closed(by, project):
    """Its lead and the people named on it; a member of the panel who takes part; the coordinator, who has no part in it, nor a tie
    to its people."""
    if by.pk in deciding.people_of(project) or _takes_part(by, project):
        return
    if not by.has_hub_role(Role.COORDINATOR):
        raise NotAllowed(_("This file is closed. Only members of the panel without a conflict of interest open it."))
    check_has_no_part(by, project)
    deciding.check_is_in_no_conflict(by, project, project)


def can_open_closed(by, project) -> bool:
    try:
        check_can_open_closed(by, project)
    except NotAllowed:
        return False
    return True


def can_comment(by, project) -> bool:
    try:
        check_can_comment(by, project)
    except NotAllowed:
        return False
    return True


def check_can_answer(by, comment):
    """The project's lead, once the application has come back to her."""
    check_is_lead(by, comment.project)
    if comment.project.state != "returned":
        raise NotAllowed(_("You answer when the application has come back to you."))


def check_can_settle(by, comment):
    """Who asked, or the coordinator; never on one's own project."""
    if comment.by_id != by.pk and not by.has_hub_role(Role.COORDINATOR):
        raise NotAllowed(_("Only who asked, or the coordinator, says that it is settled."))
    check_has_no_part(by, comment.project)


def check_can_hand_in_amendment(by, amendment):
    """Who may ask for it; and whom she names may lead after her. Who sits on a panel is named elsewhere: a change would take her
    vote on it from her without her own yes."""
    check_can_ask_for_change(by, amendment.project, amendment.kind)
    if Seat.objects.held().filter(user__in=amendment.changes.get("people", [])).exists():
        raise NotAllowed(
            _("This person sits on a panel. Name her on the project's page: she says herself whether she joins.")
        )
    if new_lead := new_lead_of(amendment):
        check_may_lead(new_lead, amendment.project)


def check_can_take_back_amendment(by, amendment):
    """The project's lead, or who asked for it: one person may always stop."""
    if by.pk != amendment.asked_by_id:
        check_is_lead(by, amendment.project)


def new_lead_of(amendment) -> User | None:
    """Who comes to lead by this change, as she is now. One query where there is one."""
    return User.objects.get(pk=amendment.changes["lead"]) if "lead" in amendment.changes else None


def check_is_not_her_part(by, amendment):
    """Never on one's own part in a project."""
    if str(by.pk) in (amendment.changes.get("lead"), *amendment.changes.get("people", [])):
        raise NotAllowed(_("You cannot decide on your own part in a project."))


def check_can_agree_to_lead(by, amendment):
    """Who is to lead, while she may."""
    if str(by.pk) != amendment.changes.get("lead"):
        raise NotAllowed(_("Only who is to lead the project agrees to it."))
    check_may_lead(by, amendment.project)


def check_can_safeguard_amendment(by, amendment):
    """The adviser for children and vulnerable groups, of a change that concerns some."""
    check_is_not_her_part(by, amendment)
    deciding.check_advises(by, amendment.project, on_somebody=needs_adviser(amendment))


def lacking(amendment) -> list[str]:
    """What an amendment needs besides its decision and has not yet, in sentences."""
    found, lead = [], amendment.changes.get("lead")
    if needs_adviser(amendment) and not deciding.is_signed(amendment, "amendment.safeguarded"):
        found.append(_("The adviser for children and vulnerable groups has not signed yet."))
    if lead and not deciding.is_signed(amendment, "amendment.lead_agreed", by=lead):
        found.append(_("Who is to lead has not agreed yet."))
    return found


def check_can_decide_amendment(by, amendment):
    """The chair, where no vote is asked for; never on her own project, nor on her own part in one."""
    check_is_not_her_part(by, amendment)
    check_has_no_part(by, amendment.project)
    if round_of(amendment) is None:
        check_can_conclude(by, amendment.project)
        deciding.check_is_in_no_conflict(by, amendment.project, amendment)


def check_can_approve_amendment(by, amendment):
    """As the votes say, where the panel votes, else not by who suspended the project: its new last day lets it go on. Signed by
    all whom it needs, and the new lead as she is now."""
    check_can_decide_amendment(by, amendment)
    if round_of(amendment) is not None:
        deciding.check_votes(by, amendment, counting.YES)
    else:
        check_is_second(by, amendment.project, "project.suspended")
    if missing := lacking(amendment):
        raise NotAllowed(" ".join(missing))
    if new_lead := new_lead_of(amendment):
        check_may_lead(new_lead, amendment.project)


def check_can_reject_amendment(by, amendment):
    """As the votes say, where the panel votes. Where it asks for something else the lead asks anew."""
    check_can_decide_amendment(by, amendment)
    if round_of(amendment) is not None:
        deciding.check_votes(by, amendment, (counting.REFUSE, counting.CHANGES))


def check_can_vote_again_on_amendment(by, amendment):
    """The coordinator, where the last vote came to nothing; or where the chair would decide alone, who may have a conflict."""
    check_can_coordinate(by, amendment.project)
    if deciding.round_of(amendment) is not None and not deciding.came_to_nothing(amendment):
        raise NotAllowed(_("A vote is under way."))
