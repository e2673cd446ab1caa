"""What belongs to an application: the answers as they were written, its papers, its frozen versions and their comments."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.audit.models import AppendOnlyModel
from apps.core.workflow.models import HubGoverned, sha256_of
from apps.hub.projects.models import READERS, Membership, Project
from apps.hub.projects.questions import section_of


class OfProjects(models.QuerySet):
    def visible_to(self, user):
        """Those of the projects that she sees."""
        return self.filter(project__in=Project.objects.visible_to(user))


class SectionAnswers(models.Model):
    """One section as it was last saved, right or wrong: question -> what was written (a text, or a list of choices).

    `revision` counts the savings: who saves over a newer one is told.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=40)
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OfProjects.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="projects_section_once")]

    def __str__(self):
        return f"{self.project.code}: {self.key}"


class PaperQuerySet(OfProjects):
    def with_doors(self):
        """Each with `closed_now`: what was added again as a closed file is closed at its older addresses too."""
        closed = Paper.objects.filter(
            project=OuterRef("project"), sha256=OuterRef("sha256"), is_closed=True, added_at__gte=OuterRef("added_at")
        )
        return self.annotate(closed_now=Exists(closed))


class Paper(models.Model):
    """A file of an application, such as the letter of an ethics committee. It lies in the storage `papers` by its SHA-256.

    `is_closed`: of the panel only members who take part open it, since a conflict of interest closes it to a member.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="papers")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    is_closed = models.BooleanField(default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["added_at"]

    def __str__(self):
        return self.name


class ProjectVersion(AppendOnlyModel):
    """An application exactly as it was handed in, or as an amendment left it: canonical JSON and its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OfProjects.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="projects_version_once")]

    def __str__(self):
        return _("version %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("projects:version", args=[self.project_id, self.number])


class CommentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The panel's, to those who read over projects; to the team, whatever its roles, once the application came back."""
        found = self.filter(project__in=Project.objects.visible_to(user))
        under_way = Q(project__state__in=["submitted", "in_review"], version=models.F("project__latest_version"))
        if not user.has_hub_role(*READERS):
            return found.exclude(under_way)
        team = Membership.objects.filter(user=user, state__in=["proposed", "approved"])
        return found.exclude(under_way & (Q(project__lead=user) | Q(project__in=team.values("project"))))


class Comment(HubGoverned):
    """What the panel asks about one question of an application. The applicant answers; the panel says when it is settled."""

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("open")
        ANSWERED = "answered", gettext_lazy("answered")
        RESOLVED = "resolved", gettext_lazy("settled")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="comments")
    version = models.PositiveIntegerField()
    question = models.CharField(max_length=80)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    state = FSMField(protected=True, choices=State.choices, default=State.OPEN)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("comment")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "resolved"]), name="projects_comment_state"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="projects_comment_answered",
            ),
        ]

    def __str__(self):
        return _("A comment on %(project)s") % {"project": self.project.code}

    def get_absolute_url(self):
        return reverse("projects:comments", args=[self.project_id])

    def content(self):
        told = {"id": str(self.pk), "project": str(self.project_id), "version": self.version}
        return told | {"question": self.question, "text": self.text, "answer": self.answer}

    @transition(field=state, source=[State.OPEN, State.ANSWERED], target=State.ANSWERED)
    def answer_it(self, *, note, answerer, at):
        self.answer, self.answered_by, self.answered_at = note, answerer, at

    @transition(field=state, source=[State.OPEN, State.ANSWERED], target=State.RESOLVED)
    def resolve(self):
        pass

    @transition(field=state, source=State.RESOLVED, target=State.OPEN)
    def reopen(self):
        pass


class AmendmentQuerySet(OfProjects):
    def visible_to(self, user):
        """Those of the projects that she sees; what a lead, or who asked, is still writing is hers alone."""
        return super().visible_to(user).exclude(Q(state="draft") & ~Q(project__lead=user) & ~Q(asked_by=user))


class Amendment(HubGoverned):
    """A change of a project that is in force: what is to be different, and why. It is decided on for itself.

    `changes`: question -> what is to stand there (also `lead`, a UUID, and `people`, a list of them). `base_sha256`: the
    content of the project that it changes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        IN_REVIEW = "in_review", gettext_lazy("in review")
        APPROVED = "approved", gettext_lazy("approved")
        REJECTED = "rejected", gettext_lazy("rejected")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    class Kind(models.TextChoices):
        EXTENSION = "extension", gettext_lazy("more time")
        LEAD = "lead", gettext_lazy("another lead")
        PEOPLE = "people", gettext_lazy("another person")
        DATASETS = "datasets", gettext_lazy("another dataset")
        TEXT = "text", gettext_lazy("another answer")
        SECTION = "section", gettext_lazy("other answers in one part")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    changes = models.JSONField()
    reason = models.TextField()
    base_sha256 = models.CharField(max_length=64)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("amendment")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in_review", "approved", "rejected", "withdrawn"]),
                name="projects_amendment_state",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["extension", "lead", "people", "datasets", "text", "section"]),
                name="projects_amendment_kind",
            ),
        ]

    def __str__(self):
        return _("%(project)s: %(kind)s") % {"project": self.project.code, "kind": self.in_short}

    @property
    def in_short(self) -> str:
        """What it changes, in a few words."""
        if self.kind != self.Kind.SECTION:
            return self.get_kind_display()
        return _("other answers in “%(part)s”") % {"part": section_of(next(iter(self.changes))).title}

    def get_absolute_url(self):
        return reverse("projects:amendment", args=[self.pk])

    def content(self):
        told = {"id": str(self.pk), "project": str(self.project_id), "kind": self.kind, "reason": self.reason}
        return told | {"changes": self.changes, "base_sha256": self.base_sha256}

    def shown_sha256(self) -> str:
        """Also of the project as it stands: a change is shown as old beside new."""
        return sha256_of(self.content() | {"project": self.project.content_sha256()})

    def voted_sha256(self) -> str:
        """Of the change alone, and of what it was written for: another change of the project leaves a no to this one a no."""
        return self.content_sha256()

    @transition(field=state, source=State.DRAFT, target=State.IN_REVIEW)
    def hand_in(self):
        pass

    def told(self) -> dict:
        """What the public log is told of its project."""
        return self.project.told()

    @transition(field=state, source=State.IN_REVIEW, target=State.IN_REVIEW)
    def vote_again(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.IN_REVIEW)
    def safeguard(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.IN_REVIEW)
    def agree_to_lead(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.APPROVED)
    def approve(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.REJECTED)
    def reject(self):
        pass

    @transition(field=state, source=[State.DRAFT, State.IN_REVIEW], target=State.WITHDRAWN)
    def withdraw(self):
        pass
