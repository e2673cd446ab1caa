"""Those who keep what a log said see when it says something else: anyone's witness, and hub and TRE each other's."""

import json
import urllib.request
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.audit import checkpoints, log_keys, tree, triggers, verify
from apps.core.audit.act import act
from apps.core.audit.models import Checkpoint, Cosignature, Event, LogHead, LogKey, Opening, PublicEntry
from apps.core.exchange import keys, service, witness
from apps.core.exchange.models import Incoming, Outgoing, Peer, Witnessed
from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work
from apps.core.proofs import merkle, notes, published, witnessing
from tests.integration.core.logs import SIDE, written

pytestmark = [pytest.mark.both_engines]
HUB = UUID(django_settings.HUB_ID)
LOG = f"/log/{SIDE}"


def fork(size: int) -> None:
    """Another log of `size` entries, made of the same events from the second on, and signed with the true key."""
    with triggers.lifted(connection), connection.cursor() as cursor:
        for table in ("audit_tile", "audit_cosignature", "audit_checkpoint"):
            cursor.execute(f"DELETE FROM {table}")
        first = Event.objects.get(side=SIDE, sequence=0)
        leaf = b'{"c":{},"day":"2026-01-01","v":1}'
        QuerySet(Event).filter(pk=first.pk).update(leaf=leaf, leaf_hash=merkle.leaf_hash(leaf))
        gone = Event.objects.filter(side=SIDE, sequence__gte=size).values_list("pk", flat=True)
        for model in (Opening, PublicEntry):
            QuerySet(model).filter(event__in=list(gone)).delete()
        QuerySet(Event).filter(side=SIDE, sequence__gte=size).delete()
        LogHead.objects.filter(side=SIDE).update(size=0, edge=b"")
        hashes = Event.objects.filter(side=SIDE).order_by("sequence").values_list("leaf_hash", flat=True)
        tree.extend(LogHead.objects.get(side=SIDE), [bytes(each) for each in hashes])
    checkpoints.make(SIDE)


@pytest.fixture
def look(live_server, tmp_path, capsys):
    """look() -> (exit code, what a witness said)."""

    def look(*options, origin=f"{live_server.url}{LOG}"):
        arguments = [
            "--origin",
            origin,
            "--key",
            tmp_path / "w.pem",
            "--state",
            tmp_path / "w.json",
            "--name",
            "w.example",
        ]
        code = 0
        try:
            call_command("witness", *map(str, arguments), *options)
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        return code, told.out + told.err

    return look


@pytest.mark.django_db(transaction=True)
def test_a_witness_follows_a_log_that_grows_and_is_heard(look, tmp_path, settings):
    written(300)
    code, told = look()
    assert (code, "300 entries, seen for the first time" in told) == (0, True)
    assert "did not take your cosignature: No witness that this log knows" in told
    settings.WITNESSES = [told.split("verifier key: ")[1].split("\n")[0]]
    written(300)
    checkpoints.make(SIDE)
    code, told = look()
    assert (code, "600 entries, as it did when last seen" in told) == (0, True)
    assert "The log took your cosignature." in told
    assert Cosignature.objects.get().checkpoint.size == 600
    assert json.loads((tmp_path / "w.json").read_text())["size"] == 600
    assert look()[0] == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "said"),
    [(600, "The first 300 entries of the log are not those"), (200, "The log went back: it had 300 entries")],
)
def test_a_witness_shouts_and_keeps_the_evidence(look, tmp_path, size, said):
    written(300)
    look()
    before = (tmp_path / "w.json").read_text()
    written(300)
    fork(size)
    code, told = look()
    assert code == 1
    assert "THIS LOG IS BROKEN" in told
    assert said in told
    evidence = json.loads(next(tmp_path.glob("w.json.evidence-*")).read_text())
    signed = log_keys.verifiers_of(SIDE)
    assert notes.open_checkpoint(evidence["before"], signed).size == 300
    assert notes.open_checkpoint(evidence["now"], signed).size == size
    assert (tmp_path / "w.json").read_text() == before


