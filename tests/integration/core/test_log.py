"""The log refuses to lie: written with the state, gapless, never changed."""

import json
import threading

import pytest
import rfc8785
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.core.audit import access, verbs
from apps.core.audit.act import OutsideAct, act, at_commit, outbox, record
from apps.core.audit.erase import erase
from apps.core.audit.history import history
from apps.core.audit.models import AccessRecord, Erasure, Event, LogHead, Opening, PublicEntry
from apps.core.errors import AppendOnly, WrongState
from apps.core.outbox.models import Work
from apps.core.outbox.registry import work
from apps.core.proofs import leaves
from apps.core.proofs.merkle import leaf_hash
from apps.hub.datasets.models import Tre

verbs.register("test.public", verbs.Audience.PUBLIC, "It happened to {thing}.")
verbs.register("test.private", verbs.Audience.PRIVATE, "It happened.")
pytestmark = [pytest.mark.both_engines]


@work("test.nothing")
def nothing(**arguments):
    """Work that does nothing."""


def tre(name="One"):
    return Tre.objects.create(name=name, slug=name.lower(), summary="s", contact_email="a@example.org", public_key={})


@pytest.mark.django_db
def test_an_event_is_committed_with_its_act_and_can_be_opened():
    thing = tre()
    with act():
        record(
            "test.public",
            by="portal",
            subject=thing,
            public={"thing": "One"},
            reason="because",
            number=3,
            at_day=timezone.localdate(),
        )
        record("test.private", by="portal", subject=thing)
        outbox(nothing, thing=thing.pk)
        at_commit(lambda: None)
    first, second = Event.objects.order_by("sequence")
    assert (first.sequence, second.sequence, LogHead.objects.get().size) == (0, 1, 2)
    assert first.leaf_hash == leaf_hash(bytes(first.leaf))
    assert b"test.public" in bytes(first.leaf)
    assert b"test.private" not in bytes(second.leaf)
    assert b"because" not in bytes(first.leaf)
    opening = first.opening
    verb = opening.verb
    again = leaves.leaf_bytes(day=first.day, values=opening.values, salts=opening.salts, public_verb=verb)
    assert again == bytes(first.leaf)
    assert [entry.sentence for entry in PublicEntry.objects.all()] == ["It happened to One."]
    assert [each["verb"] for each in history(thing)] == ["test.private", "test.public"]
    assert Work.objects.get().arguments == {"thing": str(thing.pk)}
    for row in (first, opening, LogHead.objects.get(), PublicEntry.objects.get(), Work.objects.get()):
        assert str(row)


@pytest.mark.django_db
def test_public_facts_are_plain_text_of_one_line():
    with act():
        record(
            "test.public",
            by="portal",
            subject=tre(),
            public={"thing": " A\r\n\tB\u2028C\x1b[2J\u202ed\0 é “q” 🙂\ud800 "},
        )
    entry = PublicEntry.objects.get()
    assert entry.facts == {"thing": "A B C\ufffd[2J\ufffdd\ufffd é “q” 🙂\ufffd"}
    assert entry.event.opening.values["public.thing"] == entry.facts["thing"]


@pytest.mark.django_db
def test_outside_an_act_nothing_is_recorded():
    with pytest.raises(OutsideAct):
        record("test.private", by="portal", subject=tre())
    with pytest.raises(OutsideAct):
        outbox(nothing)


@pytest.mark.django_db
def test_when_the_log_fails_the_state_does_not_move():
    thing = tre()

    def change():
        with act():
            Tre.objects.filter(pk=thing.pk).update(name="Changed")
            record("test.public", by="portal", subject=thing, public={})

    with pytest.raises(KeyError):
        change()
    assert Tre.objects.get().name == "One"
    assert Event.objects.count() == 0


