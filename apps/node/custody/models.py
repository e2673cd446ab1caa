"""Safe Data and Safe Settings at one TRE: which projects, people, workflows and uses of data it accepts."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.identity import Identity
from apps.core.workflow.models import NodeGoverned, TreQuerySet, last_minute, latest_sign_off


class Decided(NodeGoverned):
    """What the TRE's staff accept or refuse, until a day. Subclasses name the state that means yes in `YES`,
    and the one in which a person stopped it in `STOPPED`."""

    YES = "accepted"
    STOPPED = "ended"
    until = models.DateField(null=True, blank=True)
    # Who asked to start again what a person had stopped: another one has to say yes.
    asked_again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        abstract = True

    def get_absolute_url(self):
        return reverse(f"custody:{self._meta.model_name}", args=[self.pk])

    def lapses(self) -> date | None:
        """A day after which it does not hold, whatever was signed."""
        return None

    @property
    def is_stopped(self) -> bool:
        """True where a person stopped it: to start again takes two."""
        return self.state == self.STOPPED

    def start_again(self, by) -> None:
        """What every transition back to the beginning keeps: who asked, where a person had stopped it."""
        self.until, self.asked_again_by = None, by if self.is_stopped else None

    def why_not(self, at: datetime) -> str:
        """Why it does not hold at that moment, as a sentence; empty where it does."""
        if self.state != self.YES:
            return _("%(thing)s: the decision here is “%(state)s”.") % {
                "thing": self,
                "state": self.get_state_display(),
            }
        decided = latest_sign_off(self)
        if decided is None or not decided.binds(self):
            return _("%(thing)s: what was signed has been changed since.") % {"thing": self}
        ends = [day for day in (decided.until, self.lapses()) if day]
        if any(at > last_minute(day) for day in ends):
            return _("%(thing)s: this ended on %(day)s.") % {"thing": self, "day": f"{min(ends):%-d %B %Y}"}
        return ""


class Reliance(NodeGoverned):
    """This TRE takes a named panel's word: what that panel approved is accepted here without a decision of its own. Two
    people decide it, any one of the staff ends it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("waiting for a second person")
        IN_FORCE = "in_force", gettext_lazy("in force")
        ENDED = "ended", gettext_lazy("ended")

    panel = models.UUIDField()
    panel_name = models.CharField(max_length=200)
    for_projects = models.BooleanField(default=False)
    for_members = models.BooleanField(default=False)
    until = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    class Meta:
        verbose_name = gettext_lazy("reliance on a panel")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "in_force", "ended"]), name="custody_reliance_state"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("proposed_by")),
                name="custody_reliance_two_people",
            ),
            models.CheckConstraint(
                condition=Q(for_projects=True) | Q(for_members=True), name="custody_reliance_for_something"
            ),
        ]

    def __str__(self):
        return _("We rely on: %(panel)s") % {"panel": self.panel_name}

    def get_absolute_url(self):
        return reverse("custody:reliance", args=[self.pk])

    def content(self):
        return {
            "panel": str(self.panel),
            "panel_name": self.panel_name,
            "for_projects": self.for_projects,
            "for_members": self.for_members,
            "until": self.until.isoformat(),
        }

    def holds(self, at: datetime) -> bool:
        """True while what the panel approves is accepted here."""
        return self.state == self.State.IN_FORCE and at <= last_minute(self.until)

    @transition(field=state, source=State.PROPOSED, target=State.IN_FORCE)
    def confirm(self, *, by):
        self.confirmed_by = by

    @transition(field=state, source=[State.PROPOSED, State.IN_FORCE], target=State.ENDED)
    def end(self):
        pass


