"""What every decision of a TRE on what it accepts has in common."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.workflow.models import NodeGoverned, last_minute, latest_sign_off


class Decided(NodeGoverned):
    """What the TRE's staff accept or refuse, until a day. Subclasses name the state that means yes in `YES`,
    and the one in which a person stopped it in `STOPPED`."""

    YES = "accepted"
    STOPPED = "ended"
    until = models.DateField(null=True, blank=True)
    # Who asked to start again what a person had stopped: another one has to say yes.
    asked_again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    renewed_at = models.DateTimeField(null=True, editable=False)  # newer evidence came and replaced what was there

    class Meta:
        abstract = True

    def get_absolute_url(self):
        return reverse(f"custody:{self._meta.model_name}", args=[self.pk])

    def lapses(self) -> date | None:
        """A day after which it does not hold, whatever was signed."""
        return None

    @property
    def is_stopped(self) -> bool:
        """True where a person stopped it: to start again takes two."""
        return self.state == self.STOPPED

    def start_again(self, by) -> None:
        """What every transition back to the beginning keeps: who asked, where a person had stopped it."""
        self.until, self.asked_again_by = None, by if self.is_stopped else None

    def why_not(self, at: datetime) -> str:
        """Why it does not hold at that moment, as a sentence; empty where it does."""
        if self.state != self.YES:
            return _("%(thing)s: the decision here is “%(state)s”.") % {
                "thing": self,
                "state": self.get_state_display(),
            }
        decided = latest_sign_off(self)
        if decided is None or not decided.binds(self):
            return _("%(thing)s: what was signed has been changed since.") % {"thing": self}
        ends = [day for day in (decided.until, self.lapses()) if day]
        if any(at > last_minute(day) for day in ends):
            return _("%(thing)s: this ended on %(day)s.") % {"thing": self, "day": f"{min(ends):%-d %B %Y}"}
        return ""
