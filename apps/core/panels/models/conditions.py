"""What an approval asks for: a thing of its own, with an owner, a day and evidence."""

import uuid

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.audit.models import AppendOnlyModel
from apps.core.panels.models.panels import Panel, overseen_by
from apps.core.panels.models.rounds import Decision
from apps.core.panels.models.seats import Seat
from apps.core.workflow.models import Governed, sha256_of


class ConditionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Its owner; who sits on the panel; the coordinators and auditors of the side."""
        seats = Seat.objects.sitting().filter(user=user)
        return self.filter(Q(owner=user) | Q(panel__in=seats.values("panel")) | Q(panel__side__in=overseen_by(user)))

    def due(self, day):
        """Those for which nothing was shown until their last day."""
        return self.filter(state="open", due__lt=day)


class Condition(Governed):
    class State(models.TextChoices):
        OPEN = "open", _("open")
        EVIDENCE_GIVEN = "evidence_given", _("evidence given")
        MET = "met", _("met")
        OVERDUE = "overdue", _("overdue")
        WAIVED = "waived", _("waived")
        WITHDRAWN = "withdrawn", _("withdrawn with its decision")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="conditions")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField(db_index=True)
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conditions")
    due = models.DateField()
    evidence = models.TextField(blank=True)
    waiver_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = FSMField(protected=True, choices=State.choices, default=State.OPEN)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("condition")
        ordering = ["due", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "evidence_given", "met", "overdue", "waived", "withdrawn"]),
                name="panels_condition_state",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("owner")), name="panels_condition_not_by_owner"
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | Q(waiver_by__isnull=False) & ~Q(waiver_by=F("decided_by")),
                name="panels_condition_waived_by_two",
            ),
        ]

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return reverse("panels:condition", args=[self.pk])

    @property
    def side(self):
        return self.panel.side

    def subject_model(self):
        return apps.get_model(self.subject_type)

    def subject(self):
        """The thing that was approved under this condition. One query."""
        return self.subject_model().objects.get(pk=self.subject_id)

    def content(self):
        due, owner = self.due.isoformat(), str(self.owner_id)
        told = {"id": str(self.pk), "text": self.text, "owner": owner, "due": due, "evidence": self.evidence}
        files = list(self.files.order_by("added_at", "pk").values("name", "sha256"))
        # What was signed before there were files has no word of them.
        return told | {"files": files} if files else told

    def shown_sha256(self) -> str:
        """Also of who asks that it falls away: who agrees, agrees to that."""
        return sha256_of(self.content() | {"waiver_by": str(self.waiver_by_id)})

    @transition(field=state, source=[State.OPEN, State.OVERDUE], target=State.EVIDENCE_GIVEN)
    def give_evidence(self, *, by, evidence):
        self.evidence = evidence

    @transition(field=state, source=State.EVIDENCE_GIVEN, target=State.MET)
    def accept(self, *, by):
        self.decided_by = by

    @transition(field=state, source=State.EVIDENCE_GIVEN, target=State.OPEN)
    def find_lacking(self, *, by, due):
        self.due = due

    @transition(field=state, source=State.OPEN, target=State.OVERDUE)
    def fall_due(self, *, by):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    @transition(field=state, source=State.OVERDUE, target=State.OVERDUE)
    @transition(field=state, source=State.EVIDENCE_GIVEN, target=State.EVIDENCE_GIVEN)
    def propose_waiver(self, *, by):
        self.waiver_by = by

    @transition(field=state, source=[State.OPEN, State.OVERDUE, State.EVIDENCE_GIVEN], target=State.WAIVED)
    def waive(self, *, by):
        self.decided_by = by

    @transition(
        field=state,
        source=[State.OPEN, State.OVERDUE, State.EVIDENCE_GIVEN, State.MET, State.WAIVED],
        target=State.WITHDRAWN,
    )
    def withdraw(self):
        pass


class EvidenceFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the conditions that she sees."""
        return self.filter(condition__in=Condition.objects.visible_to(user))


class EvidenceFile(AppendOnlyModel):
    """A file that shows how a condition was met. It lies in the storage `papers` by its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    added_at = models.DateTimeField(default=timezone.now)

    objects = EvidenceFileQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self):
        return self.name
