"""One round of votes on one thing: who declared what, who voted how, and what was decided."""

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
from apps.core.panels import counting
from apps.core.panels.models.panels import Panel, PanelRule, overseen_by
from apps.core.panels.models.seats import Seat
from apps.core.workflow.models import Governed


class RoundQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of a panel on which she sits; all of a side for its coordinators and auditors."""
        seats = Seat.objects.sitting().filter(user=user)
        return self.filter(Q(panel__in=seats.values("panel")) | Q(panel__side__in=overseen_by(user)))

    def under_way(self):
        """Those that can still come to a decision."""
        return self.filter(state__in=["open", "closed"])

    def of(self, subject):
        """The rounds about a thing, the newest first, with their rule and panel."""
        return self.filter(subject_id=subject.pk).select_related("panel", "rule").order_by("-created_at")


class Round(Governed):
    """Votes on exactly one content of a thing, as it was shown, under the rule that was in force when the round opened."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed, awaiting the chair")
        LAPSED = "lapsed", _("ended without enough votes")
        DECIDED = "decided", _("decided")
        REVOKED = "revoked", _("decided, and revoked")
        VOID = "void", _("void: the text was changed")

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="rounds")
    rule = models.ForeignKey(PanelRule, on_delete=models.PROTECT, related_name="rounds")
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField(db_index=True)
    title = models.CharField(max_length=300)
    content_sha256 = models.CharField(max_length=64)
    is_appeal = models.BooleanField(default=False)
    presided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Whose vote breaks a tie, from the moment at which no vote is changed any more: naming another person moves none.
    tie_broken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    # What the votes came to at that moment, for lists of what waits: a conflict of interest found later may change it still.
    came_to = models.CharField(max_length=10, blank=True, editable=False)
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # While it is open, for lists of what waits: since when nobody is left who may vote and did not.
    all_voted_since = models.DateTimeField(null=True, blank=True, editable=False)
    state = FSMField(protected=True, choices=State.choices, default=State.OPEN)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round of votes")
        verbose_name_plural = _("rounds of votes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed", "lapsed", "decided", "revoked", "void"]),
                name="panels_round_state",
            ),
            models.UniqueConstraint(
                fields=["subject_id"], condition=Q(state__in=["open", "closed"]), name="panels_round_one_at_a_time"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("panels:round", args=[self.pk])

    @property
    def side(self):
        return self.panel.side

    def subject_model(self):
        return apps.get_model(self.subject_type)

    def subject(self):
        """The thing that is voted on, as it is now. One query."""
        return self.subject_model().objects.get(pk=self.subject_id)

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    @transition(field=state, source=State.CLOSED, target=State.CLOSED)
    def declare(self):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    def ask_correction(self):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    def accept_correction(self):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    def vote(self):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    def say_absent(self):
        pass

    @transition(field=state, source=State.OPEN, target=State.OPEN)
    @transition(field=state, source=State.CLOSED, target=State.CLOSED)
    def name_presiding(self, *, user):
        self.presided_by = user

    @transition(field=state, source=State.OPEN, target=State.CLOSED)
    def close(self, *, at, presided_by, came_to):
        self.closed_at, self.tie_broken_by, self.came_to = at, presided_by, came_to

    @transition(field=state, source=[State.OPEN, State.CLOSED], target=State.LAPSED)
    def lapse(self, *, at):
        self.closed_at = self.closed_at or at

    @transition(field=state, source=State.CLOSED, target=State.DECIDED)
    def decide(self):
        pass

    @transition(field=state, source=State.DECIDED, target=State.DECIDED)
    def dissent(self):
        pass

    @transition(field=state, source=State.DECIDED, target=State.REVOKED)
    def revoke(self):
        pass

    @transition(field=state, source=[State.OPEN, State.CLOSED], target=State.VOID)
    def make_void(self, *, at):
        self.closed_at = self.closed_at or at


class RoundSeat(AppendOnlyModel):
    """A seat with a vote in a round: they are those of the moment at which it opened, so that nobody changes its outcome
    by giving or ending seats."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="round_seats")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="round_seats")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "seat"], name="panels_roundseat_once")]

    def __str__(self):
        return str(self.seat)


class Conflict(models.TextChoices):
    NONE = "none", _("I have none")
    FINANCIAL = "financial", _("financial")
    PERSONAL = "personal", _("personal")
    PROFESSIONAL = "professional", _("professional")
    OWN_WORK = "own_work", _("my own work")
    OTHER = "other", _("other")
    # Found, never declared.
    SAME_PROJECT = "same_project", _("same project")
    SAME_TEAM = "same_team", _("same team")
    SPONSOR = "sponsor", _("sponsor of a member")
    SAME_ORGANISATION = "same_organisation", _("same organisation")
    DECIDED_BEFORE = "decided_before", _("decided on it before")


DECLARED = [
    each
    for each in Conflict.choices
    if each[0] in ("none", "financial", "personal", "professional", "own_work", "other")
]


class ByMember(AppendOnlyModel):
    """Something that a member said in a round. The newest counts; the others stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["number"]


class Declaration(ByMember):
    """A member's word, before the text opens, whether anything binds her."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="declarations")
    kind = models.CharField(max_length=20, choices=DECLARED)
    words = models.TextField(blank=True)
    # The second person, where a conflict that was declared is taken back.
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta(ByMember.Meta):
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="panels_declaration_number"),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("by")), name="panels_declaration_two_people"
            ),
        ]

    def __str__(self):
        return f"{self.by}: {self.get_kind_display()}"


class Correction(AppendOnlyModel):
    """A member asks to take back the conflict that she declared. A second person accepts it by a declaration after it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="correction")
    words = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.words


class Absence(ByMember):
    """A member is away for this round, so that her deputy votes."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="absences")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    class Meta(ByMember.Meta):
        constraints = [models.UniqueConstraint(fields=["round", "seat"], name="panels_absence_once")]

    def __str__(self):
        return str(self.seat)


class Vote(ByMember):
    """One member's vote, on the content that the round is about. A changed vote is one more row."""

    class Choice(models.TextChoices):
        APPROVE = counting.APPROVE, _("approve")
        CONDITIONS = counting.CONDITIONS, _("approve with conditions")
        CHANGES = counting.CHANGES, _("ask for changes")
        REFUSE = counting.REFUSE, _("refuse")
        ABSTAIN = counting.ABSTAIN, _("abstain")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="votes")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="votes")
    content_sha256 = models.CharField(max_length=64)
    choice = models.CharField(max_length=10, choices=Choice.choices)
    conditions = models.TextField(blank=True)
    reason = models.TextField()

    class Meta(ByMember.Meta):
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="panels_vote_number"),
            models.CheckConstraint(
                condition=Q(choice="conditions") & ~Q(conditions="") | ~Q(choice="conditions") & Q(conditions=""),
                name="panels_vote_conditions",
            ),
        ]

    def __str__(self):
        return f"{self.by}: {self.get_choice_display()}"


class Decision(AppendOnlyModel):
    """What the chair confirmed, with her letter. It is what the votes came to under the rule, and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=10, choices=Vote.Choice.choices)
    letter = models.TextField()
    counts = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.get_outcome_display()


class Revocation(AppendOnlyModel):
    """A decision that was confirmed by mistake, taken back by a second person. Both stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="revocation")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.reason


class Dissent(AppendOnlyModel):
    """A lay member's own words on a decision that went against her vote, for the public."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="dissents")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    named = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["round", "by"], name="panels_dissent_once")]

    def __str__(self):
        return self.words
