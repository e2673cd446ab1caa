import uuid

from django.db import models

from apps.core.workflow.models import TreQuerySet


class ToldDecisions(models.Model):
    """What the hub was last told that this TRE decided on a project, its people and its data. `number` grows with each
    telling; `is_due` says that a telling is planned and has not begun."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tre = models.UUIDField()
    project = models.UUIDField()
    number = models.PositiveBigIntegerField(default=0)
    decisions = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True, blank=True)
    is_due = models.BooleanField(default=False)

    objects = TreQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tre", "project"], name="custody_told_once")]

    def __str__(self):
        return str(self.project)

    @property
    def side(self):
        return self.tre
