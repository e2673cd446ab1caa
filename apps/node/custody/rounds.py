"""The votes of a TRE's own panel on a project."""

from apps.core.panels.models import Round
from apps.node.custody.models import ProjectAcceptance


def newest_round(projectacceptance: ProjectAcceptance) -> Round | None:
    """The newest round about it, read once for all that a page asks of this instance."""
    if not hasattr(projectacceptance, "newest_round"):
        projectacceptance.newest_round = Round.objects.of(projectacceptance).first()
    return projectacceptance.newest_round
