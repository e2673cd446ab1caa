from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.panels.meeting_waiting import around_meetings
from apps.core.panels.models import Condition, Declaration, PanelRule, Round, RoundSeat, Seat, Vote
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list

MOST = 50


def _waiting(sentence, rows, *, alone=False):
    return [
        Waiting(
            sentence % {"thing": each}, each.get_absolute_url(), getattr(each, "since", each.created_at), alone=alone
        )
        for each in rows[:MOST]
    ]


@waiting_list
def panels(user):
    """What a member, a chair, who keeps a panel and the owner of a condition have to do next. Two queries for anybody else."""
    seats = list(Seat.objects.sitting().filter(user=user))
    own = Condition.objects.filter(owner=user, state__in=["open", "overdue"])
    found = _waiting(_("Show that this condition is met: %(thing)s"), own, alone=True)
    if with_vote := [seat for seat in seats if seat.has_vote]:
        found += _to_vote(user, with_vote)
    if seats:
        found += _to_end(user, seats)
    sides = {side for role, side in user.roles() if role in (Role.ADMINISTRATOR, Role.COORDINATOR)}
    kept = [seat.panel_id for seat in seats if seat.is_chair or not seat.has_vote]
    if kept:
        found += _to_keep(user, kept)
    if kept or sides:
        found += _to_confirm(user, Q(panel__in=kept) | Q(panel__side__in=sides))
    return found + around_meetings(user, seats)


def _to_vote(user, seats: list[Seat]) -> list[Waiting]:
    """Declare, and vote. Two queries."""
    said = Declaration.objects.filter(round=OuterRef("pk"), by=user)
    rounds = Round.objects.filter(round_seats__seat__in=seats).annotate(said=Exists(said))
    in_conflict = Exists(said.exclude(kind="none"))
    voted = Exists(Vote.objects.filter(round=OuterRef("pk"), by=user))
    found = _waiting(
        _("Say whether you have a conflict of interest: %(thing)s"), rounds.filter(state="open", said=False)
    )
    to_vote = rounds.filter(~voted & ~in_conflict, state="open", said=True)
    return found + _waiting(_("Vote: %(thing)s"), to_vote, alone=True)


def _to_end(user, seats: list[Seat]) -> list[Waiting]:
    """Votes in which nobody is left to vote, to close; for who presides also closed ones, to confirm. One query."""
    chaired = [seat.panel_id for seat in seats if seat.is_chair]
    coordinated = [seat.panel_id for seat in seats if not seat.has_vote]
    sat = Exists(RoundSeat.objects.filter(round=OuterRef("pk"), seat__in=seats))
    presides = (Q(presided_by=user) | Q(presided_by=None, panel__in=chaired)) & Q(sat)
    tied = Declaration.objects.filter(round=OuterRef("pk"), by=user).exclude(kind="none")
    full = Q(presides | Q(panel__in=coordinated), ~Exists(tied), state="open", all_voted_since__isnull=False)
    rounds = Round.objects.filter(full | Q(presides, state="closed"))
    said = {
        "open": _("Close the vote, all have voted: %(thing)s"),
        "closed": _("Confirm what the votes say: %(thing)s"),
    }
    rows = rounds.annotate(since=Coalesce("closed_at", "all_voted_since", "created_at"))[:MOST]
    return [waiting for each in rows for waiting in _waiting(said[each.state], [each])]


def _to_keep(user, panels: list) -> list[Waiting]:
    """Conditions that somebody says are met, conflicts to be taken back. Two queries."""
    shown = Condition.objects.filter(panel__in=panels, state="evidence_given").exclude(owner=user)
    later = Declaration.objects.filter(round=OuterRef("round"), by=OuterRef("by"), number__gt=OuterRef("number"))
    asked = Declaration.objects.filter(~Exists(later), correction__isnull=False).exclude(by=user)
    rounds = Round.objects.filter(Exists(asked.filter(round=OuterRef("pk"))), panel__in=panels, state="open")
    return _waiting(_("Is this condition met? %(thing)s"), counted_from(shown, "condition.shown")) + _waiting(
        _("A member asks to take back a conflict of interest: %(thing)s"), rounds
    )


def _to_confirm(user, kept: Q) -> list[Waiting]:
    """Rules and seats that another proposed, for whoever keeps the panel. Two queries."""
    rules = PanelRule.objects.filter(kept, state="proposed").exclude(proposed_by=user)
    seats = Seat.objects.filter(kept).exclude(user=user).select_related("panel", "user")
    proposed, ending = Q(state="proposed") & ~Q(proposed_by=user), Q(state="ending") & ~Q(end_proposed_by=user)
    asked = counted_from(seats.filter(proposed | ending), "panel.seat_end_proposed")
    return _waiting(_("Decide on a rule: %(thing)s"), rules.select_related("panel")) + _waiting(
        _("Decide on a seat: %(thing)s"), asked
    )


navigation.register(gettext_lazy("Panels"), "panels:list", shown_to=lambda user: bool(user.roles()), order=25)
first_step(
    gettext_lazy("see who sits on your panel, and how it decides"),
    "panels:list",
    shown_to=lambda user: any(role == Role.PANEL_MEMBER for role, _side in user.roles()),
    order=25,
)
