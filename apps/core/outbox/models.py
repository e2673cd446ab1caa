from django.db import models


class Work(models.Model):
    """Work that must happen after a commit. Written in the transaction of the act that asks for it."""

    name = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    # The kind of the last error, never its text: an error's text may carry what must not leave a TRE.
    last_error = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="outbox_work_waiting"),
        ]

    def __str__(self):
        return f"{self.name} {self.arguments}"
