"""Bad input gets a page with the reason; nothing is kept but the hash and the refusal."""

import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core.errors import NotAllowed, WrongState
from apps.core.outbox.registry import TryLater
from apps.hub.datasets.models import DatasetVersion
from apps.hub.submissions import actions
from apps.hub.submissions.eligibility import reasons
from apps.hub.submissions.models import Request, Submission
from apps.tools.federation.journey import write_request
from tests.functional.federation import CENTRE, person, send, upload, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(federation, client):
    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def post(client, content: bytes, name="crate.zip", title="Mine"):
    file = SimpleUploadedFile(name, content, "application/zip")
    return client.post("/submissions/upload/", {"title": title, "crate": file}, follow=True)


def text(response) -> str:
    import html

    return html.unescape(response.content.decode())


def test_the_official_example_is_read_and_then_refused_with_the_true_reasons(ada, official_request):
    response = post(ada, official_request.read_bytes(), title="")
    page = text(response)
    assert response.status_code == 200
    assert page.count(">5S-META-08<") == 2
    assert "but the crate names Stian Soiland-Reyes" in page
    assert "The project “Investigation of cancer (TRE72 project 81)” is not known here." in page
    assert "CWL Protein MD Setup tutorial with mutations" in page
    submission = Submission.objects.get()
    assert submission.state == "valid"
    with submission.open_crate() as stored:
        assert stored.read() == official_request.read_bytes()
    assert ada.get(f"/submissions/{submission.pk}/choose/").status_code == 403


def flipped(path: Path) -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.endswith("input1.txt"):
                content = bytes([content[0] ^ 1]) + content[1:]
            target.writestr(info.filename, content)
    return out.getvalue()


def test_a_flipped_byte_is_refused_and_names_the_file(ada, official_request):
    page = text(post(ada, flipped(official_request)))
    assert "data/input1.txt does not match its checksum" in page
    assert "This crate was refused." in page
    assert Submission.objects.get().crate == ""


def test_what_is_no_crate_is_refused_with_the_reason_and_nothing_is_kept(ada):
    assert "Upload a .zip file" in text(post(ada, b"not a zip"))
    submission = Submission.objects.get()
    assert (submission.state, submission.crate, len(submission.sha256)) == ("refused", "", 64)
    assert storages["crates"].listdir("")[1] == []
    assert ada.get(f"/submissions/{submission.pk}/request.zip").status_code == 404


def test_a_form_without_its_file_stays_filled(ada):
    response = ada.post("/submissions/upload/", {"title": "Kept title"})
    assert response.status_code == 400
    assert "Kept title" in text(response)
    assert "choose the file again" in text(response)


def test_a_file_that_is_too_large_stops_at_the_limit_and_the_form_stays_filled(ada, monkeypatch):
    from django.test import override_settings

    with override_settings(UPLOAD_LIMIT_MB=0):
        response = post(ada, b"x" * 100_000, title="Kept title")
    assert response.status_code == 413
    assert "larger than 0 MB" in text(response)
    assert "Kept title" in text(response)
    assert Submission.objects.count() == 0


def test_metadata_that_is_not_json_is_told(ada, federation, tmp_path):
    from tests.unit.crates.bags import good, with_manifests, write

    files = good()
    files["data/ro-crate-metadata.json"] = b"{"
    path = write(tmp_path / "c.zip", with_manifests(files))
    assert "is not JSON" in text(post(ada, path.read_bytes()))


def test_reviews_in_the_crate_are_removed_and_told(ada, tmp_path):
    from tests.unit.crates.bags import good, phase, write

    document = phase("1-request")
    document["@graph"].append({"@id": "#mine", "@type": "AssessAction", "name": "approved"})
    page = text(post(ada, write(tmp_path / "c.zip", good(document)).read_bytes()))
    assert "Reviews that were in the crate were removed: #mine" in page


def test_a_replay_of_an_accepted_crate_is_refused_with_the_first_but_a_refused_one_may_come_again(ada, tmp_path):
    write_request(tmp_path / "r.zip")
    content = (tmp_path / "r.zip").read_bytes()
    post(ada, content[:-30])
    assert "Choose where to send it" in text(post(ada, content))
    assert "was accepted before" in text(post(ada, content))
    assert sorted(Submission.objects.values_list("state", flat=True)) == ["refused", "refused", "valid"]


