"""What people are told about a project, and who is told: those it waits on, and those whom a decision concerns."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.holders import holders
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.audit.act import act
from apps.core.notices.kinds import about, register
from apps.core.notices.reminders import horizon, remind, today
from apps.core.notices.service import notify
from apps.core.outbox.registry import hourly
from apps.hub.datasets.company import uses_tres
from apps.hub.projects.models import Project


@uses_tres
def leads_who_use(tre):
    """The leads of the projects that ask for its data, and are not over."""
    under_way = Project.objects.filter(
        tres=tre, state__in=["submitted", "in_review", "approved", "suspended", "under_appeal"]
    )
    return User.objects.filter(is_active=True, pk__in=under_way.values("lead"))


about("project", "amendment", title=_("Projects"), roles=(Role.RESEARCHER,))
about("comment", title=_("Questions about answers"), roles=(Role.PANEL_MEMBER, Role.CHAIR, Role.COORDINATOR))
register(
    "project.submitted",
    name=_("A project was handed in"),
    sentence=_("“{project}” was handed in. Take it to the panel."),
    roles=(Role.COORDINATOR,),
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

register(
    "amendment.approved",
    name=_("A change is agreed"),
    sentence=_("The change you asked for in “{project}” is agreed."),
    urgent=True,
)
register(
    "amendment.rejected",
    name=_("A change is not agreed"),
    sentence=_("The change you asked for in “{project}” is not agreed."),
    urgent=True,
)
register(
    "amendment.lead_asked",
    name=_("You are asked to lead a project"),
    sentence=_("You are asked to lead “{project}”. Say whether you agree."),
    urgent=True,
)
register("comment.answered", name=_("A lead answers you"), sentence=_("Your question about “{project}” has an answer."))
register(
    "project.ends_soon", name=_("Your project ends soon"), sentence=_("“{project}” ends on {until}, in {days} days.")
)
register(
    "project.outcome_waits",
    name=_("What you found is still due"),
    sentence=_("The public still waits to read what “{project}” found."),
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
    if verb in FOR_ITS_PEOPLE:
        return User.objects.filter(pk__in=[project.lead_id, *project.members_now().values_list("user", flat=True)])
    return User.objects.none()


@hourly
def remind_of_projects() -> None:
    """Of the last day that comes near, in steps; of an outcome that is due, once a month."""
    ending = Project.objects.filter(state="approved", until__range=(today(), horizon())).select_related("lead")
    for project in ending:
        remind("project.ends_soon", about=project, to=project.lead, until=project.until, project=project.title)
    month = f"{timezone.localdate():%Y-%m}"
    for project in Project.objects.filter(state="outcome_due").select_related("lead"):
        with act():
            once = f"{project.pk} {month}"
            notify("project.outcome_waits", to=project.lead, about=project, once=once, project=project.title)
