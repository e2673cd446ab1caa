"""A run: one request's execution here. Its five safes are computed (safes.py), never stored."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.identity import Identity
from apps.core.crates.parameters import is_code
from apps.core.workflow.models import NodeGoverned
from apps.node.custody.models import WorkflowApproval


class Run(NodeGoverned):
    class State(models.TextChoices):
        AWAITING_SIGN_OFF = "awaiting_sign_off", _("awaiting sign-off")
        RETURNED = "returned", _("returned with a question")
        REFUSED = "refused", _("refused")
        SIGNED_OFF = "signed_off", _("signed off")
        DISPATCHING = "dispatching", _("being dispatched")
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLING = "cancelling", _("being stopped")
        CANCELLED = "cancelled", _("stopped")

    LIVE = ("dispatching", "queued", "running", "cancelling")

    request = models.UUIDField()
    title = models.CharField(max_length=300)
    project = models.UUIDField()
    project_code = models.CharField(max_length=40)
    requester = models.JSONField()
    members = models.JSONField(default=list)
    email_key = models.CharField(max_length=64)
    workflow_approval = models.ForeignKey(WorkflowApproval, on_delete=models.PROTECT, related_name="runs")
    datasets = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    crate = models.CharField(max_length=300)
    crate_sha256 = models.CharField(max_length=64)
    external_identifier = models.CharField(max_length=200)
    stripped = models.JSONField(default=list)
    suspicions = models.JSONField(default=list)
    wanted = models.JSONField(default=list)
    received_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    statements = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=10, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_why = models.TextField(blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resume_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = FSMField(protected=True, choices=State.choices, default=State.AWAITING_SIGN_OFF)

    class Meta:
        verbose_name = _("run")
        constraints = [
            models.UniqueConstraint(fields=["tre", "request"], name="runs_run_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("awaiting_sign_off", "returned", "refused", "signed_off", "dispatching", "queued"),
                        *("running", "succeeded", "failed", "cancelling", "cancelled"),
                    ]
                ),
                name="runs_run_state",
            ),
            models.CheckConstraint(
                condition=Q(held_at=None, held_why="") | (Q(held_at__isnull=False) & ~Q(held_why="")),
                name="runs_run_held",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("runs:detail", args=[self.pk])

    def content(self):
        return {
            "request": str(self.request),
            "title": self.title,
            "project": str(self.project),
            "requester": self.requester,
            "members": self.members,
            "workflow_sha512": self.workflow_approval.sha512,
            "datasets": self.datasets,
            "parameters": self.parameters,
            "files": self.files,
            "suspicions": self.suspicions,
            "wanted": self.wanted,
            "crate_sha256": self.crate_sha256,
            "external_identifier": self.external_identifier,
        }

    def has_code(self) -> bool:
        """True where a parameter brings a script, a query or a command: a person has to read it."""
        return any(is_code(each) and each["name"] in {**self.parameters, **self.files} for each in self.parameters_told)

    @property
    def parameters_told(self) -> list[dict]:
        """The workflow's parameters as they were approved."""
        return self.workflow_approval.parameters

    def people(self) -> list[Identity]:
        """The requester and every project member, as the offer named them."""
        return [Identity.from_json(each) for each in [self.requester, *self.members]]

    @transition(field=state, source=State.AWAITING_SIGN_OFF, target=State.SIGNED_OFF)
    def sign_off(self):
        pass

    @transition(field=state, source=State.AWAITING_SIGN_OFF, target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=State.RETURNED, target=State.AWAITING_SIGN_OFF)
    def reopen(self):
        pass

    @transition(field=state, source=[State.AWAITING_SIGN_OFF, State.RETURNED], target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.SIGNED_OFF, target=State.DISPATCHING)
    def dispatch(self):
        pass

    @transition(field=state, source=State.DISPATCHING, target=State.QUEUED)
    def queue(self):
        pass

    @transition(field=state, source=[State.DISPATCHING, State.QUEUED], target=State.RUNNING)
    def start(self, *, at):
        self.started_at = at

    @transition(field=state, source=State.RUNNING, target=State.SUCCEEDED)
    def succeed(self, *, at):
        self.ended_at = at

    @transition(
        field=state, source=[State.DISPATCHING, State.QUEUED, State.RUNNING, State.CANCELLING], target=State.FAILED
    )
    def fail(self, *, at, fault):
        self.ended_at, self.fault = at, fault

    @transition(field=state, source=[State.DISPATCHING, State.QUEUED, State.RUNNING], target=State.CANCELLING)
    def cancel(self):
        pass

    @transition(
        field=state,
        source=[State.AWAITING_SIGN_OFF, State.RETURNED, State.SIGNED_OFF, State.CANCELLING],
        target=State.CANCELLED,
    )
    def stop(self):
        self.ended_at = timezone.now()


class Attempt(models.Model):
    """One try at a run. Its id is written down before the executor hears of it."""

    id = models.UUIDField(primary_key=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    intended_at = models.DateTimeField(default=timezone.now)
    backend_reference = models.CharField(max_length=200, blank=True)
    raw_state = models.CharField(max_length=200, blank=True)
    detail = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="runs_attempt_once"),
            models.UniqueConstraint(fields=["run"], condition=Q(ended_at=None), name="runs_attempt_one_live"),
        ]

    def __str__(self):
        return f"{self.run} ({self.number})"
