"""Where a log's keys come from, and where its heads go: the environment, and a bucket of S3."""

from uuid import UUID

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from moto.server import ThreadedMotoServer

from apps.core.audit import checkpoints, log_keys
from apps.core.audit.models import LogKey
from apps.core.audit.verify import verify
from apps.core.errors import WrongState
from apps.core.proofs import notes
from tests.integration.core.logs import SIDE, written
from trefx_portal import configuration

pytestmark = pytest.mark.django_db
# The example key of the Go package golang.org/x/mod/sumdb/note.
SPECIFIED = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ITS_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def signer(side: UUID = SIDE) -> str:
    return notes.signer_text(Ed25519PrivateKey.generate(), log_keys.name_of(side))


def verifier(text: str) -> str:
    return str(notes.verifier_of(*notes.parse_signer(text)))


def test_a_signer_key_is_read_as_others_write_it():
    assert verifier(SPECIFIED) == ITS_VERIFIER
    assert notes.signer_text(*notes.parse_signer(SPECIFIED)) == SPECIFIED


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "x",
        SPECIFIED.replace("c74f20a3", "c74f20a4"),
        SPECIFIED.replace("PRIVATE", "PUBLIC"),
        SPECIFIED[:-4],
        SPECIFIED.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_what_is_no_signer_key_stops_the_start_and_is_not_told(wrong):
    with pytest.raises(ImproperlyConfigured, match="number 2 is not a signer key") as problem:
        configuration.log_keys([SPECIFIED, wrong])
    assert "AYEKFALVFGy" not in str(problem.value)
    assert configuration.log_keys([SPECIFIED]) == [SPECIFIED]


def test_a_key_from_the_environment_signs_and_no_file_is_made(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    settings.LOG_KEYS = [SPECIFIED, signer()]
    assert [str(each) for each in log_keys.known_verifiers(SIDE)] == [verifier(settings.LOG_KEYS[1])]
    written(3)
    made = checkpoints.make(SIDE)
    assert notes.open_checkpoint(made.note, [notes.parse_verifier(verifier(settings.LOG_KEYS[1]))]).size == 3
    assert list(tmp_path.glob("*.log-*")) == []
    assert verify(SIDE).wrong == []


def test_a_second_key_of_the_environment_replaces_the_first_which_signs_beside_it(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    settings.LOG_KEYS = [signer()]
    written(3)
    checkpoints.make(SIDE)
    settings.LOG_KEYS = [*settings.LOG_KEYS, signer()]
    log_keys.replace(side=SIDE, by="operator", reason="Yearly.")
    note = checkpoints.make(SIDE).note
    for each in settings.LOG_KEYS:
        assert notes.open_checkpoint(note, [notes.parse_verifier(verifier(each))]).size == 4
    settings.LOG_KEYS = settings.LOG_KEYS[:1]
    with pytest.raises(WrongState, match="log-2.pem is missing"):
        log_keys.signing_keys(SIDE)
    assert LogKey.objects.count() == 2


@pytest.fixture
def bucket(settings, monkeypatch):
    """A bucket of a server that speaks S3."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="heads")
    settings.STORAGES = settings.STORAGES | {"published": configuration.published_bucket("heads", address)}
    yield client
    server.stop()


def names(client) -> set[str]:
    return {each["Key"] for each in client.list_objects_v2(Bucket="heads")["Contents"]}


def test_heads_and_tiles_go_to_s3_and_a_log_that_was_cut_is_found_by_them(bucket, capsys, settings):
    settings.HUB_ID = str(SIDE)
    written(300)
    call_command("checkpoint", "--publish", "storage:published")
    written(10)
    call_command("checkpoint", "--publish", "storage:published")
    log = log_keys.place_of(SIDE)
    assert {f"{log}/{name}" for name in ("checkpoint", "keys.txt", "heads/300", "heads/310")} <= names(bucket)
    assert {f"{log}/tile/0/000", f"{log}/tile/0/001.p/54", f"{log}/tile/entries/000"} <= names(bucket)
    newest = bucket.get_object(Bucket="heads", Key=f"{log}/checkpoint")["Body"].read().decode()
    assert "\n310\n" in newest
    capsys.readouterr()
    call_command("verify_log", "--published", "storage:published")
    assert "has 310 entries" in capsys.readouterr().out
    bucket.put_object(Bucket="heads", Key=f"{log}/heads/300", Body=newest.replace("\n310\n", "\n309\n").encode())
    with pytest.raises(SystemExit):
        call_command("verify_log", "--published", "storage:published")
    assert f"About the checkpoint kept in {log}/heads/300: The signature" in capsys.readouterr().out
