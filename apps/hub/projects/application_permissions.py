"""Who writes, comments, answers and settles on an application, and who reads its papers."""

from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.panels import permissions as panels
from apps.hub.projects.deciding import round_of
from apps.hub.projects.permissions import check_can_conclude, check_has_no_part, check_is_lead


def check_can_comment(by, project):
    """A member of the panel who has declared no conflict and has none, or the coordinator; never on one's own project."""
    check_has_no_part(by, project)
    if by.has_hub_role(Role.COORDINATOR):
        return
    round = round_of(project)
    if round is None or panels.seat_of(round.panel, by) is None:
        raise NotAllowed(_("Only the panel and its coordinator comment on an application."))
    panels.check_may_take_part(by, round)


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
    """The project's lead."""
    check_is_lead(by, amendment.project)


def check_can_decide_amendment(by, amendment):
    """The chair, alone; never on her own project."""
    check_can_conclude(by, amendment.project)
