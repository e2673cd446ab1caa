"""Which projects, and which people in them, a TRE accepts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.identity import Identity
from apps.node.custody.models.decided import Decided
from apps.node.custody.models.reliance import Reliance


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
