"""Whoever sees a decision, or receives a result, takes away the proof that it is in the log."""

import json
import zipfile

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from apps.core.audit.log_keys import verifiers_of
from apps.core.crates.limits import Limits
from apps.core.crates.verify import verify
from apps.core.proofs import receipts
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from tests.functional.federation import CENTRE, person, received, review, save, sign_off, staff, work_until_done
from tests.unit.crates.bags import with_manifests, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def result(federation, executor, tmp_path):
    """The path of a released result crate."""
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    path = tmp_path / "result.zip"
    save("releases", EgressRequest.objects.get(pk=request.pk).result, path)
    return path


def keys_of(side) -> list[str]:
    return [str(each) for each in verifiers_of(side)]


def ours() -> Limits:
    """This portal's own addresses are on a private host."""
    return Limits(own_hosts=settings.OWN_HOSTS)


def read(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix("result/"): archive.read(name) for name in archive.namelist()}


def test_a_result_carries_proof_that_it_was_signed_off_and_checked_by_two(result, capsys):
    lines = verify(result, log_keys=keys_of(CENTRE.id), limits=ours())
    assert all(holds for holds, _sentence in lines), lines
    told = " ".join(sentence for _holds, sentence in lines)
    assert told.count("verb = egress.reviewed") == 2
    assert "verb = run.signed_off" in told
    content = read(result)["data/audit-receipts.json"]
    for secret in ("Priya", "Joan", str(staff("checker1").pk), "by"):
        assert f'"{secret}"' not in content.decode()
    call_command("verify_crate", str(result), "--log-key", keys_of(CENTRE.id)[0])
    assert "is signed by its log." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda given: given["receipts"][0]["opening"]["verb"].update(value="run.refused"),
            "does not say what is shown",
        ),
        (lambda given: given["receipts"][0].update(sequence=given["receipts"][0]["sequence"] + 1), "is not in the log"),
        (lambda given: given.update(receipts=[]), "There is no receipt"),
        (lambda given: given.clear(), "cannot be used"),
    ],
)
def test_receipts_that_were_changed_do_not_hold(result, tmp_path, change, sentence):
    files = read(result)
    given = json.loads(files["data/audit-receipts.json"])
    change(given)
    changed = write(
        tmp_path / "c.zip", with_manifests(files | {"data/audit-receipts.json": json.dumps(given).encode()})
    )
    broken = [told for holds, told in verify(changed, limits=ours()) if not holds]
    assert len(broken) == 1
    assert sentence in broken[0]


def test_receipts_that_are_no_json_and_the_key_of_another_log_are_told(result, tmp_path):
    files = with_manifests(read(result) | {"data/audit-receipts.json": b"{"})
    assert (False, "The receipts cannot be used. They are not JSON.") in verify(
        write(tmp_path / "c.zip", files), limits=ours()
    )
    other = verify(result, log_keys=keys_of(settings.HUB_ID), limits=ours())
    assert not all(holds for holds, _sentence in other)


def test_who_sees_a_decision_takes_its_receipts_and_nobody_else(federation):
    project = Project.objects.get(code="ASTHMA-24")
    client = Client()
    client.force_login(person("lay@hub.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert project.receipts_url() in client.get(project.get_absolute_url()).content.decode()
    given = client.get(project.receipts_url()).json()
    lines = receipts.check(given, keys=keys_of(settings.HUB_ID))
    assert all(holds for holds, _sentence in lines)
    assert "project.approved" in str(lines)
    for address in ("/receipts/nothing/project/", "/receipts/accounts/user/"):
        assert client.get(f"{address}{project.pk}.json").status_code == 404
    client.force_login(person("dina@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(project.receipts_url()).status_code == 404
    quiet = Tre.objects.create(name="Q", slug="q", summary="s", contact_email="q@example.org", public_key={})
    assert client.get(quiet.receipts_url()).status_code == 404
