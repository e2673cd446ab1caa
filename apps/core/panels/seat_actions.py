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


def give_seat(*, panel, by, user, kind: str, is_chair=False, organisation="", population="", deputy_of=None) -> Seat:
    """A place for a person. Raises WrongState where she, or another chair, is there already."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=panel.pk)
        permissions.check_can_seat(by, panel, user)
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
                )
        except IntegrityError:
            raise WrongState(_("She has a seat there already, or the panel has a chair; nothing was changed."))
        record(
            "panel.seat_given",
            by=by,
            subject=seat,
            public={"panel": panel.name, "kind": seat.get_kind_display()},
            user=user.pk,
            is_chair=is_chair,
        )
    return seat


@step(Seat, label=gettext_lazy("End the seat"), check=permissions.check_can_end_seat, transition="end", warning=True)
def end_seat(*, seat, by, reason: str):
    """She leaves the panel. What she voted before stays; what is still open is counted without her."""
    with act():
        panel = Panel.objects.select_for_update().get(pk=seat.panel_id)
        seat = Seat.objects.select_for_update().get(pk=seat.pk)
        permissions.check_can_end_seat(by, seat)
        steps.check_state(seat, "end")
        seat.end(at=timezone.now())
        seat.save()
        public = {"panel": panel.name, "kind": seat.get_kind_display()}
        record("panel.seat_ended", by=by, subject=seat, public=public, reason=reason)


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


@step(PanelRule, label=gettext_lazy("Confirm the rule"), check=permissions.check_can_decide_rule, transition="confirm")
def confirm_rule(*, panelrule, by, reason: str):
    """The second person's yes: in force from this minute."""
    at = timezone.now()
    _decide_rule(panelrule, by, "confirm", "panel.rule_changed", SignOff.Outcome.APPROVED, reason, at=at)


@step(PanelRule, label=gettext_lazy("Refuse the rule"), check=permissions.check_can_decide_rule, transition="refuse")
def refuse_rule(*, panelrule, by, reason: str):
    """The second person's no."""
    _decide_rule(panelrule, by, "refuse", "panel.rule_refused", SignOff.Outcome.REFUSED, reason)
