"""The bases of everything that is decided: Governed (a thing with a state machine) and SignOff (a recorded decision)."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import rfc8785
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin

from apps.core.audit.models import AppendOnlyModel
from apps.core.errors import NotAllowed

PORTAL_ZONE = ZoneInfo("Europe/London")


class Governed(ConcurrentTransitionMixin, models.Model):
    """A thing whose state changes only through an action.

    Subclasses have `state = FSMField(protected=True, choices=..., default=...)`, a `side` (the hub's or a TRE's UUID), a
    `content()` that a sign-off binds to, a `get_absolute_url()` and a queryset with `visible_to(user)`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    if TYPE_CHECKING:
        get_available_state_transitions: Callable[[], Any]
        get_state_display: Callable[[], str]

        @property
        def side(self) -> uuid.UUID: ...

    class Meta:
        abstract = True

    def content(self) -> dict:
        """Every field that a decider is shown, and each file's hash: what her sign-off binds to (JSON values)."""
        return {"id": str(self.pk)}

    def receipts_url(self) -> str:
        """Where the receipts of everything that was decided about it lie."""
        return reverse("workflow:receipts", args=[self._meta.app_label, self._meta.model_name, self.pk])

    def content_sha256(self) -> str:
        """SHA-256 of the canonical JSON of `content()`, 64 hex digits."""
        return sha256_of(self.content())

    def shown_sha256(self) -> str:
        """SHA-256 of everything that a decider is shown: of `content()` where that is all."""
        return self.content_sha256()

    def voted_sha256(self) -> str:
        """SHA-256 of what a panel votes on: of all that is shown. Where it changes, the votes are void."""
        return self.shown_sha256()


class HubGoverned(Governed):
    """A governed thing of the hub's side."""

    class Meta:
        abstract = True

    @property
    def side(self) -> uuid.UUID:
        return uuid.UUID(settings.HUB_ID)


class TreQuerySet(models.QuerySet):
    def for_tre(self, tre):
        """The rows of one TRE: a UUID, or a thing with a `tre`."""
        return self.filter(tre=getattr(tre, "tre", tre))

    def visible_to(self, user):
        """The rows that a member of a TRE's staff may know of: her own TRE's."""
        return self.filter(tre__in=user.sides())


class NodeGoverned(Governed):
    """A governed thing of one TRE's side."""

    tre = models.UUIDField(db_index=True)
    objects = TreQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def side(self) -> uuid.UUID:
        return self.tre


def canonical(content: dict) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(content)


def sha256_of(content: dict) -> str:
    """SHA-256 of canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


def last_minute(until: date) -> datetime:
    """The moment at which something that holds `until` a day ends: the next midnight in the portal's zone."""
    return datetime.combine(until, time.max, tzinfo=PORTAL_ZONE)


class SignOff(AppendOnlyModel):
    """A decision: who, when, outcome, reason, what was signed (exact bytes and their hash), until when."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        RETURNED = "returned", _("returned with a question")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.UUIDField(db_index=True)
    subject_type = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    verb = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sign_offs", null=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField()
    content = models.BinaryField()
    content_sha256 = models.CharField(max_length=64)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["subject_id", "-at"], name="workflow_signoff_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["approved", "refused", "returned", "ended"]),
                name="workflow_signoff_outcome",
            )
        ]

    def __str__(self):
        return f"{self.verb}: {self.outcome}"

    def in_force(self, at: datetime) -> bool:
        """True while the decision approves and its last day has not passed (in the portal's zone)."""
        return self.outcome == self.Outcome.APPROVED and (self.until is None or at <= last_minute(self.until))

    def binds(self, subject: Governed) -> bool:
        """True while what was signed is still what `subject` says."""
        return self.content_sha256 == subject.content_sha256()


def sign(*, subject: Governed, verb: str, by, outcome: str, reason: str, until: date | None = None) -> SignOff:
    """Write the sign-off row of a decision about `subject`, binding to its content as it is now."""
    content = canonical(subject.content())
    return SignOff.objects.create(
        side=subject.side,
        subject_type=subject._meta.label,
        subject_id=subject.pk,
        verb=verb,
        by=by,
        at=timezone.now().astimezone(UTC),
        outcome=outcome,
        reason=reason,
        content=content,
        content_sha256=hashlib.sha256(content).hexdigest(),
        until=until,
    )


def sign_offs(subject: Governed):
    """The decisions about `subject`, newest first, with their deciders."""
    return SignOff.objects.filter(subject_id=subject.pk, side=subject.side).select_related("by")


def check_is_second(by, subject: Governed, verb: str, *, passing_over: tuple[str, ...] = ()) -> None:
    """What a person stopped (`verb`), and nobody started again since, takes another person to start. Raises NotAllowed.

    `passing_over`: the verbs of decisions that neither stop it nor start it again.
    """
    stopped = sign_offs(subject).exclude(verb__in=passing_over).first()
    if stopped is not None and stopped.verb == verb and stopped.by_id == by.pk:
        raise NotAllowed(_("You stopped this, so another person starts it again."))


def latest_sign_off(subject: Governed) -> SignOff | None:
    """The newest decision about `subject`, or None."""
    return sign_offs(subject).first()
