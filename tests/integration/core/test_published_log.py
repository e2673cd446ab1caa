"""The log as those read it who check it: standard addresses, signed statements, receipts, and a script of one file."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apps.core.audit import checkpoints, log_keys, publishing, receipts, triggers
from apps.core.audit.erase import erase
from apps.core.audit.models import Checkpoint, Cosignature, Event, LogHead, LogKey, Opening, PublicEntry
from apps.core.audit.verify import verify
from apps.core.crates.verify import receipts_hold
from apps.core.errors import WrongState
from apps.core.proofs import leaves, merkle, notes
from apps.core.proofs.receipts import check
from tests.integration.core.logs import SIDE, written
from trefx_portal import configuration

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db]
LOG = f"/log/{SIDE}"
SCRIPT = Path(settings.BASE_DIR) / "static" / "verify.py"


@pytest.fixture
def log(db):
    """A log of 600 entries, the last of them public."""
    written(599)
    written(1, "log.public_test", public={"thing": "a “thing”\u0007 – Ωmega"})


def keys() -> list[notes.Verifier]:
    return log_keys.verifiers_of(SIDE)


def test_a_standard_client_reads_the_whole_log(client, log, settings):
    settings.HUB_ID = str(SIDE)  # the leaves of a TRE's log are for its own staff
    said = notes.open_checkpoint(client.get(f"{LOG}/checkpoint").content.decode(), keys())
    assert (said.origin, said.size) == ("127.0.0.1:8000/log", 600)

    def read(level, index, width):
        response = client.get(f"{LOG}/tile/{level}/{merkle.tile_path(index, width)}")
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["Content-Type"] == "application/octet-stream"
        return response.content

    assert merkle.Tree(600, read).root() == said.root
    hashes = []
    for index, width in ((0, 256), (1, 256), (2, 88)):
        bundle = client.get(f"{LOG}/tile/entries/{merkle.tile_path(index, width)}").content
        hashes += [merkle.leaf_hash(leaf) for leaf in merkle.unpack_entries(bundle)]
    edge = []
    for size, each in enumerate(hashes):
        edge = merkle.grow(size, edge, each)
    assert merkle.root_of(edge) == said.root
    assert client.get(f"{LOG}/keys.txt").content.decode() == f"{keys()[0]}\n"


def test_a_tile_is_answered_once_and_partial_tiles_in_the_width_that_is_asked(client, log):
    full = client.get(f"{LOG}/tile/0/000")
    assert len(full.content) == 8192
    again = client.get(f"{LOG}/tile/0/000", headers={"If-None-Match": full["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{LOG}/tile/0/000.p/7").content == full.content[: 7 * 32]
    assert len(client.get(f"{LOG}/tile/1/000.p/2").content) == 64
    assert len(client.get(f"{LOG}/tile/0/002.p/88").content) == 88 * 32


def test_a_log_that_did_not_grow_is_published_again_without_a_change(log, tmp_path):
    kept = publishing.place(str(tmp_path))
    checkpoint = publishing.publish(kept, SIDE)
    head = tmp_path / log_keys.place_of(SIDE) / "heads" / str(checkpoint.size)
    first = head.stat().st_mtime_ns
    assert publishing.publish(kept, SIDE).size == checkpoint.size
    assert (len(kept.heads(log_keys.place_of(SIDE))), head.stat().st_mtime_ns) == (1, first)


@pytest.mark.parametrize(
    "address",
    [
        "tile/0/002",
        "tile/0/002.p/89",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/x/000",
    ]
    + ["tile/entries/002", "tile/entries/abc", "tile/0/x000/000", "0/proof", "0/receipt.json", "7000/proof"],
)
def test_what_the_log_has_not_is_not_there(client, log, address):
    assert client.get(f"{LOG}/{address}").status_code == 404


def test_a_log_that_never_was_is_not_there(client):
    assert client.get(f"/log/{uuid4()}/checkpoint").status_code == 404
    assert client.get("/log/7/proof").status_code == 404


def test_the_log_of_a_new_hub_is_empty_and_signed(client):
    hub = UUID(settings.HUB_ID)
    said = notes.open_checkpoint(client.get("/log/checkpoint").content.decode(), log_keys.verifiers_of(hub))
    assert (said.size, said.root) == (0, merkle.EMPTY_ROOT)
    assert client.get("/log/keys").status_code == 200
    assert client.get("/log/tile/0/000.p/1").status_code == 404
    assert verify(hub).wrong == []


def test_a_checkpoint_is_made_when_the_log_has_grown_and_not_sooner(client, settings):
    written(1)
    first = checkpoints.current(SIDE)
    written(1)
    assert checkpoints.current(SIDE) == first
    assert checkpoints.current(SIDE, covers=1).size == 2
    written(1)
    with time_machine.travel(first.at.timestamp() + 61):
        assert checkpoints.current(SIDE).size == 3
    checkpoints.make_all()
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [1, 2, 3]
    assert str(first) == f"{SIDE} at 1"
    with pytest.raises(LogHead.DoesNotExist):
        checkpoints.make(uuid4())


def test_a_new_key_signs_and_the_log_says_so(client, log):
    old = checkpoints.make(SIDE)
    new = log_keys.replace(side=SIDE, by="portal", reason="The yearly change.")
    assert LogKey.objects.count() == 2
    said = Event.objects.order_by("-sequence").first().public_entry.sentence
    assert str(new) in said
    assert keys()[1].__str__() in said
    note = checkpoints.served(checkpoints.make(SIDE))
    for key in keys():
        assert notes.open_checkpoint(note, [key]).size == 601
    log_keys.path_of(SIDE, 1).unlink()
    written(1)
    note = checkpoints.served(checkpoints.make(SIDE))
    assert notes.open_checkpoint(note, [keys()[0]]).size == 602
    with pytest.raises(notes.BadNote):
        notes.open_checkpoint(note, [keys()[1]])
    assert notes.open_checkpoint(old.note, keys()).size == 600
    page = client.get(f"{LOG}/keys").content.decode()
    assert "Signed before" in page
    assert str(new) in page
    log_keys.path_of(SIDE, 2).unlink()
    written(1)
    with pytest.raises(WrongState, match="Put it back"):
        checkpoints.make(SIDE)


@pytest.fixture
def witness(settings):
    key = Ed25519PrivateKey.generate()
    settings.WITNESSES = [str(notes.verifier_of(key, "w.example/1", notes.COSIGNATURE))]
    return key


def post(client, note: str):
    return client.post(f"{LOG}/cosignatures", note.encode(), content_type="text/plain")


def test_a_witness_is_heard_and_shown(client, log, witness):
    assert "w.example/1" in client.get(f"{LOG}/keys").content.decode()
    note = client.get(f"{LOG}/checkpoint").content.decode()
    text = notes.parse_note(note)[0]
    at = int(Checkpoint.objects.get().at.timestamp())
    cosigned = note + notes.cosign(text, witness, "w.example/1", at)
    assert [post(client, cosigned).content for _ in range(2)] == [b"1\n", b"0\n"]
    assert client.get(f"{LOG}/checkpoint").content.decode() == cosigned
    assert "when it had 600 entries" in client.get(f"{LOG}/keys").content.decode()
    assert str(Cosignature.objects.get()).startswith("w.example/1 on")


def test_what_is_no_cosignature_of_a_known_witness_is_refused(client, log, witness):
    note = client.get(f"{LOG}/checkpoint").content.decode()
    text = notes.parse_note(note)[0]
    stranger = notes.cosign(text, Ed25519PrivateKey.generate(), "stranger", 5)
    assert post(client, note + stranger).status_code == 422
    assert post(client, note + notes.cosign(text, witness, "w.example/1", 4_000_000_000)).status_code == 422
    assert post(client, note + notes.cosign(text + "x", witness, "w.example/1", 5)).status_code == 422
    assert client.post(f"{LOG}/cosignatures", b"\xff", content_type="text/plain").status_code == 422
    other = notes.checkpoint_text(f"127.0.0.1:8000/log/{SIDE}", 600, b"r" * 32)
    assert post(client, other + "\n" + notes.cosign(other, witness, "w.example/1", 5)).status_code == 409
    assert client.get(f"{LOG}/cosignatures").status_code == 405
    assert not Cosignature.objects.exists()


def test_cosignatures_do_not_come_in_floods(client, log, settings):
    settings.ACCOUNT_RATE_LIMITS = {"add_cosignature": "1/m/ip"}
    assert [post(client, "x").status_code for _ in range(2)] == [422, 429]


def test_a_witness_that_is_written_wrong_stops_the_start():
    key = notes.verifier_of(Ed25519PrivateKey.generate(), "w")
    for wrong in ("w", str(key)):
        with pytest.raises(ImproperlyConfigured, match="WITNESSES"):
            configuration.witnesses([wrong])


def test_a_receipt_holds_and_no_change_of_it_does(client, log):
    given = json.loads(client.get(f"{LOG}/599/receipt.json").content)
    lines = check(given)
    assert all(holds for holds, _ in lines), lines
    assert "lies beside it" in lines[0][1]
    assert "public.thing = a “thing”" in lines[1][1]
    assert set(given["receipts"][0]["opening"]) == {"verb", "public.thing"}
    trusted = given["keys"]
    assert all(holds for holds, _ in check(given, keys=trusted))

    def changed(change) -> str:
        again = json.loads(json.dumps(given))
        change(again, again["receipts"][0])
        lines = check(again, keys=trusted)
        assert not all(holds for holds, _ in lines)
        return lines[-1][1]

    assert "not in the log" in changed(lambda all, one: one.update(sequence=598))
    assert "not in the log" in changed(lambda all, one: one.update(leaf=one["leaf"].replace("20", "21", 1)))
    assert "not in the log" in changed(lambda all, one: one["proof"].pop())
    assert "public.thing" in changed(lambda all, one: one["opening"]["public.thing"].update(value="another"))
    assert "verb" in changed(lambda all, one: one["opening"]["verb"].update(value="log.test"))
    assert "its made" in changed(lambda all, one: one["opening"].update(made={"salt": "00", "value": "up"}))
    assert "signature" in changed(lambda all, one: all.update(checkpoint=all["checkpoint"].replace("600", "601")))
    assert "not of elsewhere" in changed(lambda all, one: all.update(log="elsewhere"))
    assert "no receipt" in changed(lambda all, one: all.update(receipts=[]))
    assert "cannot be used" in changed(lambda all, one: all.pop("receipts"))
    assert not check(None)[0][0]


def test_receipts_of_several_entries_show_what_their_reader_may_see(log):
    made = receipts.receipts_for(SIDE, [3, 599], shows=lambda field: field in ("number", "by"))
    assert [set(each["opening"]) for each in made["receipts"]] == [{"number", "by"}, {"number", "by"}]
    assert all(holds for holds, _ in check(made))
    erase(event=Event.objects.get(sequence=3), by="portal", reason="asked for")
    made = receipts.receipts_for(SIDE, [3])
    assert made["receipts"][0]["opening"] == {}
    assert check(made)[-1] == (True, "Entry 3 is in the log.")
    with pytest.raises(Event.DoesNotExist):
        receipts.receipts_for(SIDE, [3, 9999])


def test_the_page_of_a_proof(client, log, settings):
    settings.HUB_ID = str(SIDE)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/log/599/proof").content.decode()
    assert "a “thing”" in page
    assert "That nothing else happened." in page
    assert "/log/keys" in page
    assert merkle.leaf_hash(bytes(Event.objects.get(sequence=599).leaf)).hex() in page
    assert len(queries) < 21
    assert client.get(f"{LOG}/599/proof").status_code == 200


def test_the_page_of_a_proof_says_what_the_entry_holds_and_not_what_the_list_was_made_to_say(client, log):
    assert "Anyone may keep it" in client.get(f"{LOG}/599/proof").content.decode()
    PublicEntry.objects.filter(sequence=599).update(words="Nothing was tried.", facts={"thing": "a lie"})
    page = client.get(f"{LOG}/599/proof").content.decode()
    box, lead = page.split('<div class="portal-lead">')
    lead = lead.partition("</div>")[0]
    assert "Something was tried with a “thing”" in lead
    assert "The list of the log says something else" in box
    for listed in ("Nothing was tried.", "Something was tried with a lie."):
        assert listed in box
        assert listed not in lead
    PublicEntry.objects.filter(sequence=599).update(verb="log.never")
    assert "The list of the log says something else" in client.get(f"{LOG}/599/proof").content.decode()


def test_the_page_of_a_proof_whose_details_are_gone(client, log):
    with triggers.lifted(connection):
        QuerySet(Opening).filter(event__sequence=599).delete()
    assert "What this entry says is gone." in client.get(f"{LOG}/599/proof").content.decode()


def test_a_public_row_of_no_entry_or_of_another_one_has_no_proof(client, log):
    PublicEntry.objects.filter(sequence=599).update(sequence=3)
    assert [client.get(f"{LOG}/{number}/proof").status_code for number in (3, 599)] == [404, 404]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def served(live_server, transactional_db, settings):
    settings.HUB_ID = str(SIDE)
    written(299)
    written(1, "log.public_test", public={"thing": "a “thing” – Ωmega"})
    return f"{live_server.url}/log"


@pytest.mark.django_db(transaction=True)
def test_the_script_checks_the_log_and_a_receipt_in_a_clean_interpreter(served, client, tmp_path):
    receipt, kept = tmp_path / "receipt.json", tmp_path / "kept.json"
    receipt.write_bytes(client.get(f"{LOG}/299/receipt.json").content)
    for arguments in ([served, "--receipt", str(receipt), "--remember", str(kept)], ["--receipt", str(receipt)]):
        ran = run(*arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "entry 299 is in the log" in ran.stdout
        assert "public.thing: a “thing” – Ωmega" in ran.stdout
    written(5)
    checkpoints.make(SIDE)
    ran = run(served, "--key", str(keys()[0]), "--remember", str(kept))
    assert "300 entries that you saw last time are still the same" in ran.stdout
    assert "Note:" not in ran.stdout


@pytest.mark.django_db(transaction=True)
def test_the_script_says_what_is_wrong(served, client, tmp_path):
    given = json.loads(client.get(f"{LOG}/299/receipt.json").content)

    def told(*arguments, receipt=None) -> str:
        if receipt is not None:
            (tmp_path / "r.json").write_text(json.dumps(receipt))
            arguments = (*arguments, "--receipt", str(tmp_path / "r.json"))
        ran = run(*arguments)
        assert ran.returncode == 1, ran.stdout
        return ran.stdout

    other = notes.verifier_of(Ed25519PrivateKey.generate(), keys()[0].name)
    assert "not signed with the key that you expect" in told(served, "--key", str(other))
    assert "not the key of a log" in told(served, "--key", str(keys()[0]).replace("+", "+0", 1))
    signature = given["checkpoint"].replace("\n300\n", "\n301\n")
    assert "does not fit" in told(receipt=given | {"checkpoint": signature})
    one = given["receipts"][0]
    assert "not in the log" in told(receipt=given | {"receipts": [one | {"sequence": 3}]})
    opening = one["opening"] | {"verb": one["opening"]["verb"] | {"value": "x"}}
    assert "its verb" in told(receipt=given | {"receipts": [one | {"opening": opening}]})
    assert "no receipt" in told(receipt=given | {"receipts": []})
    assert "could not be read" in told(receipt={})
    assert "Could not fetch" in told(f"{served}x")
    assert "https://" in told("ftp://x")
    assert "but its checkpoint is of" in told(receipt=given | {"log": "elsewhere"})
    other = {"size": 3, "root": "", "origin": "elsewhere"}
    (tmp_path / "kept.json").write_text(json.dumps(other))
    assert "When you last looked, it was elsewhere." in told(served, "--remember", str(tmp_path / "kept.json"))
    (tmp_path / "kept.json").write_text(json.dumps({"size": 301, "root": ""}))
    assert "Now it has 300" in told(served, "--remember", str(tmp_path / "kept.json"))
    (tmp_path / "kept.json").write_text(json.dumps({"size": 3, "root": "00"}))
    assert "not those that you saw" in told(served, "--remember", str(tmp_path / "kept.json"))


def signed_log(size: int, root: bytes, origin: str) -> str:
    """A checkpoint that the true key signed."""
    text = notes.checkpoint_text(origin, size, root)
    return text + "\n" + "".join(notes.sign(text, key, name) for key, name in log_keys.signing_keys(SIDE))


@pytest.mark.django_db(transaction=True)
def test_a_truncated_log_at_an_address_is_found(live_server, settings, capsys):
    settings.HUB_ID = str(SIDE)
    written(300)
    call_command("verify_log", f"{live_server.url}/log")
    assert "no earlier checkpoint" in capsys.readouterr().out
    gone = list(Event.objects.filter(sequence__gte=290).values_list("pk", flat=True))
    with triggers.lifted(connection):
        QuerySet(Opening).filter(pk__in=gone).delete()
        QuerySet(Event).filter(pk__in=gone).delete()
    with pytest.raises(SystemExit):
        call_command("verify_log", f"{live_server.url}/log")
    told = capsys.readouterr().out
    assert "WRONG: The log was cut: 34 of the 44 entries from 256 on are there." in told


@pytest.mark.parametrize(
    ("commitments", "verb", "said"),
    [
        (lambda made: [*made[::-1]], "log.public_test", "commitments"),
        (lambda made: sorted([*made, made[0]]), "log.public_test", "commitments"),
        (lambda made: "".join(made), "log.public_test", "commitments"),
        (sorted, "log.test", "verb"),
        (sorted, "log.public_test", ""),
    ],
)
def test_a_leaf_that_could_be_read_in_two_ways_is_refused_by_every_reader(commitments, verb, said, db, tmp_path):
    salts = leaves.new_salts(["verb"])
    made = sorted(leaves.commitments({"verb": "log.public_test"}, salts).values())
    leaf = json.dumps({"v": 2, "c": commitments(made), "verb": verb, "day": "2026-01-01"})
    opening = {"verb": {"salt": salts["verb"], "value": "log.public_test"}}
    given = {
        "log": keys()[0].name,
        "keys": [str(each) for each in keys()],
        "checkpoint": signed_log(1, merkle.leaf_hash(leaf.encode()), keys()[0].name),
        "receipts": [{"sequence": 0, "leaf": leaf, "proof": [], "opening": opening}],
    }
    lines = check(given)
    assert all(holds for holds, _ in lines) is (said == "")
    assert said in lines[-1][1]  # "" is in every line
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(given))
    ran = run("--receipt", str(path))
    assert (ran.returncode == 0) is (said == "")
    assert said in ran.stdout


@pytest.mark.parametrize("where", ['"opening": {', '"leaf": "{'])
def test_what_is_named_twice_in_a_receipt_is_refused(where, log, client, tmp_path):
    text = client.get(f"{LOG}/599/receipt.json").content.decode()
    name = '"verb": {"salt": "00", "value": "x"},' if "opening" in where else r"\"verb\":\"log.test\","
    twice = text.replace(where, where + name)
    path = tmp_path / "receipt.json"
    path.write_text(twice)
    ran = run("--receipt", str(path))
    assert ran.returncode == 1
    if "opening" in where:
        assert "named twice" in ran.stdout
        assert receipts_hold(twice.encode(), None) == [(False, "The receipts cannot be used. They are not JSON.")]


@pytest.mark.django_db(transaction=True)
def test_the_script_does_not_take_a_receipt_for_a_log_that_is_shorter_or_another(served, client, tmp_path):
    path, given = tmp_path / "receipt.json", json.loads(client.get(f"{LOG}/299/receipt.json").content)
    origin = given["log"]

    def told(note: str) -> str:
        path.write_text(json.dumps(given | {"checkpoint": note, "log": note.split("\n")[0]}))
        ran = run(served, "--key", str(keys()[0]), "--receipt", str(path))
        assert ran.returncode == 1, ran.stdout
        return ran.stdout

    longer = signed_log(673, b"r" * 32, origin)
    assert "had 673 entries when it gave this receipt. Now it has 300." in told(longer)
    assert "and not of" in told(signed_log(300, b"r" * 32, "another.example/log"))
    assert "is not the one that gave this receipt" in told(signed_log(300, b"r" * 32, origin))


@pytest.mark.django_db(transaction=True)
def test_the_script_and_an_empty_log(live_server, client, tmp_path, settings):
    written(1, "log.public_test", public={"thing": "it"})
    path = tmp_path / "receipt.json"
    path.write_bytes(client.get(f"{LOG}/0/receipt.json").content)
    empty = f"{live_server.url}/log"
    assert run(empty).returncode == 0
    ran = run(empty, "--receipt", str(path))
    assert (ran.returncode, "and not of 127.0.0.1:8000/log." in ran.stdout) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_the_script_hands_no_control_characters_to_a_terminal(client, log, tmp_path):
    given = json.loads(client.get(f"{LOG}/599/receipt.json").content)
    one, path = given["receipts"][0], tmp_path / "receipt.json"
    bad = one["opening"] | {"\x1b[2J\u202ename": {"salt": "00", "value": 1}}
    path.write_text(json.dumps(given | {"receipts": [one | {"opening": bad}]}))
    ran = run("--receipt", str(path))
    assert "\\x1b[2J\\u202ename" in ran.stdout
    assert not [each for each in ran.stdout if not each.isprintable() and each != "\n"]
