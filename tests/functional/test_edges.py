"""What happens seldom: empty pages, records that are not there, and the same thing twice."""

import io
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.core import ratelimit
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse

from apps.core.accounts.models import RoleGrant, User
from apps.core.audit import triggers
from apps.core.audit.act import act
from apps.core.errors import NotAllowed
from apps.core.exchange import keys, registry, service
from apps.core.exchange.models import Incoming
from apps.core.proofs import signatures
from apps.core.proofs.signatures import sign_document
from apps.core.workflow.models import Governed, SignOff
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre
from apps.hub.projects import deciding
from apps.hub.projects.models import Project
from apps.hub.researchers import actions as researchers
from apps.hub.researchers.models import Accreditation, Organisation
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request, Result
from apps.node.custody.models import DatasetLocation
from apps.node.egress import actions as egress
from apps.node.egress import quarantine
from apps.node.egress import safes as egress_safes
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.node.runs import jobs
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from apps.tools.federation import researchers as seeded
from apps.tools.federation.accounts import seed_people
from apps.tools.federation.panel import approve
from tests.functional.federation import CENTRE, person, received, review, sign_off, staff, voted, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def login(client, email):
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_portal_that_nobody_has_filled_says_so_on_every_list(client, person):
    login(client, person("newcomer").email)
    page = client.get(reverse("datasets:list")).content.decode()
    assert page.count("None yet.") == 3
    assert "None. Ask an administrator." in client.get(reverse("profile")).content.decode()
    tre = Tre.objects.create(name="Empty", slug="e", summary="s", contact_email="e@example.org", public_key={})
    assert "None yet." in client.get(reverse("datasets:tre", args=[tre.pk])).content.decode()
    assert "Nothing yet." in render_to_string("components/timeline.html", {"history": []})


def test_a_researcher_finds_the_way_to_change_her_draft(federation, client, person):
    newcomer = person("newcomer", "researcher")
    mine = researchers.draft(by=newcomer, organisation=Organisation.objects.get())
    page = login(client, newcomer.email).get(mine.get_absolute_url()).content.decode()
    assert reverse("researchers:amend", args=[mine.pk]) in page


def test_a_project_without_datasets_says_so(federation, client):
    one = Project.objects.get(code="ASTHMA-25")
    one.dataset_versions.clear()
    one.tres.clear()
    assert "None chosen." in client.get(reverse("project_story", args=[one.pk])).content.decode()


def test_a_run_without_outputs_says_so_to_the_checkers(federation, executor, tmp_path, client):
    executor.outputs = {}
    run = sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get(run=run)
    page = login(client, "checker1@saltmarsh.example").get(f"/egress/{request.pk}/").content.decode()
    assert "none of the files" in page


