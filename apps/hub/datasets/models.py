"""The catalogue: TREs, what they hold (descriptions only), and the workflows that may be asked for."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import RETURN_VALUE, FSMField, transition

from apps.core.accounts.roles import Role
from apps.core.audit.models import AppendOnlyModel
from apps.core.workflow.models import HubGoverned

CERTIFICATE_READERS = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.ACCREDITATION_OFFICER, Role.AUDITOR)


class Catalogued(models.QuerySet):
    def visible_to(self, user):
        """The catalogue is for everyone who is signed in."""
        return self


class CataloguedDatasets(Catalogued):
    def visible_to(self, user):
        """Everyone may read what was ever listed; a draft is for those who are signed in."""
        return self if user.is_authenticated else self.exclude(state="draft")


class Tre(HubGoverned):
    """A Trusted Research Environment of the federation. Its id is its side everywhere."""

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        SUBMITTED = "submitted", gettext_lazy("submitted")
        ACCREDITED = "accredited", gettext_lazy("accredited")
        SUSPENDED = "suspended", gettext_lazy("suspended")
        LEAVING = "leaving", gettext_lazy("leaving")
        LEFT = "left", gettext_lazy("left")

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(unique=True)
    summary = models.TextField()
    contact_email = models.EmailField()
    # The TRE's own public words, no part of what was accredited: it may change them at any time.
    opt_out = models.TextField(blank=True, default="")
    # The TRE's own words, signed by its node: how it checks results, what it asks of people, the days it promises.
    policy = models.JSONField(default=dict, blank=True)
    policy_at = models.DateTimeField(null=True, blank=True)
    public_key = models.JSONField()
    submitted_by = models.UUIDField(null=True, blank=True)
    # The state that it had when it was announced that it leaves, and how often such an announcement was taken back.
    left_from = models.CharField(max_length=20, blank=True, default="", editable=False)
    times_stayed = models.PositiveSmallIntegerField(default=0, editable=False)
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = Catalogued.as_manager()

    class Meta:
        verbose_name = gettext_lazy("TRE")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "accredited", "suspended", "leaving", "left"]),
                name="datasets_tre_state",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("datasets:tre", args=[self.pk])

    def content(self):
        return {"id": str(self.pk), "name": self.name, "summary": self.summary, "public_key": self.public_key}

    def ticks_now(self):
        """What was ticked off since it was last announced that it leaves."""
        return self.leaving_ticks.filter(times_stayed=self.times_stayed)

    def certificates_in_force(self, day: date) -> list["Certificate"]:
        """Its confirmed certificates that count on `day`. One query, or none where they were fetched with it."""
        return [each for each in self.certificates.all() if each.in_force(day)]

    def why_closed(self, day: date) -> str:
        """Why no new request goes to this TRE on `day`, as a sentence; empty where one may."""
        if self.state != self.State.ACCREDITED:
            return _("%(tre)s is “%(state)s”: no new request goes there.") % {
                "tre": self,
                "state": self.get_state_display(),
            }
        if not self.certificates_in_force(day):
            return _(
                "%(tre)s has no certificate that counts today: no new request goes there until it has shown one."
            ) % {"tre": self}
        return ""

    @transition(field=state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self, *, by):
        self.submitted_by = by.pk

    @transition(field=state, source=State.SUBMITTED, target=State.ACCREDITED)
    def accredit(self):
        pass

    @transition(field=state, source=State.SUBMITTED, target=State.DRAFT)
    def send_back(self):
        pass

    @transition(field=state, source=State.ACCREDITED, target=State.SUSPENDED)
    def suspend(self):
        pass

    @transition(field=state, source=State.SUSPENDED, target=State.ACCREDITED)
    def reinstate(self):
        pass

    @transition(field=state, source=[State.ACCREDITED, State.SUSPENDED], target=State.LEAVING)
    def announce_leaving(self):
        self.left_from = self.state

    @transition(field=state, source=State.LEAVING, target=RETURN_VALUE(State.ACCREDITED, State.SUSPENDED))
    def stay(self):
        """It is again what it was. One that was announced before this was kept has to be reinstated."""
        before, self.left_from = self.left_from, ""
        self.times_stayed += 1
        return before or self.State.SUSPENDED

    @transition(field=state, source=State.LEAVING, target=State.LEFT)
    def leave(self):
        pass


class LeavingTick(AppendOnlyModel):
    """Something that is done before a TRE has left: who says so, and how she knows."""

    class Item(models.TextChoices):
        RUNS = "runs", gettext_lazy("Every analysis there has ended or was stopped.")
        OUTPUTS = "outputs", gettext_lazy("Every result was let out, or is destroyed on a day that is fixed.")
        GRANTS = "grants", gettext_lazy("Nobody may use its data through this portal any more.")
        PEERS = "peers", gettext_lazy("The people and the projects that used it were told.")
        KEYS = "keys", gettext_lazy("Its secret keys are destroyed.")
        LOGS = "logs", gettext_lazy("Its log is kept: it is written down where, and until when.")

    tre = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="leaving_ticks")
    item = models.CharField(max_length=10, choices=Item.choices)
    words = models.TextField()
    # How often it had stayed by then: a tick counts for one announcement, and not for the next.
    times_stayed = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tre", "item", "times_stayed"], name="datasets_leavingtick_once"),
            models.CheckConstraint(
                condition=Q(item__in=["runs", "outputs", "grants", "peers", "keys", "logs"]),
                name="datasets_leavingtick_item",
            ),
        ]

    def __str__(self):
        return self.get_item_display()


class Certificates(models.QuerySet):
    def visible_to(self, user):
        """For who keeps the catalogue, who decides on a TRE, and who audits; the public reads standard and last day."""
        return self if user.has_hub_role(*CERTIFICATE_READERS) else self.none()


class Certificate(HubGoverned):
    """Evidence for a TRE's accreditation: that it works to a standard, until a day. Entered by one, confirmed by another."""

    class State(models.TextChoices):
        HANDED_IN = "handed_in", gettext_lazy("handed in")
        CONFIRMED = "confirmed", gettext_lazy("confirmed")
        REFUSED = "refused", gettext_lazy("refused")
        ENDED = "ended", gettext_lazy("ended")

    held_by = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="certificates")
    standard = models.CharField(max_length=100)
    issuer = models.CharField(max_length=200)
    number = models.CharField(max_length=100)
    until = models.DateField()
    file = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=40)
    handed_in_by = models.UUIDField()
    state = FSMField(protected=True, choices=State.choices, default=State.HANDED_IN)

    objects = Certificates.as_manager()

    class Meta:
        verbose_name = gettext_lazy("certificate")
        ordering = ["standard", "until"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["handed_in", "confirmed", "refused", "ended"]),
                name="datasets_certificate_state",
            )
        ]

    def __str__(self):
        return _("%(standard)s of %(tre)s") % {"standard": self.standard, "tre": self.held_by}

    def get_absolute_url(self):
        return reverse("datasets:certificate", args=[self.pk])

    def content(self):
        return {
            "id": str(self.pk),
            "held_by": str(self.held_by_id),
            "standard": self.standard,
            "issuer": self.issuer,
            "number": self.number,
            "until": self.until.isoformat(),
            "file_sha256": self.file_sha256,
        }

    def in_force(self, day: date) -> bool:
        """True where it counts on `day`: it was confirmed, and its last day has not passed."""
        return self.state == self.State.CONFIRMED and day <= self.until

    @transition(field=state, source=State.HANDED_IN, target=State.CONFIRMED)
    def confirm(self):
        pass

    @transition(field=state, source=State.HANDED_IN, target=State.REFUSED)
    def refuse(self):
        pass

    @transition(field=state, source=State.CONFIRMED, target=State.ENDED)
    def end(self):
        pass


