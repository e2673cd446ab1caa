"""Work survives a dead broker and a killed worker; documents are signed, kept and handled once."""

import io
import logging
import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from apps.core.audit.act import act
from apps.core.errors import WrongState
from apps.core.exchange import keys, registry, service, transports
from apps.core.exchange.models import Incoming, Outgoing, Peer
from apps.core.outbox import service as outbox
from apps.core.outbox import tasks
from apps.core.outbox.models import Work
from apps.core.outbox.registry import TryLater, work
from apps.core.proofs.signatures import BadSignature, check_bytes, new_key, public_jwk, sign_document

calls: list = []
HUB, TRE = uuid4(), uuid4()


@work("test.call")
def call(**arguments):
    calls.append(arguments)
    if arguments.get("fail"):
        raise {"later": TryLater, "broken": ValueError}[arguments["fail"]]


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


def row(**arguments) -> Work:
    return outbox.write([("test.call", arguments, 0)])[0]


@pytest.mark.django_db
def test_a_row_is_done_once():
    one = row(x=1)
    assert outbox.perform(one.pk) is True
    assert outbox.perform(one.pk) is False
    assert calls == [{"x": 1}]
    assert str(one) == "test.call {'x': 1}"
    tasks.perform_work(one.pk)
    assert len(calls) == 1


@pytest.mark.django_db
def test_a_failure_is_put_off_and_only_its_kind_is_kept(caplog):
    one = row(fail="broken")
    assert outbox.perform(one.pk) is False
    one = Work.objects.get()
    assert (one.last_error, one.done_at, one.claimed_until) == ("ValueError", None, None)
    assert one.due_at > timezone.now()
    later = row(fail="later")
    assert outbox.perform(later.pk) is False
    assert Work.objects.get(pk=later.pk).last_error == ""


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_does_not_undo_the_act_and_the_sweep_finds_the_row(monkeypatch, caplog):
    def dead(*arguments, **options):
        raise ConnectionError("amqp://user:secret@broker")

    monkeypatch.setattr(tasks.perform_work, "apply_async", dead)
    with act() as under_way:
        under_way.work.append(("test.call", {}, 0))
    assert Work.objects.count() == 1
    assert "secret" not in caplog.text
    assert outbox.sweep() == 1
    tasks.sweep_outbox()
    assert outbox.drain() == 1
    assert len(calls) == 1


@pytest.mark.django_db
def test_work_that_a_killed_worker_held_comes_round_after_its_lease():
    one = row()
    assert outbox.claim(one.pk) is not None
    assert outbox.drain() == 0
    Work.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert outbox.drain(limit=1) == 1


@pytest.mark.django_db
def test_hourly_bookkeeping_runs(federation):
    tasks.run_hourly()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_claimers_get_each_row_once():
    rows = [row(number=number).pk for number in range(40)]
    won = []

    def claim():
        for pk in rows:
            if outbox.claim(pk):
                won.append(pk)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == rows


handled: list = []


@pytest.fixture
def door(monkeypatch):
    """Two sides that know each other, and a kind of document."""
    handled.clear()

    def handle(*, document):
        handled.append(document.body)
        if document.body.get("wrong"):
            raise WrongState("Not now.")

    monkeypatch.setitem(registry._handlers, "stop", registry.Handler(handle, "node_inbox"))
    for side, peer in ((HUB, TRE), (TRE, HUB)):
        service.know(side=side, peer=peer, name="peer", public_key=keys.public_key_of(peer))


def sent(body, attachments=()) -> Outgoing:
    with act():
        return service.send(kind="stop", side=HUB, peer=TRE, body=body, attachments=attachments)


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_a_document_is_delivered_kept_with_its_files_and_handled_once(door):
    storages["crates"].save("a.zip", ContentFile(b"crate"))
    outgoing = sent({"x": 1}, (service.attach("a.zip", "crates", "a.zip"),))
    outbox.drain()
    service.deliver(str(outgoing.pk))
    incoming = Incoming.objects.get()
    service.handle(str(incoming.pk))
    assert handled == [{"x": 1}]
    with service.open_kept(incoming, "a.zip") as stream:
        assert stream.read() == b"crate"
    assert Outgoing.objects.get().delivered_at
    assert str(incoming) == f"stop {incoming.pk}"
    assert str(Peer.objects.first()) == "peer"
    again = service.receive(
        side=TRE, peer=HUB, signed=outgoing.signed, open_attachment=lambda name: io.BytesIO(b"crate")
    )
    assert again == incoming


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_kept_with_its_sentence(door):
    sent({"wrong": True})
    outbox.drain()
    assert Incoming.objects.get().refused_why == "Not now."


def receive(signed, content=b"", **changed):
    given = {"side": TRE, "peer": HUB, "signed": signed, "open_attachment": lambda name: io.BytesIO(content)}
    return service.receive(**given | changed)


def envelope(**changed):
    base = {
        "kind": "stop",
        "id": str(uuid4()),
        "from": str(HUB),
        "to": str(TRE),
        "at": "",
        "attachments": [],
        "body": {},
    }
    return base | changed


@pytest.mark.django_db
def test_documents_that_are_not_what_they_say_are_refused(door):
    with pytest.raises(BadSignature):
        receive(sign_document(new_key(), envelope(), "x"))
    key = keys.key_of(HUB)
    with pytest.raises(service.BadDocument, match="somebody else"):
        receive(sign_document(key, envelope(to=str(uuid4())), "x"))
    with pytest.raises(Peer.DoesNotExist):
        receive(sign_document(key, envelope(), "x"), peer=uuid4())
    attached = {"name": "a.zip", "sha256": "0" * 64, "size": 5}
    with pytest.raises(service.BadDocument, match="not the one that was signed"):
        receive(sign_document(key, envelope(attachments=[attached]), "x"), content=b"other")
    with pytest.raises(service.BadDocument, match="not allowed"):
        receive(sign_document(key, envelope(attachments=[attached | {"name": "../x"}]), "x"))
    assert Incoming.objects.count() == 0


def test_signatures_fit_only_what_was_signed(settings):
    side = UUID(settings.HUB_ID)
    signature = keys.sign_bytes(side, b"bytes")
    public = keys.public_key_of(side)
    assert check_bytes(signature, b"bytes", public)
    assert not check_bytes(signature, b"other", public)
    assert not check_bytes("a.b.c.d", b"bytes", public)
    assert not check_bytes(signature, b"bytes", public_jwk(new_key()))


def test_a_hub_alone_has_no_transport_yet(settings):
    settings.ROLE = "hub"
    with pytest.raises(transports.NoTransport):
        transports.transport_to(TRE)
    logging.getLogger("test").debug("no transport")