def test_outputs_that_come_twice_are_kept_once(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    assert "Two people will check" in egress_safes.outputs(run).sentence
    work_until_done()
    assert "0 of 2 checkers" in egress_safes.outputs(run).sentence
    quarantine.store(run, jobs.executor().collect("any", tmp_path))
    request = EgressRequest.objects.get(run=run)
    assert request.files.count() == 2
    review(review(request, "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker2"), note="")
    work_until_done()
    assert "Two people checked every file: released" in egress_safes.outputs(run).sentence


def test_a_program_finds_the_crate_and_its_metadata_by_signposts(federation, executor, tmp_path, client):
    run = sign_off(received(tmp_path))
    login(client, "ada@northgate.example")
    page = f"/submissions/requests/{run.request}/"
    assert "Link" not in client.get(page)
    assert client.get(f"{page}metadata.jsonld").status_code == 404
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    link = client.get(page)["Link"]
    assert f'<http://testserver{page}result.zip>; rel="item"; type="application/zip"' in link
    assert f'rel="profile"; type="application/zip"; anchor="http://testserver{page}result.zip"' in link
    told = client.get(f"{page}metadata.jsonld")
    assert told["Content-Type"].startswith('application/ld+json; profile="http://www.w3.org/ns/json-ld#flattened')
    ids = {each["@id"] for each in told.json()["@graph"]}
    uuid = Request.objects.get(pk=run.request).submission.external_identifier.removeprefix("urn:uuid:")
    assert {f"arcp://uuid,{uuid}/", f"arcp://uuid,{uuid}/ro-crate-metadata.json"} <= ids
    assert any("shp#DisclosureCheck" in str(each) for each in told.json()["@graph"])
    assert all(each.startswith(("arcp:", "http", "_:", "urn:")) for each in ids)
    login(client, "auditor@hub.example")
    assert "Link" not in client.get(page)


def test_anyone_checks_a_result_on_a_page_and_nothing_is_kept(federation, executor, tmp_path, client, monkeypatch):
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    with storages["released"].open(Result.objects.get().crate) as stream:
        result = stream.read()
    asked = Request.objects.get(pk=run.request).submission
    with asked.open_crate() as stream:
        wanted = stream.read()
    files = lambda **given: {name: SimpleUploadedFile(f"{name}.zip", each) for name, each in given.items()}  # noqa: E731
    assert "Check a result" in client.get("/verify/").content.decode()
    page = client.post("/verify/", files(crate=result, request=wanted)).content.decode()
    assert "Everything holds" in page
    assert "The signature of the TRE fits." in page
    assert "Everything that the request described is still described." in page
    page = client.post("/verify/", files(crate=wanted)).content.decode()
    assert "Something does not hold" in page
    assert client.post("/verify/", {}).status_code == 400
    settings_limit = settings.UPLOAD_LIMIT_MB
    settings.UPLOAD_LIMIT_MB = 0
    assert client.post("/verify/", files(crate=result)).status_code == 413
    settings.UPLOAD_LIMIT_MB = settings_limit
    monkeypatch.setattr(ratelimit, "consume", lambda request, action: False)
    assert client.post("/verify/", files(crate=result)).status_code == 429


def test_the_admin_fills_in_what_a_step_asks_of_this_thing(federation, executor, tmp_path, client):
    run = sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get(run=run)
    RoleGrant.objects.create(user=staff("admin"), role="output_checker", side=CENTRE.id)
    login(client, "admin@saltmarsh.example")
    page = client.get(f"/admin/egress/egressrequest/{request.pk}/change/").content.decode()
    assert f'name="vote_{request.files.first().pk}"' in page
    tre = Tre.objects.create(name="New", slug="new", summary="s", contact_email="e@example.org", public_key={})
    login(client, "admin@hub.example")
    assert "Nothing yet." in client.get(f"/admin/datasets/tre/{tre.pk}/change/").content.decode()


def test_the_five_safes_name_what_is_not_there(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    location = DatasetLocation.objects.for_tre(CENTRE.id).get()
    DatasetLocation.objects.filter(pk=location.pk).update(path="/nowhere")
    assert "is not where it was" in five_safes(run)[2].sentence
    location.delete()
    assert "Nobody has said where" in five_safes(run)[2].sentence
    Run.objects.filter(pk=run.pk).update(title="Quietly changed")
    assert "not signed off as it is now" in five_safes(Run.objects.get(pk=run.pk))[3].sentence
    with pytest.raises(NotAllowed, match="Only the staff"):
        runs.stop(run=run, by=person("ada@northgate.example"), reason="x")


def test_a_release_that_comes_late_changes_nothing(federation, executor, tmp_path):
    run = received(tmp_path)
    asked = Request.objects.get(pk=run.request)
    body = {"request": str(asked.pk), "number": 1, "outcome": "released", "files": [], "note": ""}
    files = [{"name": "result.zip"}]
    with act():
        submissions.take_release(document=SimpleNamespace(peer=asked.tre_id, body=body, attachments=files))
    assert not Result.objects.exists()
    assert str(Result(request=asked)) == str(asked)


def test_votes_that_are_missing_make_no_outcome_and_a_seed_goes_on_where_it_was_interrupted(federation):
    one = Project.objects.get(code="ASTHMA-25")
    voted(one, members=("expert",))
    assert deciding.outcome_of(one).decision == ""
    approve(one)
    assert Project.objects.get(pk=one.pk).state == "approved"
    signed = SignOff.objects.filter(subject_id=one.pk).first()
    assert str(signed) == "project.approved: approved"
    assert Governed.content(one) == {"id": str(one.pk)}
    assert DatasetVersion.objects.exists()
    assert Dataset.objects.exists()


def test_a_document_that_comes_twice_at_once_is_kept_once(monkeypatch):
    hub, tre = uuid4(), uuid4()
    service.know(side=tre, peer=hub, name="hub", public_key=keys.public_key_of(hub))
    envelope = {"kind": "stop", "id": str(uuid4()), "from": str(hub), "to": str(tre), "at": "", "attachments": []}
    signed = sign_document(keys.key_of(hub), envelope | {"body": {}}, "x")

    def receive():
        return service.receive(side=tre, peer=hub, signed=signed, open_attachment=lambda name: io.BytesIO())

    real, twins = registry.handler_for, []

    def meanwhile(kind):
        if not twins:
            twins.append("on its way")
            twins.append(receive())
        return real(kind)

    monkeypatch.setattr(service, "handler_for", meanwhile)
    assert receive() == twins[1]
    assert Incoming.objects.filter(side=tre).count() == 1


def test_a_key_that_another_process_made_meanwhile_is_taken(tmp_path, monkeypatch):
    real = signatures.os.link

    def late(source, target):
        real(source, target)
        raise FileExistsError

    monkeypatch.setattr(signatures.os, "link", late)
    made = signatures.kept_key(tmp_path / "keys" / "one.pem")
    assert signatures.public_jwk(made) == signatures.public_jwk(signatures.kept_key(tmp_path / "keys" / "one.pem"))


def test_triggers_are_named_for_both_engines_and_wait_for_their_table(monkeypatch):
    tables = set(connection.introspection.table_names())
    assert set(triggers.expected_names("sqlite", tables)) <= set(triggers.expected_names("postgresql", tables))
    monkeypatch.setitem(
        triggers._triggers, "later", triggers.Trigger("later", "a_table_to_come", "UPDATE", "TRUE", "no")
    )
    triggers.install(connection)
    assert "later" not in triggers.installed_names(connection)


def test_a_member_of_staff_is_read_again():
    with pytest.raises(User.DoesNotExist):
        staff("nobody")


def test_a_seed_that_is_interrupted_after_any_paper_goes_on_and_hands_in_none_twice(monkeypatch):
    seed_people()

    def interrupted_after(where, name):
        """Do it, and be stopped at once after it."""
        done = getattr(where, name)

        def do_and_stop(**what):
            done(**what)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(where, name, do_and_stop)
            with pytest.raises(KeyboardInterrupt):
                seeded.seed_researchers()

    for name in ("add_evidence", "attest", "accept_agreement"):
        interrupted_after(seeded.evidence, name)
    interrupted_after(seeded.researchers, "submit")
    interrupted_after(seeded.evidence, "note_identity")
    interrupted_after(seeded.researchers, "approve")
    seeded.seed_researchers()
    for found in Accreditation.objects.exclude(user__email=seeded.WAITS):
        kinds = sorted(found.evidence.values_list("requirement__kind", flat=True))
        assert (found.state, kinds) == ("approved", ["agreement", "identity", "sponsor", "training"])
