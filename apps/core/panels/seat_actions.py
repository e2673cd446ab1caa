"""Who sits on a panel, and by which rule it decides."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.audit.act import act, record
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels import permissions, words
from apps.core.panels.models import Panel, PanelRule, Seat
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.steps import step


def found_panel(*, by, side, name: str) -> Panel:
    """Set up a panel, without seats and rule: both are given by acts of their own."""
    if not (by.has_role(Role.ADMINISTRATOR, side) or by.has_role(Role.COORDINATOR, side)):
        raise NotAllowed(_("Only a coordinator or an administrator sets up a panel."))
    with act():
        panel = Panel.objects.create(side=side, name=name)
        record("panel.founded", by=by, subject=panel, public={"panel": panel.name})
    return panel


def propose_seat(*, panel, by, user, kind: str, is_chair=False, organisation="", population="", deputy_of=None) -> Seat:
    """A place for a person, for a second to confirm. Raises WrongState where she, or another chair, is there already."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=panel.pk)
        permissions.check_can_propose_seat(by, panel, user)
        permissions.check_can_be_lay(user, kind)
        if is_chair:
            permissions.check_can_preside(user, panel)
        try:
            with transaction.atomic():
                seat = Seat.objects.create(
                    panel=panel,
                    user=user,
                    kind=kind,
                    is_chair=is_chair,
                    organisation=organisation,
                    population=population,
                    deputy_of=deputy_of,
                    proposed_by=by,
                )
        except IntegrityError:
            raise WrongState(_("She has a seat there already, or the panel has a chair; nothing was changed."))
        record("panel.seat_proposed", by=by, subject=seat, user=user.pk, kind=kind, is_chair=is_chair)
    return seat


def _move_seat(seat, by, transition: str, verb: str, *, check, reason: str, outcome="", is_public=False):
    """The five lines of every step of a seat, the panel locked before it."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=seat.panel_id)
        seat = Seat.objects.select_for_update().get(pk=seat.pk)
        check(by, seat)
        steps.check_state(seat, transition)
        getattr(seat, transition)(by=by, at=timezone.now())
        seat.save()
        if outcome:
            sign(subject=seat, verb=verb, by=by, outcome=outcome, reason=reason)
        public = {"public": {"panel": panel.name, "kind": seat.get_kind_display()}} if is_public else {}
        record(verb, by=by, subject=seat, reason=reason, user=seat.user_id, is_chair=seat.is_chair, **public)


@step(
    Seat,
    label=gettext_lazy("Confirm the seat"),
    check=permissions.check_can_confirm_seat,
    transition="confirm",
    done=gettext_lazy(
        "Confirmed: “%(thing)s”. The seat is held from now on, and has a part in what begins from now on."
    ),
)
def confirm_seat(*, seat, by, reason: str):
    """The second person's yes: she sits from this minute, and votes in what begins after it."""
    told = {"check": permissions.check_can_confirm_seat, "outcome": SignOff.Outcome.APPROVED, "is_public": True}
    _move_seat(seat, by, "confirm", "panel.seat_given", reason=reason, **told)


@step(Seat, label=gettext_lazy("Refuse the seat"), check=permissions.check_can_decide_seat, transition="refuse")
def refuse_seat(*, seat, by, reason: str):
    """The second person's no."""
    told = {"check": permissions.check_can_decide_seat, "outcome": SignOff.Outcome.REFUSED}
    _move_seat(seat, by, "refuse", "panel.seat_refused", reason=reason, **told)


@step(
    Seat,
    label=gettext_lazy("Propose to end the seat"),
    check=permissions.check_can_propose_end,
    transition="propose_end",
    warning=True,
    done=gettext_lazy("Proposed. It waits on a second person to agree; until then the seat stays."),
)
def propose_end(*, seat, by, reason: str):
    """One of two who end another's seat. Until the second agrees, she sits there as before."""
    _move_seat(
        seat, by, "propose_end", "panel.seat_end_proposed", check=permissions.check_can_propose_end, reason=reason
    )


@step(
    Seat,
    label=gettext_lazy("Agree to end the seat"),
    check=permissions.check_can_decide_end,
    transition="confirm_end",
    warning=True,
)
def confirm_end(*, seat, by, reason: str):
    """She leaves the panel. What she voted before stays, and counts."""
    told = {"check": permissions.check_can_decide_end, "outcome": SignOff.Outcome.ENDED, "is_public": True}
    _move_seat(seat, by, "confirm_end", "panel.seat_ended", reason=reason, **told)


@step(Seat, label=gettext_lazy("Keep the seat"), check=permissions.check_can_decide_end, transition="keep")
def keep_seat(*, seat, by, reason: str):
    """The second person's no to the end of a seat."""
    _move_seat(seat, by, "keep", "panel.seat_kept", check=permissions.check_can_decide_end, reason=reason)


@step(
    Seat,
    label=gettext_lazy("Give up your seat"),
    check=permissions.check_can_give_up,
    transition="give_up",
    warning=True,
)
def give_up_seat(*, seat, by, reason: str):
    """One's own seat, at once and alone."""
    _move_seat(
        seat, by, "give_up", "panel.seat_ended", check=permissions.check_can_give_up, reason=reason, is_public=True
    )


def propose_rule(*, panel, by, reason: str, **numbers) -> PanelRule:
    """A change of the rule, for a second person to confirm. Votes under way keep the rule under which they began."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=panel.pk)
        permissions.check_can_keep(by, panel)
        rule = PanelRule.objects.create(panel=panel, proposed_by=by, proposed_because=reason, **numbers)
        record("panel.rule_proposed", by=by, subject=rule, reason=reason, rule=words.in_words(rule))
    return rule


def _decide_rule(rule, by, transition: str, verb: str, outcome: str, reason: str, **moved):
    with act():
        panel = Panel.objects.select_for_update().get(pk=rule.panel_id)
        rule = PanelRule.objects.select_for_update().get(pk=rule.pk)
        permissions.check_can_decide_rule(by, rule)
        steps.check_state(rule, transition)
        getattr(rule, transition)(by=by, **moved)
        rule.save()
        sign(subject=rule, verb=verb, by=by, outcome=outcome, reason=reason)
        record(verb, by=by, subject=rule, public={"panel": panel.name}, reason=reason)


@step(
    PanelRule,
    label=gettext_lazy("Confirm the rule"),
    check=permissions.check_can_decide_rule,
    transition="confirm",
    done=gettext_lazy("The rule is in force from now on. Votes under way keep the rule under which they began."),
)
def confirm_rule(*, panelrule, by, reason: str):
    """The second person's yes: in force from this minute."""
    at = timezone.now()
    _decide_rule(panelrule, by, "confirm", "panel.rule_changed", SignOff.Outcome.APPROVED, reason, at=at)


@step(PanelRule, label=gettext_lazy("Refuse the rule"), check=permissions.check_can_decide_rule, transition="refuse")
def refuse_rule(*, panelrule, by, reason: str):
    """The second person's no."""
    _decide_rule(panelrule, by, "refuse", "panel.rule_refused", SignOff.Outcome.REFUSED, reason)
