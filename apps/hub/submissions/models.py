"""Crates in, one request for each TRE, what each TRE said, and what came back."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import RETURN_VALUE, FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.workflow.models import HubGoverned
from apps.hub.datasets.models import DatasetVersion, Tre, WorkflowVersion
from apps.hub.projects.models import Project
from apps.hub.projects.queries import projects_of


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Her own, those of her projects; all of them for auditors and coordinators."""
        if user.has_hub_role(Role.AUDITOR, Role.COORDINATOR):
            return self
        return self.filter(Q(by=user) | Q(project__in=projects_of(user)))


class Submission(HubGoverned):
    """One crate, as it was uploaded."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", gettext_lazy("uploaded")
        CHECKING = "checking", gettext_lazy("being checked")
        REFUSED = "refused", gettext_lazy("refused")
        VALID = "valid", gettext_lazy("ready to send")
        SENT = "sent", gettext_lazy("sent")
        COMPLETE = "complete", gettext_lazy("complete")
        PARTLY_COMPLETE = "partly_complete", gettext_lazy("partly complete")
        FAILED = "failed", gettext_lazy("ended without results")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="submissions")
    workflow_version = models.ForeignKey(
        WorkflowVersion, null=True, on_delete=models.PROTECT, related_name="submissions"
    )
    file_name = models.CharField(max_length=255)
    crate = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    title = models.CharField(max_length=300, blank=True)
    external_identifier = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    state = FSMField(protected=True, choices=State.choices, default=State.UPLOADED)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("submission")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("uploaded", "checking", "refused", "valid", "sent"),
                        *("complete", "partly_complete", "failed", "withdrawn"),
                    ]
                ),
                name="submissions_submission_state",
            )
        ]

    def __str__(self):
        return self.title or self.file_name

    def get_absolute_url(self):
        return reverse("submissions:detail", args=[self.pk])

    def content(self):
        return {"id": str(self.pk), "sha256": self.sha256, "external_identifier": self.external_identifier}

    def open_crate(self):
        """The original upload, byte for byte."""
        return storages["crates"].open(self.crate)

    @transition(field=state, source=State.UPLOADED, target=State.CHECKING)
    def begin_check(self):
        pass

    @transition(field=state, source=State.CHECKING, target=State.REFUSED)
    def refuse(self):
        self.crate = ""

    @transition(field=state, source=State.CHECKING, target=State.VALID)
    def accept(self):
        pass

    @transition(field=state, source=State.VALID, target=State.SENT)
    def send(self):
        pass

    @transition(field=state, source=[State.VALID, State.SENT], target=State.WITHDRAWN)
    def withdraw(self):
        pass

    @transition(
        field=state,
        source=State.SENT,
        target=RETURN_VALUE(State.COMPLETE, State.PARTLY_COMPLETE, State.FAILED),
    )
    def roll_up(self, *, requests):
        """Every request has ended: what they come to together."""
        released = [each for each in requests if each.state in ("released", "partly_released")]
        if not released:
            return self.State.FAILED
        whole = all(each.state == "released" for each in requests)
        return self.State.COMPLETE if whole else self.State.PARTLY_COMPLETE


class DraftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A draft is its writer's own."""
        return self.filter(by=user)

    def unfinished(self):
        """Those that no submission was made of yet."""
        return self.filter(submission=None)


class Draft(models.Model):
    """A request that is being written by form: what was typed, right or wrong, and the files that came with it.

    `values`: texts by field name, as the form sent them. `files`: {parameter: {name, path, size, media_type}}, kept in the
    storage "crates". Its crate is made from these alone, so the crate that was looked at is the crate that is sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="drafts")
    workflow_version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="drafts")
    values = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    submission = models.OneToOneField(Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="draft")

    objects = DraftQuerySet.as_manager()

    def __str__(self):
        return self.values.get("title") or str(self.workflow_version.workflow)

    def get_absolute_url(self):
        return reverse("submissions:draft", args=[self.pk])

    def version(self) -> str:
        """What tells one saving of it from the next."""
        return self.saved_at.isoformat()

    def is_untouched(self) -> bool:
        """True where nothing was saved since it was begun."""
        return abs(self.saved_at - self.created_at) < timedelta(seconds=1)

    @property
    def run_id(self) -> uuid.UUID:
        """The UUID of the run that its crate asks for; its own is the crate's External-Identifier."""
        return uuid.uuid5(self.pk, "run")


class RequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(submission__in=Submission.objects.visible_to(user))