class Dataset(HubGoverned):
    """The description of a dataset; the data stay in their TRE."""

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        LISTED = "listed", gettext_lazy("listed")
        SUSPENDED = "suspended", gettext_lazy("suspended")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    held_by = models.ForeignKey(Tre, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=200)
    summary = models.TextField()
    described_by = models.UUIDField()
    state = FSMField(protected=True, choices=State.choices, default=State.DRAFT)

    objects = CataloguedDatasets.as_manager()

    class Meta:
        verbose_name = gettext_lazy("dataset")
        constraints = [
            models.UniqueConstraint(fields=["held_by", "name"], name="datasets_dataset_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "listed", "suspended", "withdrawn"]), name="datasets_dataset_state"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("datasets:dataset", args=[self.pk])

    def content(self):
        return {
            "id": str(self.pk),
            "held_by": str(self.held_by_id),
            "name": self.name,
            "summary": self.summary,
            "versions": [version.content() for version in self.versions.order_by("label")],
        }

    @transition(field=state, source=State.DRAFT, target=State.LISTED)
    def publish(self):
        pass

    @transition(field=state, source=State.LISTED, target=State.SUSPENDED)
    def suspend(self):
        pass

    @transition(field=state, source=State.SUSPENDED, target=State.LISTED)
    def reinstate(self):
        pass

    @transition(field=state, source=[State.DRAFT, State.LISTED, State.SUSPENDED], target=State.WITHDRAWN)
    def withdraw(self):
        pass


class DatasetVersion(models.Model):
    """One version: whom, where and when it tells of, what was done to protect them, on which ground it is used, its data
    dictionary (a list of {name, meaning, values}) and a sample of invented rows.

    `nations`: a list of {nation, basis, opt_out (applies, or does not apply), reason}; the reason is of the opt-out.
    """

    class Sensitivity(models.TextChoices):
        LOW = "low", gettext_lazy("low: nobody could be found in it")
        MEDIUM = "medium", gettext_lazy("medium: someone could be found with much effort")
        HIGH = "high", gettext_lazy("high: it tells of private things, or of few people")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=50)
    years_from = models.PositiveSmallIntegerField()
    years_to = models.PositiveSmallIntegerField()
    extracted_on = models.DateField(null=True, blank=True)
    population = models.TextField(blank=True)
    places = models.CharField(max_length=300, blank=True)
    protection = models.TextField(blank=True)
    nations = models.JSONField(default=list, blank=True)
    sensitivity = models.CharField(max_length=10, choices=Sensitivity.choices, blank=True)
    custodians = models.CharField(max_length=300, blank=True)
    dictionary = models.JSONField(default=list)
    sample_name = models.CharField(max_length=200, blank=True)
    sample_sha256 = models.CharField(max_length=64, blank=True)
    sample_size = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["label"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "label"], name="datasets_version_once"),
            models.CheckConstraint(
                condition=Q(sample_name="", sample_sha256="", sample_size=0)
                | (~Q(sample_name="") & ~Q(sample_sha256="") & Q(sample_size__gt=0)),
                name="datasets_version_sample",
            ),
        ]

    def __str__(self):
        return _("%(dataset)s, version %(label)s") % {"dataset": self.dataset, "label": self.label}

    def content(self) -> list:
        """What a decider on the dataset is shown of it."""
        about = [self.extracted_on.isoformat() if self.extracted_on else "", self.population, self.places]
        safe = [self.protection, self.nations, self.sensitivity, self.custodians]
        return [self.label, self.years_from, self.years_to, *about, *safe, self.dictionary, self.sample_sha256]

    @property
    def variables(self) -> list[str]:
        """The names of its columns."""
        return [column["name"] for column in self.dictionary]


