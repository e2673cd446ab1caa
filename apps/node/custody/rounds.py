"""The votes of a TRE's own panel on a project or a person."""

from apps.core.panels.models import Round
from apps.node.custody.models import Acceptance


def locked_of(model: type[Acceptance], rounds) -> list[Acceptance]:
    """The things of one kind that these rounds are about, locked, by primary key."""
    about = model.objects.select_for_update().filter(pk__in=rounds.values("subject_id"))
    return list(about.order_by("pk"))


def newest_round(acceptance: Acceptance) -> Round | None:
    """The newest round about it, read once for all that a page asks of this instance."""
    if not hasattr(acceptance, "newest_round"):
        acceptance.newest_round = Round.objects.of(acceptance).first()
    return acceptance.newest_round
