"""What each TRE said that it decided on a project. Shown to people, and nothing more: the hub decides nothing by it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project


class TreDecisions(models.Model):
    """The newest word of one TRE on one project: {"project": decision, "people": {person: decision}, "datasets": {version:
    decision}}, each decision {"word", "until"}. `number` is the TRE's own, and grows."""

    class Word(models.TextChoices):
        ASKED = "asked", _("being asked, no answer yet")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        ENDED = "ended", _("accepted before, and ended since")
        EXPIRED = "expired", _("accepted before, until a day that has passed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tre = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField(default=0)
    decisions = models.JSONField(default=dict)
    heard_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tre", "project"], name="projects_tre_decisions_once")]

    def __str__(self):
        return f"{self.tre}: {self.project}"
