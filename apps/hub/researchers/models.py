"""Safe People: who a researcher is, and until when she is trusted."""

import hashlib
import uuid
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.workflow.models import HubGoverned, latest_sign_off, sha256_of
from apps.hub.researchers.checklist import Item, Rules, checklist, earliest_end, written


class Organisation(models.Model):
    """Where a researcher works. Its kind says in public whether an interest is commercial."""

    class Kind(models.TextChoices):
        UNIVERSITY = "university", gettext_lazy("university")
        PUBLIC_BODY = "public_body", gettext_lazy("NHS or other public body")
        CHARITY = "charity", gettext_lazy("charity")
        COMPANY = "company", gettext_lazy("commercial company")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(gettext_lazy("name"), max_length=200, unique=True)
    ror = models.CharField(gettext_lazy("ROR id"), max_length=60, blank=True)
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=Kind.choices)
    country = models.CharField(gettext_lazy("country"), max_length=100, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    # Not a governed thing, but its events belong to the hub's log.
    side = HubGoverned.side


def _stays(field, *sources):
    """A transition that leaves the state as it is: the question *when* of an act that changes something else."""

    def decorate(method):
        for source in sources:
            method = transition(field=field, source=source, target=source)(method)
        return method

    return decorate


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

    class NamedAs(models.TextChoices):
        NAME = "name", gettext_lazy("By my name")
        ORGANISATION = "organisation", gettext_lazy("As “a researcher of” my organisation")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="accreditations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accreditations")
    named_as = models.CharField(
        gettext_lazy("how you are named in public"), max_length=20, choices=NamedAs.choices, default=NamedAs.NAME
    )
    until = models.DateField(null=True, blank=True)
    missing = models.JSONField(default=dict, blank=True)  # what the officer asked for: key of a requirement -> sentence
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)
    ALIVE = (State.DRAFT, State.SUBMITTED, State.RETURNED, State.APPROVED, State.SUSPENDED)

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

    def records(self) -> list["Evidence"]:
        """Every piece of evidence. One query, or none where they were fetched with it."""
        return list(self.evidence.all())

    @cached_property
    def sponsor_emails(self) -> set[str]:
        """Every address that spoke for her: of who was asked, who said yes. One query."""
        return set(self.sponsor_requests.filter(says_yes=True).values_list("email", flat=True))

    def content(self):
        """Who she is and each piece of evidence that an officer has confirmed, with the hash of its file."""
        confirmed = [each.content() for each in self.records() if each.confirmed_at]
        return {
            "id": str(self.pk),
            "user": str(self.user_id),
            "name": self.user.name,
            "orcid": self.user.orcid,
            "organisation": str(self.organisation_id),
            "evidence": sorted(confirmed, key=lambda each: each["id"]),
        }

    def shown_sha256(self) -> str:
        """SHA-256 of all that an officer is shown before she decides, confirmed or not."""
        shown = [each.content() for each in self.records()]
        return sha256_of(self.content() | {"evidence": sorted(shown, key=lambda each: each["id"])})

    def checklist(self, at: datetime, *, unconfirmed_too: bool = False, rules: Rules | None = None) -> list[Item]:
        """Each requirement with its answer at that moment."""
        return checklist(rules or rules_now(), self.records(), at, unconfirmed_too=unconfirmed_too)

    def earliest_end(self, at: datetime, rules: Rules | None = None) -> tuple[date, str] | None:
        """The last day on which everything required holds, and what ends then."""
        return earliest_end(rules or rules_now(), self.records(), self.until, at)

    def why_not(self, at: datetime) -> str:
        """Why this person is not accredited at that moment, as a sentence that says what to do; empty where she is."""
        if self.state != self.State.APPROVED:
            return _("The accreditation is “%(state)s”.") % {"state": self.get_state_display()}
        decided = latest_sign_off(self)
        if decided is not None and not decided.in_force(at):
            return _("The accreditation ended on %(day)s. Ask for a new one.") % {"day": written(decided.until)}
        lacking = [item.sentence for item in self.checklist(at) if item.stands_in_the_way]
        if lacking:
            return " ".join(lacking)
        if decided is None or not decided.binds(self):
            return _("What was approved has been changed since. An officer has to confirm it.")
        return ""

    def in_force(self, at: datetime) -> bool:
        """True where this person is accredited at that moment."""
        return not self.why_not(at)

    @_stays(state, State.DRAFT, State.RETURNED, State.APPROVED)
    def amend(self):
        pass

    @_stays(state, State.DRAFT, State.RETURNED, State.APPROVED, State.SUSPENDED)
    def add_evidence(self):
        pass

    @_stays(state, State.DRAFT, State.RETURNED, State.APPROVED, State.SUSPENDED)
    def take_back_evidence(self):
        pass

    @_stays(state, *ALIVE)
    def name_sponsor(self):
        pass

    @_stays(state, *ALIVE)
    def attest(self):
        pass

    @_stays(state, *ALIVE)
    def accept_agreement(self):
        pass

    @_stays(state, State.SUBMITTED, State.APPROVED)
    def note_identity(self):
        pass

    @_stays(state, State.APPROVED)
    def confirm(self):
        pass

    @transition(field=state, source=[State.DRAFT, State.RETURNED], target=State.SUBMITTED)
    def submit(self):
        self.missing = {}

    @transition(field=state, source=State.SUBMITTED, target=State.APPROVED)
    def approve(self, *, until):
        self.until, self.missing = until, {}

    @transition(field=state, source=State.SUBMITTED, target=State.RETURNED)
    def send_back(self, *, missing):
        self.missing = missing

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


