from datetime import date, datetime

from django.utils.translation import gettext as _

from apps.hub.researchers.models import Accreditation


def accreditation_of(user) -> Accreditation | None:
    """The newest accreditation of a person with its evidence, or None. Two queries."""
    rows = Accreditation.objects.filter(user=user).select_related("organisation", "user").prefetch_related("evidence")
    return rows.order_by("-created_at").first()


def why_not_accredited(user, at: datetime) -> str:
    """Why `user` is not an accredited researcher at that moment, as a sentence; empty where she is."""
    accreditation = accreditation_of(user)
    return _("There is no accreditation.") if accreditation is None else accreditation.why_not(at)


def accredited_until(accreditation: Accreditation | None, at: datetime) -> date | None:
    """The last day of an accreditation that holds at that moment: the earliest end of all that it needs. None where it does not."""
    if accreditation is None or not accreditation.in_force(at):
        return None
    end = accreditation.earliest_end(at)
    return end[0] if end else None


def public_name(user) -> str:
    """How a researcher is named in public, as she chose: her name, or “a researcher of” her organisation."""
    accreditation = accreditation_of(user)
    if accreditation is not None and accreditation.named_as == Accreditation.NamedAs.ORGANISATION:
        return _("a researcher of %(organisation)s") % {"organisation": accreditation.organisation}
    return user.name
