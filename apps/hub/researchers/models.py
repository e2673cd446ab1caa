"""Safe People: who a researcher is, and until when she is trusted."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.workflow.models import HubGoverned, last_minute, latest_sign_off


class Organisation(models.Model):
    class Kind(models.TextChoices):
        UNIVERSITY = "university", gettext_lazy("university")
        HEALTH_SERVICE = "health_service", gettext_lazy("health service")
        CHARITY = "charity", gettext_lazy("charity")
        COMPANY = "company", gettext_lazy("company")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    ror = models.URLField(blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)

    def __str__(self):
        return self.name


class AccreditationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Her own; all of them for those who decide or read over people."""
        if user.has_hub_role(Role.ACCREDITATION_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR):
            return self
        return self.filter(user=user)


class Accreditation(HubGoverned):
    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        SUBMITTED = "submitted", gettext_lazy("submitted")
        RETURNED = "returned", gettext_lazy("returned with a question")
        APPROVED = "approved", gettext_lazy("approved")
        SUSPENDED = "suspended", gettext_lazy("suspended")
        EXPIRED = "expired", gettext_lazy("expired")
        REVOKED = "revoked", gettext_lazy("revoked")
        REJECTED = "rejected", gettext_lazy("rejected")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="accreditations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accreditations")
    training_name = models.CharField(gettext_lazy("training"), max_length=200)
    training_until = models.DateField(gettext_lazy("training valid until"))
    agreement_signed_on = models.DateField(gettext_lazy("agreement signed on"))
    until = models.DateField(null=True, blank=True)
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("accreditation")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("draft", "submitted", "returned", "approved", "suspended", "expired", "revoked", "rejected")
                    ]
                ),
                name="researchers_accreditation_state",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=~Q(state__in=["expired", "revoked", "rejected"]),
                name="researchers_accreditation_one_open",
            ),
        ]

    def __str__(self):
        return _("Accreditation of %(name)s") % {"name": self.user}

    def get_absolute_url(self):
        return reverse("researchers:detail", args=[self.pk])

    def content(self):
        return {
            "id": str(self.pk),
            "user": str(self.user_id),
            "organisation": str(self.organisation_id),
            "training_name": self.training_name,
            "training_until": self.training_until.isoformat(),
            "agreement_signed_on": self.agreement_signed_on.isoformat(),
        }

    def why_not(self, at: datetime) -> str:
        """Why this person is not accredited at that moment, as a sentence; empty where she is."""
        if self.state != self.State.APPROVED:
            return _("The accreditation is “%(state)s”.") % {"state": self.get_state_display()}
        if at > last_minute(self.training_until):
            return _("The training “%(training)s” ended on %(day)s.") % {
                "training": self.training_name,
                "day": f"{self.training_until:%-d %B %Y}",
            }
        decided = latest_sign_off(self)
        if decided is None or not decided.binds(self):
            return _("What was approved has been changed since.")
        if not decided.in_force(at):
            return _("The accreditation ended on %(day)s.") % {"day": f"{decided.until:%-d %B %Y}"}
        return ""

    def in_force(self, at: datetime) -> bool:
        """True where this person is accredited at that moment."""
        return not self.why_not(at)

    @transition(field=state, source=[State.DRAFT, State.RETURNED], target=State.SUBMITTED)
    def submit(self):
        pass

    @transition(field=state, source=State.SUBMITTED, target=State.APPROVED)
    def approve(self, *, until):
        self.until = until

    @transition(field=state, source=State.SUBMITTED, target=State.RETURNED)
    def send_back(self):
        pass

    @transition(field=state, source=State.SUBMITTED, target=State.REJECTED)
    def reject(self):
        pass

    @transition(field=state, source=State.APPROVED, target=State.SUSPENDED)
    def suspend(self):
        pass

    @transition(field=state, source=State.SUSPENDED, target=State.APPROVED)
    def reinstate(self):
        pass

    @transition(field=state, source=[State.APPROVED, State.SUSPENDED], target=State.REVOKED)
    def revoke(self):
        pass

    @transition(field=state, source=[State.APPROVED, State.SUSPENDED], target=State.EXPIRED)
    def expire(self):
        pass
