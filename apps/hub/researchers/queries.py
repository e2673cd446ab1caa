from django.utils.translation import gettext as _

from apps.hub.researchers.models import Accreditation


def accreditation_of(user) -> Accreditation | None:
    """The newest accreditation of a person, or None. One query."""
    rows = Accreditation.objects.filter(user=user).select_related("organisation", "user")
    return rows.order_by("-created_at").first()


def why_not_accredited(user, at) -> str:
    """Why `user` is not an accredited researcher at that moment, as a sentence; empty where she is."""
    accreditation = accreditation_of(user)
    return _("There is no accreditation.") if accreditation is None else accreditation.why_not(at)
