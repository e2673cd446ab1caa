"""Tampering is tried, with the triggers dropped as an attacker would: each is seen by the next check, and named."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models import F, QuerySet
from django.test import Client
from django.utils import timezone

from apps.core.audit import checkpoints, log_keys, openings, public_log, publishing, tree, triggers, verify
from apps.core.audit.act import act, record
from apps.core.audit.erase import erase
from apps.core.audit.models import Checkpoint, Cosignature, Erasure, Event, LogHead, LogKey, Opening, PublicEntry, Tile
from apps.core.audit.receipts import receipts_for
from apps.core.exchange.models import Peer, Witnessed
from apps.core.proofs import leaves, merkle, notes, published, receipts
from tests.integration.core.logs import SIDE, Thing, written

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db]
# Rows as they come, past the managers that refuse a change.
EVENTS, OPENINGS = QuerySet(Event), QuerySet(Opening)
DATASET = UUID("0c5f4c1e-0000-4000-8000-000000000003")


@pytest.fixture
def log(db):
    """600 entries, two full tiles; checkpoints at 300 and 600; the last entry public."""
    written(300)
    checkpoints.make(SIDE)
    written(299)
    written(1, "log.public_test", public={"thing": "it"}, about={"datasets": [str(DATASET)]})
    checkpoints.make(SIDE)


@contextmanager
def attack():
    """A cursor of somebody who owns the database."""
    with triggers.lifted(connection), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield cursor


def hexed(data: bytes) -> str:
    return f"'\\x{data.hex()}'" if connection.vendor == "postgresql" else f"X'{data.hex()}'"


@contextmanager
def without_foreign_keys():
    """A cursor that lets rows point nowhere, whichever the engine."""
    with attack() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("PRAGMA defer_foreign_keys = ON")
            yield cursor


def told(openings=True, **options) -> str:
    check = verify.verify(SIDE, with_openings=openings, **options)
    return "\n".join(check.wrong)


def event(sequence: int) -> Event:
    return Event.objects.get(side=SIDE, sequence=sequence)


def test_an_honest_log_holds(log, capsys):
    check = verify.verify(SIDE, with_openings=True)
    assert (check.wrong, check.read) == ([], 600)
    call_command("verify_log", "--openings")
    told = capsys.readouterr().out
    assert f"OK: the log of {SIDE} has 600 entries, and all of them are as they were written.\n" in told
    assert f"OK: the log of {settings.HUB_ID} has 0 entries" in told


@pytest.mark.parametrize("sequence", [5, 550])
def test_a_leaf_that_was_changed(log, sequence, capsys):
    leaf = bytes(event(sequence).leaf).replace(b'"v":2', b'"v":3')
    with attack() as cursor:
        cursor.execute(f"UPDATE audit_event SET leaf = {hexed(leaf)} WHERE sequence = {sequence}")
    assert f"Entry {sequence} was changed" in told(openings=False)
    with pytest.raises(SystemExit):
        call_command("verify_log")
    assert f"WRONG: Entry {sequence} was changed" in capsys.readouterr().out


def test_so_much_is_wrong_that_the_rest_is_counted(log, capsys):
    with attack() as cursor:
        cursor.execute("UPDATE audit_event SET leaf_hash = leaf")
    with pytest.raises(SystemExit):
        call_command("verify_log")
    told = capsys.readouterr().out
    assert told.count("was changed") == verify.MOST_NAMED
    assert "WRONG: and 580 more." in told


@pytest.mark.parametrize(("sequence", "said"), [(5, "Entry 5 is not the one"), (550, "The first 600 entries are not")])
def test_a_leaf_that_was_changed_with_its_hash(log, sequence, said):
    leaf = bytes(event(sequence).leaf).replace(b'"v":2', b'"v":3')
    with attack() as cursor:
        changed = f"leaf = {hexed(leaf)}, leaf_hash = {hexed(merkle.leaf_hash(leaf))}"
        cursor.execute(f"UPDATE audit_event SET {changed} WHERE sequence = {sequence}")
    assert said in told(openings=False)


def remove(cursor, condition: str) -> None:
    ids = f"(SELECT id FROM audit_event WHERE {condition})"
    cursor.execute("DELETE FROM audit_publicdataset")
    for table in ("opening", "publicentry", "erasure"):
        cursor.execute(f"DELETE FROM audit_{table} WHERE event_id IN {ids}")
    cursor.execute(f"DELETE FROM audit_event WHERE {condition}")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("sequence = 5", "Entry 5 is missing."),
        ("sequence = 550", "Entry 550 is missing."),
        ("sequence BETWEEN 10 AND 20", "The entries 10 to 20 are missing."),
        ("sequence < 256", "The entries 0 to 255 are missing."),
        ("sequence >= 590", "The log was cut, or an older copy was put back: it ends at 590, but"),
        ("sequence >= 200", "The entries 200 to 255 are missing."),
        ("TRUE", "The entries 256 to 511 are missing."),
    ],
)
def test_entries_that_were_deleted(log, condition, said):
    with attack() as cursor:
        remove(cursor, condition)
    assert said in told()


def test_a_whole_tile_that_was_deleted_with_its_entries(log):
    with attack() as cursor:
        remove(cursor, "sequence < 256")
        cursor.execute('DELETE FROM audit_tile WHERE "index" = 0')
    assert "The entries 0 to 255 are missing." in told()


def test_a_log_that_was_cut_with_its_head(log):
    edge = b"".join(tree.tree_of(SIDE, 590).edge())
    with attack() as cursor:
        remove(cursor, "sequence >= 590")
        cursor.execute(f"UPDATE audit_loghead SET size = 590, edge = {hexed(edge)}")
    assert re.search(r"ends at 590, but our checkpoint of .* stands for 600", told())


def test_entries_that_were_put_in_another_order(log):
    with attack() as cursor:
        for old, new in ((7, 9000), (8, 7), (9000, 8)):
            cursor.execute(f"UPDATE audit_event SET sequence = {new} WHERE sequence = {old}")
    said = told()
    assert "Entry 7 is out of order: it is the one that was number 8." in said
    assert "Entry 8 is out of order: it is the one that was number 7." in said


def test_an_entry_that_was_put_in_between(log):
    with attack():
        for sequence in range(599, 9, -1):
            EVENTS.filter(sequence=sequence).update(sequence=F("sequence") + 1)
        leaf = b'{"c":{},"day":"2026-01-01","v":1}'
        Event.objects.create(side=SIDE, sequence=10, day="2026-01-01", leaf=leaf, leaf_hash=merkle.leaf_hash(leaf))
    check = verify.verify(SIDE)
    assert "Entry 10 is not the one that the log was built with." in check.wrong
    assert "Entry 11 is out of order: it is the one that was number 10." in check.wrong
    assert check.more > 400


def test_an_entry_that_was_put_at_the_end(log):
    leaf = b'{"c":{},"day":"2026-01-01","v":1}'
    Event.objects.create(side=SIDE, sequence=600, day="2026-01-01", leaf=leaf, leaf_hash=merkle.leaf_hash(leaf))
    assert "1 entries lie beyond the end of the log, which has 600." in told()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit_tile SET root = hashes WHERE level = 0", "The root of tile 0/000 was changed."),
        ('DELETE FROM audit_tile WHERE "index" = 1', "The tile of the entries 256 to 511 is missing."),
        ("UPDATE audit_tile SET level = 3", "tiles above level 0 that belong to no entry"),
        ('UPDATE audit_tile SET "index" = "index" + 7', "The entries 768 to 1791 are missing."),
    ],
)
def test_tiles_that_were_changed(log, change, said):
    with attack() as cursor:
        cursor.execute(change)
    assert said in told()


def test_tiles_of_tiles_that_were_changed(db, monkeypatch):
    """65,536 hashes without their entries: only what is said of the second level matters here."""
    monkeypatch.setattr(verify, "MOST_NAMED", 1000)
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(65_536)]
    Tile.objects.bulk_create(tree.filled_tiles(SIDE, 0, hashes))
    assert "Tile 1" not in told()
    with attack() as cursor:
        cursor.execute("DELETE FROM audit_tile WHERE level = 1")
    assert "Tile 1/000 is missing or was changed." in told()


def test_a_head_that_was_changed(log):
    with attack() as cursor:
        cursor.execute(f"UPDATE audit_loghead SET edge = {hexed(bytes(96))}")
    assert "The first 600 entries are not those that the log's head stands for." in told()


def test_checkpoints_that_were_changed(log):
    with attack() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET size = 301 WHERE size = 300")
    assert "says something else than was signed" in told()
    with attack() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET note = 'x'")
    assert "This is not a signed note." in told()


def test_a_key_that_was_slipped_in(log):
    log_keys.replace(side=SIDE, by="portal", reason="The yearly change.")
    assert told() == ""
    made = LogKey.objects.create(side=SIDE, number=3, verifier=LogKey.objects.get(number=1).verifier)
    assert f"The key {made.verifier} signs this log" in told()


OPENING = "UPDATE audit_opening SET {} WHERE verb = 'log.public_test'"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (OPENING.format("at = '2026-01-01T00:00:00+00:00'"), "its time was changed beside its details"),
        (OPENING.format("verb = 'log.test'"), "it is of another kind than it was"),
        (OPENING.format("subject_type = 'other'"), "its subject or its time was changed"),
        ("UPDATE audit_publicentry SET facts = '{}'", "the public page says something else than the log"),
        ("UPDATE audit_publicentry SET sequence = 7", "the public page says something else than the log"),
        (f"UPDATE audit_publicentry SET side = '{DATASET.hex}'", "the public page says something else than the log"),
        ("DELETE FROM audit_publicdataset", "the public page says something else than the log"),
        ("UPDATE audit_publicdataset SET sequence = 7", "the public page says something else than the log"),
        (f"UPDATE audit_publicdataset SET dataset = '{SIDE.hex}'", "the public page says something else than the log"),
        ("UPDATE audit_event SET version = 7 WHERE sequence = 599", "its version was changed"),
        (OPENING.format("values = '[]'").replace("values", '"values"'), "Entry 599: it cannot be read."),
        ("UPDATE audit_event SET day = '2026-01-01' WHERE sequence = 599", "its day was changed"),
        ("DELETE FROM audit_opening WHERE verb = 'log.public_test'", "its details are gone, and nobody erased them"),
        (OPENING.format("salts = '{}'"), "is not what was committed to"),
    ],
)
def test_what_people_read_was_changed(log, change, said):
    with attack() as cursor:
        cursor.execute(change)
    assert told(openings=False) == ""
    assert said in told()


def first_version(*, day, values, salts, public_verb) -> bytes:
    """A leaf as version 1 wrote it: with the names of its fields."""
    made = {field: leaves.commitment(salts[field], field, value) for field, value in values.items()}
    return rfc8785.dumps({"v": 1, "day": day.isoformat(), "c": made, **({"verb": public_verb} if public_verb else {})})


def test_a_log_that_began_with_leaves_of_the_first_version(db, monkeypatch, tmp_path, client):
    with monkeypatch.context() as before:
        before.setattr(leaves, "VERSION", 1)
        before.setattr(leaves, "leaf_bytes", first_version)
        written(3)
        written(1, "log.public_test", public={"thing": "it"})
    written(3)
    assert set(EVENTS.values_list("version", flat=True)) == {1, 2}
    assert told() == ""
    given = receipts_for(SIDE, [3])
    assert all(holds for holds, _ in receipts.check(given))
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(given))
    script = Path(settings.BASE_DIR) / "static" / "verify.py"
    subprocess.run([sys.executable, script, "--receipt", path], check=True, capture_output=True)
    given["receipts"][0]["opening"]["verb"]["value"] = "log.test"
    assert "its verb" in receipts.check(given)[-1][1]
    path.write_text(json.dumps(given))
    assert subprocess.run([sys.executable, script, "--receipt", path], check=False, capture_output=True).returncode == 1
    opening = event(1).opening
    values = {name: value for name, value in opening.values.items() if name != "by"}
    with attack():
        OPENINGS.filter(pk=opening.pk).update(values=values | {"number": 17})
    assert told() == "Entry 1: its by, number is not what was committed to."


def test_a_leaf_shows_neither_the_names_nor_the_number_of_its_fields(log):
    for sequence in (3, 599):
        leaf = json.loads(bytes(event(sequence).leaf))
        assert set(leaf) - {"verb"} == {"v", "day", "c"}
        assert len(leaf["c"]) == 16
        assert leaf["c"] == sorted(leaf["c"])
        assert all(re.fullmatch("[0-9a-f]{64}", each) for each in leaf["c"])
    for number, length in ((0, 16), (16, 16), (17, 24), (24, 24)):
        assert len(leaves.new_salts(map(str, range(number)))) == length


def test_a_public_row_that_was_deleted(log):
    PublicEntry.objects.all().delete()
    assert told() == "Entry 599: it is public, and is missing from the public page."


def test_an_opening_that_was_changed(log):
    opening = event(599).opening
    for name, value in (("public.thing", "another"), ("number", 17), ("more", "x")):
        with attack():
            OPENINGS.filter(event=opening.event).update(values=opening.values | {name: value})
        assert f"Entry 599: its {name} is not what was committed to." in told()
    less = {name: value for name, value in opening.values.items() if name != "by"}
    with attack():
        OPENINGS.filter(event=opening.event).update(values=less)
    assert "Entry 599: its by is not what was committed to." in told()
    fewer = {name: salt for name, salt in opening.salts.items() if name != "by"}
    with attack():
        OPENINGS.filter(event=opening.event).update(values=less, salts=fewer)
    assert "Entry 599: its field without a name is not what was committed to." in told()


def test_what_was_erased_stays_erased(log):
    one = event(599)
    opening = Opening.objects.get(event=one)
    entry = PublicEntry.objects.get(event=one)
    erase(event=one, by="portal", reason="asked for")
    assert told() == ""
    tombstone = PublicEntry.objects.get(event=one)
    assert (tombstone.sentence, tombstone.at) == (
        "The details of this line were erased, as the law asks. Its place stays.",
        entry.at,
    )
    assert tombstone.facts == {}
    call_command("rebuild_public_log")
    assert told() == ""
    entry.save()
    assert "it was erased, and is still on the public page" in told()
    Opening.objects.bulk_create([opening])
    assert "it was erased, and its details are there again" in told()


def test_a_person_whose_every_salt_is_destroyed_is_found_nowhere_and_the_log_holds(person, tmp_path):
    ada = person("ada")
    with act():
        for _ in range(3):
            record("log.test", by=ada, subject=Thing, who=ada.email)
            record("log.test", by="portal", subject=Thing)
    checkpoints.make(SIDE)
    hers = [str(ada.pk), ada.email]
    salts = {salt for each in Opening.objects.filter(values__by=str(ada.pk)) for salt in each.salts.values()}
    for each in list(Opening.objects.filter(values__by=str(ada.pk)).select_related("event")):
        erase(event=each.event, by="portal", reason="She asked for it.")
    assert Erasure.objects.count() == 3
    everything = " ".join(
        f"{row}" for model in (Opening, PublicEntry) for row in model.objects.values_list()
    ) + " ".join(bytes(leaf).decode() for leaf in Event.objects.values_list("leaf", flat=True))
    publishing.publish(publishing.place(str(tmp_path)), SIDE)
    everything += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    assert not [word for word in [*hers, *salts] if word in everything]
    assert told() == ""


def test_an_opening_that_was_deleted_with_a_tombstone_that_no_entry_tells_of(log):
    one = event(599)
    with attack() as cursor:
        Erasure.objects.create(event=one)
        cursor.execute("DELETE FROM audit_publicdataset")
        PublicEntry.objects.all().delete()
        OPENINGS.filter(event=one).delete()
    assert told() == "Entry 599: it was erased, and no entry says so."


def test_the_record_of_an_erasure_may_be_erased_and_the_next_tells_of_both(log):
    erase(event=event(599), by="portal", reason="asked for")
    erase(event=event(600), by="portal", reason="asked for")
    erase(event=event(601), by="portal", reason="asked for")
    assert told() == ""


def test_a_private_entry_on_the_public_page(log):
    PublicEntry.objects.bulk_create([public_log.entry_of(event(3).opening)])
    assert told() == "Entry 3: it is private, and is on the public page."


def test_public_rows_that_were_swapped(log):
    written(1, "log.public_test", public={"thing": "more"})
    for old, new in ((599, 9000), (600, 599), (9000, 600)):
        PublicEntry.objects.filter(sequence=old).update(sequence=new)
    said = told()
    for sequence in (599, 600):
        assert f"Entry {sequence}: the public page says something else than the log." in said


def test_rows_of_no_entry(log, capsys):
    call_command("verify_log", "--openings")
    entry, opening = PublicEntry.objects.get(), event(3).opening
    with without_foreign_keys() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE sequence IN (3, 599)")
    with pytest.raises(SystemExit):
        call_command("verify_log", "--openings")
    told = capsys.readouterr().out
    assert f"WRONG: A row of the public page without an entry: {entry.pk} is in no log." in told
    assert f"WRONG: Details without an entry: {opening.pk} is in no log." in told
    assert Client().get(f"/log/{SIDE}/599/proof").status_code == 404
    with attack() as cursor:  # a test must leave no row that points nowhere
        for table in ("publicdataset", "publicentry", "opening"):
            cursor.execute(f"DELETE FROM audit_{table}")


def test_words_of_an_older_version_are_no_error(log, capsys):
    PublicEntry.objects.update(words="We tried it.")
    call_command("verify_log", "--openings")
    assert "Note: 1 public rows have the words of an older version. Run rebuild_public_log." in capsys.readouterr().out
    call_command("rebuild_public_log")
    call_command("verify_log", "--openings")
    assert "older version" not in capsys.readouterr().out


def test_the_edge_of_a_checkpoint(log):
    checkpoint = Checkpoint.objects.get(size=600)
    with attack():
        QuerySet(Checkpoint).filter(pk=checkpoint.pk).update(edge=bytes(len(checkpoint.edge)))
    assert re.fullmatch(r"The edge of our checkpoint of .* is not that of its root.", told())


@pytest.mark.parametrize("kind", ["garbage", "two lines", "of another", "does not fit"])
def test_a_cosignature_that_was_made_up(log, settings, kind):
    key = Ed25519PrivateKey.generate()
    settings.WITNESSES = [str(notes.verifier_of(key, "w.example/1", notes.COSIGNATURE))]
    checkpoint = Checkpoint.objects.get(size=600)
    text = notes.parse_note(checkpoint.note)[0]
    honest = notes.cosign(text, key, "w.example/1", 5)
    line = {
        "garbage": "x",
        "two lines": honest * 2,
        "of another": notes.cosign(text, key, "w.example/2", 5),
        "does not fit": notes.cosign(text + "x\n", key, "w.example/1", 5),
    }[kind]
    row = {"checkpoint": checkpoint, "witness": "w.example/1", "at": timezone.now()}
    made = Cosignature.objects.create(line=honest, **row)
    assert told() == ""
    with attack():
        QuerySet(Cosignature).filter(pk=made.pk).update(line=line)
    assert "The cosignature of w.example/1 on our checkpoint of" in told()


def test_a_whole_log_that_was_deleted_is_missed_by_those_who_had_seen_it(log, capsys):
    head = checkpoints.newest(SIDE)
    Witnessed.objects.create(side=DATASET, peer=SIDE, size=head.size, note=head.note)
    Peer.objects.create(side=SIDE, peer=DATASET, name="A TRE", public_key={})
    with attack() as cursor:
        remove(cursor, "TRUE")
        for table in ("tile", "checkpoint", "loghead", "logkey"):
            cursor.execute(f"DELETE FROM audit_{table}")
    with pytest.raises(SystemExit):
        call_command("verify_log")
    assert f"it ends at 0, but the checkpoint that {DATASET} keeps stands for 600 entries" in capsys.readouterr().out


def test_a_leaf_that_became_a_text(log, client, settings):
    """PostgreSQL keeps texts out of columns of bytes; SQLite takes them."""
    settings.HUB_ID = str(SIDE)
    text = "''" if connection.vendor == "postgresql" else "CAST(leaf AS TEXT)"
    with attack() as cursor:
        cursor.execute(f"UPDATE audit_event SET leaf = {text} WHERE sequence = 599")
    said = told()
    assert "Entry 599 was changed" in said
    assert "Entry 599: it cannot be read." in said
    assert client.get("/log/tile/entries/002.p/88").status_code == 200
    assert client.get("/log/599/proof").status_code == 200


# What one database alone cannot tell, those tell who kept a checkpoint.


def forge(change) -> None:
    """Write the log anew from its first entry on, tiles, head and checkpoints with it, signed with the true key."""
    rows = list(Event.objects.order_by("sequence").values())
    with attack() as cursor:
        for table in ("tile", "cosignature", "checkpoint"):
            cursor.execute(f"DELETE FROM audit_{table}")
        LogHead.objects.update(size=0, edge=b"")
        rows = change(rows, cursor)
        for row in rows:
            digest = merkle.leaf_hash(bytes(row["leaf"]))
            EVENTS.filter(pk=row["id"]).update(leaf=row["leaf"], leaf_hash=digest)
        head = LogHead.objects.get()
        tree.extend(head, [merkle.leaf_hash(bytes(row["leaf"])) for row in rows])
    checkpoints.make(SIDE)


def rewrite(rows, cursor):
    opening = Opening.objects.get(event=rows[3]["id"])
    values = opening.values | {"by": "somebody else"}
    OPENINGS.filter(pk=opening.pk).update(values=values)
    rows[3]["leaf"] = leaves.leaf_bytes(day=rows[3]["day"], values=values, salts=opening.salts, public_verb=None)
    return rows


def restore(rows, cursor):
    remove(cursor, "sequence >= 500")
    return rows[:500]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rewrite, "The first 600 entries are not those that the checkpoint kept in"),
        (restore, "an older copy was put back"),
    ],
)
def test_a_fork_signed_with_the_true_key_and_an_old_backup(log, tmp_path, change, said, capsys):
    publishing.publish(publishing.place(str(tmp_path)), SIDE)
    forge(change)
    assert told() == ""
    assert said in told(heads=publishing.heads_in(publishing.place(str(tmp_path)), SIDE))
    with pytest.raises(SystemExit):
        call_command("verify_log", "--published", str(tmp_path))
    assert said in capsys.readouterr().out


def test_a_log_in_a_folder_is_checked_without_a_database(log, tmp_path, capsys):
    call_command("checkpoint", "--publish", str(tmp_path))
    written(5)
    call_command("checkpoint", "--publish", str(tmp_path), "--side", str(SIDE))
    assert capsys.readouterr().out.count("\n— 127.0.0.1:8000/log/") == 2
    folder = tmp_path / "log" / str(SIDE)
    assert sorted(path.name for path in (folder / "heads").iterdir()) == ["600", "605"]
    call_command("verify_log", str(tmp_path))
    assert "has 605 entries" in capsys.readouterr().out

    def wrong(where=str(tmp_path), *options) -> str:
        with pytest.raises(SystemExit):
            call_command("verify_log", where, *options)
        return capsys.readouterr().out

    bundle = folder / "tile" / "entries" / "000"
    honest = bundle.read_bytes()
    leaf = merkle.unpack_entries(honest)[4]
    bundle.write_bytes(honest.replace(leaf, leaf.replace(b'"v":2', b'"v":3')))
    assert "WRONG: Entry 4 is not the one" in wrong()
    bundle.write_bytes(honest[: -len(leaf)])
    assert "in the middle of an entry" in wrong()
    bundle.write_bytes(merkle.pack_entries(merkle.unpack_entries(honest)[:-1]))
    assert "stands for 256, but 255 are there" in wrong()
    hashes = folder / "tile" / "0" / "000"
    whole = hashes.read_bytes()
    hashes.write_bytes(whole[:-32])
    assert "WRONG: At level 1, hash 0 is not the one" in wrong()
    hashes.write_bytes(whole)
    bundle.write_bytes(honest)
    above = folder / "tile" / "1" / "000.p" / "2"
    kept = above.read_bytes()
    above.write_bytes(kept[:32] + bytes(32))
    said = wrong()
    assert "At level 1, hash 1" in said
    assert "do not make the root" in said
    above.unlink()
    assert "There is no tile/1/000.p/2" in wrong()
    above.write_bytes(kept)
    head = folder / "heads" / "600"
    (folder / "heads" / "700").write_text("x")
    assert "This is not a signed note" in wrong()
    (folder / "heads" / "700").unlink()
    (folder / "checkpoint").write_text(head.read_text())
    assert "The log was cut" in wrong()
    (folder / "checkpoint").write_text("x")
    assert "not a signed note" in wrong()
    assert "not a verifier key" in wrong(str(tmp_path), "--key", "x")
    (folder / "checkpoint").unlink()
    assert "no published log" in wrong()
    with pytest.raises(published.NotThere, match="not an address of the web"):
        published.over_http("file:///etc")("passwd")


@pytest.mark.django_db(transaction=True)
def test_a_log_is_checked_by_its_address(live_server, capsys, settings):
    settings.HUB_ID = str(SIDE)
    written(300)
    checkpoints.make(SIDE)
    call_command("verify_log", f"{live_server.url}/log", "--key", str(log_keys.verifiers_of(SIDE)[0]))
    assert "has 300 entries" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_log", f"{live_server.url}/log/{uuid4()}")
    assert "could not be read" in capsys.readouterr().out


def test_a_checkpoint_is_printed(log, capsys):
    call_command("checkpoint")
    assert capsys.readouterr().out.strip() == Checkpoint.objects.get(size=600).note.strip()


def test_a_checkpoint_goes_by_mail_to_whoever_keeps_it(log):
    call_command("checkpoint", "--publish", "mailto:keeper@example.org")
    (sent,) = mail.outbox
    assert sent.to == ["keeper@example.org"]
    assert "600 entries" in sent.subject
    assert Checkpoint.objects.get(size=600).note in sent.body


def test_without_any_log_there_is_nothing_to_check(capsys):
    call_command("verify_log")
    assert capsys.readouterr().out.startswith(f"OK: the log of {settings.HUB_ID} has 0 entries")
    written(1)
    call_command("verify_log")
    assert not LogKey.objects.exists()
    assert verify.verify(uuid4()).wrong == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_long_log_is_shared_out_among_processes(monkeypatch):
    written(30)
    with attack() as cursor:
        cursor.execute("UPDATE audit_event SET day = day + 1 WHERE sequence IN (4, 17, 29)")
    monkeypatch.setattr(openings, "PART", 8)
    alone = verify.verify(SIDE, with_openings=True)
    assert verify.verify(SIDE, with_openings=True, processes=2).wrong == alone.wrong
    assert [sentence.partition(":")[0] for sentence in alone.wrong] == ["Entry 4", "Entry 17", "Entry 29"]
    database = connection.settings_dict["NAME"]
    assert openings.part_elsewhere((database, SIDE, 16, 24)) == (["Entry 17: its day was changed."], 0)
