"""A TRE has left only when everything is done with its keys, logs and data: seen in the rows, or said by a named person."""

from uuid import UUID

import pytest
from django.conf import settings
from django.urls import reverse

from apps.core.accounts.models import RoleGrant
from apps.core.audit.act import act
from apps.core.audit.models import Opening, PublicEntry
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.exchange import service, witness
from apps.core.exchange.models import Incoming, Outgoing, Witnessed
from apps.core.notices.models import Notice
from apps.core.outbox.service import drain
from apps.core.workflow.models import latest_sign_off
from apps.core.workflow.steps import get
from apps.core.workflow.waiting import waiting_on
from apps.hub.datasets import actions, leaving
from apps.hub.datasets.models import LeavingTick, Tre
from apps.hub.submissions.models import Request
from tests.functional.federation import CENTRE, person, second_officer, send, upload

pytestmark = pytest.mark.django_db(transaction=True)
HUB = UUID(settings.HUB_ID)
COORDINATOR, OFFICER = "coordinator@hub.example", "officer@hub.example"


def centre() -> Tre:
    return Tre.objects.get(pk=CENTRE.id)


def undone() -> list[str]:
    return [item.sentence for item in leaving.checklist(centre()) if not item.is_done]


def announce() -> None:
    actions.announce_leaving(tre=centre(), by=person(OFFICER), reason="It closes in May.")


def leave() -> None:
    actions.leave(tre=centre(), by=person(OFFICER), reason="All is done.")


def do_what_the_portal_sees() -> None:
    """Withdraw its datasets, and be told of its log."""
    for dataset in centre().datasets.all():
        actions.withdraw(dataset=dataset, by=person(OFFICER), reason="It closes.")
    Witnessed.objects.create(side=HUB, peer=CENTRE.id, size=10**9, note="-")


def tick(item, by=COORDINATOR, words="Marta wrote it on 3 May."):
    return leaving.tick_off(tre=centre(), by=person(by), item=item, words=words)


def login(client, email):
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_it_has_left_only_when_every_item_is_done(federation):
    announce()
    do_what_the_portal_sees()
    for item, sentence in LeavingTick.Item.choices:
        with pytest.raises(WrongState, match=str(sentence)):
            leave()
        assert centre().state == "leaving"
        tick(item)
    assert undone() == []
    leave()
    assert centre().state == "left"
    with pytest.raises(WrongState, match="not leaving now"):
        tick("keys")


def leave_whole() -> None:
    announce()
    do_what_the_portal_sees()
    for item in LeavingTick.Item.values:
        tick(item)
    leave()


def test_once_it_has_left_nothing_that_its_key_signs_counts(federation):
    leave_whole()
    with act():
        late = service.send(kind="policy", side=CENTRE.id, peer=HUB, body={"least_cell": 1})
    drain()
    kept = Incoming.objects.get(document=late.pk)
    assert "had left" in kept.refused_why
    assert (kept.handled_at is not None, kept.attachments) == (True, [])
    assert Outgoing.objects.get(pk=late.pk).delivered_at is not None
    told = Outgoing.objects.filter(side=HUB, peer=CENTRE.id).count()
    witness.tell_all()
    assert Outgoing.objects.filter(side=HUB, peer=CENTRE.id).count() == told


def test_who_ticked_something_off_does_not_decide_that_it_has_left(federation):
    announce()
    do_what_the_portal_sees()
    RoleGrant.objects.create(user=person(OFFICER), role="coordinator", side=HUB)
    for item in LeavingTick.Item.values:
        tick(item, by=OFFICER)
    with pytest.raises(NotAllowed, match="Another officer"):
        leave()


def test_the_portal_sees_open_requests_listed_datasets_and_an_old_log(federation, tmp_path):
    send(upload(tmp_path))
    assert Request.objects.filter(tre=centre()).exists()
    Witnessed.objects.create(side=HUB, peer=CENTRE.id, size=10**9, note="-")
    announce()
    seen = (
        "None of its datasets is listed.",
        "The portal knows how long its log is now",
        "No request is under way there.",
    )
    said = " ".join(undone())
    assert all(sentence in said for sentence in seen)
    Witnessed.objects.create(side=HUB, peer=CENTRE.id, size=10**9 + 1, note="-")
    assert "how long its log is now" not in " ".join(undone())


