"""A run: one request's execution here. Its five safes are computed (safes.py), never stored."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.identity import Identity
from apps.core.audit.models import AppendOnlyModel
from apps.core.crates.parameters import is_code
from apps.core.workflow.models import NodeGoverned, last_minute
from apps.node.custody.models import WorkflowApproval
from apps.node.runs.bounds import in_words, why_outside


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
    ENDED = ("refused", "failed", "cancelling", "cancelled")  # on their way out: nothing of them goes on

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

    @transition(field=state, source=State.SIGNED_OFF, target=State.AWAITING_SIGN_OFF)
    def ask_a_person(self):
        """A standing sign-off no longer holds, so that a person has to sign this run off."""

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


class StandingSignOff(NodeGoverned):
    """A yes in advance: to runs of one workflow version on one dataset version for one project, within bounds, until a day,
    for a number of runs. One run approver proposes it and a second confirms it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for a second person")
        IN_FORCE = "in_force", _("in force")
        ENDED = "ended", _("ended")
        EXPIRED = "expired", _("expired")

    project = models.UUIDField()
    project_code = models.CharField(max_length=40)
    workflow_approval = models.ForeignKey(WorkflowApproval, on_delete=models.PROTECT, related_name="standing")
    dataset_version = models.UUIDField()
    dataset_name = models.CharField(max_length=300)
    bounds = models.JSONField(default=dict)
    until = models.DateField()
    most_uses = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    class Meta:
        verbose_name = _("standing sign-off")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "in_force", "ended", "expired"]), name="runs_standing_state"
            ),
            models.CheckConstraint(condition=Q(used__lte=models.F("most_uses")), name="runs_standing_uses"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=models.F("proposed_by"))
                ),
                name="runs_standing_two_people",
            ),
        ]

    def __str__(self):
        return _t("Sign-off in advance: %(workflow)s on %(dataset)s for %(project)s") % {
            "workflow": self.workflow_approval.name,
            "dataset": self.dataset_name,
            "project": self.project_code,
        }

    def get_absolute_url(self):
        return reverse("runs:standing", args=[self.pk])

    def content(self):
        return {
            "project": str(self.project),
            "project_code": self.project_code,
            "workflow_sha512": self.workflow_approval.sha512,
            "parameters": self.workflow_approval.parameters,
            "dataset_version": str(self.dataset_version),
            "dataset_name": self.dataset_name,
            "bounds": self.bounds,
            "until": self.until.isoformat(),
            "most_uses": self.most_uses,
        }

    @property
    def left(self) -> int:
        """How many runs it may still let start."""
        return self.most_uses - self.used

    def told_bounds(self) -> list[tuple[str, str]]:
        """(what a parameter is, its bounds in plain words)."""
        labels = {each["name"]: each["label"] for each in self.workflow_approval.parameters}
        return [(labels.get(name, name), in_words(bound)) for name, bound in self.bounds.items()]

    def why_not(self, run: Run, at) -> str:
        """Why it does not sign this run off at that moment, uses aside, as a sentence; empty where it does."""
        if self.state != self.State.IN_FORCE or at > last_minute(self.until):
            return _t("The sign-off in advance has ended.")
        if run.received_at < self.confirmed_at:
            return _t("The run came before the sign-off in advance.")
        if run.project != self.project or run.workflow_approval_id != self.workflow_approval_id:
            return _t("The sign-off in advance is for another project or workflow.")
        if {each["version"] for each in run.datasets.values()} != {str(self.dataset_version)}:
            return _t("The sign-off in advance is for other data.")
        if run.files or run.suspicions or run.has_code():
            return _t("The run brings what a person has to look at.")
        return why_outside(run.parameters_told, self.bounds, run.parameters)

    @transition(field=state, source=State.PROPOSED, target=State.IN_FORCE)
    def confirm(self, *, by, at):
        self.confirmed_by, self.confirmed_at = by, at

    @transition(field=state, source=[State.PROPOSED, State.IN_FORCE], target=State.ENDED)
    def end(self):
        pass

    @transition(field=state, source=[State.PROPOSED, State.IN_FORCE], target=State.EXPIRED)
    def expire(self):
        pass


class StandingUse(AppendOnlyModel):
    """One run that a standing sign-off let start."""

    standing = models.ForeignKey(StandingSignOff, on_delete=models.PROTECT, related_name="uses")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="standing_use")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["standing", "number"], name="runs_standing_use_once")]

    def __str__(self):
        return _t("Run %(number)s of %(most)s") % {"number": self.number, "most": self.standing.most_uses}
