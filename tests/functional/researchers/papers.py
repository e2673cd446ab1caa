"""A researcher and her papers, for tests: reached by the acts that people take, without the whole federation."""

from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.core.workflow import steps
from apps.hub.researchers import actions
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, AgreementVersion, Organisation, Requirement

PDF = b"%PDF-1.4 a certificate"


def fresh(thing):
    """Read again."""
    return type(thing).objects.get(pk=thing.pk)


def today():
    return timezone.localdate()


def in_days(days: int):
    return today() + timedelta(days=days)


def pdf(content: bytes = PDF):
    return ContentFile(content, "certificate.pdf")


def training():
    return Requirement.objects.get(key="safe-researcher-training")


def organisation():
    return Organisation.objects.get_or_create(name="Northgate University", defaults={"kind": "university"})[0]


def publish(officer, text="I keep it safe.", grace_days=30):
    return evidence.publish_agreement(by=officer, text=text, grace_days=grace_days)


def add_training(accreditation, days=365, start=-30, **more):
    facts = {"requirement": training(), "issuer": "Academy", "file": pdf()}
    span = {"held_from": in_days(start), "until": in_days(days)}
    return evidence.add_evidence(accreditation=accreditation, by=accreditation.user, **(facts | span | more))


def sponsor(accreditation, says_yes=True, email="dean@elsewhere.example"):
    asked = evidence.name_sponsor(accreditation=accreditation, by=accreditation.user, email=email)
    evidence.attest(sponsor_request=asked, by=None, name="A Dean", says_yes=says_yes, sentence="I know her work.")
    return asked


def accept(accreditation):
    version = AgreementVersion.objects.last()
    evidence.accept_agreement(accreditation=accreditation, by=accreditation.user, sha256=version.sha256)


def handed_in(user, days=365) -> Accreditation:
    """Everything that she can give, handed in."""
    accreditation = actions.draft(by=user, organisation=organisation())
    add_training(accreditation, days)
    sponsor(accreditation)
    accept(accreditation)
    actions.submit(accreditation=accreditation, by=user)
    return fresh(accreditation)


def accredited(user, officer, days=365, until=365) -> Accreditation:
    accreditation = handed_in(user, days)
    evidence.note_identity(accreditation=accreditation, by=officer, how="Her passport.", on=today())
    actions.approve(accreditation=accreditation, by=officer, reason="All there.", until=in_days(until))
    return fresh(accreditation)


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def act(client, thing, verb, **fields):
    """Take a step through its page."""
    address = steps.get(type(thing), verb).url_for(thing)
    page = client.get(address)
    assert page.status_code == 200
    seen = page.context["form"].fields.get("seen")
    return client.post(address, ({"seen": seen.initial} if seen and seen.initial else {}) | fields)