@pytest.mark.django_db(transaction=True)
def test_a_witness_does_not_take_another_key_nor_silence_for_an_answer(look, tmp_path, monkeypatch):
    written(3)
    look()
    code, told = look(origin="http://127.0.0.1:9/log")
    assert (code, "could not be checked" in told) == (1, True)
    monkeypatch.setattr(log_keys, "path_of", lambda side, number: tmp_path / f"stolen-{number}.pem")
    with triggers.lifted(connection):
        QuerySet(Checkpoint).all().delete()
        QuerySet(LogKey).all().delete()
    written(3)
    checkpoints.make(SIDE)
    code, told = look()
    assert (code, "not signed with a key of this log" in told) == (1, True)
    assert look("--log-key", str(log_keys.verifiers_of(SIDE)[0]))[0] == 0  # she looked it up, and the log goes on


@pytest.mark.django_db(transaction=True)
def test_a_log_that_hears_nothing_is_told_of(look, monkeypatch):
    written(3)
    opened = urllib.request.urlopen

    def refuse(asked, **options):
        if isinstance(asked, str):
            return opened(asked, **options)
        raise ConnectionRefusedError("no answer")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    code, told = look()
    assert (code, "could not be told" in told) == (0, True)


def test_tiles_that_are_not_those_of_the_checkpoint():
    before = notes.Checkpoint("o", 3, b"r" * 32, "")
    assert "calls itself other" in witnessing.continues(before, notes.Checkpoint("other", 3, b"r" * 32, ""), [])
    assert witnessing.continues(before, before, []) == ""


@pytest.mark.django_db
def test_a_log_with_broken_tiles_is_broken(tmp_path):
    written(3)
    first = checkpoints.make(SIDE).note
    written(300)
    now = checkpoints.make(SIDE).note
    (tmp_path / "checkpoint").write_text(now)
    for tile in ("tile/0/000", "tile/0/001.p/47", "tile/1/000.p/1"):
        (tmp_path / tile).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / tile).write_bytes(b"short")
    with pytest.raises(witnessing.Broken, match="tiles are not those"):
        witnessing.look(published.from_folder(tmp_path), log_keys.verifiers_of(SIDE), first)


@pytest.mark.django_db
def test_a_partial_tile_that_is_gone_is_cut_out_of_the_full_one(tmp_path):
    written(256)
    (tmp_path / "tile/0").mkdir(parents=True)
    (tmp_path / "tile/0/000").write_bytes(tree.reader(SIDE)(0, 0, 256))
    fetch = published.from_folder(tmp_path)
    assert published.tree_of(fetch, 7).root() == tree.tree_of(SIDE, 7).root()
    (tmp_path / "tile/0/000").unlink()
    with pytest.raises(published.NotThere):
        published.tree_of(fetch, 256).inclusion(0)


# Hub and TRE.


@pytest.fixture
def door(db):
    """A hub and a TRE that know each other."""
    for side, peer in ((HUB, SIDE), (SIDE, HUB)):
        service.know(side=side, peer=peer, name=f"peer {peer}", public_key=keys.public_key_of(peer))


def tell() -> None:
    witness.tell_all()
    outbox.drain()


@pytest.mark.django_db(transaction=True)
def test_hub_and_tre_keep_each_others_checkpoints(door):
    written(10)
    tell()
    tell()
    written(500)
    tell()
    assert list(Witnessed.objects.values_list("side", "peer", "size")) == [(HUB, SIDE, 10), (HUB, SIDE, 510)]
    assert str(Witnessed.objects.first()) == f"{SIDE} at 10"
    assert Outgoing.objects.filter(kind="checkpoint").count() == 2
    assert not Incoming.objects.exclude(refused_why="").exists()
    check = verify.verify(SIDE)
    assert (check.wrong, check.cosigned) == ([], 2)


