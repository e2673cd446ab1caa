"""What speaks for a person: papers, a sponsor, the agreement, an identity check. And what is asked of everybody."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts import links
from apps.core.audit.act import act, outbox, record
from apps.core.errors import BadInput, WrongState
from apps.core.notices.service import notify
from apps.core.outbox.registry import work
from apps.core.workflow import steps
from apps.core.workflow.steps import step
from apps.hub.researchers import files, permissions
from apps.hub.researchers.checklist import written
from apps.hub.researchers.forms import AcceptForm, IdentityForm, PaperForm, SponsorForm, TakeBackForm
from apps.hub.researchers.models import (
    Accreditation,
    AgreementVersion,
    Evidence,
    Organisation,
    Requirement,
    SponsorRequest,
    rules_now,
)

SPONSOR_DAYS = 30
MOST_SPONSORS = 5  # that are asked within a day: anybody's address can be named, and each gets a mail


def _locked(accreditation, by, transition: str, check) -> Accreditation:
    """The accreditation, locked and read again, with who and when asked."""
    found = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
    check(by, found)
    steps.check_state(found, transition)
    return found


def _requirement(kind: str) -> Requirement:
    """The requirement of a kind that is asked for once. Raises WrongState where an administrator has taken it away."""
    found = Requirement.objects.filter(kind=kind).first()
    if found is None:
        raise WrongState(_("This is not asked for at the moment."))
    return found


@step(
    Accreditation,
    label=gettext_lazy("Add a certificate or letter"),
    check=permissions.check_is_her_own,
    form=PaperForm,
)
def add_evidence(*, accreditation, by, requirement, issuer: str, held_from: date, until: date, file, number: str = ""):
    """Hand in a paper. It counts once an officer has confirmed it; what counted before goes on counting."""
    stored = files.keep(file, str(accreditation.pk))
    try:
        with act():
            accreditation = _locked(accreditation, by, "add_evidence", permissions.check_is_her_own)
            made = Evidence.objects.create(
                accreditation=accreditation,
                requirement=requirement,
                issuer=issuer,
                number=number,
                held_from=held_from,
                until=until,
                noted_by=by,
                noted_as=by.name,
                **stored,
            )
            about = {"requirement": requirement.key, "evidence": made.pk, "sha256": made.file_sha256}
            record("accreditation.evidence_added", by=by, subject=accreditation, **about)
    except BaseException:
        files.throw_away(stored["file"])
        raise
    return made


@step(
    Accreditation,
    label=gettext_lazy("Take a paper back"),
    check=permissions.check_is_her_own,
    form=TakeBackForm,
    warning=True,
)
def take_back_evidence(*, accreditation, by, evidence: str):
    """Take back what no officer has confirmed. Raises WrongState for what one has."""
    with act():
        accreditation = _locked(accreditation, by, "take_back_evidence", permissions.check_is_her_own)
        found = accreditation.evidence.filter(pk=evidence).first()
        if found is None or not found.waits_for_officer():
            raise WrongState(_("This paper cannot be taken back: an officer has relied on it."))
        path, requirement = found.file, found.requirement.key
        found.delete()
        if path and not Evidence.objects.filter(file=path).exists():
            transaction.on_commit(lambda: files.throw_away(path))
        record("accreditation.evidence_taken_back", by=by, subject=accreditation, requirement=requirement)


@step(
    Accreditation,
    label=gettext_lazy("Name a sponsor"),
    check=permissions.check_is_her_own,
    form=SponsorForm,
    done=gettext_lazy("Your sponsor is asked by e-mail. You are told what your sponsor answers."),
)
def name_sponsor(*, accreditation, by, email: str):
    """Mail a one-time link to somebody who may speak for her. Never to herself, nor to an address that was hers."""
    email = email.lower()
    hers = {each.lower() for each in by.emailaddress_set.values_list("email", flat=True)} | {by.email.lower()}
    if email in hers or by.ever_had(email):
        raise BadInput(_("Nobody speaks for herself. Name somebody else."))
    with act():
        accreditation = _locked(accreditation, by, "name_sponsor", permissions.check_is_her_own)
        a_day_ago = timezone.now() - timedelta(days=1)
        if accreditation.sponsor_requests.filter(asked_at__gt=a_day_ago).count() >= MOST_SPONSORS:
            raise WrongState(_("You asked %(number)s people within a day. Go on tomorrow.") % {"number": MOST_SPONSORS})
        asked = SponsorRequest.objects.create(
            accreditation=accreditation,
            email=email,
            token_sha256=links.unused_digest(),
            expires_at=timezone.now() + timedelta(days=SPONSOR_DAYS),
        )
        record("accreditation.sponsor_named", by=by, subject=accreditation)
        outbox(ask_sponsor, sponsor_request=asked.pk)
    return asked


@work("researchers.ask_sponsor")
def ask_sponsor(sponsor_request: str) -> None:
    """Mail the sponsor her link, where her answer is still wanted."""
    with act():
        row = SponsorRequest.objects.waiting().select_for_update().filter(pk=sponsor_request).first()
        if row:
            text = _(
                "%(name)s asks you to speak for her, so that she may ask questions of health data.\n\n"
                "Say yes or no here before %(day)s:\n\n%(link)s\n\nDo you not know her? Then say no.\n"
            )
            name, subject = row.accreditation.user.name, _("Do you speak for her?")
            links.mail_link(row, view="researchers:attest", subject=subject, text=text, name=name)


def sponsor_request_of(token: str) -> SponsorRequest | None:
    """The open question behind a link, or None."""
    rows = SponsorRequest.objects.waiting().filter(token_sha256=links.digest_of(token))
    return rows.select_related("accreditation__user", "accreditation__organisation").first()


def attest(*, sponsor_request: SponsorRequest, by, name: str, says_yes: bool, sentence: str) -> None:
    """The sponsor answers, as herself. `by` is None where she has no account: see check_can_attest()."""
    with act():
        accreditation = Accreditation.objects.select_for_update().get(pk=sponsor_request.accreditation_id)
        asked = SponsorRequest.objects.select_for_update().get(pk=sponsor_request.pk)
        permissions.check_can_attest(by, asked)
        steps.check_state(accreditation, "attest")
        if asked.answered_at or asked.expires_at <= timezone.now():
            raise WrongState(_("This was answered before, or its time is over; nothing was changed."))
        asked.answered_at, asked.says_yes = timezone.now(), says_yes
        asked.save()
        if says_yes:
            requirement, today = _requirement(Requirement.Kind.SPONSOR), timezone.localdate()
            Evidence.objects.create(
                accreditation=accreditation,
                requirement=requirement,
                sentence=sentence,
                held_from=today,
                until=requirement.until(today),
                noted_by=by,
                noted_as=f"{name} <{asked.email}>",
            )
        verb = "accreditation.sponsored" if says_yes else "accreditation.not_sponsored"
        record(verb, by=by or "sponsor", subject=accreditation, reason=sentence)
        answer = _("yes") if says_yes else _("no")
        told = {"email": asked.email, "answer": answer}
        notify("accreditation.sponsor_answered", to=accreditation.user, about=accreditation, **told)


@step(Accreditation, label=gettext_lazy("Accept the agreement"), check=permissions.check_is_her_own, form=AcceptForm)
def accept_agreement(*, accreditation, by, sha256: str, agreed: bool = True):
    """Accept exactly the text that she was shown. Raises WrongState where a newer one is in force, or she has already."""
    with act():
        accreditation = _locked(accreditation, by, "accept_agreement", permissions.check_is_her_own)
        requirement = _requirement(Requirement.Kind.AGREEMENT)
        version = rules_now().current_version()
        if version is None or version.sha256 != sha256:
            raise WrongState(_("The agreement has a newer text. Read it first; nothing was changed."))
        if accreditation.evidence.filter(agreement=version).exists():
            raise WrongState(_("You have accepted this version; nothing was changed."))
        today = timezone.localdate()
        Evidence.objects.create(
            accreditation=accreditation,
            requirement=requirement,
            agreement=version,
            number=str(version.number),
            held_from=today,
            until=requirement.until(today),
            noted_by=by,
            noted_as=by.name,
        )
        facts = {"version": version.number, "sha256": version.sha256}
        record("accreditation.agreement_accepted", by=by, subject=accreditation, **facts)


@step(
    Accreditation,
    label=gettext_lazy("Note an identity check"),
    check=permissions.check_can_decide,
    form=IdentityForm,
)
def note_identity(*, accreditation, by, how: str, on: date):
    """The officer writes down how and when she checked who this is."""
    with act():
        accreditation = _locked(accreditation, by, "note_identity", permissions.check_can_decide)
        requirement = _requirement(Requirement.Kind.IDENTITY)
        Evidence.objects.create(
            accreditation=accreditation,
            requirement=requirement,
            sentence=how,
            held_from=on,
            until=requirement.until(on),
            noted_by=by,
            noted_as=by.name,
        )
        record("accreditation.identity_checked", by=by, subject=accreditation, reason=how)


def publish_agreement(*, by, text: str, grace_days: int) -> AgreementVersion:
    """A new text, in force from now on. Whoever accepted the one before keeps her access for `grace_days` more days."""
    permissions.check_keeps_rules(by)
    sha256 = AgreementVersion.hash_of(text)
    with act():
        before = AgreementVersion.objects.select_for_update().last()
        if before is not None and before.sha256 == sha256:
            raise WrongState(_("This is the text in force; nothing was changed."))
        made = AgreementVersion.objects.create(
            number=before.number + 1 if before else 1,
            text=text,
            sha256=sha256,
            grace_days=grace_days,
            published_on=timezone.localdate(),
            published_by=by,
        )
        record("agreement.published", by=by, subject=made, public={"number": made.number}, sha256=sha256)
        until = written(made.last_day_of_older())
        for each in Accreditation.objects.filter(state__in=Accreditation.ALIVE).select_related("user"):
            notify("agreement.published", to=each.user, about=each, until=until)
    return made


def keep_organisation(*, by, organisation: Organisation | None = None, **fields) -> Organisation:
    """Add an organisation, or correct what is said of it."""
    permissions.check_keeps_rules(by)
    with act():
        if organisation is None:
            made = Organisation.objects.create(**fields)
        else:
            made = Organisation.objects.select_for_update().get(pk=organisation.pk)
            for name, value in fields.items():
                setattr(made, name, value)
            made.save()
        record("organisation.kept", by=by, subject=made, **fields)
    return made


def set_requirement(*, by, requirement: Requirement | None = None, **fields) -> Requirement:
    """Ask something more of everybody, or change what is asked. What hangs on the old words keeps its place."""
    permissions.check_sets_requirements(by)
    with act():
        if requirement is None:
            made = Requirement.objects.create(**fields)
        else:
            made = Requirement.objects.select_for_update().get(pk=requirement.pk)
            for name, value in fields.items():
                setattr(made, name, value)
            made.save()
        record("requirement.set", by=by, subject=made, public={"title": made.title}, required=made.required)
    return made
