import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.audit.models import AppendOnlyModel


class Panel(models.Model):
    """Who decides together, and the rule: how many votes, how many of them by lay members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.UUIDField()
    name = models.CharField(max_length=200)
    minimum_votes = models.PositiveSmallIntegerField(default=2)
    minimum_lay = models.PositiveSmallIntegerField(default=1)

    def __str__(self):
        return self.name


class Seat(models.Model):
    """A person's place on a panel."""

    class Kind(models.TextChoices):
        EXPERT = "expert", _("expert")
        CUSTODIAN = "custodian", _("custodian")
        LAY = "lay", _("lay member")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "user"], condition=models.Q(ended_at=None), name="panels_seat_once"
            )
        ]

    def __str__(self):
        return f"{self.user} ({self.get_kind_display()})"


class Vote(AppendOnlyModel):
    """One member's vote on exactly the content that she was shown."""

    class Choice(models.TextChoices):
        APPROVE = "approve", _("approve")
        REJECT = "reject", _("reject")
        ABSTAIN = "abstain", _("abstain")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="votes")
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    content_sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    kind = models.CharField(max_length=10, choices=Seat.Kind.choices)
    choice = models.CharField(max_length=10, choices=Choice.choices)
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "content_sha256", "by"], name="panels_vote_once"),
        ]

    def __str__(self):
        return f"{self.by}: {self.get_choice_display()}"
