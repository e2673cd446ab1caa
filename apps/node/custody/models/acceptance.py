"""Which projects, and which people in them, a TRE accepts."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.identity import Identity
from apps.core.workflow.models import last_minute, sha256_of
from apps.node.custody.models.decided import Decided
from apps.node.custody.models.policy import AgreementPolicy
from apps.node.custody.models.reliance import Reliance


class Acceptance(Decided):
    """A yes or no of the TRE to what an offer brings: its own people's, or one by reliance on a named panel."""

    class State(models.TextChoices):
        OFFERED = "offered", gettext_lazy("offered")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        REFUSED = "refused", gettext_lazy("refused")
        ENDED = "ended", gettext_lazy("ended")
        EXPIRED = "expired", gettext_lazy("expired")

    project = models.UUIDField()
    reliance = models.ForeignKey(Reliance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The custodian who took it to this TRE's own panel: hers are the conditions that the panel sets.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    state = FSMField(protected=True, choices=State.choices, default=State.OFFERED)

    class Meta:
        abstract = True

    @property
    def is_for_panel(self) -> bool:
        """True where a panel of the TRE's own, while one is in force, decides and no custodian alone: once it was taken there."""
        return self.taken_by_id is not None

    @property
    def does_not_preside(self):
        """The key of who asked to start again what a person had stopped: another one confirms what the votes say."""
        return self.asked_again_by_id

    def unmet(self) -> list[str]:
        """What this TRE asks beyond the baseline, and nobody has ticked off."""
        return []

    @transition(field=state, source=State.OFFERED, target=State.ACCEPTED)
    def accept(self, *, until, reliance=None):
        self.until, self.reliance = until, reliance

    @transition(field=state, source=State.ACCEPTED, target=State.OFFERED)
    def stop_relying(self):
        """The TRE no longer relies on the panel: a person decides."""
        self.until, self.reliance = None, None

    @transition(field=state, source=State.OFFERED, target=State.OFFERED)
    def take_to_panel(self, *, by):
        self.taken_by = by

    @transition(field=state, source=State.OFFERED, target=State.OFFERED)
    def ask_for_changes(self):
        pass

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


class ProjectAcceptance(Acceptance):
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    lay_summary = models.TextField()
    hub_until = models.DateField()
    hub_content_sha256 = models.CharField(max_length=64)
    is_for_panel = True

    class Meta:
        verbose_name = gettext_lazy("acceptance of a project")
        verbose_name_plural = gettext_lazy("acceptances of projects")
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


def _covers(told: dict | None, asked: dict, today: date) -> bool:
    """True where what was ticked off still holds, with the paper that is asked for."""
    return bool(told) and date.fromisoformat(told["until"]) >= today and bool(told["evidence"] or not asked["evidence"])


class MemberAcceptance(Acceptance):
    member = models.UUIDField()
    name = models.CharField(max_length=200)
    orcid = models.CharField(max_length=40, blank=True)
    email_hashes = models.JSONField(default=list)
    email_key = models.CharField(max_length=64)
    accredited_until = models.DateField(null=True, blank=True)
    accreditation_sha256 = models.CharField(max_length=64, blank=True)
    # What this TRE asked beyond the baseline, as it was ticked off: {"title", "until", "evidence", "by": a name}.
    met = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = gettext_lazy("acceptance of a person")
        verbose_name_plural = gettext_lazy("acceptances of people")
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
        ends = [date.fromisoformat(each["until"]) for each in self.met]
        return min([self.accredited_until, *ends]) if self.accredited_until else None

    def why_not(self, at):
        if self.accredited_until is None:
            return _("%(name)s: there is no evidence of an accreditation.") % {"name": self.name}
        return self.why_unmet(at) or super().why_not(at)

    def why_unmet(self, at: datetime) -> str:
        """Which of what was ticked off has ended, as a sentence; empty where none has, or where she is not accepted."""
        for each in self.met if self.state == self.YES else []:
            until = date.fromisoformat(each["until"])
            if at > last_minute(until):
                told = {"name": self.name, "title": each["title"], "day": f"{until:%-d %B %Y}"}
                return _("%(name)s: “%(title)s” ended on %(day)s.") % told
        return ""

    def shown_sha256(self):
        """Also of what is asked here: who accepts has ticked off each."""
        return sha256_of(self.content() | {"asked": AgreementPolicy.asked_at(self.tre)})

    def unmet(self):
        return self.unmet_of(AgreementPolicy.asked_at(self.tre))

    def unmet_of(self, asked: list[dict]) -> list[str]:
        """The titles of those requirements that nobody has ticked off, or no longer hold."""
        today, held = timezone.localdate(), {each["title"]: each for each in self.met}
        return [each["title"] for each in asked if not _covers(held.get(each["title"]), each, today)]

    @property
    def lay_summary(self) -> str:
        """What is asked of a panel, in a sentence. One query."""
        project = ProjectAcceptance.objects.for_tre(self).filter(project=self.project).first()
        told = {"name": self.name, "project": project or self.project}
        return _("May %(name)s work here? %(project)s.") % told

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
            **({"met": self.met} if self.met else {}),
        }

    @transition(field="state", source=Acceptance.State.OFFERED, target=Acceptance.State.OFFERED)
    def take_to_panel(self, *, by, met=()):
        self.taken_by, self.met = by, list(met)

    @transition(field="state", source=Acceptance.State.OFFERED, target=Acceptance.State.ACCEPTED)
    def accept(self, *, until, reliance=None, met=()):
        self.until, self.reliance, self.met = until, reliance, list(met)
