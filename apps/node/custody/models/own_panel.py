from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.panels.models import Panel, PanelRule, Seat
from apps.core.workflow.models import NodeGoverned, TreQuerySet


class OwnPanelQuerySet(TreQuerySet):
    def in_force(self):
        """Those that decide: also while a second person is asked to end them."""
        return self.filter(state__in=["in_force", "ending"])

    def able_to_decide(self):
        """Those whose panel has a rule, a chair, and as many members with a vote as its rule asks for."""
        rules = PanelRule.objects.filter(panel=OuterRef("panel"), state="confirmed", in_force_from__lte=timezone.now())
        voting = Seat.objects.sitting().filter(panel=OuterRef("panel")).exclude(kind=Seat.Kind.COORDINATOR)
        members = voting.order_by().values("panel").annotate(number=Count("pk")).values("number")
        able = self.annotate(
            quorum=Subquery(rules.order_by("-in_force_from").values("quorum")[:1]), members=Subquery(members)
        )
        return able.filter(Exists(voting.filter(is_chair=True)), members__gte=F("quorum"))


class OwnPanel(NodeGoverned):
    """A panel of this TRE's own decides on projects and people here. It takes two people to begin, and two to end: one alone would
    else decide by ending it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("waiting for a second person")
        IN_FORCE = "in_force", gettext_lazy("in force")
        ENDING = "ending", gettext_lazy("in force, its end was proposed")
        ENDED = "ended", gettext_lazy("ended")

    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="+")
    panel_name = models.CharField(max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    objects = OwnPanelQuerySet.as_manager()
    until = None  # no last day: two people end it

    class Meta:
        verbose_name = gettext_lazy("panel of our own")
        verbose_name_plural = gettext_lazy("panels of our own")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "in_force", "ending", "ended"]), name="custody_ownpanel_state"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")), name="custody_ownpanel_two_people"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | Q(end_proposed_by=None) | ~Q(ended_by=F("end_proposed_by")),
                name="custody_ownpanel_ended_by_two",
            ),
            models.UniqueConstraint(
                fields=["tre"], condition=Q(state__in=["in_force", "ending"]), name="custody_ownpanel_one_in_force"
            ),
        ]

    def __str__(self):
        return _("Our own panel: %(panel)s") % {"panel": self.panel_name}

    def get_absolute_url(self):
        return reverse("custody:ownpanel", args=[self.pk])

    def content(self):
        return {"panel": str(self.panel_id), "panel_name": self.panel_name}

    @transition(field=state, source=State.PROPOSED, target=State.IN_FORCE)
    def confirm(self, *, by):
        self.confirmed_by = by

    @transition(field=state, source=State.PROPOSED, target=State.ENDED)
    def drop(self, *, by):
        self.ended_by = by

    @transition(field=state, source=State.IN_FORCE, target=State.ENDING)
    def propose_end(self, *, by):
        self.end_proposed_by = by

    @transition(field=state, source=State.ENDING, target=State.IN_FORCE)
    def keep(self, *, by):
        self.end_proposed_by = None

    @transition(field=state, source=State.ENDING, target=State.ENDED)
    def confirm_end(self, *, by):
        self.ended_by = by
