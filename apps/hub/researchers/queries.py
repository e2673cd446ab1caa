from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.core.audit.models import Opening
from apps.core.workflow.models import SignOff
from apps.hub.researchers.models import Accreditation

PROFILE_VERBS = ("person.profile_changed", "person.orcid_linked")


def accreditation_of(user) -> Accreditation | None:
    """The newest accreditation of a person with its evidence, or None. Two queries."""
    rows = Accreditation.objects.filter(user=user).select_related("organisation", "user").prefetch_related("evidence")
    return rows.order_by("-created_at").first()


def why_not_accredited(user, at: datetime) -> str:
    """Why `user` is not an accredited researcher at that moment, as a sentence; empty where she is."""
    accreditation = accreditation_of(user)
    return _("There is no accreditation.") if accreditation is None else accreditation.why_not(at)


def has_lost_accreditation(user, at: datetime) -> bool:
    """True of who was accredited once, and is not at that moment."""
    once = ["approved", "suspended", "expired", "revoked"]
    return Accreditation.objects.filter(user=user, state__in=once).exists() and bool(why_not_accredited(user, at))


def accredited_until(accreditation: Accreditation | None, at: datetime) -> date | None:
    """The last day of an accreditation that holds at that moment: the earliest end of all that it needs. None where it does not."""
    if accreditation is None or not accreditation.in_force(at):
        return None
    end = accreditation.earliest_end(at)
    return end[0] if end else None


def accreditations_of(users) -> dict:
    """The newest accreditation of each of many people, by the person's id. Two queries."""
    rows = Accreditation.objects.filter(user__in=users).select_related("organisation", "user")
    return {each.user_id: each for each in rows.prefetch_related("evidence").order_by("created_at")}


def public_name(user) -> str:
    """How a researcher is named in public, as she chose: her name, or “a researcher of” her organisation."""
    return name_in_public(user, accreditation_of(user))


def name_in_public(user, accreditation: Accreditation | None) -> str:
    """The same, where her accreditation is at hand."""
    if accreditation is not None and accreditation.named_as == Accreditation.NamedAs.ORGANISATION:
        return _("a researcher of %(organisation)s") % {"organisation": accreditation.organisation}
    return user.name


def changed_since_decided() -> QuerySet[Accreditation]:
    """Those accredited who changed their name, ORCID iD or organisation since, with what the last decision bound to.

    Whether her access has stopped is for the caller to see: `content_sha256()` against `decided_sha256`. Two queries.
    """
    latest = SignOff.objects.filter(subject_id=OuterRef("pk")).order_by("-at")[:1]
    about_her = Q(subject_id=OuterRef("user"), verb__in=PROFILE_VERBS) | Q(
        subject_id=OuterRef("pk"), verb="accreditation.amended"
    )
    rows = Accreditation.objects.filter(state="approved").annotate(
        decided_at=Subquery(latest.values("at")), decided_sha256=Subquery(latest.values("content_sha256"))
    )
    changed = rows.filter(Exists(Opening.objects.filter(about_her, at__gt=OuterRef("decided_at"))))
    return changed.select_related("user").prefetch_related("evidence").order_by("decided_at", "pk")