@pytest.mark.django_db
def test_a_nested_act_that_fails_is_undone_whole_and_the_outer_goes_on():
    thing = tre()

    def inner():
        with act():
            record("test.private", by="portal", subject=thing)
            outbox(nothing)
            raise WrongState("no")

    with act():
        record("test.private", by="portal", subject=thing)
        with pytest.raises(WrongState):
            inner()
        with act():
            record("test.private", by="portal", subject=thing)
    assert Event.objects.count() == 2
    assert Work.objects.count() == 0


@pytest.mark.django_db
def test_rows_of_the_log_are_never_changed():
    thing = tre()
    with act():
        record("test.private", by="portal", subject=thing)
    event = Event.objects.get()
    for change in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(day=event.day)):
        with pytest.raises(AppendOnly):
            change()
    changes = ["UPDATE audit_event SET version = 2", "DELETE FROM audit_event", "DELETE FROM audit_opening"]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_log_is_not_truncated():
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_event CASCADE")


@pytest.mark.django_db
def test_erasing_leaves_a_tombstone_and_a_leaf_that_still_fits():
    thing = tre()
    with act():
        record("test.public", by="portal", subject=thing, public={"thing": "One"})
    event = Event.objects.get()
    erase(event=event, by="portal", reason="asked for")
    assert not Opening.objects.filter(event=event).exists()
    assert "One" not in str(PublicEntry.objects.filter(event=event).values().get())
    assert str(Erasure.objects.get())
    assert leaf_hash(bytes(event.leaf)) == bytes(Event.objects.get(pk=event.pk).leaf_hash)
    assert Event.objects.count() == 2
    with pytest.raises(WrongState):
        erase(event=event, by="portal", reason="again")


@pytest.mark.django_db
def test_the_public_log_is_rebuilt_from_the_openings(capsys):
    thing = tre()
    with act():
        record("test.public", by="portal", subject=thing, public={"thing": "One"})
        record("test.private", by="portal", subject=thing)
    before = list(PublicEntry.objects.values("event", "sequence", "at", "verb", "facts"))
    PublicEntry.objects.all().delete()
    call_command("rebuild_public_log")
    assert list(PublicEntry.objects.values("event", "sequence", "at", "verb", "facts")) == before


@pytest.mark.django_db
def test_accesses_are_committed_to_once_an_hour(person):
    thing, reader = tre(), person("ada")
    access.record_access(by=reader, what="download", subject=thing)
    assert str(AccessRecord.objects.get())
    later = timezone.now() + timezone.timedelta(hours=1)
    access.commit_batches(later)
    access.commit_batches(later)
    opening = Opening.objects.get(verb="access.batch")
    assert opening.values["count"] == 1
    assert len(opening.values["sha256"]) == 64
    access.commit_batches()


def test_a_verb_without_words_is_told():
    verbs.register("test.mute", verbs.Audience.PRIVATE, " ")
    try:
        assert [error.id for error in verbs.check_verbs(None)] == ["audit.E001"]
    finally:
        del verbs._verbs["test.mute"]
    assert verbs.check_verbs(None) == []


VALUES = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.text(max_size=8) | st.integers(-9, 9) | st.booleans() | st.lists(st.text(max_size=4), max_size=3),
    min_size=1,
)


@given(values=VALUES, other=st.text(max_size=8))
def test_any_change_of_what_was_committed_is_seen(values, other):
    salts = leaves.new_salts(values)
    day = timezone.localdate()
    leaf = leaves.leaf_bytes(day=day, values=values, salts=salts, public_verb=None)
    assert leaves.leaf_bytes(day=day, values=values, salts=salts, public_verb=None) == leaf
    assert rfc8785.dumps(json.loads(leaf)) == leaf
    for field, value in values.items():
        assert leaves.canonical(field, value) == rfc8785.dumps([field, value])
    name = next(iter(values))
    changed = values | {name: [values[name], other]}
    assert leaves.leaf_bytes(day=day, values=changed, salts=salts, public_verb=None) != leaf


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_leave_no_gap():
    thing = tre()

    def append():
        for _ in range(10):
            with act():
                record("test.private", by="portal", subject=thing)
        connection.close()

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Event.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(80))
