"""What a panel's members, and the owners of its conditions, are told."""

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.holders import holders
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register
from apps.core.notices.reminders import horizon, remind, today
from apps.core.notices.service import notify
from apps.core.outbox.registry import hourly
from apps.core.panels import meeting_notices  # noqa: F401 - what is told of its meetings is ours too
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Round, Seat
from apps.core.workflow.models import PORTAL_ZONE


def sits(user) -> bool:
    """True where she sits on a panel, whatever her roles: a TRE's own takes any of its staff."""
    return Seat.objects.sitting().filter(user=user).exists()


about("panel", title=_("Panels and votes"), roles=(Role.PANEL_MEMBER, Role.CHAIR, Role.COORDINATOR), also=sits)
about("condition", title=_("Conditions"), roles=(Role.RESEARCHER, Role.CUSTODIAN, Role.COORDINATOR), also=sits)
register(
    "panel.vote_asked",
    name=_("Something waits for your vote"),
    sentence=_("“{thing}” waits for your vote, until {until}. First say whether you have a conflict of interest."),
    urgent=True,
)
register(
    "panel.outvoted",
    name=_("The panel decided otherwise than you voted"),
    sentence=_(
        "The panel decided on “{thing}” otherwise than you voted. If you wish, the public reads why you did not agree."
    ),
    roles=(Role.PANEL_MEMBER,),
)
register(
    "condition.set",
    name=_("You are to meet a condition"),
    sentence=_("You are to show by {until} that this is met: {condition}"),
    urgent=True,
)
register(
    "condition.due_soon",
    name=_("The last day of a condition comes near"),
    sentence=_("Show by {until} that this is met (days left: {days}): {condition}"),
)
register(
    "condition.overdue",
    name=_("A condition was not met in time"),
    sentence=_("The last day is over, and nobody showed that this is met: {condition}"),
    urgent=True,
)


def ask_for_votes(round: Round, subject, by) -> None:
    """Tell each member with a vote that a round is open, inside its act: not who opened it, nor who is barred from it."""
    members = [each for each in Deliberation(round, subject).members if not each.is_barred]
    people = [each.seat.user for each in members if each.seat.user.is_active and each.seat.user_id != by.pk]
    until = date_format(timezone.localtime(round.closes_at, PORTAL_ZONE), "j F Y")
    notify("panel.vote_asked", to=people, about=round, thing=round.title, until=until)


def tell_outvoted(round: Round, votes, outcome: str) -> None:
    """Tell lay members whose vote counted and went another way that they may publish why, inside the act. A TRE's own panel
    publishes nothing."""
    people = [vote.by for vote in votes if vote.seat.kind == Seat.Kind.LAY and vote.choice != outcome]
    if str(round.side) == settings.HUB_ID:
        notify("panel.outvoted", to=people, about=round, thing=round.title)


def tell_owner(condition: Condition) -> None:
    """Tell who is to meet a condition that it was set, inside its act."""
    until = date_format(condition.due, "j F Y")
    notify("condition.set", to=condition.owner, about=condition, condition=condition.text, until=until)


def tell_overdue(condition: Condition) -> None:
    """Tell its owner, and who coordinates the panel by her role or her seat, inside the act."""
    seats = Seat.objects.sitting().filter(panel=condition.panel, kind=Seat.Kind.COORDINATOR)
    seated = User.objects.filter(is_active=True, pk__in=seats.values("user"))
    people = [condition.owner, *holders(Role.COORDINATOR, side=condition.side), *seated]
    notify("condition.overdue", to=people, about=condition, condition=condition.text)


@hourly
def remind_of_conditions() -> None:
    """Its owner, in steps, of each condition for which nothing was shown yet."""
    near = Condition.objects.filter(state="open", due__range=(today(), horizon())).select_related("owner", "panel")
    for each in near:
        remind("condition.due_soon", about=each, to=each.owner, until=each.due, condition=each.text)
