"""The TREs of the demonstration: staff and policy inside, description, evidence and accreditation at the hub."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from apps.core.audit.act import act
from apps.core.exchange import keys
from apps.core.exchange.service import know
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Tre
from apps.node.custody.models import AgreementPolicy
from apps.tools.federation.accounts import HUB, REASON, ensure_administrator, ensure_person, ensure_roles, user
from apps.tools.federation.people import CERTIFICATE, Centre, staff_of


def seed_centre(centre: Centre) -> None:
    """A TRE: its staff and policy inside, its description and accreditation at the hub, each other's keys."""
    staff = staff_of(centre)
    for person in staff:
        ensure_person(person)
    ensure_administrator(staff[0], centre.id)
    for person in staff[1:]:
        ensure_roles(person.email, person.tre_roles, centre.id, staff[0].email)
    AgreementPolicy.objects.get_or_create(
        tre=centre.id,
        defaults={
            "tre_name": centre.name,
            "address": f"https://{centre.slug}.example/",
            "name": f"Agreement policy of {centre.name}, version 1",
        },
    )
    know(side=centre.id, peer=HUB, name="The hub", public_key=keys.public_key_of(HUB))
    tre = Tre.objects.filter(pk=centre.id).first() or datasets.add_tre(
        by=user("admin@hub.example"),
        id=centre.id,
        name=centre.name,
        slug=centre.slug,
        summary=centre.summary,
        contact_email=f"office@{centre.slug}.example",
        opt_out=centre.opt_out,
        public_key=keys.public_key_of(centre.id),
    )
    if tre.state == Tre.State.DRAFT:
        datasets.submit(tre=tre, by=user("admin@hub.example"))
        tre = Tre.objects.get(pk=tre.pk)
    seed_certificate(tre)
    if tre.state == Tre.State.SUBMITTED:
        datasets.accredit(tre=tre, by=user("officer@hub.example"), reason=REASON)


def seed_certificate(tre: Tre) -> None:
    """Evidence that it works to a standard, for three years, confirmed by an officer."""
    if tre.certificates.exists():
        return
    with act():
        shown = datasets.hand_in_certificate(
            tre=tre,
            by=user("admin@hub.example"),
            standard="ISO/IEC 27001",
            issuer="Kestrel Certification (invented)",
            number=f"KC-{tre.slug}",
            until=timezone.localdate() + timedelta(days=3 * 365),
            file=ContentFile(CERTIFICATE, "certificate.pdf"),
        )
        datasets.confirm_certificate(certificate=shown, by=user("officer@hub.example"), reason=REASON)