@pytest.mark.django_db(transaction=True)
def test_what_a_peer_has_found_to_continue_it_cosigns_and_anyone_sees_it(door, client):
    written(10)
    tell()
    written(500)
    tell()
    hub = notes.parse_verifier(Peer.objects.get(side=SIDE).cosigns_with[0])
    assert (hub.algorithm, hub.public) == (notes.COSIGNATURE, log_keys.verifiers_of(HUB)[0].public)
    served = client.get(f"{LOG}/checkpoint").content.decode()
    assert notes.open_checkpoint(served, log_keys.verifiers_of(SIDE)).size == 510
    assert [each.witness for each in notes.cosignatures(served, [hub])] == [hub]
    page = client.get(f"{LOG}/keys").content.decode()
    assert page.count(f"<li>{hub.name}</li>") == 1
    assert f"<li>{hub.name}, " in page


@pytest.mark.django_db(transaction=True)
def test_a_peer_that_changes_its_key_goes_on_cosigning_and_the_older_cosignatures_still_fit(door):
    written(10)
    tell()
    log_keys.replace(side=HUB, by="operator", reason="The yearly change.")
    written(10)
    tell()
    assert len(Peer.objects.get(side=SIDE).cosigns_with) == 2
    assert (verify.verify(SIDE).wrong, verify.verify(SIDE).cosigned) == ([], 2)
    with triggers.lifted(connection):
        line = Cosignature.objects.get(checkpoint__size=20).line
        QuerySet(Cosignature).filter(checkpoint__size=10).update(line=line)
    assert "The cosignature of" in verify.verify(SIDE).wrong[0]


def cosignature(**changed) -> dict:
    """The body with which the hub cosigns the TRE's log of now, and what is `changed` of it."""
    key, name = log_keys.signing_keys(HUB)[0]
    note = witnessing.cosigned(checkpoints.make(SIDE).note, key, name, int(timezone.now().timestamp()))
    return {"note": note, "key": str(notes.verifier_of(key, name, notes.COSIGNATURE))} | changed


def as_witness(side: UUID, name: str) -> str:
    return str(notes.verifier_of(log_keys.signing_keys(side)[0][0], name, notes.COSIGNATURE))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda: {"key": None}, "This is not a cosignature."),
        (lambda: {"key": "x"}, "This is not a cosignature."),
        (lambda: {"note": "x"}, "This is not a cosignature."),
        (lambda: {"note": checkpoints.make(SIDE).note}, "This is not a cosignature."),
        (lambda: {"key": str(log_keys.verifiers_of(HUB)[0])}, "not the peer's own key as a witness"),
        (lambda: {"key": as_witness(HUB, "w.example/1")}, "not the peer's own key as a witness"),
        (lambda: {"key": as_witness(HUB, "other.example/log")}, "not the peer's own key as a witness"),
        (lambda: {"key": as_witness(HUB, log_keys.name_of(SIDE))}, "not the peer's own key as a witness"),
    ],
)
def test_a_peer_cannot_cosign_as_somebody_else_nor_what_it_likes(door, settings, changed, said):
    written(10)
    settings.WITNESSES = [as_witness(SIDE, "w.example/1")]
    service.know(side=SIDE, peer=uuid4(), name="another", public_key={})
    Peer.objects.filter(name="another").update(cosigns_with=[as_witness(SIDE, "other.example/log")])
    with act():
        service.send(kind="cosigned", side=HUB, peer=SIDE, body=cosignature(**changed()))
    outbox.drain()
    assert said in Incoming.objects.get().refused_why
    assert not Cosignature.objects.exists()
    assert Peer.objects.get(side=SIDE, peer=HUB).cosigns_with == []


@pytest.mark.django_db(transaction=True)
def test_a_cosignature_of_what_we_never_said_is_told(door):
    written(10)
    body = cosignature()
    with triggers.lifted(connection):
        QuerySet(Checkpoint).all().delete()  # as an older backup that was put back has it
    with act():
        service.send(kind="cosigned", side=HUB, peer=SIDE, body=body)
    outbox.drain()
    assert Incoming.objects.get().refused_why == "This log never said what was cosigned."