class Request(HubGoverned):
    """A submission asked of one TRE. Its state is what the TRE last said. `columns`: dataset version -> those that were approved
    of it when it was asked."""

    class State(models.TextChoices):
        SENT = "sent", gettext_lazy("sent")
        RECEIVED = "received", gettext_lazy("received")
        AWAITING_APPROVAL = "awaiting_approval", gettext_lazy("awaiting approval")
        QUESTION = "question", gettext_lazy("a question for you")
        REFUSED = "refused", gettext_lazy("refused")
        HELD = "held", gettext_lazy("held")
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        FINISHED = "finished", gettext_lazy("finished")
        FAILED = "failed", gettext_lazy("failed")
        BEING_CHECKED = "being_checked", gettext_lazy("results being checked")
        RELEASED = "released", gettext_lazy("released")
        PARTLY_RELEASED = "partly_released", gettext_lazy("partly released")
        WITHHELD = "withheld", gettext_lazy("withheld")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    WORDS = (
        *("received", "awaiting_approval", "question", "refused", "held"),
        *("queued", "running", "finished", "failed", "being_checked"),
    )
    RELEASES = ("released", "partly_released", "withheld")
    # The words by which a TRE first decides: a question, a no, or whatever follows on its yes.
    DECIDED = ("question", "refused", "queued", "running", "finished", "failed", "being_checked")
    ENDED = ("refused", "failed", "released", "partly_released", "withheld", "withdrawn")
    OPEN = (
        *("sent", "received", "awaiting_approval", "question", "held"),
        *("queued", "running", "finished", "being_checked"),
    )

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="requests")
    tre = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="requests")
    datasets = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    last_number = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)  # when the TRE's first decision was heard
    state = FSMField(protected=True, choices=State.choices, default=State.SENT)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("request")
        indexes = [models.Index(fields=["tre", "decided_at"], name="submissions_request_decided")]
        constraints = [
            models.UniqueConstraint(fields=["submission", "tre"], name="submissions_request_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("sent", "received", "awaiting_approval", "question", "refused", "held", "queued", "running"),
                        *(
                            "finished",
                            "failed",
                            "being_checked",
                            "released",
                            "partly_released",
                            "withheld",
                            "withdrawn",
                        ),
                    ]
                ),
                name="submissions_request_state",
            ),
        ]

    def __str__(self):
        return _("%(submission)s at %(tre)s") % {"submission": self.submission, "tre": self.tre}

    def get_absolute_url(self):
        return reverse("submissions:request", args=[self.pk])

    def content(self):
        return {"id": str(self.pk), "submission": str(self.submission_id), "datasets": self.datasets}

    def told(self) -> dict:
        """What the public log is told of a request: of its project, at its TRE, with the datasets that it uses there."""
        told = self.submission.project.told()
        versions = DatasetVersion.objects.filter(pk__in=self.datasets.values())
        about = {
            "tre": self.tre_id,
            "request": self.pk,
            "datasets": sorted({str(each.dataset_id) for each in versions}),
        }
        return {
            **told,
            "public": told["public"] | {"tre": self.tre.name},
            "about": told["about"] | about,
        }

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @transition(field=state, source=OPEN, target=RETURN_VALUE(*WORDS))
    def hear(self, *, word, number, fault, reason, at):
        """What the TRE said, in its own order."""
        self.last_number, self.fault, self.reason = number, fault, reason
        if word in self.DECIDED:
            self.decided_at = self.decided_at or at
        return word

    @transition(field=state, source=OPEN, target=RETURN_VALUE(*RELEASES))
    def take_release(self, *, outcome, number):
        self.last_number = number
        return outcome

    @transition(field=state, source=OPEN, target=State.WITHDRAWN)
    def withdraw(self):
        pass

    @transition(field=state, source=State.QUESTION, target=State.SENT)
    def answer(self):
        """The TRE's question is answered: the request is on its way again."""
        self.reason = ""


class ResultQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(request__in=Request.objects.visible_to(user))


class Result(models.Model):
    """What a TRE released: the result crate, and each declared output with its fate."""

    request = models.OneToOneField(Request, primary_key=True, on_delete=models.PROTECT, related_name="result")
    crate = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    files = models.JSONField(default=list)
    note = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    objects = ResultQuerySet.as_manager()

    def __str__(self):
        return str(self.request)


class ToldLapses(models.Model):
    """What a TRE was last told of a project that it was asked about: which of the things that it relies on the hub no longer
    stands behind, each with the sentence why. `number` grows with each telling."""

    tre = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField(default=0)
    lapses = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tre", "project"], name="submissions_told_lapses_once")]

    def __str__(self):
        return f"{self.tre}: {self.project}"


class ToldApplication(models.Model):
    """What a TRE was last told of a project that asks for its data, word for word. `number` grows with each telling."""

    tre = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField(default=0)
    application = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tre", "project"], name="submissions_told_application_once")]

    def __str__(self):
        return f"{self.tre}: {self.project}"
