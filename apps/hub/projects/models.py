"""Safe Projects: what the data are used for, who decided so, and whose project it is."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.panels.models import Panel
from apps.core.workflow.models import HubGoverned, last_minute, latest_sign_off
from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.projects.questions import VARIABLES, columns_named, has_column
from apps.hub.researchers.models import Organisation

READERS = (
    Role.PANEL_MEMBER,
    Role.CHAIR,
    Role.COORDINATOR,
    Role.ACCREDITATION_OFFICER,
    Role.SAFEGUARDING_ADVISER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Its members; and those who decide or read over projects, where it was ever handed in."""
        own = Q(lead=user) | Q(pk__in=Membership.objects.filter(user=user).values("project"))
        never = Q(state="draft") | Q(state="withdrawn", latest_version=0)
        return self.filter(own | ~never) if user.has_hub_role(*READERS) else self.filter(own)


class Project(HubGoverned):
    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        SUBMITTED = "submitted", gettext_lazy("submitted")
        IN_REVIEW = "in_review", gettext_lazy("in review")
        RETURNED = "returned", gettext_lazy("returned with a question")
        APPROVED = "approved", gettext_lazy("approved")
        SUSPENDED = "suspended", gettext_lazy("suspended")
        OUTCOME_DUE = "outcome_due", gettext_lazy("outcome due")
        CLOSED = "closed", gettext_lazy("closed")
        EXPIRED = "expired", gettext_lazy("expired")
        REJECTED = "rejected", gettext_lazy("rejected")
        UNDER_APPEAL = "under_appeal", gettext_lazy("under appeal")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    lay_summary = models.TextField(blank=True)
    benefit = models.TextField(blank=True)
    commercial = models.BooleanField(default=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="projects")
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="led_projects")
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="projects")
    tres = models.ManyToManyField(Tre, related_name="projects")
    dataset_versions = models.ManyToManyField(DatasetVersion, related_name="projects")
    special_populations = models.JSONField(default=list, blank=True)
    until = models.DateField(null=True, blank=True)
    latest_version = models.PositiveIntegerField(default=0)
    embargo_until = models.DateField(null=True, blank=True)
    embargo_reason = models.CharField(max_length=300, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("project")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("draft", "submitted", "in_review", "returned", "approved", "suspended"),
                        *("outcome_due", "closed", "expired", "rejected", "under_appeal", "withdrawn"),
                    ]
                ),
                name="projects_project_state",
            ),
            models.CheckConstraint(
                condition=Q(embargo_until=None, embargo_reason="")
                | (Q(embargo_until__isnull=False) & ~Q(embargo_reason="")),
                name="projects_project_embargo",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(until__isnull=False), name="projects_project_until"
            ),
        ]

    def __str__(self):
        return f"{self.code}: {self.title}"

    def get_absolute_url(self):
        return reverse("projects:detail", args=[self.pk])

    def content(self):
        return {
            "id": str(self.pk),
            "code": self.code,
            "title": self.title,
            "lay_summary": self.lay_summary,
            "benefit": self.benefit,
            "commercial": self.commercial,
            "organisation": str(self.organisation_id),
            "lead": str(self.lead_id),
            "until": self.until.isoformat() if self.until else "",
            **self.embargo(),
            "special_populations": sorted(self.special_populations),
            "answers": self.answers(),
            "papers": list(
                self.papers.filter(removed_at=None).order_by("added_at", "pk").values("name", "sha256", "is_closed")
            ),
            "tres": sorted(str(pk) for pk in self.tres.values_list("pk", flat=True)),
            "dataset_versions": sorted(str(pk) for pk in self.dataset_versions.values_list("pk", flat=True)),
        }

    def answers(self) -> dict:
        """The answers that are no fields of the project, as they were written: question -> text, or list of choices."""
        found = {}
        for row in self.sections.order_by("key"):
            found |= {key: value for key, value in row.answers.items() if not has_column(key)}
        return found

    def variables_of(self, versions: Iterable[DatasetVersion]) -> dict[str, list[str]]:
        """Version's UUID -> the columns that the panel was asked for and no others; all of them where none was named. One query."""
        answers = self.answers()
        return {
            str(version.pk): columns_named(answers.get(f"{VARIABLES}{version.pk}", "")) or version.variables
            for version in versions
        }

    def embargo(self) -> dict:
        """The embargo as it was asked for; nothing where there is none."""
        if self.embargo_until is None:
            return {}
        return {"embargo_until": self.embargo_until.isoformat(), "embargo_reason": self.embargo_reason}

    def embargo_ends(self) -> datetime | None:
        """The moment from which the public may read of this project; None where it may at once."""
        return last_minute(self.embargo_until) if self.embargo_until else None

    def told(self) -> dict:
        """What the public log is told of everything that belongs to this project."""
        datasets = {str(pk) for pk in self.dataset_versions.values_list("dataset", flat=True)}
        return {
            "public": {"project": self.title},
            "about": {
                "project": self.pk,
                "organisation": self.organisation_id,
                "organisation_kind": self.organisation.kind,
                "commercial": self.commercial or self.organisation.kind == Organisation.Kind.COMPANY,
                "datasets": sorted(datasets),
            },
            "embargo_until": self.embargo_ends(),
        }

    def why_not(self, at: datetime) -> str:
        """Why no analysis may be asked for under this project at that moment; empty where one may."""
        if self.state != self.State.APPROVED:
            return _("The project is “%(state)s”.") % {"state": self.get_state_display()}
        decided = latest_sign_off(self)
        if decided is None or not decided.binds(self):
            return _("What was approved of the project has been changed since.")
        if at > last_minute(self.until) or not decided.in_force(at):
            return _("The project ended on %(day)s.") % {"day": f"{self.until:%-d %B %Y}"}
        return ""

    def in_force(self, at: datetime) -> bool:
        """True where analyses may be asked for under this project at that moment."""
        return not self.why_not(at)

    def members_now(self):
        """Approved members, with their people. One query."""
        return self.memberships.filter(state="approved").select_related("user")

    @transition(field=state, source=[State.DRAFT, State.RETURNED], target=State.SUBMITTED)
    def submit(self):
        pass

    @transition(field=state, source=State.SUBMITTED, target=State.IN_REVIEW)
    def take_up(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.IN_REVIEW)
    @transition(field=state, source=State.UNDER_APPEAL, target=State.UNDER_APPEAL)
    def vote_again(self):
        pass

    @transition(field=state, source=State.IN_REVIEW, target=State.IN_REVIEW)
    @transition(field=state, source=State.UNDER_APPEAL, target=State.UNDER_APPEAL)
    def safeguard(self):
        pass

    @transition(field=state, source=State.UNDER_APPEAL, target=State.UNDER_APPEAL)
    def hear_appeal(self):
        pass

    @transition(field=state, source=[State.APPROVED, State.REJECTED, State.RETURNED], target=State.IN_REVIEW)
    def revoke_decision(self):
        pass

    @transition(field=state, source=[State.IN_REVIEW, State.UNDER_APPEAL], target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=[State.IN_REVIEW, State.UNDER_APPEAL], target=State.APPROVED)
    def approve(self):
        pass

    @transition(field=state, source=[State.IN_REVIEW, State.UNDER_APPEAL], target=State.REJECTED)
    def reject(self):
        pass

    @transition(field=state, source=State.REJECTED, target=State.UNDER_APPEAL)
    def appeal(self):
        pass

    @transition(field=state, source=State.APPROVED, target=State.SUSPENDED)
    def suspend(self):
        pass

    @transition(field=state, source=State.SUSPENDED, target=State.APPROVED)
    def reinstate(self):
        pass

    @transition(field=state, source=[State.APPROVED, State.SUSPENDED], target=State.EXPIRED)
    def expire(self):
        pass

    @transition(field=state, source=State.EXPIRED, target=State.APPROVED)
    def renew(self):
        pass

    @transition(field=state, source=[State.APPROVED, State.EXPIRED], target=State.OUTCOME_DUE)
    def ask_for_outcome(self):
        pass

    @transition(field=state, source=State.OUTCOME_DUE, target=State.CLOSED)
    def close(self):
        pass

    @transition(
        field=state, source=[State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.RETURNED], target=State.WITHDRAWN
    )
    def withdraw(self):
        pass


class MembershipQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(project__in=Project.objects.visible_to(user))


class Membership(HubGoverned):
    """A person named on a project. Who joins and who leaves is decided, and dated."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("proposed")
        APPROVED = "approved", gettext_lazy("approved")
        ENDED = "ended", gettext_lazy("ended")
        REFUSED = "refused", gettext_lazy("refused")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    is_lead = models.BooleanField(default=False)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("membership")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "approved", "ended", "refused"]), name="projects_membership_state"
            ),
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(state__in=["proposed", "approved"]),
                name="projects_membership_once",
            ),
        ]

    def __str__(self):
        return _("%(person)s in %(project)s") % {"person": self.user, "project": self.project.code}

    def get_absolute_url(self):
        return self.project.get_absolute_url()

    def content(self):
        return {
            "id": str(self.pk),
            "project": str(self.project_id),
            "user": str(self.user_id),
            "is_lead": self.is_lead,
        }

    @transition(field=state, source=State.PROPOSED, target=State.PROPOSED)
    def agree_to_join(self):
        pass

    @transition(field=state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self):
        pass

    @transition(field=state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=[State.PROPOSED, State.APPROVED], target=State.ENDED)
    def end(self):
        pass


class PublicTextQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the projects that she sees; publishers, who clear them, see all."""
        if user.has_hub_role(Role.PUBLISHER):
            return self
        return self.filter(project__in=Project.objects.visible_to(user))

    def published(self):
        """What the public reads: the text in force, and those that it superseded, newest first."""
        return self.filter(state__in=["published", "superseded"]).order_by("-published_at")


class PublicText(HubGoverned):
    """What the public is told about a project beside its application: its own text, cleared by a second person.

    A correction is a new text. Once it is published it supersedes the one before, and both stay.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("proposed")
        PUBLISHED = "published", gettext_lazy("published")
        RETURNED = "returned", gettext_lazy("returned")
        SUPERSEDED = "superseded", gettext_lazy("superseded by a correction")

    class Kind(models.TextChoices):
        NEWS = "news", gettext_lazy("news")
        OUTCOME = "outcome", gettext_lazy("what was found")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="texts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NEWS)
    title = models.CharField(max_length=200)
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)

    objects = PublicTextQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("text for the public")
        verbose_name_plural = gettext_lazy("texts for the public")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "published", "returned", "superseded"]),
                name="projects_publictext_state",
            ),
            models.UniqueConstraint(
                fields=["project", "kind"], condition=Q(state="published"), name="projects_publictext_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "returned"]) | Q(published_at__isnull=False),
                name="projects_publictext_published_at",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("projects:text", args=[self.pk])

    def content(self):
        told = {"id": str(self.pk), "project": str(self.project_id), "kind": self.kind}
        return told | {"title": self.title, "text": self.text}

    @transition(field=state, source=State.PROPOSED, target=State.PUBLISHED)
    def clear(self, *, at):
        self.published_at = at

    @transition(field=state, source=State.PROPOSED, target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=State.PUBLISHED, target=State.SUPERSEDED)
    def supersede(self):
        pass


# The rest of this app's models, which stand on these.
from apps.hub.projects import application_models, decision_models  # noqa: E402, F401
