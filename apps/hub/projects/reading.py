"""Who reads the whole of an application, and who its summary alone: of a panel, only who has no conflict of interest."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed
from apps.core.panels.conflicts import found_in
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Conflict, Declaration, Round, RoundSeat, Seat
from apps.hub.projects.deciding import must_declare, newest_round, people_of
from apps.hub.projects.models import Project

# The panel has said yes: the public reads what was decided on.
DECIDED = ("approved", "suspended", "expired", "outcome_due", "closed")


def check_can_read(by, project: Project) -> None:
    """Raises NotAllowed, with the reason, for a member of the panel who has a conflict, or never said that she has none.

    Who came to the panel after its vote, when she can say nothing any more, reads what was decided. A vote that has
    begun is asked for by `must_declare`. The project's own people read it as such. Constant queries.
    """
    about = Q(subject_id=project.pk) | Q(subject_id__in=project.amendments.values("pk"))
    rounds = Round.objects.filter(about)
    declared = Declaration.objects.filter(round__in=rounds, by=by).select_related("round__rule").order_by("-at").first()
    seats = [each for each in Seat.objects.held().filter(user=by) if each.has_vote]
    is_bound = declared is not None and _is_bound(by, declared, project, seats)
    is_silent = declared is None and _should_have_said(by, seats, rounds, project)
    if (is_bound or is_silent) and by.pk not in people_of(project):
        raise NotAllowed(
            _("You have a conflict of interest, so you read the summary alone.")
            if is_bound
            else _("You read more than the summary once you have said that you have no conflict of interest.")
        )


def _should_have_said(by, seats: list[Seat], rounds, project: Project) -> bool:
    """True where she has a vote on it, or had one while it was voted on."""
    if project.state in DECIDED:
        return (
            RoundSeat.objects.filter(round__in=rounds, seat__user=by).exclude(seat__kind=Seat.Kind.COORDINATOR).exists()
        )
    panels = {project.panel_id, *rounds.values_list("panel", flat=True)}
    return any(seat.panel_id in panels for seat in seats)


def _is_bound(by, declared: Declaration, project: Project, seats: list[Seat]) -> bool:
    """True where she declared a conflict last, or one was found that bars her."""
    if declared.kind != Conflict.NONE:
        return True
    newest = newest_round(project)
    if newest and declared.round_id == newest.pk:
        return Deliberation.of(newest, project).member(by).is_barred  # read once for the whole page
    return any(each.bars(declared.round.rule) for each in found_in(project, seats))


def why_summary_only(by, project: Project) -> str:
    """Why she reads the summary alone, as a sentence; empty where she reads all."""
    try:
        check_can_read(by, project)
    except NotAllowed as problem:
        return str(problem.sentence)
    return ""


def opens_for(by, project: Project) -> bool:
    """True where she reads all of it now."""
    return not must_declare(by, project) and not why_summary_only(by, project)
