from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.workflow.models import TreQuerySet, sha256_of

# The fields of a policy that everybody may read, and the version that they are of.
PUBLISHED = (
    *("least_count", "rounding", "file_types", "most_megabytes", "review", "other_organisation", "days_promised"),
    *("asked_of_people", "requirements", "version"),
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
    # What is ticked off before a person is accepted here: {"title", "sentence", "evidence": whether a paper is asked for}.
    requirements = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    # Private: whoever knows these could work a withheld value out. They never leave the node.
    dominance_largest = models.PositiveSmallIntegerField(default=1)
    dominance_percent = models.PositiveSmallIntegerField(default=50)

    objects = TreQuerySet.as_manager()

    def __str__(self):
        return self.name

    def shown_sha256(self) -> str:
        """The version stands for all that its page shows: every change makes another one."""
        return sha256_of({"version": self.version})

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

    @classmethod
    def asked_at(cls, tre) -> list[dict]:
        """What a TRE (its UUID) asks of a person beyond the baseline; nothing where it keeps no policy."""
        return next(iter(cls.objects.filter(pk=tre).values_list("requirements", flat=True)), [])

    def published(self) -> dict:
        """What crosses the border: the published part alone."""
        return {name: getattr(self, name) for name in PUBLISHED}
