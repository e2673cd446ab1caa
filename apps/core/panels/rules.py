"""What the votes of a panel say of a thing, by the panel's own rule."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.panels.models import Panel, Seat, Vote


@dataclass(frozen=True)
class Tally:
    """The votes on the content as it is now. `missing` is a sentence while they are not enough."""

    votes: tuple[Vote, ...]
    missing: str

    @property
    def approve(self) -> int:
        return sum(vote.choice == Vote.Choice.APPROVE for vote in self.votes)

    @property
    def reject(self) -> int:
        return sum(vote.choice == Vote.Choice.REJECT for vote in self.votes)

    @property
    def outcome(self) -> str:
        """approve, reject (also where votes are equal: doubt does not open data), or empty while votes are missing."""
        if self.missing:
            return ""
        return Vote.Choice.APPROVE if self.approve > self.reject else Vote.Choice.REJECT


def votes_on(panel: Panel, subject) -> list[Vote]:
    """The votes on exactly what `subject` says now, with their voters. One query."""
    votes = Vote.objects.filter(panel=panel, subject_id=subject.pk, content_sha256=subject.content_sha256())
    return list(votes.select_related("by"))


def tally(panel: Panel, subject) -> Tally:
    """Count the votes. Abstentions are heard but do not make up the number."""
    votes = votes_on(panel, subject)
    counted = [vote for vote in votes if vote.choice != Vote.Choice.ABSTAIN]
    lay = sum(vote.kind == Seat.Kind.LAY for vote in counted)
    missing = ""
    if len(counted) < panel.minimum_votes:
        missing = _("%(there)s of at least %(needed)s votes are in.") % {
            "there": len(counted),
            "needed": panel.minimum_votes,
        }
    elif lay < panel.minimum_lay:
        missing = _("A lay member has not voted yet.")
    return Tally(tuple(votes), missing)
