"""Who is accredited, on what evidence, and until which minute."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.profile_actions import change_profile
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.outbox import service as outbox
from apps.hub.researchers import actions, tasks
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, Evidence, Requirement, SponsorRequest
from apps.hub.researchers.queries import accreditation_of, accredited_until, public_name, why_not_accredited
from tests.functional.researchers.papers import (
    PDF,
    accept,
    accredited,
    act,
    add_training,
    fresh,
    handed_in,
    in_days,
    login,
    organisation,
    publish,
    sponsor,
    today,
    training,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(person):
    made = person("officer", "accreditation_officer")
    publish(made)
    return made


@pytest.fixture
def mira(person):
    return person("mira", "researcher")


def upload(name="certificate.pdf", content=PDF):
    return ContentFile(content, name)


def test_the_whole_way_through_the_pages(officer, mira, client):
    login(client, mira)
    assert client.post("/researchers/new/", {}).status_code == 400
    place = organisation()
    form = {"organisation": place.pk, "named_as": "organisation"}
    assert client.post("/researchers/new/", form).status_code == 302
    assert client.post("/researchers/new/", form).status_code == 409
    mine = Accreditation.objects.get(user=mira)
    page = client.get(mine.get_absolute_url()).content.decode()
    assert page.count(": missing</h3>") == 4
    assert "not given, and not needed" in page
    assert client.post(f"/researchers/{mine.pk}/change/", {}).status_code == 400
    assert client.post(f"/researchers/{mine.pk}/change/", form).status_code == 302
    refused = act(client, mine, "submit")
    assert refused.status_code == 409
    assert "Safe researcher training: this is missing. Take the course" in refused.content.decode()
    paper = {"requirement": training().pk, "issuer": "Academy", "held_from": today(), "until": in_days(99)}
    assert act(client, mine, "add_evidence", **paper, file=upload(content=b"<script>")).status_code == 400
    assert act(client, mine, "add_evidence", **paper | {"until": in_days(-1)}, file=upload()).status_code == 400
    assert act(client, mine, "add_evidence", **paper, file=upload(content=PDF + b" " * 11_000_000)).status_code == 400
    assert act(client, mine, "add_evidence", **paper, file=upload()).status_code == 302
    assert act(client, mine, "name_sponsor", email=mira.email).status_code == 400
    assert act(client, mine, "name_sponsor", email="dean@elsewhere.example").status_code == 302
    asking = client.get(reverse("workflow:act", args=["researchers", "accreditation", mine.pk, "accept_agreement"]))
    assert "I keep it safe." in asking.content.decode()
    digest = asking.context["form"]["sha256"].value()
    assert act(client, mine, "accept_agreement", sha256=digest).status_code == 400
    assert act(client, mine, "accept_agreement", sha256=digest, agreed="on").status_code == 302
    assert "dean@elsewhere.example" in client.get(mine.get_absolute_url()).content.decode()
    assert act(client, mine, "submit").status_code == 302
    outbox.drain()
    link = re.search(r"/researchers/sponsor/\S+", mail.outbox[-1].body)[0]
    client.logout()
    assert "Do you speak for Mira?" in client.get(link).content.decode()
    assert client.post(link, {"name": "D"}).status_code == 400
    answered = client.post(link, {"name": "Vera, dean", "answer": "yes", "sentence": "Years of good work."})
    assert "Thank you" in answered.content.decode()
    assert client.get(link).status_code == 404
    login(client, officer)
    assert "Decide:" in client.get("/home/").content.decode()
    yes = {"reason": "All there.", "until": in_days(50)}
    lacking = act(client, mine, "approve", **yes)
    assert lacking.status_code == 409
    assert "Identity check: this is missing" in lacking.content.decode()
    assert "Go back without doing this" in lacking.content.decode(), "the form again, as it was filled in"
    assert act(client, mine, "note_identity", how="Passport.", on=in_days(2)).status_code == 400
    assert act(client, mine, "note_identity", how="Passport.", on=today()).status_code == 302
    page = client.get(mine.get_absolute_url()).content.decode()
    assert page.count(": waits for an officer</h3>") == 3
    assert "Vera, dean &lt;dean@elsewhere.example&gt;" in page
    assert act(client, mine, "approve", **yes | {"until": in_days(-1)}).status_code == 400
    assert act(client, mine, "approve", **yes).status_code == 302
    mine = fresh(mine)
    assert mine.in_force(timezone.now())
    assert accredited_until(mine, timezone.now()) == in_days(50)
    page = client.get(mine.get_absolute_url()).content.decode()
    assert page.count(": there</h3>") == 4
    assert f"Access holds until {in_days(50):%-d %B %Y}" in page
    assert public_name(mira) == "a researcher of Northgate University"
    assert public_name(officer) == "Officer"


def test_an_officer_returns_with_what_is_missing_line_by_line(officer, mira, client):
    mine = handed_in(mira)
    login(client, officer)
    missing = {"missing-safe-researcher-training": "The page with the date."}
    assert act(client, mine, "send_back", **missing).status_code == 400
    assert act(client, mine, "send_back", reason="Nearly.", **missing).status_code == 302
    page = login(client, mira).get(mine.get_absolute_url()).content.decode()
    assert "The page with the date." in page
    assert "Nearly." in page
    assert "Hand in your accreditation" in client.get("/home/").content.decode()
    actions.submit(accreditation=mine, by=mira)
    assert fresh(mine).missing == {}
    actions.send_back(accreditation=mine, by=officer, reason="Once more.")
    assert fresh(mine).missing == {}


def test_what_was_slipped_in_after_the_officer_looked_is_not_approved(officer, mira, client):
    mine = handed_in(mira)
    login(client, officer)
    act(client, mine, "note_identity", how="Passport.", on=today())
    address = reverse("workflow:act", args=["researchers", "accreditation", mine.pk, "approve"])
    seen = client.get(address).context["form"]["seen"].value()
    sponsor(mine, email="other@elsewhere.example")
    answer = client.post(address, {"reason": "Yes.", "until": in_days(9), "seen": seen})
    assert answer.status_code == 409
    assert fresh(mine).state == "submitted"
    assert "since you opened the page" in answer.content.decode()
    assert client.post(address, {"reason": "Yes.", "until": in_days(9)}).status_code == 409
    with pytest.raises(WrongState, match="since you opened the page"):
        actions.approve(accreditation=mine, by=officer, reason="Yes.", until=in_days(9), seen="")
    assert fresh(mine).state == "submitted"


@pytest.mark.parametrize(("verb", "state"), [("reject", "rejected"), ("suspend", "suspended"), ("revoke", "revoked")])
def test_each_no_of_an_officer_ends_access_and_is_told_to_her(officer, mira, person, verb, state):
    from apps.core.notices.models import Notice

    mine = handed_in(mira) if verb == "reject" else accredited(mira, officer)
    getattr(actions, verb)(accreditation=mine, by=officer, reason="Because of this.")
    assert state in why_not_accredited(mira, timezone.now())
    assert "Because of this." in Notice.objects.filter(person=mira).latest("created_at").sentence
    if verb == "suspend":
        with pytest.raises(NotAllowed, match="You stopped this"):
            actions.reinstate(accreditation=mine, by=officer, reason="Cleared.")
        actions.reinstate(accreditation=mine, by=person("second", "accreditation_officer"), reason="Cleared.")
        assert why_not_accredited(mira, timezone.now()) == ""


def test_nobody_decides_on_herself_nor_on_whom_she_speaks_for(officer, mira, person):
    both = person("both", "accreditation_officer", "researcher")
    hers = handed_in(both)
    for verb in ("approve", "send_back", "reject", "note_identity"):
        arguments = {"reason": "x", "until": in_days(9), "how": "x", "on": today()}
        wanted = {"approve": ("reason", "until"), "note_identity": ("how", "on")}.get(verb, ("reason",))
        do = getattr(actions, verb, None) or getattr(evidence, verb)
        with pytest.raises(NotAllowed, match="your own accreditation"):
            do(accreditation=hers, by=both, **{name: arguments[name] for name in wanted})
    mine = handed_in(mira)
    with pytest.raises(NotAllowed, match="Only an accreditation officer"):
        actions.approve(accreditation=hers, by=mira, reason="x", until=in_days(9))
    asked = evidence.name_sponsor(accreditation=mine, by=mira, email=both.email)
    evidence.attest(sponsor_request=asked, by=both, name="Both", says_yes=True, sentence="I know her work.")
    with pytest.raises(NotAllowed, match="You spoke for her"):
        actions.reject(accreditation=mine, by=both, reason="x")
    with pytest.raises(NotAllowed, match="Only the researcher herself"):
        actions.submit(accreditation=mine, by=officer)


def test_naming_officers_as_sponsors_keeps_none_of_them_from_deciding_nor_from_stopping(officer, mira, person):
    """A researcher who is looked into names every officer: each of them may end her access all the same."""
    mine, second = accredited(mira, officer), person("second", "accreditation_officer")
    for each in (officer, second):
        evidence.name_sponsor(accreditation=mine, by=mira, email=each.email)
    actions.suspend(accreditation=fresh(mine), by=officer, reason="Look into it.")
    actions.reinstate(accreditation=fresh(mine), by=second, reason="Nothing was found.")
    asked = SponsorRequest.objects.get(email=second.email)
    evidence.attest(sponsor_request=asked, by=second, name="Second", says_yes=True, sentence="I know her work.")
    with pytest.raises(NotAllowed, match="You spoke for her"):
        actions.confirm(accreditation=fresh(mine), by=second, reason="x")
    actions.revoke(accreditation=fresh(mine), by=second, reason="One person may always stop.")
    assert fresh(mine).state == "revoked"


def test_an_officer_who_spoke_for_her_at_an_address_that_she_gave_up_does_not_decide(officer, mira, person):
    dean = person("dean", "accreditation_officer")
    mine = handed_in(mira)
    asked = evidence.name_sponsor(accreditation=mine, by=mira, email=dean.email)
    evidence.attest(sponsor_request=asked, by=dean, name="Dean", says_yes=True, sentence="I know her work.")
    dean.emailaddress_set.all().delete()
    dean.emailaddress_set.create(email="dean@new.example", verified=True, primary=True)
    with pytest.raises(NotAllowed, match="You spoke for her"):
        actions.reject(accreditation=mine, by=type(dean).objects.get(pk=dean.pk), reason="x")


def test_nobody_names_an_address_that_was_her_own(officer, mira):
    mine, before = handed_in(mira), mira.email
    mira.emailaddress_set.all().delete()
    mira.emailaddress_set.create(email="mira@new.example", verified=True, primary=True)
    type(mira).objects.filter(pk=mira.pk).update(email="mira@new.example")
    with pytest.raises(BadInput, match="Nobody speaks for herself"):
        evidence.name_sponsor(accreditation=mine, by=type(mira).objects.get(pk=mira.pk), email=before.upper())


def test_nobody_sends_mail_without_end_by_naming_sponsors(officer, mira, client):
    mine = handed_in(mira)
    SponsorRequest.objects.update(asked_at=timezone.now() - timedelta(days=1))
    for number in range(5):
        evidence.name_sponsor(accreditation=mine, by=mira, email=f"dean{number}@elsewhere.example")
    outbox.drain()
    sent = len(mail.outbox)
    login(client, mira)
    answer = act(client, mine, "name_sponsor", email="dean6@elsewhere.example")
    outbox.drain()
    assert (answer.status_code, len(mail.outbox)) == (409, sent)
    SponsorRequest.objects.update(asked_at=timezone.now() - timedelta(days=1))
    assert act(client, mine, "name_sponsor", email="dean6@elsewhere.example").status_code == 302
    outbox.drain()
    assert len(mail.outbox) == sent + 1


def test_a_sponsor_answers_as_herself(officer, mira, person, client):
    mine = handed_in(mira)
    dean = person("dean")

    def link(email):
        evidence.name_sponsor(accreditation=mine, by=mira, email=email)
        outbox.drain()
        return re.search(r"/researchers/sponsor/\S+", mail.outbox[-1].body)[0]

    hers = link("Dean@Example.org")
    assert "has an account here" in client.get(hers).content.decode()
    assert login(client, mira).get(hers).status_code == 403
    other = login(client, officer).get(hers)
    assert "sent to another address" in other.content.decode()
    no = {"name": "Dean", "answer": "no", "sentence": "I do not know her."}
    assert login(client, dean).post(hers, no).status_code == 200
    asked = SponsorRequest.objects.get(email="dean@example.org")
    assert asked.says_yes is False
    assert not Evidence.objects.filter(noted_by=dean).exists()
    with pytest.raises(WrongState, match="answered before"):
        evidence.attest(sponsor_request=asked, by=dean, name="D", says_yes=True, sentence="x")
    old = link("late@elsewhere.example")
    SponsorRequest.objects.update(expires_at=timezone.now())
    assert client.get(old).status_code == 404
    yes = link("dean@example.org")
    client.post(yes, {"name": "Dean", "answer": "yes", "sentence": "I do."})
    assert Evidence.objects.get(noted_by=dean).until == in_days(730)
    second = mira.emailaddress_set.create(email="Mira@home.example", verified=False)
    with pytest.raises(BadInput, match="Nobody speaks for herself"):
        evidence.name_sponsor(accreditation=mine, by=mira, email=second.email)
    asked = evidence.name_sponsor(accreditation=mine, by=mira, email="third@example.org")
    mira.emailaddress_set.create(email="third@example.org", verified=True)
    with pytest.raises(NotAllowed, match="Nobody speaks for herself"):
        evidence.attest(sponsor_request=asked, by=mira, name="M", says_yes=True, sentence="x")


def test_an_administrator_of_a_secure_data_centre_reads_no_evidence_on_people_in_the_admin(
    officer, mira, person, client
):
    found = accredited(mira, officer).evidence.get(requirement__kind="identity")
    addresses = [
        reverse("admin:researchers_evidence_changelist"),
        reverse("admin:researchers_evidence_change", args=[found.pk]),
    ]
    login(client, person("hers", "administrator"))
    assert ["officer" in client.get(each).content.decode().lower() for each in addresses] == [True, True]
    login(client, person("theirs", ("administrator", uuid4())))
    assert "Identity check" not in client.get(addresses[0]).content.decode()
    assert client.get(addresses[1]).status_code == 302, "there is no such row for her"


def test_a_renewed_certificate_waits_without_taking_access_away(officer, mira, client):
    mine = accredited(mira, officer, days=20)
    login(client, officer)
    with pytest.raises(WrongState, match="nothing new"):
        actions.confirm(accreditation=mine, by=officer, reason="x")
    signed = mine.content_sha256()
    add_training(mine, days=400, start=21)
    mine = fresh(mine)
    assert mine.in_force(timezone.now())
    assert accredited_until(mine, timezone.now()) == in_days(20)
    assert "Confirm what is new" in client.get("/home/").content.decode()
    assert "no officer has confirmed it" in client.get(mine.get_absolute_url()).content.decode()
    assert act(client, mine, "confirm", reason="Seen.").status_code == 302
    mine = fresh(mine)
    assert mine.content_sha256() != signed
    assert mine.in_force(timezone.now())
    assert accredited_until(mine, timezone.now()) == in_days(365)
    assert mine.in_force(timezone.now() + timedelta(days=100))


def test_home_names_each_person_once_and_nothing_for_who_has_not_begun(officer, mira, person, client):
    mine = accredited(mira, officer)
    add_training(mine, days=400)
    add_training(mine, days=500)
    home = login(client, officer).get("/home/").content.decode()
    assert home.count(f'href="{mine.get_absolute_url()}"') == 1
    assert mine.get_absolute_url() not in login(client, mira).get("/home/").content.decode().split("<main")[1]
    assert login(client, person("newcomer", "researcher")).get("/home/").status_code == 200


def test_a_paper_can_be_taken_back_until_an_officer_relied_on_it(officer, mira, client):
    mine = accredited(mira, officer)
    made = add_training(mine, days=500)
    assert storages["evidence"].exists(made.file)
    login(client, mira)
    assert act(client, mine, "take_back_evidence", evidence=made.pk).status_code == 302
    assert not storages["evidence"].exists(made.file)
    kept = Evidence.objects.get(requirement=training())
    with pytest.raises(WrongState, match="relied on it"):
        evidence.take_back_evidence(accreditation=mine, by=mira, evidence=str(kept.pk))
    assert storages["evidence"].exists(kept.file)


def test_a_file_is_not_kept_where_its_act_is_refused(officer, mira):
    mine = handed_in(mira)
    before = storages["evidence"].listdir(str(mine.pk))[1]
    with pytest.raises(WrongState):
        add_training(mine)
    assert storages["evidence"].listdir(str(mine.pk))[1] == before


def test_papers_are_opened_by_few_never_shown_and_each_time_noted(officer, mira, person, client):
    from apps.core.audit.models import AccessRecord

    accredited(mira, officer)
    paper = Evidence.objects.get(requirement=training())
    address = reverse("researchers:evidence", args=[paper.pk])
    response = login(client, officer).get(address)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith('attachment; filename="safe-researcher-training-')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert login(client, person("other", "researcher")).get(address).status_code == 404
    administrator = person("admin", "administrator")
    assert login(client, administrator).get(address).status_code == 403
    assert "Download" not in client.get(fresh(paper.accreditation).get_absolute_url()).content.decode()
    assert AccessRecord.objects.filter(what="evidence").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "X"),
        ("number", "9"),
        ("sentence", "other"),
        ("held_from", "2020-01-01"),
        ("until", "2099-01-01"),
        ("file_sha256", "0" * 64),
        ("noted_as", "somebody"),
    ],
)
def test_each_field_and_file_that_the_officer_saw_is_under_her_sign_off(officer, mira, field, value):
    mine = accredited(mira, officer)
    Evidence.objects.filter(requirement=training()).update(**{field: value})
    assert "changed since" in fresh(mine).why_not(timezone.now())


def test_another_name_or_organisation_waits_for_the_officer(officer, mira, client):
    mine = accredited(mira, officer)
    elsewhere = evidence.keep_organisation(by=officer, name="Acme", kind="company")
    page = login(client, mira).get(reverse("researchers:amend", args=[mine.pk])).content.decode()
    assert "your access stops" in page
    actions.amend(accreditation=mine, by=mira, named_as="organisation")
    assert fresh(mine).in_force(timezone.now())
    actions.amend(accreditation=mine, by=mira, organisation=elsewhere)
    assert "An officer has to confirm it" in fresh(mine).why_not(timezone.now())
    assert "Your access has stopped" in client.get("/home/").content.decode()
    page = client.get(mine.get_absolute_url()).content.decode()
    assert "Access has stopped." in page
    actions.confirm(accreditation=mine, by=officer, reason="She moved.")
    assert fresh(mine).in_force(timezone.now())


def test_an_officer_hears_of_a_changed_name_that_stops_access_until_she_confirms_it(officer, mira, person, client):
    mine = accredited(mira, officer)
    home = login(client, officer)
    change_profile(by=mira, name=mira.name, orcid=mira.orcid)
    assert "Confirm what she changed" not in home.get("/home/").content.decode()
    change_profile(by=mira, name="Mira Newname", orcid=mira.orcid)
    page = home.get("/home/").content.decode()
    assert "Confirm what she changed; her access has stopped: Accreditation of Mira Newname" in page
    actions.confirm(accreditation=fresh(mine), by=officer, reason="Her new passport.")
    assert "Confirm what she changed" not in home.get("/home/").content.decode()


def test_a_new_accreditation_brings_the_papers_that_hold(officer, mira):
    mine = accredited(mira, officer)
    actions.revoke(accreditation=mine, by=officer, reason="x")
    again = actions.draft(by=mira, organisation=organisation())
    carried = again.evidence.get()
    assert carried.requirement == training()
    assert carried.confirmed_at is None
    kept = mine.evidence.get(requirement=training())
    assert kept.file == carried.file
    evidence.take_back_evidence(accreditation=again, by=mira, evidence=str(carried.pk))
    assert storages["evidence"].exists(kept.file)
    assert accreditation_of(mira) == again


@pytest.mark.parametrize("stopped", ["suspend", "revoke"])
def test_who_stopped_her_access_does_not_approve_it_when_she_asks_anew(officer, mira, person, time_machine, stopped):
    mine, second = accredited(mira, officer, until=5), person("second", "accreditation_officer")
    getattr(actions, stopped)(accreditation=mine, by=officer, reason="A complaint.")
    time_machine.move_to(timezone.now() + timedelta(days=7))
    tasks.expire_lapsed()
    rejected = handed_in(mira)
    actions.reject(accreditation=rejected, by=second, reason="Not yet.")
    again = handed_in(mira)
    evidence.note_identity(accreditation=again, by=officer, how="Her passport.", on=today())
    with pytest.raises(NotAllowed, match="You stopped this"):
        actions.approve(accreditation=fresh(again), by=officer, reason="Cleared.", until=in_days(30))
    actions.approve(accreditation=fresh(again), by=second, reason="Cleared.", until=in_days(30))
    assert why_not_accredited(mira, timezone.now()) == ""


def test_a_status_that_is_not_asked_for_can_be_added(officer, mira):
    mine = accredited(mira, officer)
    status = Requirement.objects.get(kind="status")
    add_training(mine, requirement=status, number="ONS-1", days=5)
    actions.confirm(accreditation=mine, by=officer, reason="Seen.")
    assert accredited_until(fresh(mine), timezone.now()) == in_days(365)


def test_acceptance_binds_to_the_text_that_she_read(officer, mira):
    mine = actions.draft(by=mira, organisation=organisation())
    with pytest.raises(WrongState, match="newer text"):
        evidence.accept_agreement(accreditation=mine, by=mira, sha256="0" * 64)
    accept(mine)
    with pytest.raises(WrongState, match="accepted this version"):
        accept(mine)
    with pytest.raises(WrongState, match="text in force"):
        publish(officer)
    assert mine.evidence.get().agreement.number == 1


def test_the_worker_ends_what_has_ended(officer, mira, time_machine):
    mine = accredited(mira, officer, until=3)
    tasks.expire_lapsed()
    assert fresh(mine).state == "approved"
    time_machine.move_to(timezone.now() + timedelta(days=4))
    tasks.expire_lapsed()
    tasks.expire_lapsed()
    assert fresh(mine).state == "expired"
    assert accredited_until(fresh(mine), timezone.now()) is None
    assert accredited_until(None, timezone.now()) is None
