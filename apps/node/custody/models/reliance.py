from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.workflow.models import NodeGoverned, last_minute


class Reliance(NodeGoverned):
    """This TRE takes a named panel's word: what that panel approved is accepted here without a decision of its own. Two
    people decide it, any one of the staff ends it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("waiting for a second person")
        IN_FORCE = "in_force", gettext_lazy("in force")
        ENDED = "ended", gettext_lazy("ended")

    panel = models.UUIDField()
    panel_name = models.CharField(max_length=200)
    for_projects = models.BooleanField(default=False)
    for_members = models.BooleanField(default=False)
    until = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    class Meta:
        verbose_name = gettext_lazy("reliance on a panel")
        verbose_name_plural = gettext_lazy("reliances on panels")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "in_force", "ended"]), name="custody_reliance_state"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("proposed_by")),
                name="custody_reliance_two_people",
            ),
            models.CheckConstraint(
                condition=Q(for_projects=True) | Q(for_members=True), name="custody_reliance_for_something"
            ),
        ]

    def __str__(self):
        return _("We rely on: %(panel)s") % {"panel": self.panel_name}

    def get_absolute_url(self):
        return reverse("custody:reliance", args=[self.pk])

    def content(self):
        return {
            "panel": str(self.panel),
            "panel_name": self.panel_name,
            "for_projects": self.for_projects,
            "for_members": self.for_members,
            "until": self.until.isoformat(),
        }

    def holds(self, at: datetime) -> bool:
        """True while what the panel approves is accepted here."""
        return self.state == self.State.IN_FORCE and at <= last_minute(self.until)

    @transition(field=state, source=State.PROPOSED, target=State.IN_FORCE)
    def confirm(self, *, by):
        self.confirmed_by = by

    @transition(field=state, source=[State.PROPOSED, State.IN_FORCE], target=State.ENDED)
    def end(self):
        pass
