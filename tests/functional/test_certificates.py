"""What a TRE shows for its accreditation: entered by one, confirmed by another, public by standard and day, and it ends."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.audit.models import AccessRecord
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.notices.models import Notice
from apps.hub.datasets import actions, tasks
from apps.hub.datasets.models import Certificate, Tre
from apps.hub.submissions.models import Request
from tests.functional.federation import CENTRE, person, second_officer, send, show_certificate, upload

pytestmark = pytest.mark.django_db(transaction=True)
PAPER = b"%PDF-1.4 the certificate"


def centre() -> Tre:
    return Tre.objects.get(pk=CENTRE.id)


def login(client, email):
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def end_all() -> None:
    """The seeded certificate no longer counts: its issuer took it back."""
    for each in centre().certificates.filter(state="confirmed"):
        actions.end_certificate(certificate=each, by=person("officer@hub.example"), reason="Taken back.")


def test_one_hands_it_in_and_another_confirms_it_and_anyone_reads_the_standard_and_its_last_day(federation, client):
    login(client, "coordinator@hub.example")
    address = reverse("datasets:new_certificate", args=[CENTRE.id])
    assert address in client.get(centre().get_absolute_url()).content.decode()
    until = timezone.localdate() + timedelta(days=400)
    facts = {"standard": "DSPT", "issuer": "The health service", "number": "D-1", "until": until}
    for wrong, sentence in (
        ({"until": until - timedelta(days=401)}, "Choose a day that has not passed."),
        ({"until": "soon"}, "Enter a valid date."),
        ({"file": SimpleUploadedFile("c.pdf", b"<html>")}, "not a PDF, PNG or JPEG"),
    ):
        page = client.post(address, facts | {"file": SimpleUploadedFile("c.pdf", PAPER)} | wrong)
        assert page.status_code == 400
        assert sentence in page.content.decode()
    page = client.post(address, facts | {"file": SimpleUploadedFile("c.pdf", PAPER)})["Location"]
    made = Certificate.objects.get(standard="DSPT")
    assert page == made.get_absolute_url()
    story = reverse("tre_story", args=[CENTRE.id])
    assert "DSPT" not in client.get(story).content.decode()
    with pytest.raises(NotAllowed, match="Only an accreditation officer"):
        actions.confirm_certificate(certificate=made, by=person("coordinator@hub.example"), reason="x")
    login(client, "officer@hub.example")
    assert page in client.get(reverse("home")).content.decode()
    read = client.get(page).content.decode()
    confirm = reverse("workflow:act", args=["datasets", "certificate", made.pk, "confirm"])
    assert "D-1" in read
    assert confirm in read
    assert client.post(confirm, {"reason": "I rang them."}).status_code == 302
    client.logout()
    told = f"It works to DSPT, until {until:%-d %B %Y}."
    public = client.get(story).content.decode()
    assert told in public
    assert (
        f"{CENTRE.name} showed that it works to DSPT, until {until:%-d %B %Y}." in client.get("/log/").content.decode()
    )
    for kept_inside in ("D-1", "The health service", made.file_sha256):
        assert kept_inside not in public
    login(client, "ada@northgate.example")
    assert told in client.get(centre().get_absolute_url()).content.decode()


def test_the_paper_is_a_file_to_keep_and_each_time_is_noted(federation, client):
    found = centre().certificates.get()
    login(client, "auditor@hub.example")
    answer = client.get(reverse("datasets:certificate_file", args=[found.pk]))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert AccessRecord.objects.filter(subject_id=found.pk, what="certificate").count() == 1


def test_nobody_decides_on_what_she_handed_in_nor_on_her_own_tre(federation):
    made = show_certificate(centre())
    admin, officer = person("admin@hub.example"), person("officer@hub.example")
    RoleGrant.objects.create(user=admin, role="accreditation_officer", side=settings.HUB_ID)
    RoleGrant.objects.create(user=officer, role="operator", side=CENTRE.id)
    for email in ("admin@hub.example", "officer@hub.example"):
        with pytest.raises(NotAllowed, match="what you handed in, nor on your own"):
            actions.end_certificate(certificate=made, by=person(email), reason="x")


def test_a_refused_one_never_counts_and_its_hand_in_leaves_no_paper_where_it_fails(federation):
    admin, officer = person("admin@hub.example"), person("officer@hub.example")
    facts = {"standard": "S", "issuer": "I", "number": "1", "until": timezone.localdate()}
    made = actions.hand_in_certificate(tre=centre(), by=admin, file=SimpleUploadedFile("c.pdf", PAPER), **facts)
    actions.refuse_certificate(certificate=made, by=officer, reason="Not theirs.")
    assert "S" not in {each.standard for each in centre().certificates_in_force(timezone.localdate())}
    with pytest.raises(WrongState):
        actions.confirm_certificate(certificate=made, by=officer, reason="x")
    folder = str(CENTRE.id)
    before = storages["evidence"].listdir(folder)[1]
    with pytest.raises(IntegrityError):
        actions.hand_in_certificate(
            tre=centre(), by=admin, file=SimpleUploadedFile("c.pdf", PAPER), **facts | {"until": None}
        )
    assert storages["evidence"].listdir(folder)[1] == before
    with pytest.raises(NotAllowed, match="keeps the catalogue"):
        actions.hand_in_certificate(tre=centre(), by=officer, file=None, **facts)


def test_its_end_stops_new_requests_with_a_sentence_and_a_new_one_opens_it_again(
    federation, client, tmp_path, time_machine
):
    end_all()
    show_certificate(centre(), days=2)
    submission = upload(tmp_path)
    address = reverse("submissions:choose", args=[submission.pk])
    login(client, "ada@northgate.example")
    assert f"Ask {CENTRE.name}" in client.get(address).content.decode()
    time_machine.move_to(timezone.now() + timedelta(days=3), tick=True)
    login(client, "ada@northgate.example")
    sentence = f"{CENTRE.name} has no certificate that counts today: no new request goes there until it has shown one."
    page = client.get(address).content.decode()
    assert sentence in page
    assert f"Ask {CENTRE.name}" not in page
    with pytest.raises(BadInput, match="no certificate that counts today"):
        send(submission)
    assert not Request.objects.filter(submission=submission).exists()
    assert "No certificate of it counts today." in client.get(reverse("tre_story", args=[CENTRE.id])).content.decode()
    show_certificate(centre())
    assert send(submission).tre_id == centre().pk


def test_nobody_is_accredited_or_reinstated_without_a_certificate(federation):
    officer = person("officer@hub.example")
    actions.suspend(tre=centre(), by=officer, reason="A check.")
    end_all()
    with pytest.raises(WrongState, match="Confirm one first"):
        actions.reinstate(tre=centre(), by=second_officer(), reason="Good again.")
    assert centre().state == "suspended"
    show_certificate(centre())
    actions.reinstate(tre=centre(), by=second_officer(), reason="Good again.")
    assert centre().state == "accredited"


def test_the_offices_hear_before_a_certificate_ends_once_for_each_step(federation):
    show_certificate(centre(), days=8)
    show_certificate(centre(), days=31, standard="Later")
    tasks.remind_of_certificates()
    tasks.remind_of_certificates()
    told = Notice.objects.filter(kind="certificate.ends")
    assert {each.person.email for each in told} == {
        f"{name}@hub.example" for name in ("admin", "deputy", "officer", "coordinator")
    }
    assert "ISO/IEC 27001 ends after" in told[0].sentence
    assert len(told) == 4
