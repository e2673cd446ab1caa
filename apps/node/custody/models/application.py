import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.models import TreQuerySet


class HubApplication(models.Model):
    """What the hub last said of a project that asks for data here: where the federation's panel stands with it."""

    class Word(models.TextChoices):
        UNDECIDED = "undecided", _("the panel has not decided yet")
        APPROVED = "approved", _("the panel approved it")
        OVER = "over", _("nothing is asked here any more")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tre = models.UUIDField()
    project = models.UUIDField()
    number = models.PositiveBigIntegerField()
    word = models.CharField(max_length=10, choices=Word.choices)
    heard_at = models.DateTimeField(default=timezone.now)

    objects = TreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tre", "project"], name="custody_application_once"),
            models.CheckConstraint(
                condition=models.Q(word__in=["undecided", "approved", "over"]), name="custody_application_word"
            ),
        ]

    def __str__(self):
        return str(self.project)

    @property
    def side(self):
        return self.tre

    @classmethod
    def word_on(cls, thing) -> str:
        """Where the panel stands with a thing's project; empty where the hub never said. One query."""
        return cls.objects.for_tre(thing).filter(project=thing.project).values_list("word", flat=True).first() or ""
