"""The demonstration's researchers and their papers."""

from datetime import date, timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.audit.act import act
from apps.hub.researchers import actions as researchers
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, AgreementVersion, Organisation, Requirement
from apps.tools.federation.accounts import REASON, user
from apps.tools.federation.people import CERTIFICATE, HUB_PEOPLE

WAITS = "dina@northgate.example"  # for the officer to look at
TRAINING_DAYS = {"cleo@northgate.example": 10}
AGREEMENT = """I use the data for my project alone, and inside the secure data centre alone.

I try to recognise nobody, and I tell nobody what could let others do so.

I tell the secure data centre at once when something goes wrong.

If I break this, my access ends, my employer is told, and I may be fined."""


def seed_researchers() -> None:
    """Researchers with full papers: two hold for a year, one's training ends in ten days, one waits for the officer."""
    officer = user("officer@hub.example")
    organisation = Organisation.objects.filter(name="Northgate University").first() or evidence.keep_organisation(
        by=officer, name="Northgate University", kind="university", country="United Kingdom"
    )
    if not AgreementVersion.objects.exists():
        evidence.publish_agreement(by=officer, text=AGREEMENT, grace_days=30)
    for person in HUB_PEOPLE:
        if Role.RESEARCHER in person.hub_roles:
            seed_accreditation(person.email, organisation, TRAINING_DAYS.get(person.email, 365))


def seed_accreditation(email: str, organisation: Organisation, training_days: int) -> None:
    """Everything that is asked for; the officer approves, but leaves one to be looked at."""
    person, officer, today = user(email), user("officer@hub.example"), timezone.localdate()
    found = Accreditation.objects.filter(user=person).first() or researchers.draft(by=person, organisation=organisation)
    if found.state == Accreditation.State.DRAFT:
        seed_papers(found, person, today + timedelta(days=training_days))
        researchers.submit(accreditation=found, by=person)
        found = Accreditation.objects.get(pk=found.pk)
    if found.state == Accreditation.State.SUBMITTED and email != WAITS:
        if not found.evidence.filter(requirement__kind="identity").exists():
            evidence.note_identity(accreditation=found, by=officer, how="Saw her staff card.", on=today)
        until = today + timedelta(days=365)
        researchers.approve(accreditation=found, by=officer, reason=REASON, until=until)


def seed_papers(accreditation: Accreditation, person: User, until: date) -> None:
    """A certificate, a sponsor's word and the agreement: what is not there yet."""
    there = set(accreditation.evidence.values_list("requirement__kind", flat=True))
    if "training" not in there:
        evidence.add_evidence(
            accreditation=accreditation,
            by=person,
            requirement=Requirement.objects.get(key="safe-researcher-training"),
            issuer="Northgate Academy (invented)",
            number=f"NA-{person.pk.hex[:6]}",
            held_from=timezone.localdate() - timedelta(days=30),
            until=until,
            file=ContentFile(CERTIFICATE, "certificate.pdf"),
        )
    if "sponsor" not in there:
        words = {"name": "Vera Halloran, dean (invented)", "sentence": "I have worked with her for years."}
        with act():
            asked = evidence.name_sponsor(accreditation=accreditation, by=person, email="dean@northgate.example")
            evidence.attest(sponsor_request=asked, by=None, says_yes=True, **words)
    if "agreement" not in there:
        version = AgreementVersion.objects.last()
        evidence.accept_agreement(accreditation=accreditation, by=person, sha256=version.sha256)