class Workflow(models.Model):
    """An analysis that may be asked for, in plain words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    summary = models.TextField()

    def __str__(self):
        return self.name


class WorkflowVersion(models.Model):
    """One version, pinned by the SHA-512 of its Workflow RO-Crate.

    `parameters`: {name, type (dataset, file, integer, string), label, default}; `outputs`: {name, title, media_type}.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=50)
    identifier = models.URLField(unique=True)
    sha512 = models.CharField(max_length=128, unique=True)
    crate = models.CharField(max_length=200)
    parameters = models.JSONField(default=list)
    outputs = models.JSONField(default=list)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.UUIDField()

    class Meta:
        ordering = ["-added_at"]

    def __str__(self):
        return _("%(workflow)s, version %(label)s") % {"workflow": self.workflow, "label": self.label}

    @property
    def side(self):
        return HubGoverned.side.fget(self)

    def get_absolute_url(self):
        return reverse("datasets:workflow", args=[self.pk])

    def distribution(self) -> str:
        """The address of its crate, as a request names it."""
        return f"{self.identifier.rstrip('/')}/crate.zip"

    def dataset_parameters(self) -> list[dict]:
        """The parameters that stand for a dataset of a TRE."""
        return [parameter for parameter in self.parameters if parameter["type"] == "dataset"]
