import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class SavedFilter(models.Model):
    """What one person looks for again and again in one list, by a name that she gave it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "list", "name"], name="lists_savedfilter_once")]

    def __str__(self):
        return self.name