def test_a_large_crate_is_checked_by_the_worker(ada, tmp_path, monkeypatch):
    monkeypatch.setattr(actions, "CHECK_AT_ONCE_BYTES", 10)
    write_request(tmp_path / "r.zip")
    assert "Load this page again" in text(post(ada, (tmp_path / "r.zip").read_bytes()))
    work_until_done()
    submission = Submission.objects.get()
    assert submission.state == "valid"
    actions.examine(str(submission.pk))
    actions.conclude(str(submission.pk), {}, {})
    assert Submission.objects.get().state == "valid"


def test_a_second_click_sends_nothing_more(ada, tmp_path):
    submission = upload(tmp_path)
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    address = f"/submissions/{submission.pk}/choose/"
    assert ada.get(address).status_code == 200
    assert ada.post(address, {}).status_code == 400
    assert ada.post(address, {f"tre_{CENTRE.id}": "on"}).status_code == 400
    form = {f"tre_{CENTRE.id}": "on", f"data_{CENTRE.id}_dataset": str(version.pk)}
    assert ada.post(address, form).status_code == 302
    second = ada.post(address, form)
    assert second.status_code == 409
    assert "nothing was changed" in text(second)
    assert Request.objects.count() == 1


def test_somebody_elses_crate_is_not_sent(federation, tmp_path):
    submission = upload(tmp_path, by="bo@northgate.example")
    with pytest.raises(NotAllowed, match="but the crate names Ada Lindqvist"):
        send(submission)
    with pytest.raises(NotAllowed, match="Only the researcher who uploaded"):
        actions.check_can_send(person("ada@northgate.example"), submission)
    not_yet = reasons(Submission.objects.get().facts, person("dina@northgate.example"))
    assert "The accreditation is “submitted”" in " ".join(not_yet)


def test_a_dataset_of_another_project_or_tre_is_refused(federation, tmp_path):
    from apps.core.errors import BadInput
    from apps.tools.federation.people import CENTRES

    submission = upload(tmp_path)
    elsewhere = DatasetVersion.objects.get(dataset__held_by=CENTRES[1].id)
    with pytest.raises(BadInput):
        actions.send(submission=submission, by=submission.by, choices={str(CENTRE.id): {"dataset": str(elsewhere.pk)}})
    assert Request.objects.count() == 0
    assert Submission.objects.get().state == "valid"


class Said:
    """A statement as it arrives."""

    def __init__(self, request, number, state="received", **more):
        self.peer = more.pop("peer", CENTRE.id)
        self.body = {"request": str(request.pk), "number": number, "state": state, "fault": "", "reason": "x"} | more


def test_statements_are_heard_in_their_order_and_only_from_their_tre(federation, tmp_path):
    from uuid import uuid4

    request = send(upload(tmp_path))

    def hear(*arguments, **more):
        from apps.core.audit.act import act

        with act():
            actions.hear(document=Said(request, *arguments, **more))

    with pytest.raises(TryLater):
        hear(2)
    hear(1)
    hear(1, "refused")
    assert Request.objects.get().state == "received"
    assert Request.objects.get().reason == ""
    with pytest.raises(NotAllowed):
        hear(2, peer=uuid4())
    with pytest.raises(WrongState, match="not on the list"):
        hear(2, "exploded")
    hear(2, "refused")
    assert Request.objects.get().reason == "x"
    hear(3, "running")
    assert (Request.objects.get().state, Request.objects.get().last_number) == ("refused", 3)


def test_a_crate_that_was_not_sent_can_be_discarded(federation, tmp_path):
    submission = upload(tmp_path)
    actions.discard(submission=submission, by=submission.by, reason="A mistake.")
    assert Submission.objects.get().state == "withdrawn"


def test_half_an_upload_is_a_page_with_a_reason(ada):
    body = b'--x\r\nContent-Disposition: form-data; name="crate"; filename="c.zip"\r\n\r\nPK'
    response = ada.generic("POST", "/submissions/upload/", body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
