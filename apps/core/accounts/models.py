import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core.accounts.identity import ADDRESS, mark_of, marks_of
from apps.core.accounts.roles import SENTENCES, Role
from apps.core.workflow.models import Governed


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """A person with a normalised e-mail address; without a password she cannot sign in until she sets one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """A person. What she may do comes from her roles alone: there is no superuser."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    orcid = models.CharField(_("ORCID iD"), max_length=40, blank=True)
    # When ORCID itself said that it is hers; None for one that she typed.
    orcid_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Where a member of staff works, as she says: a TRE may bar her from deciding on her colleagues' work.
    organisation = models.CharField(_("where you work"), max_length=200, blank=True)
    ror = models.CharField(_("its ROR id"), max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_once")]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def _roles(self) -> frozenset[tuple[str, uuid.UUID]]:
        return frozenset(self.role_grants.in_force().values_list("role", "side"))

    def roles(self) -> frozenset[tuple[str, uuid.UUID]]:
        """Her (role, side) pairs now. One query for each instance, that is, for each request."""
        return self._roles if self.is_active else frozenset()

    def has_role(self, role: str, side) -> bool:
        """True where she holds `role` on `side` (a UUID or its text)."""
        return (role, uuid.UUID(str(side))) in self.roles()

    def has_hub_role(self, *roles: str) -> bool:
        """True where she holds one of `roles` at the hub."""
        return any(self.has_role(role, settings.HUB_ID) for role in roles)

    def sides(self, *roles: str) -> set[uuid.UUID]:
        """The TREs on whose staff she is (in one of `roles`, where given). Who sits on a TRE's panel alone is none of its staff."""
        hub, wanted = uuid.UUID(settings.HUB_ID), roles or set(Role) - {Role.PANEL_MEMBER}
        return {side for role, side in self.roles() if side != hub and role in wanted}

    def tres(self) -> set[uuid.UUID]:
        """The TREs where she has any part: on the staff, or on a panel."""
        return {side for _role, side in self.roles()} - {uuid.UUID(settings.HUB_ID)}

    @property
    def is_administrator(self) -> bool:
        """An administrator, of the hub or of a TRE."""
        return any(role == Role.ADMINISTRATOR for role, _side in self.roles())

    @property
    def is_staff(self) -> bool:
        """May open Django's admin: whoever works here in any role but a researcher's."""
        return any(role != Role.RESEARCHER for role, _side in self.roles())

    def has_perm(self, permission, obj=None) -> bool:
        """Never by Django's permissions: the rules are `check_…` functions."""
        return False

    def has_module_perms(self, app_label) -> bool:
        return self.is_staff

    def emails(self) -> list[str]:
        """Her verified e-mail addresses, lower case."""
        return [
            address.lower() for address in self.emailaddress_set.filter(verified=True).values_list("email", flat=True)
        ]

    @cached_property
    def _marks(self) -> frozenset[str]:
        return frozenset(self.marks.values_list("mark", flat=True))

    def marks_kept(self) -> frozenset[str]:
        """What is remembered of every address and ORCID iD that she had here. One query for each instance."""
        return self._marks

    def ever_had(self, email: str) -> bool:
        """True of an address that she verified here, also of one that she gave up since."""
        return mark_of(ADDRESS, email) in self.marks_kept()

    def remember(self) -> None:
        """Keep the marks of her addresses and her ORCID iD as they are now."""
        Mark.objects.bulk_create(
            (Mark(user=self, mark=each) for each in marks_of(self.emails(), self.orcid)), ignore_conflicts=True
        )


class Mark(models.Model):
    """One address or ORCID iD that a person had, as a digest: who changes hers still cannot decide on her own work."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=64)
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "mark"], name="accounts_mark_once")]

    def __str__(self):
        return self.mark


class RoleGrantQuerySet(models.QuerySet):
    def in_force(self):
        """Roles that are held at this minute: not ended, and their last day (in the portal's zone) has not passed."""
        held = models.Q(until=None) | models.Q(until__gte=timezone.localdate())
        return self.filter(held, ended_at=None)


class RoleGrant(models.Model):
    """A role held by a person on one side, from and until when, by whose hands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=30, choices=Role.choices)
    side = models.UUIDField()
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "side"], condition=models.Q(ended_at=None), name="accounts_rolegrant_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False)
                | models.Q(ended_at__isnull=False, until__isnull=False),
                name="accounts_rolegrant_ended",
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}"

    def get_absolute_url(self):
        """Where its holder reads of it."""
        return reverse("profile")

    @property
    def sentence(self) -> str:
        """What the role may do."""
        return SENTENCES[Role(self.role)]

    def is_in_force(self) -> bool:
        """True at this minute."""
        return self.ended_at is None and (self.until is None or self.until >= timezone.localdate())


class Invitation(models.Model):
    """A way in for one e-mail address. Only the SHA-256 of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=30, choices=Role.choices)
    side = models.UUIDField()
    until = models.DateField(null=True, blank=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return self.email

    def is_open(self) -> bool:
        """True while its link works."""
        return self.accepted_at is None and self.expires_at > timezone.now()


class AccessChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The changes on the sides that she administers."""
        return self.filter(side__in=[side for role, side in user.roles() if role == Role.ADMINISTRATOR])


class AccessChange(Governed):
    """Who may do what is changed by two: one administrator proposes, another one of the same side confirms."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for a second administrator")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Kind(models.TextChoices):
        GIVE = "give", _("Give a role")
        INVITE = "invite", _("Invite somebody")
        RESET = "reset", _("Take away a lost second factor")

    state = FSMField(protected=True, choices=State.choices, default=State.PROPOSED)
    side = models.UUIDField(db_index=True)  # type: ignore[assignment]
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="access_changes")
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=30, choices=Role.choices, blank=True)
    until = models.DateField(null=True, blank=True)
    reason = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    # The one thing that one person may do alone: appoint the second administrator of a side.
    is_first = models.BooleanField(default=False)
    objects = AccessChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of access")
        verbose_name_plural = _("changes of access")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "confirmed", "refused", "withdrawn"]),
                name="accounts_accesschange_state",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="accounts_accesschange_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(is_first=True)
                | ~models.Q(state="confirmed")
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="accounts_accesschange_by_two",
            ),
        ]

    def __str__(self):
        role = f" ({self.get_role_display()})" if self.role else ""
        return f"{self.get_kind_display()}: {self.user or self.email}{role}"

    def get_absolute_url(self):
        return reverse("access_change", args=[self.pk])

    @property
    def sentence(self) -> str:
        """What the role may do; empty where the change is about none."""
        return SENTENCES[Role(self.role)] if self.role else ""

    def content(self) -> dict:
        until = self.until.isoformat() if self.until else ""
        return super().content() | {
            "kind": self.kind,
            "side": str(self.side),
            "user": str(self.user_id or ""),
            "email": self.email,
            "role": self.role,
            "until": until,
            "reason": self.reason,
        }

    @transition(field=state, source=State.PROPOSED, target=State.CONFIRMED)
    def confirm(self, by, at):
        self.decided_by, self.decided_at = by, at

    @transition(field=state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, by, at):
        self.decided_by, self.decided_at = by, at

    @transition(field=state, source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self, by, at):
        self.decided_by, self.decided_at = by, at
