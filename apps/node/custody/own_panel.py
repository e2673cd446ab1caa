"""A panel of this TRE's own: two people let it decide on projects and people here, and two end it."""

from uuid import UUID

from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, outbox, record
from apps.core.panels import actions as panels
from apps.core.panels.models import Round
from apps.core.panels.seat_actions import found_panel
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import step
from apps.node.custody import permissions
from apps.node.custody.actions import changed
from apps.node.custody.models import MemberAcceptance, OwnPanel, ProjectAcceptance
from apps.node.custody.rounds import locked_of

APPROVED, REFUSED, ENDED = SignOff.Outcome.APPROVED, SignOff.Outcome.REFUSED, SignOff.Outcome.ENDED


def propose(*, tre: UUID, by, name: str, reason: str) -> OwnPanel:
    """Set up a panel of the TRE's own, as the first of two yeses. Its rule and its seats are given by acts of their own."""
    permissions.check_can_set_up_panel(by, tre)
    with act():
        panel = found_panel(by=by, side=tre, name=name)
        made = OwnPanel.objects.create(tre=tre, panel=panel, panel_name=name, proposed_by=by)
        sign(subject=made, verb="own_panel.proposed", by=by, outcome=APPROVED, reason=reason)
        record("own_panel.proposed", by=by, subject=made, reason=reason, panel=name)
    return made


def _move(ownpanel, by, transition: str, *, check, verb: str, reason: str, outcome: str = ""):
    """The five lines of every step of an own panel."""
    with act():
        ownpanel = OwnPanel.objects.select_for_update().get(pk=ownpanel.pk)
        check(by, ownpanel)
        steps.check_state(ownpanel, transition)
        getattr(ownpanel, transition)(by=by)
        ownpanel.save()
        if outcome:
            sign(subject=ownpanel, verb=verb, by=by, outcome=outcome, reason=reason)
        record(verb, by=by, subject=ownpanel, reason=reason)
        outbox(changed, tre=ownpanel.tre)


@step(
    OwnPanel,
    label=gettext_lazy("Confirm: this panel decides on projects and people"),
    check=permissions.check_can_confirm_panel,
)
def confirm(*, ownpanel, by, reason: str):
    """The second yes, once the panel has its rule, a chair and enough members."""
    check = permissions.check_can_confirm_panel
    _move(ownpanel, by, "confirm", check=check, verb="own_panel.confirmed", reason=reason, outcome=APPROVED)


@step(OwnPanel, label=gettext_lazy("Drop this proposal"), check=permissions.check_is_staff, warning=True)
def drop(*, ownpanel, by, reason: str):
    """Any one of the staff: nothing was decided by it yet."""
    check = permissions.check_is_staff
    _move(ownpanel, by, "drop", check=check, verb="own_panel.dropped", reason=reason, outcome=REFUSED)


@step(OwnPanel, label=gettext_lazy("Propose to end it"), check=permissions.check_can_propose_end, warning=True)
def propose_end(*, ownpanel, by, reason: str):
    """One of two. Until the second agrees, the panel decides as before."""
    check = permissions.check_can_propose_end
    _move(ownpanel, by, "propose_end", check=check, verb="own_panel.end_proposed", reason=reason)


@step(OwnPanel, label=gettext_lazy("Keep it"), check=permissions.check_can_decide_end)
def keep(*, ownpanel, by, reason: str):
    """The second person's no to its end."""
    _move(ownpanel, by, "keep", check=permissions.check_can_decide_end, verb="own_panel.kept", reason=reason)


@step(OwnPanel, label=gettext_lazy("Agree to end it"), check=permissions.check_can_decide_end, warning=True)
def confirm_end(*, ownpanel, by, reason: str):
    """Custodians decide again. Votes under way are void; what the panel accepted stays, as signed."""
    check = permissions.check_can_decide_end
    with act():
        # Acceptances before the panel, as where a vote is opened.
        under_way = Round.objects.under_way().filter(panel=ownpanel.panel_id)
        rows = [row for model in (ProjectAcceptance, MemberAcceptance) for row in locked_of(model, under_way)]
        _move(ownpanel, by, "confirm_end", check=check, verb="own_panel.ended", reason=reason, outcome=ENDED)
        for row in rows:
            panels.end_rounds(row, by)
