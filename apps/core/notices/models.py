"""What a person is told in the portal and by mail, and how she wants to be told."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Mail(models.TextChoices):
    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once a day, all in one mail")
    OFF = "off", _("no mail")


class NoticeQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(person=user)

    def unread(self):
        return self.filter(read_at=None)

    def to_digest(self):
        """What waits for a person's daily mail. What she has read in the portal needs no mail."""
        return self.filter(mail=Mail.DAILY, mailed_at=None, read_at=None, person__is_active=True)


class Notice(models.Model):
    """One thing told to one person. `side` is whose word it is: mail of a TRE's carries a link and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    side = models.UUIDField()
    about_type = models.CharField(max_length=100)
    about_id = models.UUIDField()
    url = models.CharField(max_length=300)
    sentence = models.TextField()
    once = models.CharField(max_length=200, blank=True)
    mail = models.CharField(max_length=10, choices=Mail.choices)
    created_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "once"], condition=~Q(once=""), name="notices_notice_once"
            ),
            models.CheckConstraint(condition=Q(mail__in=Mail.values), name="notices_notice_mail"),
        ]
        indexes = [
            models.Index(F("person"), F("created_at").desc(), F("id").desc(), name="notices_newest"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notices_unread"),
            models.Index(
                fields=["person"],
                condition=Q(mail="daily", mailed_at=None, read_at=None),
                name="notices_to_digest",
            ),
        ]

    def __str__(self):
        return self.sentence

    @property
    def is_of_hub(self) -> bool:
        return self.side == uuid.UUID(settings.HUB_ID)


class Preference(models.Model):
    """How one person wants to hear of one kind. Without a row, an urgent kind is mailed at once and others daily."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    mail = models.CharField(max_length=10, choices=Mail.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="notices_preference_once"),
            models.CheckConstraint(condition=Q(mail__in=Mail.values), name="notices_preference_mail"),
        ]

    def __str__(self):
        return f"{self.kind}: {self.mail}"


class Claim(models.Model):
    """Somebody said that she does it. A courtesy: it bars nobody, and it ends by itself."""

    url = models.CharField(max_length=300, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self):
        return self.url
