"""What went wrong, or nearly: followed up in the open, with a time after which the public reads of it."""

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.workflow.models import Governed, sha256_of

PRIVATE_DAYS = 90
FEW = 10


class IncidentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What she reported, and everything on the sides whose incidents she follows up, administers or audits."""
        readers = (Role.INCIDENT_LEAD, Role.ADMINISTRATOR, Role.AUDITOR)
        sides = [side for role, side in user.roles() if role in readers]
        return self.filter(models.Q(reported_by=user) | models.Q(side__in=sides))

    def due_in_public(self):
        """Not told yet, although the days in private have passed (in the portal's zone)."""
        return self.filter(private_until__lt=timezone.localdate(), published_at=None)

    def unwritten(self):
        """Closed, but the public reads nothing of them, and no words wait to be cleared."""
        proposed = IncidentText.objects.filter(incident=models.OuterRef("pk"), state="proposed")
        return self.filter(~models.Exists(proposed), state="closed", published_at=None)


def first_private_day():
    """The last day on which a new incident is private: PRIVATE_DAYS from today."""
    return timezone.localdate() + timedelta(days=PRIVATE_DAYS)


class Incident(Governed):
    """An incident or a near miss on one side."""

    class State(models.TextChoices):
        REPORTED = "reported", _("reported")
        CONTAINED = "contained", _("contained")
        ASSESSED = "assessed", _("assessed")
        NOTIFIED = "notified", _("everyone who must know was told")
        CLOSED = "closed", _("closed")

    class Kind(models.TextChoices):
        INCIDENT = "incident", _("incident: something went wrong")
        NEAR_MISS = "near_miss", _("near miss: it nearly did")

    class Severity(models.TextChoices):
        LOW = "low", _("low: nobody was harmed and no rule was broken")
        MEDIUM = "medium", _("medium: a rule was broken")
        HIGH = "high", _("high: somebody may be harmed")

    state = FSMField(protected=True, choices=State.choices, default=State.REPORTED)
    side = models.UUIDField(db_index=True)  # type: ignore[assignment]
    kind = models.CharField(max_length=10, choices=Kind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    happened_on = models.DateField()
    what_happened = models.TextField()
    people_affected = models.PositiveIntegerField(null=True, blank=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="incidents")
    how_contained = models.TextField(blank=True)
    assessment = models.TextField(blank=True)
    who_was_told = models.TextField(blank=True)
    actions_taken = models.TextField(blank=True)
    public_words = models.TextField(blank=True)
    private_until = models.DateField(default=first_private_day)
    longer_until = models.DateField(null=True, blank=True)
    longer_why = models.TextField(blank=True)
    longer_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["reported", "contained", "assessed", "notified", "closed"]),
                name="incidents_incident_state",
            ),
            models.CheckConstraint(
                condition=models.Q(longer_until=None, longer_by=None)
                | models.Q(longer_until__isnull=False, longer_by__isnull=False),
                name="incidents_incident_longer",
            ),
        ]

    def __str__(self):
        return gettext("%(kind)s of %(day)s") % {
            "kind": gettext("Near miss") if self.kind == self.Kind.NEAR_MISS else gettext("Incident"),
            "day": date_format(self.happened_on, "j F Y"),
        }

    def get_absolute_url(self):
        return reverse("incidents:detail", args=[self.pk])

    def people_in_words(self) -> str:
        """How many people it touched, as the public may read it: a number below FEW is not told."""
        if self.people_affected is None:
            return gettext("a number of people that is not known yet")
        if self.people_affected == 0:
            return gettext("nobody")
        return (
            gettext("fewer than 10 people")
            if self.people_affected < FEW
            else gettext("%(number)s people") % {"number": self.people_affected}
        )

    def content(self) -> dict:
        texts = ("what_happened", "how_contained", "assessment", "who_was_told", "actions_taken", "public_words")
        return (
            super().content()
            | {name: getattr(self, name) for name in texts}
            | {
                "side": str(self.side),
                "kind": self.kind,
                "severity": self.severity,
                "happened_on": self.happened_on.isoformat(),
                "people_affected": self.people_affected,
            }
        )

    def shown_sha256(self) -> str:
        """Also of how long it is private, and of who asks for longer and why: who agrees, agrees to that."""
        days = {"private_until": self.private_until, "longer_until": self.longer_until, "longer_by": self.longer_by_id}
        shown = {name: str(value) for name, value in days.items()} | {"longer_why": self.longer_why}
        return sha256_of(self.content() | shown | {"state": self.state})

    @transition(field=state, source=State.REPORTED, target=State.CONTAINED)
    def contain(self, how_contained):
        self.how_contained = how_contained

    @transition(field=state, source=State.CONTAINED, target=State.ASSESSED)
    def assess(self, severity, people_affected, assessment):
        self.severity, self.people_affected, self.assessment = severity, people_affected, assessment

    @transition(field=state, source=State.ASSESSED, target=State.NOTIFIED)
    def notify(self, who_was_told):
        self.who_was_told = who_was_told

    @transition(field=state, source=State.NOTIFIED, target=State.CLOSED)
    def close(self, actions_taken, public_words):
        self.actions_taken, self.public_words = actions_taken, public_words


class IncidentTextQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the incidents that she sees, and, for a publisher, of her sides."""
        sides = [side for role, side in user.roles() if role == Role.PUBLISHER]
        seen = Incident.objects.visible_to(user)
        return self.filter(models.Q(incident__in=seen) | models.Q(incident__side__in=sides))


class IncidentText(Governed):
    """What the public reads of an incident: written by one person, cleared by another.

    A correction is a new text. Once it is published it supersedes the one before, and both stay.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLISHED = "published", _("published")
        RETURNED = "returned", _("returned")
        SUPERSEDED = "superseded", _("superseded by a correction")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="texts")
    text = models.TextField()
    # None: published before texts were cleared by a second person, when nobody's name was kept with the words.
    written_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)
    objects = IncidentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("public text of an incident")
        verbose_name_plural = _("public texts of incidents")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "published", "returned", "superseded"]),
                name="incidents_incidenttext_state",
            ),
            models.UniqueConstraint(
                fields=["incident"], condition=models.Q(state="published"), name="incidents_incidenttext_one_in_force"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "returned"]) | models.Q(published_at__isnull=False),
                name="incidents_incidenttext_published_at",
            ),
        ]

    def __str__(self):
        return gettext("%(incident)s: what the public reads") % {"incident": self.incident}

    def get_absolute_url(self):
        return reverse("incidents:text", args=[self.pk])

    @property
    def side(self):
        """The incident's."""
        return self.incident.side

    def content(self) -> dict:
        """The words, and what the public reads beside them: who clears them clears that, too."""
        about = {"kind": self.incident.kind, "severity": self.incident.severity}
        people = {"people": self.incident.people_in_words()}
        return super().content() | {"incident": str(self.incident_id), "text": self.text} | about | people

    @transition(field=state, source=State.PROPOSED, target=State.PUBLISHED)
    def clear(self, at):
        self.published_at = at

    @transition(field=state, source=State.PROPOSED, target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=State.PUBLISHED, target=State.SUPERSEDED)
    def supersede(self):
        pass