def test_it_is_ticked_off_on_its_page_under_a_name(federation, client):
    page = reverse("datasets:leaving", args=[CENTRE.id])
    login(client, COORDINATOR)
    assert page not in client.get(centre().get_absolute_url()).content.decode()
    assert "Tick something off" not in client.get(page).content.decode()
    early = client.post(page, {"item": "keys", "words": "Typed too early."})
    assert (early.status_code, "Typed too early." in early.content.decode()) == (409, True)
    announce()
    assert page in client.get(centre().get_absolute_url()).content.decode()
    assert client.post(page, {"item": "keys", "words": ""}).status_code == 400
    assert not LeavingTick.objects.exists()
    shown = client.post(
        page, {"item": "logs", "words": "At the city archive, until 2050."}, follow=True
    ).content.decode()
    assert "At the city archive, until 2050." in shown
    assert "Yusuf Grant" in shown
    assert Opening.objects.get(verb="tre.leaving_ticked").values["words"] == "At the city archive, until 2050."
    assert client.post(page, {"item": "logs", "words": "Again."}).status_code == 400
    with pytest.raises(BadInput, match="already"):
        tick("logs")
    assert str(LeavingTick.objects.get()) == "Its log is kept: it is written down where, and until when."


def test_who_runs_it_and_who_uses_its_data_hears_that_it_leaves(federation):
    announce()
    told = Notice.objects.filter(kind="tre.leaving").values_list("person__email", flat=True)
    assert {"admin@saltmarsh.example", "operator@saltmarsh.example", COORDINATOR, "ada@northgate.example"} <= set(told)
    assert OFFICER not in told
    assert "custodian@saltmarsh.example" not in told


def waits(email: str) -> list[str]:
    return [each.title for each in waiting_on(person(email)) if centre().name in each.title]


def test_it_waits_on_who_ticks_off_and_then_on_the_officer(federation):
    assert waits(COORDINATOR) == []
    announce()
    todo, decide = f"Tick off what is done: {centre()} leaves", f"Decide whether it has left: {centre()}"
    for item in LeavingTick.Item.values:
        assert (waits(COORDINATOR), waits("admin@hub.example"), waits(OFFICER)) == ([todo], [todo], [])
        tick(item)
    assert (waits(COORDINATOR), waits(OFFICER)) == ([], [decide])


def test_who_runs_it_reads_what_is_to_be_done_and_whom_to_tell(federation, client):
    announce()
    address = reverse("datasets:leaving", args=[CENTRE.id])
    for role in ("admin", "operator"):
        login(client, f"{role}@{CENTRE.slug}.example")
        assert address in client.get(centre().get_absolute_url()).content.decode()
        told = client.get(address).content.decode()
        assert all(name in told for name in ("Yusuf Grant", "Robin Ashdown", "Its secret keys are destroyed."))
        assert "Tick something off" not in told
    assert client.post(address, {"item": "keys", "words": "I did it myself."}).status_code == 403
    for stranger in (f"checker1@{CENTRE.slug}.example", "operator@hillfoot.example"):
        assert login(client, stranger).get(address).status_code == 403
    tick("keys")
    told = login(client, COORDINATOR).get(address).content.decode()
    assert told.index("Still to do") < told.index("Done already") < told.index("Its secret keys are destroyed.")


def test_who_decides_that_it_has_left_ticks_nothing_off(federation, client):
    announce()
    with pytest.raises(NotAllowed):
        tick("keys", by=OFFICER)
    page = login(client, OFFICER).get(reverse("datasets:leaving", args=[CENTRE.id]))
    assert (page.status_code, "Tick something off" in page.content.decode()) == (200, False)


def stay(by=None) -> None:
    actions.stay(tre=centre(), by=by or second_officer(), reason="The trust pays on.")


