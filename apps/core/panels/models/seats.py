"""Who sits on a panel: a seat is given by two people, and ended by two, or by its holder alone."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.models import RoleGrant
from apps.core.accounts.roles import DECIDING_STAFF, Role
from apps.core.panels.models.panels import Panel
from apps.core.workflow.models import Governed


class SeatQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the panels on whose side she has any role."""
        return self.filter(panel__side__in={side for _role, side in user.roles()})

    def held(self):
        """The seats that two people gave, until they are ended."""
        return self.filter(state__in=["held", "ending"])

    def sitting(self):
        """Those held by somebody who has the role for it at this minute: without the role a seat gives no right.

        At the hub a chair, a coordinator and a member each need their own; at a TRE one of its staff who decides there, or who
        has the role of a panel member there: a patient, say, who is none of its staff, and so is not in the chair. Who sets up
        or connects decides nothing: an administrator or operator may gather for the panel, and has no vote on it.
        """
        roles = RoleGrant.objects.in_force().filter(user=OuterRef("user"), side=OuterRef("panel__side"))
        coordinates = Q(kind="coordinator")
        at_hub = (
            Q(is_chair=True) & Exists(roles.filter(role=Role.CHAIR))
            | coordinates & Exists(roles.filter(role=Role.COORDINATOR))
            | ~coordinates & Q(is_chair=False) & Exists(roles.filter(role__in=[Role.PANEL_MEMBER, Role.CHAIR]))
        )
        at_tre = (
            Exists(roles.filter(role__in=DECIDING_STAFF))
            | coordinates & Exists(roles.exclude(role=Role.PANEL_MEMBER))
            | Q(is_chair=False) & Exists(roles.filter(role=Role.PANEL_MEMBER))
        )
        is_hub = Q(panel__side=settings.HUB_ID)
        return self.held().filter(is_hub & at_hub | ~is_hub & at_tre, user__is_active=True)

    def able_to_preside(self):
        """Those sitting whose holders may preside: at a TRE its staff who decide there, as nobody else confirms what is voted."""
        roles = RoleGrant.objects.in_force().filter(user=OuterRef("user"), side=OuterRef("panel__side"))
        is_staff = Exists(roles.filter(role__in=DECIDING_STAFF))
        return self.sitting().filter(Q(panel__side=settings.HUB_ID) | is_staff)


class Seat(Governed):
    """A person's place on a panel: with a vote, or as its coordinator, who has none."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        HELD = "held", _("seated")
        ENDING = "ending", _("seated, its end was proposed")
        ENDED = "ended", _("ended")
        REFUSED = "refused", _("refused")

    TAG_COLOURS = {State.HELD: "green"}  # elsewhere what is held waits

    class Kind(models.TextChoices):
        EXPERT = "expert", _("expert")
        CUSTODIAN = "custodian", _("custodian")
        LAY = "lay", _("lay member")
        COORDINATOR = "coordinator", _("coordinator, without a vote")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    is_chair = models.BooleanField(default=False)
    organisation = models.CharField(max_length=200, blank=True)
    population = models.CharField(max_length=200, blank=True)
    deputy_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="deputies")
    # Who proposed and who decided on the seat; empty for those of before a seat took two people.
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    end_proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "held", "ending", "ended", "refused"]), name="panels_seat_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "held", "ending"], ended_at=None)
                | Q(state__in=["ended", "refused"], ended_at__isnull=False),
                name="panels_seat_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("user")),
                name="panels_seat_two_people",
            ),
            models.UniqueConstraint(fields=["panel", "user"], condition=Q(ended_at=None), name="panels_seat_once"),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(ended_at=None, is_chair=True), name="panels_seat_one_chair"
            ),
            models.CheckConstraint(
                condition=Q(is_chair=False) | (~Q(kind="coordinator") & Q(deputy_of=None)),
                name="panels_seat_chair_votes",
            ),
        ]

    def __str__(self):
        return f"{self.user} ({self.get_kind_display()})"

    def get_absolute_url(self):
        return self.panel.get_absolute_url()

    @property
    def side(self):
        return self.panel.side

    @property
    def has_vote(self) -> bool:
        return self.kind != self.Kind.COORDINATOR

    def content(self):
        deputy_of = str(self.deputy_of_id or "")
        told = {"id": str(self.pk), "panel": str(self.panel_id), "user": str(self.user_id), "deputy_of": deputy_of}
        return told | {name: getattr(self, name) for name in ("kind", "is_chair", "organisation", "population")}

    @transition(field=state, source=State.PROPOSED, target=State.HELD)
    def confirm(self, *, by, at):
        self.decided_by = by

    @transition(field=state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at):
        self.decided_by, self.ended_at = by, at

    @transition(field=state, source=State.HELD, target=State.ENDING)
    def propose_end(self, *, by, at):
        self.end_proposed_by = by

    @transition(field=state, source=State.ENDING, target=State.ENDED)
    def confirm_end(self, *, by, at):
        self.ended_at = at

    @transition(field=state, source=State.ENDING, target=State.HELD)
    def keep(self, *, by, at):
        self.end_proposed_by = None

    @transition(field=state, source=[State.HELD, State.ENDING], target=State.ENDED)
    def give_up(self, *, by, at):
        self.ended_at = at
