from django.utils.translation import gettext_lazy as _

from apps.core.accounts.holders import holders
from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register
from apps.core.notices.service import notify
from apps.node.egress.models import EgressRequest, FileVote

about("egress", title=_("Results to check"), roles=(Role.OUTPUT_CHECKER,))
register(
    "egress.opened",
    name=_("Results wait to be checked"),
    sentence=_("The results of “{run}” wait for two checkers."),
    urgent=True,
)
register(
    "egress.reviewed",
    name=_("Results you checked can be let out"),
    sentence=_("Both checkers decided on “{run}”."),
    urgent=True,
)


def tell_opened(egress: EgressRequest) -> None:
    """Every output checker of this TRE."""
    notify("egress.opened", to=holders(Role.OUTPUT_CHECKER, side=egress.tre), about=egress, run=egress.run)


def tell_reviewed(egress: EgressRequest, by) -> None:
    """The checkers of this round but the one who was last."""
    checked = FileVote.objects.filter(file__egress=egress, round=egress.round).values("checker")
    people = holders(Role.OUTPUT_CHECKER, side=egress.tre, besides=[by]).filter(pk__in=checked)
    notify("egress.reviewed", to=people, about=egress, run=egress.run)
