import uuid

from django.db import models
from django.utils import timezone

from apps.core.workflow.models import TreQuerySet


class HubLapses(models.Model):
    """What the hub last said that it no longer stands behind in a project: {"project", "people", "datasets"} -> {UUID: why}.
    It informs: what was decided here stays, and the safes of a run ask this as well."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tre = models.UUIDField()
    project = models.UUIDField()
    number = models.PositiveBigIntegerField()
    lapses = models.JSONField(default=dict)
    heard_at = models.DateTimeField(default=timezone.now)

    objects = TreQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tre", "project"], name="custody_lapses_once")]

    def __str__(self):
        return str(self.project)

    @property
    def side(self):
        return self.tre
