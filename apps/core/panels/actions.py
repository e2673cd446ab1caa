"""Vote as a member of a panel. The thing voted on says who is in conflict."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.audit.act import record
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels.models import Panel, Seat, Vote


def seat_of(panel: Panel, user) -> Seat | None:
    """Her place on the panel now, or None."""
    return panel.seats.filter(user=user, ended_at=None).first()


def check_has_seat(by, panel: Panel) -> None:
    """Raises NotAllowed for whoever is not on the panel."""
    if seat_of(panel, by) is None:
        raise NotAllowed(_("Only members of the panel vote."))


def cast_vote(*, panel: Panel, subject, by, choice: str, reason: str) -> Vote:
    """Write one vote inside the act under way; `subject` is locked. Raises NotAllowed, WrongState for a second vote."""
    check_has_seat(by, panel)
    try:
        with transaction.atomic():
            vote = Vote.objects.create(
                panel=panel,
                subject_type=subject._meta.label,
                subject_id=subject.pk,
                content_sha256=subject.content_sha256(),
                by=by,
                kind=seat_of(panel, by).kind,
                choice=choice,
                reason=reason,
            )
    except IntegrityError:
        raise WrongState(_("You have voted on this already; nothing was changed."))
    record("panel.voted", by=by, subject=subject, panel=panel.pk, choice=choice, reason=reason)
    return vote
