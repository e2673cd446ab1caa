from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.node.custody.models.decided import Decided


class DataGrant(Decided):
    class State(models.TextChoices):
        REQUESTED = "requested", gettext_lazy("requested")
        GRANTED = "granted", gettext_lazy("granted")
        REFUSED = "refused", gettext_lazy("refused")
        EXPIRED = "expired", gettext_lazy("expired")
        REVOKED = "revoked", gettext_lazy("revoked")

    YES, STOPPED = "granted", "revoked"
    project = models.UUIDField()
    project_code = models.CharField(max_length=40)
    dataset_version = models.UUIDField()
    dataset_name = models.CharField(max_length=300)
    # What the panel approved (of an offer that does not tell: all that the version lists), and what is granted of it.
    approved_variables = models.JSONField(default=list, blank=True)
    variables = models.JSONField(default=list, blank=True)
    workflows = models.JSONField(default=list, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.REQUESTED)

    class Meta:
        verbose_name = gettext_lazy("data grant")
        constraints = [
            models.UniqueConstraint(fields=["tre", "project", "dataset_version"], name="custody_grant_once"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "granted", "refused", "expired", "revoked"]),
                name="custody_grant_state",
            ),
        ]

    def __str__(self):
        return _("Use of %(dataset)s for %(project)s") % {"dataset": self.dataset_name, "project": self.project_code}

    def content(self):
        return {
            "project": str(self.project),
            "project_code": self.project_code,
            "dataset_version": str(self.dataset_version),
            "dataset_name": self.dataset_name,
            "approved_variables": self.approved_variables,
            "variables": self.variables,
            "workflows": self.workflows,
        }

    @property
    def is_narrower(self) -> bool:
        """True where fewer variables are granted than the panel approved."""
        return set(self.variables) != set(self.approved_variables)

    def why_not_for(self, identifier: str) -> str:
        """Why a workflow version (its address) may not use it, as a sentence; empty where it may."""
        if self.workflows and identifier not in self.workflows:
            return _("%(thing)s: not with this workflow.") % {"thing": self}
        return ""

    @transition(field=state, source=State.REQUESTED, target=State.GRANTED)
    def grant(self, *, until, variables, workflows):
        self.until, self.variables, self.workflows = until, variables, workflows

    @transition(field=state, source=State.REQUESTED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.GRANTED, target=State.REVOKED)
    def revoke(self):
        pass

    @transition(field=state, source=State.GRANTED, target=State.EXPIRED)
    def expire(self):
        pass

    @transition(field=state, source=[State.REFUSED, State.EXPIRED, State.REVOKED], target=State.REQUESTED)
    def request_again(self, *, by):
        self.start_again(by)
