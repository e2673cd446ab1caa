from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.panels.models import Condition, Declaration, PanelRule, Round, Seat, Vote
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, waiting_list

MOST = 50


def _waiting(sentence, rows, *, alone=False):
    return [
        Waiting(sentence % {"thing": each}, each.get_absolute_url(), each.created_at, alone=alone)
        for each in rows[:MOST]
    ]


@waiting_list
def panels(user):
    """What a member, a chair and the owner of a condition have to do next. A constant number of queries."""
    seats = Seat.objects.held().filter(user=user)
    with_vote = seats.exclude(kind=Seat.Kind.COORDINATOR).values("panel")
    said = Declaration.objects.filter(round=OuterRef("pk"), by=user)
    rounds = Round.objects.filter(panel__in=with_vote).annotate(said=Exists(said))
    in_conflict = Exists(said.exclude(kind="none"))
    voted = Exists(Vote.objects.filter(round=OuterRef("pk"), by=user))
    found = _waiting(
        _("Say whether you have a conflict of interest: %(thing)s"), rounds.filter(state="open", said=False)
    )
    to_vote = rounds.filter(~voted & ~in_conflict, state="open", said=True)
    found += _waiting(_("Vote: %(thing)s"), to_vote, alone=True)
    presides = Q(presided_by=user) | Q(presided_by=None, panel__in=seats.filter(is_chair=True).values("panel"))
    found += _waiting(_("Confirm what the votes say: %(thing)s"), rounds.filter(presides, state="closed"))
    own = Condition.objects.filter(owner=user, state__in=["open", "overdue"])
    found += _waiting(_("Show that this condition is met: %(thing)s"), own, alone=True)
    keeps = seats.filter(Q(is_chair=True) | Q(kind=Seat.Kind.COORDINATOR)).values("panel")
    shown = Condition.objects.filter(panel__in=keeps, state="evidence_given").exclude(owner=user)
    found += _waiting(_("Is this condition met? %(thing)s"), shown)
    rules = (
        PanelRule.objects.filter(panel__in=keeps, state="proposed").exclude(proposed_by=user).select_related("panel")
    )
    return found + _waiting(_("Decide on a rule: %(thing)s"), rules)


navigation.register(gettext_lazy("Panels"), "panels:list", shown_to=lambda user: bool(user.roles()), order=25)
