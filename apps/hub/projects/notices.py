"""What people are told about a project, and who is told: those it waits on, and those whom a decision concerns."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.holders import holders
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.notices.kinds import register
from apps.core.notices.service import notify
from apps.hub.projects.models import Project

register(
    "project.submitted",
    name=_("A project was handed in"),
    sentence=_("“{project}” was handed in. Take it to the panel."),
)
register(
    "project.taken_up",
    name=_("A project waits for your vote"),
    sentence=_("“{project}” waits for your vote."),
    urgent=True,
)
register(
    "project.returned",
    name=_("A project came back with a question"),
    sentence=_("The panel returned “{project}” with a question."),
    urgent=True,
)
register(
    "project.approved", name=_("A project was approved"), sentence=_("The panel approved “{project}”."), urgent=True
)
register(
    "project.rejected", name=_("A project was rejected"), sentence=_("The panel rejected “{project}”."), urgent=True
)
register(
    "project.suspended",
    name=_("A project was suspended"),
    sentence=_("“{project}” was suspended. Nothing new may be asked under it."),
    urgent=True,
)
register("project.reinstated", name=_("A project goes on again"), sentence=_("“{project}” may go on."))
register(
    "project.outcome_due", name=_("We ask what a project found"), sentence=_("Please tell what “{project}” found.")
)

FOR_ITS_PEOPLE = (
    *("project.returned", "project.approved", "project.rejected"),
    *("project.suspended", "project.reinstated", "project.outcome_due"),
)


def tell(verb: str, project: Project, by) -> None:
    """Collect the notices of a step of a project, inside its act. Nobody is told of what she did herself."""
    people = whom(verb, project).exclude(pk=getattr(by, "pk", None))
    if people:
        notify(verb, to=people, about=project, project=project.title)


def whom(verb: str, project: Project):
    """The people whom a step concerns."""
    if verb == "project.submitted":
        return holders(Role.COORDINATOR, side=settings.HUB_ID, besides=[project.lead_id])
    if verb == "project.taken_up":
        seated = User.objects.filter(seats__panel=project.panel_id, seats__ended_at=None, is_active=True)
        return seated.exclude(pk=project.lead_id)
    if verb in FOR_ITS_PEOPLE:
        return User.objects.filter(pk__in=[project.lead_id, *project.members_now().values_list("user", flat=True)])
    return User.objects.none()
