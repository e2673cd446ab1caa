"""Safe Outputs: what came out of a run, who looked at it, what may leave."""

import uuid

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.audit.models import AppendOnlyModel
from apps.core.workflow.models import NodeGoverned, TreQuerySet
from apps.node.runs.models import Run


class EgressQuerySet(TreQuerySet):
    def visible_to(self, user):
        """Unreleased files are for the TRE's output checkers alone."""
        return self.filter(tre__in=user.sides(Role.OUTPUT_CHECKER))


class EgressRequest(NodeGoverned):
    """A run's outputs, asked to leave."""

    class State(models.TextChoices):
        AWAITING_CONTEXT = "awaiting_context", _("awaiting context")
        OPEN = "open", _("waiting for two checkers")
        FIRST_REVIEW = "first_review", _("one checker has decided")
        REVIEWED = "reviewed", _("both checkers have decided")
        IN_DISCUSSION = "in_discussion", _("in discussion")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("being packed")
        RELEASED = "released", _("released")
        PARTLY_RELEASED = "partly_released", _("partly released")
        WITHHELD = "withheld", _("withheld")
        RECALLED = "recalled", _("recalled")

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="egress")
    undeclared = models.PositiveIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    note = models.TextField(blank=True)
    result = models.CharField(max_length=300, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.AWAITING_CONTEXT)

    objects = EgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("egress request")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("awaiting_context", "open", "first_review", "reviewed", "in_discussion", "returned"),
                        *("approved", "released", "partly_released", "withheld", "recalled"),
                    ]
                ),
                name="egress_egressrequest_state",
            )
        ]

    def __str__(self):
        return _t("Outputs of %(run)s") % {"run": self.run}

    def get_absolute_url(self):
        return reverse("egress:detail", args=[self.pk])

    def content(self):
        files = self.files.order_by("port", "sha256").values_list("port", "title", "media_type", "sha256", "size")
        return {"id": str(self.pk), "run": str(self.run_id), "files": [list(each) for each in files]}

    @transition(field=state, source=State.AWAITING_CONTEXT, target=State.OPEN)
    def open(self):
        pass

    @transition(
        field=state,
        source=[State.OPEN, State.FIRST_REVIEW],
        target=RETURN_VALUE(State.FIRST_REVIEW, State.REVIEWED),
    )
    def review(self, *, checkers):
        """The votes of one more checker are in: `checkers` so far."""
        return self.State.REVIEWED if checkers >= 2 else self.State.FIRST_REVIEW

    @transition(field=state, source=State.REVIEWED, target=State.IN_DISCUSSION)
    def discuss(self):
        pass

    @transition(field=state, source=State.IN_DISCUSSION, target=State.OPEN)
    def vote_again(self):
        self.round += 1

    @transition(field=state, source=State.REVIEWED, target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=State.RETURNED, target=State.OPEN)
    def take_up(self):
        self.round += 1

    @transition(field=state, source=State.REVIEWED, target=State.APPROVED)
    def release(self, *, by, note):
        self.released_by, self.note, self.approved_at = by, note, timezone.now()

    @transition(
        field=state,
        source=State.APPROVED,
        target=RETURN_VALUE(State.RELEASED, State.PARTLY_RELEASED, State.WITHHELD),
    )
    def hand_over(self, *, outcome):
        return outcome

    @transition(field=state, source=[State.RELEASED, State.PARTLY_RELEASED], target=State.RECALLED)
    def recall(self):
        pass


class OutputFile(models.Model):
    """One declared output, in quarantine. Never served to a researcher from here."""

    class Kind(models.TextChoices):
        TABLE = "table", _("table")
        TEXT = "text", _("text")
        IMAGE = "image", _("image")
        OTHER = "other", _("other")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    egress = models.ForeignKey(EgressRequest, on_delete=models.PROTECT, related_name="files")
    port = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    path = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    disposed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.title

    def open_stored(self):
        """The bytes in quarantine."""
        return storages["quarantine"].open(self.path)


class RefusedFile(AppendOnlyModel):
    """Something that came out and is no regular file, kept by name only, for staff."""

    egress = models.ForeignKey(EgressRequest, on_delete=models.PROTECT, related_name="refused")
    name = models.CharField(max_length=500)
    why = models.CharField(max_length=200)

    def __str__(self):
        return self.name


class FileVote(AppendOnlyModel):
    """One checker's vote on one file, in one round."""

    class Reason(models.TextChoices):
        NONE = "", _("no reason needed")
        SMALL_NUMBERS = "small_numbers", _("small numbers")
        COULD_IDENTIFY = "could_identify", _("could point to a person")
        MISSING_CONTEXT = "missing_context", _("not enough context")
        FILE_TYPE = "file_type", _("kind of file")
        NOT_PART = "not_part_of_the_project", _("not part of the project")
        OTHER = "other", _("another reason")

    file = models.ForeignKey(OutputFile, on_delete=models.PROTECT, related_name="votes")
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="file_votes")
    round = models.PositiveSmallIntegerField()
    approves = models.BooleanField()
    reason_code = models.CharField(max_length=30, choices=Reason.choices, blank=True)
    comment = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["file", "checker", "round"], name="egress_filevote_once"),
        ]

    def __str__(self):
        return f"{self.checker}: {self.file}"