@pytest.mark.parametrize("before", ["accredited", "suspended"])
def test_another_officer_than_who_announced_it_notes_that_it_stays_as_it_was(federation, before):
    if before == "suspended":
        actions.suspend(tre=centre(), by=person(OFFICER), reason="A check.")
    announce()
    with pytest.raises(NotAllowed, match="You stopped this"):
        stay(by=person(OFFICER))
    with pytest.raises(NotAllowed, match="Only an accreditation officer"):
        stay(by=person(COORDINATOR))
    stay()
    assert (centre().state, latest_sign_off(centre()).reason) == (before, "The trust pays on.")
    assert PublicEntry.objects.filter(verb="tre.stayed", tre=CENTRE.id).exists()
    with pytest.raises(WrongState):
        stay()
    if before == "suspended":
        with pytest.raises(NotAllowed, match="You stopped this"):
            actions.reinstate(tre=centre(), by=person(OFFICER), reason="It stays.")
        actions.reinstate(tre=centre(), by=second_officer(), reason="It stays.")
        assert centre().state == "accredited"


def test_one_whose_state_before_was_not_kept_has_to_be_reinstated(federation):
    announce()
    Tre.objects.filter(pk=CENTRE.id).update(left_from="")
    stay()
    assert centre().state == "suspended"


def test_everybody_who_was_told_that_it_leaves_hears_that_it_stays(federation):
    announce()
    told = set(Notice.objects.filter(kind="tre.leaving").values_list("person__email", flat=True))
    RoleGrant.objects.filter(user=person(f"operator@{CENTRE.slug}.example")).delete()
    stay()
    stays = list(Notice.objects.filter(kind="tre.stayed").values_list("person__email", flat=True))
    assert set(stays) == told | {OFFICER}
    assert len(stays) == len(set(stays))
    assert "does not leave after all: The trust pays on." in Notice.objects.filter(kind="tre.stayed")[0].sentence


def test_what_was_ticked_off_counts_no_more_when_it_leaves_another_time(federation):
    announce()
    for item in set(LeavingTick.Item.values) - {"keys"}:
        tick(item)
    stay()
    announce()
    assert all(str(label) in undone() for label in LeavingTick.Item.labels)
    for item in LeavingTick.Item.values:
        assert waits(COORDINATOR) == [f"Tick off what is done: {centre()} leaves"]
        tick(item)
    assert waits(OFFICER) == [f"Decide whether it has left: {centre()}"]


def test_who_ticked_something_off_before_it_stayed_may_decide_when_it_leaves_another_time(federation):
    announce()
    RoleGrant.objects.create(user=person(OFFICER), role="coordinator", side=HUB)
    tick("peers", by=OFFICER)
    stay()
    announce()
    do_what_the_portal_sees()
    for item in LeavingTick.Item.values:
        tick(item)
    assert f"Decide whether it has left: {centre()}" in waits(OFFICER)
    leave()
    assert centre().state == "left"


def test_it_cannot_stay_once_its_keys_are_destroyed(federation, client):
    announce()
    tick("keys")
    login(client, second_officer().email)
    page = client.post(get(Tre, "stay").url_for(centre()), {"reason": "Stay."})
    assert (page.status_code, "can only leave" in page.content.decode()) == (409, True)
    assert centre().state == "leaving"


@pytest.mark.parametrize("verb", ["announce_leaving", "leave"])
def test_one_click_does_not_make_it_leave(federation, client, verb):
    if verb == "leave":
        announce()
        do_what_the_portal_sees()
        for item in LeavingTick.Item.values:
            tick(item)
    before = centre().state
    address = get(Tre, verb).url_for(centre())
    login(client, OFFICER)
    page = client.post(address, {"reason": "It closes in May."})
    assert (page.status_code, "Say that you know what this does." in page.content.decode()) == (400, True)
    assert centre().state == before
    assert client.post(address, {"reason": "It closes in May.", "sure": "on"}).status_code == 302
    assert centre().state != before