class Requirement(models.Model):
    """One thing that is asked of everybody who wants to be accredited: data, so that an administrator can change it."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", gettext_lazy("identity check, by an officer")
        TRAINING = "training", gettext_lazy("training, with a certificate")
        SPONSOR = "sponsor", gettext_lazy("a sponsor's word")
        AGREEMENT = "agreement", gettext_lazy("acceptance of the agreement")
        STATUS = "status", gettext_lazy("status given by somebody else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(gettext_lazy("short name"), unique=True)
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=Kind.choices)
    title = models.CharField(gettext_lazy("title"), max_length=100)
    why = models.TextField(gettext_lazy("why it is asked"))
    to_do = models.TextField(gettext_lazy("what the researcher has to do"))
    required = models.BooleanField(gettext_lazy("nobody is accredited without it"), default=True)
    required_from = models.DateField(gettext_lazy("asked from this day on"), null=True, blank=True)
    valid_days = models.PositiveIntegerField(gettext_lazy("days for which it counts"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(gettext_lazy("place in the list"), default=100)

    class Meta:
        ordering = ["order", "key"]

    def __str__(self):
        return self.title

    side = HubGoverned.side

    def is_asked_on(self, day: date) -> bool:
        return self.required_from is None or self.required_from <= day

    def until(self, day: date) -> date | None:
        """The last day of something that counts from `day` on and says no end of its own."""
        return day + timedelta(days=self.valid_days) if self.valid_days else None


class AgreementVersion(models.Model):
    """The text that everybody accepts. A new version asks again; the older counts for `grace_days` more days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    text = models.TextField(gettext_lazy("text"))
    sha256 = models.CharField(max_length=64)
    grace_days = models.PositiveIntegerField(gettext_lazy("days of grace"), default=30)
    published_on = models.DateField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]

    def __str__(self):
        return _("Agreement, version %(number)s") % {"number": self.number}

    side = HubGoverned.side

    def last_day_of_older(self) -> date:
        """The last day on which an acceptance of an older version counts."""
        return self.published_on + timedelta(days=self.grace_days)

    @staticmethod
    def hash_of(text: str) -> str:
        """SHA-256 of the text, 64 hex digits: what an acceptance binds to."""
        return hashlib.sha256(text.encode()).hexdigest()


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """That of the accreditations that she sees."""
        return self.filter(accreditation__in=Accreditation.objects.visible_to(user))


class Evidence(models.Model):
    """One answer to one requirement: a certificate, a check, a sponsor's word, an acceptance, a status."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="evidence")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="evidence")
    agreement = models.ForeignKey(AgreementVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=100, blank=True)
    sentence = models.TextField(blank=True)
    held_from = models.DateField()
    until = models.DateField(null=True, blank=True)
    file = models.CharField(max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)
    # None: a sponsor without an account of her own, who proved her address by the link that was sent to it.
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_as = models.CharField(max_length=300)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["noted_at"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="researchers_evidence_confirmed",
            ),
            models.CheckConstraint(condition=Q(file="") | ~Q(file_sha256=""), name="researchers_evidence_file"),
        ]

    def __str__(self):
        return f"{self.requirement}: {self.noted_as}"

    def counts(self) -> bool:
        """Her own acceptance of the agreement counts as it is; all else once an officer confirmed it."""
        return self.confirmed_at is not None or self.agreement_id is not None

    def waits_for_officer(self) -> bool:
        return not self.counts()

    def open_file(self):
        """The stored file, open for reading."""
        return storages["evidence"].open(self.file)

    def content(self) -> dict:
        """Everything of it that an officer is shown."""
        return {
            "id": str(self.pk),
            "requirement": str(self.requirement_id),
            "agreement": str(self.agreement_id or ""),
            "issuer": self.issuer,
            "number": self.number,
            "sentence": self.sentence,
            "from": self.held_from.isoformat(),
            "until": self.until.isoformat() if self.until else "",
            "file_sha256": self.file_sha256,
            "by": self.noted_as,
        }


class SponsorRequestQuerySet(models.QuerySet):
    def waiting(self):
        """Those whose link still works."""
        return self.filter(answered_at=None, expires_at__gt=timezone.now())


class SponsorRequest(models.Model):
    """A sponsor is asked, by a link to her address. Only the SHA-256 of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="sponsor_requests")
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    says_yes = models.BooleanField(null=True, blank=True)

    objects = SponsorRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return self.email


def rules_now() -> Rules:
    """What is asked of everybody now. Two queries."""
    return Rules(list(Requirement.objects.all()), list(AgreementVersion.objects.all()))
