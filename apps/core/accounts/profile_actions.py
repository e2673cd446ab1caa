"""Who a person says she is, and what ORCID says of it."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.identity import bare_orcid
from apps.core.accounts.models import User
from apps.core.accounts.role_actions import PersonNote
from apps.core.audit.act import act, record
from apps.core.errors import BadInput, WrongState


def sides_of(person: User) -> set[UUID]:
    """The sides on which she has a role; the hub where she has none."""
    return set(person.role_grants.filter(ended_at=None).values_list("side", flat=True)) or {UUID(settings.HUB_ID)}


def change_profile(*, by: User, name: str, orcid: str, **workplace: str) -> None:
    """Her own name and ORCID iD, and where she works (`organisation`, `ror`). An iD that she typed is not verified."""
    with act():
        person = User.objects.select_for_update().get(pk=by.pk)
        if orcid != person.orcid:
            person.orcid_verified_at = None
        person.remember()
        person.name, person.orcid = name, orcid
        person.organisation = workplace.get("organisation", person.organisation)
        person.ror = workplace.get("ror", person.ror)
        person.save()
        person.remember()
        for side in sides_of(person):
            record("person.profile_changed", by=person, subject=PersonNote(person.pk, side), **workplace)


def link_orcid(*, by: User, orcid: str) -> None:
    """ORCID itself said whose iD it is. Raises WrongState where it proved to be somebody else's here; BadInput for no iD."""
    if not bare_orcid(orcid):
        raise BadInput(_("ORCID's answer names no iD. Nothing was changed."))
    with act():
        person = User.objects.select_for_update().get(pk=by.pk)
        if User.objects.filter(orcid=orcid, orcid_verified_at__isnull=False).exclude(pk=person.pk).exists():
            raise WrongState(_("This ORCID iD is linked to another account here; nothing was changed."))
        person.remember()
        person.orcid, person.orcid_verified_at = orcid, timezone.now()
        person.save()
        person.remember()
        for side in sides_of(person):
            record("person.orcid_linked", by=person, subject=PersonNote(person.pk, side))