class ProjectAcceptance(Decided):
    class State(models.TextChoices):
        OFFERED = "offered", gettext_lazy("offered")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        REFUSED = "refused", gettext_lazy("refused")
        ENDED = "ended", gettext_lazy("ended")
        EXPIRED = "expired", gettext_lazy("expired")

    project = models.UUIDField()
    reliance = models.ForeignKey(Reliance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    lay_summary = models.TextField()
    hub_until = models.DateField()
    hub_content_sha256 = models.CharField(max_length=64)
    state = FSMField(protected=True, choices=State.choices, default=State.OFFERED)

    class Meta:
        verbose_name = gettext_lazy("acceptance of a project")
        constraints = [
            models.UniqueConstraint(fields=["tre", "project"], name="custody_project_once"),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "accepted", "refused", "ended", "expired"]),
                name="custody_project_state",
            ),
        ]

    def __str__(self):
        return _("Project %(code)s") % {"code": self.code}

    def lapses(self):
        return self.hub_until

    def content(self):
        return {
            "project": str(self.project),
            "code": self.code,
            "title": self.title,
            "lay_summary": self.lay_summary,
            "hub_until": self.hub_until.isoformat(),
            "hub_content_sha256": self.hub_content_sha256,
        }

    @transition(field=state, source=State.OFFERED, target=State.ACCEPTED)
    def accept(self, *, until, reliance=None):
        self.until, self.reliance = until, reliance

    @transition(field=state, source=State.ACCEPTED, target=State.OFFERED)
    def stop_relying(self):
        """The TRE no longer relies on the panel: a person decides."""
        self.until, self.reliance = None, None

    @transition(field=state, source=State.OFFERED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.ACCEPTED, target=State.ENDED)
    def end(self):
        pass

    @transition(field=state, source=State.ACCEPTED, target=State.EXPIRED)
    def expire(self):
        pass

    @transition(field=state, source=[State.REFUSED, State.ENDED, State.EXPIRED], target=State.OFFERED)
    def offer_again(self, *, by):
        self.start_again(by)


class MemberAcceptance(Decided):
    State = ProjectAcceptance.State

    project = models.UUIDField()
    reliance = models.ForeignKey(Reliance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    member = models.UUIDField()
    name = models.CharField(max_length=200)
    orcid = models.CharField(max_length=40, blank=True)
    email_hashes = models.JSONField(default=list)
    email_key = models.CharField(max_length=64)
    accredited_until = models.DateField(null=True, blank=True)
    accreditation_sha256 = models.CharField(max_length=64, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.OFFERED)

    class Meta:
        verbose_name = gettext_lazy("acceptance of a person")
        constraints = [
            models.UniqueConstraint(fields=["tre", "project", "member"], name="custody_member_once"),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "accepted", "refused", "ended", "expired"]),
                name="custody_member_state",
            ),
        ]

    def __str__(self):
        return self.name

    def lapses(self):
        return self.accredited_until

    def why_not(self, at):
        if self.accredited_until is None:
            return _("%(name)s: there is no evidence of an accreditation.") % {"name": self.name}
        return super().why_not(at)

    def identity(self) -> Identity:
        return Identity(self.orcid, frozenset(self.email_hashes))

    def content(self):
        return {
            "project": str(self.project),
            "member": str(self.member),
            "name": self.name,
            "orcid": self.orcid,
            "accredited_until": self.accredited_until.isoformat() if self.accredited_until else "",
            "accreditation_sha256": self.accreditation_sha256,
        }

    @transition(field=state, source=State.OFFERED, target=State.ACCEPTED)
    def accept(self, *, until, reliance=None):
        self.until, self.reliance = until, reliance

    @transition(field=state, source=State.ACCEPTED, target=State.OFFERED)
    def stop_relying(self):
        """The TRE no longer relies on the panel: a person decides."""
        self.until, self.reliance = None, None

    @transition(field=state, source=State.OFFERED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.ACCEPTED, target=State.ENDED)
    def end(self):
        pass

    @transition(field=state, source=State.ACCEPTED, target=State.EXPIRED)
    def expire(self):
        pass

    @transition(field=state, source=[State.REFUSED, State.ENDED, State.EXPIRED], target=State.OFFERED)
    def offer_again(self, *, by):
        self.start_again(by)


class DataGrant(Decided):
    class State(models.TextChoices):
        REQUESTED = "requested", gettext_lazy("requested")
        GRANTED = "granted", gettext_lazy("granted")
        REFUSED = "refused", gettext_lazy("refused")
        EXPIRED = "expired", gettext_lazy("expired")
        REVOKED = "revoked", gettext_lazy("revoked")

    YES, STOPPED = "granted", "revoked"
    project = models.UUIDField()
    project_code = models.CharField(max_length=40)
    dataset_version = models.UUIDField()
    dataset_name = models.CharField(max_length=250)
    # What the panel approved (of an offer that does not tell: all that the version lists), and what is granted of it.
    approved_variables = models.JSONField(default=list, blank=True)
    variables = models.JSONField(default=list, blank=True)
    workflows = models.JSONField(default=list, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.REQUESTED)

    class Meta:
        verbose_name = gettext_lazy("data grant")
        constraints = [
            models.UniqueConstraint(fields=["tre", "project", "dataset_version"], name="custody_grant_once"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "granted", "refused", "expired", "revoked"]),
                name="custody_grant_state",
            ),
        ]

    def __str__(self):
        return _("Use of %(dataset)s for %(project)s") % {"dataset": self.dataset_name, "project": self.project_code}

    def content(self):
        return {
            "project": str(self.project),
            "project_code": self.project_code,
            "dataset_version": str(self.dataset_version),
            "dataset_name": self.dataset_name,
            "approved_variables": self.approved_variables,
            "variables": self.variables,
            "workflows": self.workflows,
        }

    @property
    def is_narrower(self) -> bool:
        """True where fewer variables are granted than the panel approved."""
        return set(self.variables) != set(self.approved_variables)

    def why_not_for(self, identifier: str) -> str:
        """Why a workflow version (its address) may not use it, as a sentence; empty where it may."""
        if self.workflows and identifier not in self.workflows:
            return _("%(thing)s: not with this workflow.") % {"thing": self}
        return ""

    @transition(field=state, source=State.REQUESTED, target=State.GRANTED)
    def grant(self, *, until, variables, workflows):
        self.until, self.variables, self.workflows = until, variables, workflows

    @transition(field=state, source=State.REQUESTED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.GRANTED, target=State.REVOKED)
    def revoke(self):
        pass

    @transition(field=state, source=State.GRANTED, target=State.EXPIRED)
    def expire(self):
        pass

    @transition(field=state, source=[State.REFUSED, State.EXPIRED, State.REVOKED], target=State.REQUESTED)
    def request_again(self, *, by):
        self.start_again(by)


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


