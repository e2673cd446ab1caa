from django.utils.translation import gettext_lazy as _

from apps.core.accounts.holders import holders
from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register
from apps.core.notices.service import notify
from apps.node.runs.models import Run

about("run", title=_("Runs"), roles=(Role.RUN_APPROVER,))
register(
    "run.received",
    name=_("A request came in"),
    sentence=_("“{run}” came in and waits for a decision."),
    urgent=True,
    roles=(Role.RUN_APPROVER, Role.CUSTODIAN),
)
register(
    "run.answered",
    name=_("A question was answered"),
    sentence=_("The question about “{run}” was answered."),
    urgent=True,
)
register("run.held", name=_("A run is on hold"), sentence=_("“{run}” is on hold."), urgent=True)


def tell(kind: str, run: Run, *roles: str, by=None) -> None:
    """Collect a notice for the TRE's staff in these roles, inside the act under way; not for whoever did it."""
    people = holders(*roles, side=run.tre, besides=[by] if by else [])
    notify(kind, to=people, about=run, run=run)


def tell_received(run: Run) -> None:
    """Those who decide here on what came in: on the run, and on its project, people and data."""
    tell("run.received", run, Role.RUN_APPROVER, Role.CUSTODIAN)
