"""The one thing that this app writes: who wants mail about what the public log says."""

import uuid

from django.core import signing
from django.db import models
from django.utils import timezone


class Subscription(models.Model):
    """An address, the filters of the log that it wants to hear of, and up to when it has heard. No account belongs to it."""

    CONFIRM, END = "subscription.confirm", "subscription.end"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    mailbox = models.CharField(max_length=254, db_index=True)  # what the address leads to: mail is capped by it,
    domain = models.CharField(max_length=254, db_index=True)  # and by this
    filters = models.JSONField(default=dict)
    times_asked = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    heard_until = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["confirmed_at", "heard_until"], name="transparency_subscription_due")]

    def __str__(self):
        return self.email

    def token(self, purpose: str) -> str:
        """What stands in the link of a mail, for one purpose."""
        return signing.dumps(str(self.pk), salt=purpose)

    @classmethod
    def of_token(cls, token: str, purpose: str) -> "Subscription | None":
        """The subscription that a link of ours is about; None where it is over. Raises BadSignature for no link of ours."""
        return cls.objects.filter(pk=signing.loads(token, salt=purpose)).first()