class DatasetLocation(models.Model):
    """Where a dataset version lies inside this TRE. Never told to the hub."""

    tre = models.UUIDField()
    dataset_version = models.UUIDField()
    # An extract for one project, such as one with fewer variables; else for all.
    project = models.UUIDField(null=True, blank=True)
    name = models.CharField(max_length=250)
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    added_by = models.UUIDField()
    added_at = models.DateTimeField(default=timezone.now)

    objects = TreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tre", "dataset_version", "project"], name="custody_location_once", nulls_distinct=False
            )
        ]

    def __str__(self):
        return self.name

    @property
    def side(self):
        return self.tre


# The fields of a policy that everybody may read, and the version that they are of.
PUBLISHED = (
    *("least_count", "rounding", "file_types", "most_megabytes", "review", "other_organisation", "days_promised"),
    *("asked_of_people", "version"),
)


def default_file_types() -> list[str]:
    """Tables, texts and pictures, which a person can look at."""
    return ["text/csv", "text/plain", "application/json", "image/png", "image/jpeg", "image/svg+xml"]


class AgreementPolicy(models.Model):
    """What a TRE signs runs off under, how it checks results, and the words it publishes them with. One row for each TRE."""

    class Review(models.TextChoices):
        BLIND = "blind", gettext_lazy("blind: neither checker sees the other's decision before her own")
        SEQUENTIAL = "sequential", gettext_lazy("one after the other: the second sees the first's decision")

    tre = models.UUIDField(primary_key=True)
    tre_name = models.CharField(max_length=200)
    address = models.URLField()
    name = models.CharField(max_length=200)
    licence = models.URLField(default="https://spdx.org/licenses/CC-BY-4.0")
    licence_name = models.CharField(max_length=200, default="Creative Commons Attribution 4.0 International")

    # Published: what everybody may know of how results are checked here. The hub shows it.
    least_count = models.PositiveIntegerField(default=10)
    rounding = models.PositiveIntegerField(default=5)
    file_types = models.JSONField(default=default_file_types)
    most_megabytes = models.PositiveIntegerField(default=10)
    review = models.CharField(max_length=10, choices=Review.choices, default=Review.BLIND)
    other_organisation = models.BooleanField(default=True)
    days_promised = models.PositiveSmallIntegerField(default=10)
    asked_of_people = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    # Private: whoever knows these could work a withheld value out. They never leave the node.
    dominance_largest = models.PositiveSmallIntegerField(default=1)
    dominance_percent = models.PositiveSmallIntegerField(default=50)

    def __str__(self):
        return self.name

    @property
    def side(self):
        return self.tre

    @property
    def is_sequential(self) -> bool:
        """True where the second checker sees what the first decided."""
        return self.review == self.Review.SEQUENTIAL

    def why_may_not_leave(self, media_type: str, size: int) -> str:
        """Why no file of that type and size (bytes) leaves this TRE, as a sentence; empty where it may."""
        if media_type not in self.file_types:
            return _("Our policy lets no file of the type %(type)s out.") % {"type": media_type}
        if size > self.most_megabytes * 1_000_000:
            return _("Our policy lets no file out that is larger than %(number)s MB.") % {"number": self.most_megabytes}
        return ""

    def published(self) -> dict:
        """What crosses the border: the published part alone."""
        return {name: getattr(self, name) for name in PUBLISHED}
