"""A first text of the minutes: who came, and what was voted and decided on each thing, in the words of the members."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import AgendaItem, Attendance, Meeting, Round
from apps.core.workflow.models import PORTAL_ZONE


def draft_of(meeting: Meeting) -> str:
    """The minutes of a meeting as the portal knows it. A vote that is still open is named, and nothing of it is told."""
    items = meeting.items.select_related("round__panel", "round__rule", "round__decision__by")
    parts = [_heading(meeting), *came(meeting), *(_item(each) for each in items)]
    return "\n\n".join(parts)


def _heading(meeting: Meeting) -> str:
    at = date_format(timezone.localtime(meeting.starts_at, PORTAL_ZONE), "H:i T")
    return f"{meeting.panel}\n{meeting}, {at}\n{meeting.place}"


def _in_london(at) -> str:
    return date_format(timezone.localtime(at, PORTAL_ZONE), "j F Y, H:i T")


def came(meeting: Meeting) -> list[str]:
    """A line for each way to come, or not to."""
    found: dict[str, list[str]] = {}
    for each in meeting.attendances.select_related("seat__user"):
        chair = ", " + _("chair") if each.seat.is_chair else ""
        found.setdefault(each.how, []).append(f"{each.seat.user} ({each.seat.get_kind_display()}{chair})")
    return [f"{label.capitalize()}: {'; '.join(found[how])}." for how, label in Attendance.How.choices if how in found]


def _item(item: AgendaItem) -> str:
    round = item.round
    deliberation = Deliberation(round, round.subject())
    lines = [str(item), *_recusals(deliberation)]
    if round.state == Round.State.OPEN:
        return "\n".join([*lines, _("The vote is still open.")])
    return "\n".join([*lines, *_votes(deliberation), *_decided(round)])


def _recusals(deliberation: Deliberation) -> list[str]:
    barred = [each for each in deliberation.members if each.is_barred]
    return [
        _("%(who)s took no part: %(why)s.") % {"who": each.seat.user, "why": ", ".join(each.ties)} for each in barred
    ]


def _votes(deliberation: Deliberation) -> list[str]:
    said = []
    for vote in deliberation.votes:
        facts = {"who": vote.by, "kind": vote.seat.get_kind_display(), "choice": vote.get_choice_display()}
        said.append("- " + _("%(who)s (%(kind)s): %(choice)s.") % facts + f" {vote.reason}")
        if vote.conditions:
            said.append("  " + _("Conditions: %(text)s") % {"text": vote.conditions})
    return said or [_("Nobody voted.")]


def _decided(round: Round) -> list[str]:
    decision = getattr(round, "decision", None)
    if decision is None:
        return [_("Nothing is decided yet.")]
    facts = {"outcome": decision.get_outcome_display(), "who": decision.by, "at": _in_london(decision.at)}
    said = [_("Decided: %(outcome)s. Confirmed by %(who)s, %(at)s.") % facts]
    revocation = getattr(decision, "revocation", None)
    if revocation:
        facts = {"who": revocation.by, "why": revocation.reason}
        said.append(_("Taken back as a mistake by %(who)s: %(why)s") % facts)
    return said