@pytest.mark.django_db(transaction=True)
def test_what_is_on_its_way_is_not_told_twice(door):
    written(10)
    witness.tell_all()
    written(10)
    witness.tell_all()
    assert Outgoing.objects.filter(kind="checkpoint").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "told_size", "said"),
    [
        (20, 10, "The first 10 entries of the log are not those"),
        (20, 0, "It goes on from 0 entries, although it had told of 10."),
        (5, 0, "The log went back"),
        (10, 0, "It goes on from 0 entries"),
    ],
)
def test_a_fork_and_an_old_backup_are_refused_and_recorded(door, size, told_size, said):
    written(10)
    tell()
    written(10)
    fork(size)
    Peer.objects.filter(side=SIDE).update(told_size=told_size)
    tell()
    assert Witnessed.objects.get().size == 10
    assert Outgoing.objects.filter(kind="cosigned").count() == 1  # the fork was not cosigned
    assert said in Incoming.objects.order_by("received_at").last().refused_why
    entry = PublicEntry.objects.get(side=HUB)
    assert entry.sentence == f"peer {SIDE} told us of a log that does not continue the one that it told us of before."
    assert said in entry.event.opening.values["reason"]
    assert any(f"the checkpoint that {HUB} keeps" in sentence for sentence in verify.verify(SIDE).wrong)


@pytest.mark.django_db(transaction=True)
def test_a_log_that_is_told_of_again_is_no_fork(door):
    written(10)
    tell()
    Peer.objects.filter(side=SIDE).update(told_size=0)
    tell()
    assert Witnessed.objects.count() == 1
    assert not Incoming.objects.exclude(refused_why="").exists()


def sent(body) -> None:
    with act():
        service.send(kind="checkpoint", side=SIDE, peer=HUB, body=body)
    outbox.drain(limit=5)


@pytest.mark.django_db(transaction=True)
def test_what_is_no_checkpoint_is_refused_and_one_that_came_too_soon_waits(door):
    written(10)
    tell()
    good = {"note": checkpoints.make(SIDE).note, "keys": [str(log_keys.verifiers_of(SIDE)[0])], "since": 0, "proof": []}
    for body in ({}, good | {"note": "x"}, good | {"keys": None}, good | {"proof": ["x"]}, good | {"since": "x"}):
        sent(body)
    assert set(Incoming.objects.values_list("refused_why", flat=True)) == {"", "This is not a checkpoint."}
    assert Incoming.objects.filter(refused_why="This is not a checkpoint.").count() == 5
    sent(good | {"since": 400})
    assert Incoming.objects.filter(handled_at=None).count() == 1
    assert Work.objects.filter(name="exchange.handle", done_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_forgot_a_checkpoint_waits_a_day_then_goes_on_and_says_so(door, time_machine):
    written(10)
    tell()
    written(10)
    Peer.objects.filter(side=SIDE).update(told_size=15)  # what was told and heard in between is lost
    tell()
    assert Witnessed.objects.get().size == 10
    assert not PublicEntry.objects.filter(side=HUB).exists()
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))
    outbox.drain()
    assert list(Witnessed.objects.values_list("size", flat=True)) == [10, 20]
    assert "had grown beyond what we remember" in PublicEntry.objects.get(side=HUB).sentence
    written(10)
    tell()
    assert Witnessed.objects.filter(size=30).exists()
    assert (
        Outgoing.objects.filter(side=HUB, kind="cosigned").count() == 1
    )  # who could not compare does not say that she did


@pytest.mark.django_db
def test_the_operator_replaces_a_key(capsys):
    written(1)
    checkpoints.make(SIDE)
    call_command("replace_log_key", "The yearly change.", "--side", str(SIDE))
    assert capsys.readouterr().out == f"{log_keys.verifiers_of(SIDE)[0]} signs from now on.\n"
    assert not LogHead.objects.filter(side=uuid4()).exists()
