"""The catalogue is kept, and datasets are located, by forms; a TRE's question is answered by the researcher."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from apps.core.accounts.models import RoleGrant, User
from apps.core.errors import NotAllowed
from apps.core.proofs.signatures import is_public_key, new_key, public_jwk
from apps.hub.datasets.models import Dataset, Tre, WorkflowVersion
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request
from apps.node.custody.models import DatasetLocation
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from apps.tools.federation.people import CENTRES
from apps.tools.federation.workflow_crate import write_workflow_crate
from tests.functional.federation import CENTRE, DESCRIBED, person, received, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def login(client, email):
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_tre_its_dataset_and_a_version_are_described_by_forms(federation, client, capsys):
    login(client, "coordinator@hub.example")
    side = uuid4()
    call_command("public_key", str(side))
    key = capsys.readouterr().out.strip()
    facts = {"name": "Newhaven", "slug": "newhaven", "summary": "s", "contact_email": "n@example.org", "id": side}
    for wrong in ("", "not JSON", "[1]", '{"kty": "OKP", "crv": "Ed25519", "x": "short"}'):
        page = client.post(reverse("datasets:new_tre"), facts | {"public_key": wrong})
        assert page.status_code == 400
        assert "Newhaven" in page.content.decode()
    known = client.post(reverse("datasets:new_tre"), facts | {"public_key": key, "id": CENTRE.id})
    assert "in the catalogue already" in known.content.decode()
    address = client.post(reverse("datasets:new_tre"), facts | {"public_key": key})["Location"]
    tre = Tre.objects.get(pk=side)
    assert (address, tre.public_key) == (tre.get_absolute_url(), json.loads(key))
    new_dataset = reverse("datasets:new_dataset", args=[side])
    assert new_dataset in client.get(address).content.decode()
    address = client.post(new_dataset, {"name": "Clinics", "summary": "s"})["Location"]
    again = client.post(new_dataset, {"name": "Clinics", "summary": "s"})
    assert "of that name already" in again.content.decode()
    dataset = Dataset.objects.get(held_by=tre)
    new_version = reverse("datasets:new_version", args=[dataset.pk])
    assert new_version in client.get(address).content.decode()
    version = {"label": "2024", "years_from": 2020, "years_to": 2024, "dictionary": "age | in years | 0 to 110\n\n"}
    version |= DESCRIBED
    for wrong, sentence in (
        ("Atlantis | x | applies | y", "Name each nation once"),
        ("Wales | x | applies | y\nWales | x | applies | y", "Name each nation once"),
        ("Wales | x | maybe | y", "Wales: give the legal ground"),
        ("Wales | | applies | y", "Wales: give the legal ground"),
    ):
        assert sentence in client.post(new_version, version | {"nations": wrong}).content.decode()
    backwards = client.post(new_version, version | {"years_to": 2019}).content.decode()
    assert "before the first" in backwards
    assert "needs 3 parts" in client.post(new_version, version | {"dictionary": "age"}).content.decode()
    invented = {"invented": "on", "sample": SimpleUploadedFile("ages.csv", b"age\n61\n")}
    assert client.post(new_version, version | invented)["Location"] == address
    assert "of that name already" in client.post(new_version, version).content.decode()
    page = client.get(address).content.decode()
    for told in ("0 to 110", "31 December 2024", "The coast", "public task", "It comes from care.", "private things"):
        assert told in page
    assert str(dataset.versions.get().pk) in page


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def described(main) -> bytes:
    descriptor = {"@id": "ro-crate-metadata.json", "about": {"@id": "./"}}
    return json.dumps({"@graph": [descriptor, {"@id": "./", "mainEntity": main}]}).encode()


METADATA = "ro-crate-metadata__json"


@pytest.mark.parametrize(
    ("crate", "sentence"),
    [
        (b"not a zip", "not a workflow crate"),
        (zipped(other=b"x"), "not a workflow crate"),
        (zipped(**{METADATA: b"{"}), "metadata cannot be read"),
        (zipped(**{METADATA: b" " * 40_000_000}), "too large"),
        (zipped(**{METADATA: described({"@id": "gone.cwl"})}), "does not name its workflow"),
        (zipped(**{METADATA: described([])}), "does not name its workflow"),
    ],
    ids=["no zip", "no metadata", "no JSON", "too large", "workflow gone", "no workflow"],
)
def test_a_workflow_crate_that_is_none_is_refused_and_the_form_stays_filled(crate, sentence, federation, client):
    login(client, "coordinator@hub.example")
    form = workflow_form(SimpleUploadedFile("w.zip", crate))
    page = client.post(reverse("datasets:new_workflow"), form)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert "Counts again" in page.content.decode()


PARAMETERS = """dataset | dataset | data | The dataset |
min_cell | integer | data | The least count | 10 | people
age_bands | string | choice | Age bands | wide | | wide, narrow"""


def workflow_form(crate):
    return {
        "name": "Counts again",
        "summary": "Counts people.",
        "label": "2.0",
        "crate": crate,
        "parameters": PARAMETERS,
        "outputs": "counts | Counts | text/csv | counts.csv",
    }


WRONG_PARAMETERS = [
    ("x | shell | data | y | z", "is not a type of parameter"),
    ("x | string | magic | y | z", "is not a kind of parameter"),
    ("x | string | choice | y | z", "a choice is of type string and has choices"),
    ("x | integer | choice | y | 1 | | 1, 2", "a choice is of type string and has choices"),
    ("x | integer | code | y | z", "code is typed (string) or comes as a file"),
    ("x | integer | data | y | many", "x has to be a whole number"),
    ("x | string", "needs 5 parts"),
    ("least | integer | data | The least | 10", "takes age_bands, dataset, min_cell, and the form names least"),
]


def test_a_workflow_is_added_by_its_form_once(federation, client, tmp_path):
    login(client, "admin@hub.example")
    write_workflow_crate(tmp_path / "w.zip")
    with zipfile.ZipFile(tmp_path / "w.zip", "a") as archive:
        archive.writestr("NEWS", "A newer version.")
    content = (tmp_path / "w.zip").read_bytes()
    page = client.get(reverse("datasets:list")).content.decode()
    assert reverse("datasets:new_workflow") in page
    for line, sentence in WRONG_PARAMETERS:
        wrong = workflow_form(SimpleUploadedFile("w.zip", content)) | {"parameters": line}
        assert sentence in client.post(reverse("datasets:new_workflow"), wrong).content.decode(), line
    added = client.post(reverse("datasets:new_workflow"), workflow_form(SimpleUploadedFile("w.zip", content)))
    version = WorkflowVersion.objects.get(label="2.0")
    assert added["Location"] == version.get_absolute_url()
    assert version.dataset_parameters()[0]["name"] == "dataset"
    assert version.parameters[2]["choices"] == ["wide", "narrow"]
    assert version.outputs[0]["population"] == ""
    assert "one of: wide, narrow" in client.get(version.get_absolute_url()).content.decode()
    again = client.post(reverse("datasets:new_workflow"), workflow_form(SimpleUploadedFile("w.zip", content)))
    assert "in the catalogue already" in again.content.decode()


def test_an_operator_says_where_a_dataset_lies(federation, client):
    login(client, "operator@saltmarsh.example")
    located = DatasetLocation.objects.for_tre(CENTRE.id).get()
    path, version = located.path, located.dataset_version
    located.delete()
    page = client.get(reverse("custody:list")).content.decode()
    assert "lying nowhere yet" in page
    address = reverse("custody:locate") + f"?tre={CENTRE.id}&dataset_version={version}&name=Register"
    assert str(version) in client.get(address).content.decode()
    facts = {"tre": CENTRE.id, "dataset_version": version, "name": "Register"}
    assert "There is no file" in client.post(address, facts | {"path": "/nowhere"}).content.decode()
    assert "the whole path" in client.post(address, facts | {"path": "data.csv"}).content.decode()
    assert client.post(address, facts | {"path": path, "tre": CENTRES[1].id}).status_code == 400
    assert client.post(address, facts | {"path": path})["Location"] == reverse("custody:list")
    assert DatasetLocation.objects.for_tre(CENTRE.id).get().path == path
    assert "lying nowhere yet" not in client.get(reverse("custody:list")).content.decode()
    RoleGrant.objects.create(user=staff("operator"), role="operator", side=CENTRES[1].id)
    assert CENTRES[1].name in client.get(reverse("custody:locate")).content.decode()


def test_the_researcher_answers_a_question_and_the_run_is_looked_at_again(federation, executor, tmp_path, client):
    run = received(tmp_path)
    runs.send_back(run=run, by=staff("approver"), reason="Why ten?", declared=True)
    work_until_done()
    asked = Request.objects.get(pk=run.request)
    assert asked.state == "question"
    page = login(client, "ada@northgate.example").get(asked.get_absolute_url()).content.decode()
    assert "Why ten?" in page
    address = f"/act/submissions/request/{asked.pk}/answer/"
    assert address in page
    with pytest.raises(NotAllowed, match="answers"):
        submissions.answer(request=asked, by=person("cleo@northgate.example"), answer="x")
    assert client.post(address, {"answer": ""}).status_code == 400
    assert client.post(address, {"answer": "The centre asks for ten."}).status_code == 302
    assert client.post(address, {"answer": "Again."}).status_code == 409
    work_until_done()
    assert Run.objects.get(pk=run.pk).state == "awaiting_sign_off"
    assert Request.objects.get(pk=asked.pk).state == "awaiting_approval"
    told = login(client, "approver@saltmarsh.example").get(run.get_absolute_url()).content.decode()
    assert "The centre asks for ten." in told


def test_an_answer_that_comes_late_or_to_nobody_changes_nothing(federation, executor, tmp_path):
    from types import SimpleNamespace

    from apps.core.audit.act import act

    run = received(tmp_path)
    for request in (run.request, uuid4()):
        body = {"request": str(request), "answer": "Late."}
        with act():
            runs.hear_answer(document=SimpleNamespace(side=CENTRE.id, peer=settings.HUB_ID, body=body))
    assert Run.objects.get(pk=run.pk).state == "awaiting_sign_off"


def test_only_the_public_half_of_a_key_is_one():
    assert is_public_key(public_jwk(new_key()))
    for other in (None, {}, new_key().as_dict(private=True), public_jwk(new_key()) | {"x": "!"}):
        assert not is_public_key(other)
