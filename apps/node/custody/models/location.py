from django.db import models
from django.utils import timezone

from apps.core.workflow.models import TreQuerySet


class DatasetLocation(models.Model):
    """Where a dataset version lies inside this TRE. Never told to the hub."""

    tre = models.UUIDField()
    dataset_version = models.UUIDField()
    # An extract for one project, such as one with fewer variables; else for all.
    project = models.UUIDField(null=True, blank=True)
    name = models.CharField(max_length=250)
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    added_by = models.UUIDField()
    added_at = models.DateTimeField(default=timezone.now)

    objects = TreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tre", "dataset_version", "project"], name="custody_location_once", nulls_distinct=False
            )
        ]

    def __str__(self):
        return self.name

    @property
    def side(self):
        return self.tre
