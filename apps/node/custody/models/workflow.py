from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.node.custody.models.decided import Decided


class WorkflowApproval(Decided):
    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("proposed")
        APPROVED = "approved", gettext_lazy("approved")
        REFUSED = "refused", gettext_lazy("refused")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    YES, STOPPED = "approved", "withdrawn"
    identifier = models.URLField()
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=50)
    sha512 = models.CharField(max_length=128)
    crate = models.CharField(max_length=300)
    parameters = models.JSONField(default=list)
    outputs = models.JSONField(default=list)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    class Meta:
        verbose_name = gettext_lazy("workflow approval")
        constraints = [
            models.UniqueConstraint(fields=["tre", "sha512"], name="custody_workflow_once"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "approved", "refused", "withdrawn"]), name="custody_workflow_state"
            ),
        ]

    def __str__(self):
        return _("Workflow %(name)s, version %(label)s") % {"name": self.name, "label": self.label}

    def content(self):
        return {
            "identifier": self.identifier,
            "name": self.name,
            "label": self.label,
            "sha512": self.sha512,
            "parameters": self.parameters,
            "outputs": self.outputs,
        }

    @transition(field=state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self, *, until):
        self.until = until

    @transition(field=state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.APPROVED, target=State.WITHDRAWN)
    def withdraw(self):
        pass

    @transition(field=state, source=[State.REFUSED, State.WITHDRAWN], target=State.PROPOSED)
    def propose_again(self, *, by):
        self.start_again(by)
