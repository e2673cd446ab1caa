"""A panel, and the rule by which it decides."""

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.panels import counting
from apps.core.workflow.models import Governed


def overseen_by(user) -> set:
    """The sides whose panels she oversees: a coordinator or an auditor; a TRE has no coordinators, so its custodians."""
    roles = (Role.COORDINATOR, Role.AUDITOR)
    return {side for role, side in user.roles() if role in roles} | user.sides(Role.CUSTODIAN)


class PanelQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The hub's, for anyone; a TRE's for those with a role on its side."""
        sides = {side for _role, side in user.roles()} if user.is_authenticated else set()
        return self.filter(side__in={uuid.UUID(settings.HUB_ID), *sides})

    def first_to_decide(self, side) -> "Panel | None":
        """The panel of a side that has had a rule for longest; None while none has. One that is set up later, to hear appeals,
        takes nothing from it. One query."""
        ruled = self.filter(side=side, rules__state="confirmed")
        return ruled.order_by("rules__in_force_from", "pk").first()


class Panel(models.Model):
    """Who decides together, on the hub's side or on a TRE's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.UUIDField()
    name = models.CharField(max_length=200)

    objects = PanelQuerySet.as_manager()

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("panels:panel", args=[self.pk])

    @property
    def is_of_hub(self) -> bool:
        """True for the hub's, which decides on changes, too, and whose no can be appealed. A TRE's panel knows neither."""
        return self.side == uuid.UUID(settings.HUB_ID)

    def rule_at(self, at) -> "PanelRule | None":
        """The rule in force at that moment. One query."""
        confirmed = self.rules.filter(state="confirmed", in_force_from__lte=at)
        return confirmed.order_by("-in_force_from").first()

    def rule_now(self) -> "PanelRule | None":
        """The rule in force now; None while a new panel has none. One query."""
        return self.rule_at(timezone.now())


class PanelRuleQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who knows of a panel reads how it decides, and what is proposed."""
        return self.filter(panel__in=Panel.objects.visible_to(user))


class PanelRule(Governed):
    """How a panel decides. A change is a new row: proposed by one, confirmed by another, never edited."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")

    class Majority(models.TextChoices):
        SIMPLE = counting.SIMPLE, _("more than half")
        TWO_THIRDS = counting.TWO_THIRDS, _("two thirds")
        ALL = counting.ALL, _("all")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="rules")
    quorum = models.PositiveSmallIntegerField(_("votes at the least"), default=3, validators=[MinValueValidator(1)])
    least_lay = models.PositiveSmallIntegerField(_("of them by lay members, at the least"), default=1)
    least_organisations = models.PositiveSmallIntegerField(_("organisations at the least"), default=2)
    lay_populations = models.TextField(_("places or groups whose lay members must vote, one a line"), blank=True)
    majority = models.CharField(_("who must say yes"), max_length=10, choices=Majority.choices, default=Majority.SIMPLE)
    chair_breaks_ties = models.BooleanField(_("the chair's vote decides where votes are equal"), default=False)
    same_organisation_bars = models.BooleanField(_("nobody votes on a project of her own organisation"), default=True)
    chair_decides_small = models.BooleanField(_("the chair decides alone on small changes"), default=True)
    voting_days = models.PositiveSmallIntegerField(_("days to vote"), default=14, validators=[MinValueValidator(1)])
    appeal_days = models.PositiveSmallIntegerField(_("days to appeal"), default=28, validators=[MinValueValidator(1)])
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_because = models.TextField(_("why"), max_length=4000)
    in_force_from = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    objects = PanelRuleQuerySet.as_manager()
    NUMBERS = (
        *("quorum", "least_lay", "least_organisations", "lay_populations", "majority", "chair_breaks_ties"),
        *("same_organisation_bars", "chair_decides_small", "voting_days", "appeal_days"),
    )
    OF_HUB = ("chair_decides_small", "appeal_days")

    class Meta:
        verbose_name = _("rule of a panel")
        verbose_name_plural = _("rules of panels")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "confirmed", "refused"]), name="panels_panelrule_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(in_force_from__isnull=False), name="panels_panelrule_in_force"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="panels_panelrule_two_people"
            ),
            models.CheckConstraint(condition=Q(quorum__gte=1), name="panels_panelrule_quorum"),
        ]

    def __str__(self):
        return str(_("Rule of %(panel)s")) % {"panel": self.panel}

    def get_absolute_url(self):
        return self.panel.get_absolute_url()

    @property
    def side(self):
        return self.panel.side

    def content(self):
        told = {name: getattr(self, name) for name in self.NUMBERS}
        if not self.lay_populations:
            del told["lay_populations"]  # a rule that was signed before there were any reads as it was signed
        return {"id": str(self.pk), "panel": str(self.panel_id)} | told

    @property
    def populations(self) -> tuple[str, ...]:
        """Those from each of which a lay member must vote."""
        return tuple(line.strip() for line in self.lay_populations.splitlines() if line.strip())

    def for_counting(self) -> counting.Rule:
        """The part of the rule that says what votes come to, as plain values."""
        names = ("quorum", "least_lay", "least_organisations", "majority", "chair_breaks_ties")
        numbers = {name: getattr(self, name) for name in names}
        return counting.Rule(**numbers, lay_populations=self.populations)

    @transition(field=state, source=State.PROPOSED, target=State.CONFIRMED)
    def confirm(self, *, by, at):
        self.decided_by, self.in_force_from = by, at

    @transition(field=state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by):
        self.decided_by = by
