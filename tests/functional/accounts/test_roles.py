"""Roles: given by two, taken by one, over at their minute, counted in public."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.accounts import role_actions, sides, tasks
from apps.core.accounts.models import AccessChange, Invitation, RoleGrant, User
from apps.core.accounts.roles import DECIDING_ROLES, SENTENCES, Role
from apps.core.audit.models import Opening
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.notices.models import Notice
from apps.core.outbox import service as outbox
from apps.core.workflow.models import last_minute
from apps.core.workflow.waiting import waiting_on

pytestmark = pytest.mark.django_db(transaction=True)
HUB = settings.HUB_ID
TRE = "3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01"
REASON = {"reason": "She takes over from Bo."}


@pytest.fixture
def robin(person):
    return person("robin", Role.ADMINISTRATOR)


@pytest.fixture
def noor(person):
    return person("noor", Role.ADMINISTRATOR)


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])


def again(user) -> User:
    return User.objects.get(pk=user.pk)


def propose(by, user, role, **more):
    return role_actions.propose_role(by=again(by), user=user, role=role, side=HUB, **REASON, **more)


def test_a_role_is_proposed_by_one_and_confirmed_by_another(robin, noor, person, client):
    ada = person("ada", Role.RESEARCHER)
    login(client, robin)
    assert "Ada" in client.get("/people/").content.decode()
    assert client.post(f"/people/{ada.pk}/", {"role": "panel_member"}).status_code == 400
    page = client.post(f"/people/{ada.pk}/", {"role": "panel_member", **REASON}, follow=True).content.decode()
    assert "Another administrator has to confirm it." in page
    assert "You proposed this. Another administrator has to confirm it." in page
    assert "Votes on applications" in page
    change = AccessChange.objects.get()
    act = f"/act/accounts/accesschange/{change.pk}"
    assert client.post(f"{act}/confirm/").status_code == 403
    assert not again(ada).has_hub_role(Role.PANEL_MEMBER)
    assert "Give a role: Ada (panel member)" in client.get("/people/").content.decode()
    assert client.post(f"/people/{ada.pk}/", {"role": "panel_member", **REASON}).status_code == 409
    login(client, noor)
    assert "Confirm or refuse" in client.get("/home/").content.decode()
    assert client.post(f"{act}/confirm/").status_code == 302
    assert again(ada).has_hub_role(Role.PANEL_MEMBER)
    assert client.post(f"{act}/confirm/").status_code == 409
    assert "Decided by" in client.get(f"/people/changes/{change.pk}/").content.decode()
    grant = RoleGrant.objects.get(user=ada, role="panel_member")
    assert (grant.granted_by, grant.confirmed_by) == (robin, noor)
    assert client.post(f"/people/{ada.pk}/", {"role": "panel_member", **REASON}).status_code == 409
    assert client.post(f"/people/{ada.pk}/", {"role": "custodian", **REASON}).status_code == 400
    assert client.post(f"/people/roles/{grant.pk}/end/").status_code == 302
    assert client.post(f"/people/roles/{grant.pk}/end/").status_code == 409
    assert "Ended" in client.get(f"/people/{ada.pk}/").content.decode()


def test_a_second_administrator_can_refuse_and_the_first_can_withdraw(robin, noor, person):
    ada = person("ada", Role.RESEARCHER)
    refused = propose(robin, ada, "panel_member")
    role_actions.refuse(accesschange=refused, by=noor, reason="She left the panel in May.")
    withdrawn = propose(robin, ada, "panel_member")
    with pytest.raises(NotAllowed):
        role_actions.withdraw(accesschange=withdrawn, by=noor)
    role_actions.withdraw(accesschange=withdrawn, by=robin)
    assert set(AccessChange.objects.values_list("state", flat=True)) == {"refused", "withdrawn"}
    assert not again(ada).has_hub_role(Role.PANEL_MEMBER)
    assert Opening.objects.filter(verb="access.refused").get().values["reason"] == "She left the panel in May."
    with pytest.raises(WrongState):
        role_actions.confirm(accesschange=refused, by=noor)


def test_nobody_changes_her_own_access(robin, noor, person, client):
    login(client, robin)
    assert client.post(f"/people/{robin.pk}/", {"role": "auditor", **REASON}).status_code == 403
    own = RoleGrant.objects.get(user=robin)
    assert client.post(f"/people/roles/{own.pk}/end/").status_code == 403
    about_noor = propose(robin, noor, "auditor")
    with pytest.raises(NotAllowed):
        role_actions.confirm(accesschange=about_noor, by=noor)
    assert waiting_on(again(noor)) == []
    ada = person("ada", Role.RESEARCHER)
    with pytest.raises(NotAllowed):
        role_actions.invite(by=ada, email="x@example.org", role="researcher", side=HUB, **REASON)
    login(client, ada)
    assert client.get(f"/people/changes/{about_noor.pk}/").status_code == 404
    assert str(own) == "Robin: administrator"


def test_the_database_itself_refuses_a_change_by_one(robin, noor, person):
    change = propose(robin, person("ada", Role.RESEARCHER), "panel_member")
    change.confirm(by=robin, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        change.save()


def test_one_administrator_alone_can_appoint_the_second_one_and_nothing_else(robin, person, client):
    ada, bo = person("ada", Role.RESEARCHER), person("bo", Role.RESEARCHER)
    assert propose(robin, ada, "panel_member").state == "proposed"
    login(client, robin)
    page = client.post(f"/people/{bo.pk}/", {"role": "administrator", **REASON}, follow=True).content.decode()
    assert "by you alone" in page
    assert "alone: there was no second administrator yet" in page
    assert again(bo).has_hub_role(Role.ADMINISTRATOR)
    assert Opening.objects.filter(verb="access.confirmed_alone").count() == 1
    role_actions.end_role(by=robin, grant=RoleGrant.objects.get(user=bo, role="administrator"))
    assert propose(robin, person("cleo", Role.RESEARCHER), "administrator").state == "proposed"


def test_an_invitation_counts_as_the_second_administrator_while_its_link_works(robin, mailoutbox):
    asked = {"by": robin, "role": "administrator", "side": HUB, **REASON}
    assert role_actions.invite(email="one@example.org", **asked).state == "confirmed"
    assert role_actions.invite(email="two@example.org", **asked).state == "proposed"
    outbox.drain()
    assert len(mailoutbox) == 1
    Invitation.objects.update(expires_at=timezone.now())
    assert role_actions.invite(email="three@example.org", **asked).state == "confirmed"


@pytest.mark.parametrize(
    "role", sorted(DECIDING_ROLES & {"panel_member", "chair", "accreditation_officer", "publisher"})
)
def test_an_administrator_holds_no_role_that_decides_on_her_side(robin, noor, person, role):
    with pytest.raises(NotAllowed):
        propose(robin, noor, role)
    decider = person("dee", role)
    with pytest.raises(NotAllowed):
        propose(robin, decider, "administrator")
    elsewhere = person("eve", (Role.ADMINISTRATOR, TRE))
    assert propose(robin, elsewhere, role).state == "proposed"


def test_what_was_right_when_it_was_proposed_may_be_wrong_when_it_is_confirmed(robin, noor, person):
    ada = person("ada", Role.RESEARCHER)
    change = propose(robin, ada, "panel_member")
    RoleGrant.objects.create(user=ada, role="administrator", side=HUB)
    with pytest.raises(NotAllowed):
        role_actions.confirm(accesschange=change, by=noor)
    RoleGrant.objects.filter(user=ada, role="administrator").delete()
    RoleGrant.objects.create(user=ada, role="panel_member", side=HUB)
    with pytest.raises(WrongState):
        role_actions.confirm(accesschange=change, by=noor)


def test_a_role_is_over_after_its_last_minute_and_the_log_says_so_later(robin, noor, person, time_machine):
    ada = person("ada", Role.RESEARCHER)
    until = timezone.localdate() + timedelta(days=10)
    role_actions.confirm(accesschange=propose(robin, ada, "panel_member", until=until), by=noor)
    last = last_minute(until)
    time_machine.move_to(last - timedelta(seconds=5))
    assert again(ada).has_hub_role(Role.PANEL_MEMBER)
    tasks.end_lapsed_roles()
    assert RoleGrant.objects.filter(role="panel_member", ended_at=None).exists()
    time_machine.move_to(last + timedelta(seconds=1))
    assert not again(ada).has_hub_role(Role.PANEL_MEMBER)
    assert not RoleGrant.objects.get(role="panel_member").is_in_force()
    for _twice in range(2):
        tasks.end_lapsed_roles()
    assert Opening.objects.filter(verb="role.lapsed").count() == 1
    assert RoleGrant.objects.get(role="panel_member").ended_at
    with pytest.raises(BadInput):
        propose(robin, ada, "auditor", until=timezone.localdate() - timedelta(days=1))


def test_a_role_that_an_administrator_ended_meanwhile_is_not_told_twice(person, monkeypatch):
    yesterday = timezone.localdate() - timedelta(days=1)
    first, second = (
        RoleGrant.objects.create(user=person(name), role="auditor", side=HUB, until=yesterday) for name in ("ada", "bo")
    )
    told = []

    def record(verb, subject, **facts):
        """While the log tells of one of them, an administrator ends the other."""
        told.append(subject.pk)
        RoleGrant.objects.exclude(user=subject.pk).update(ended_at=timezone.now())

    monkeypatch.setattr(tasks, "record", record)
    tasks.end_lapsed_roles()
    assert len(told) == 1
    assert set(told) < {first.user_id, second.user_id}


def test_what_is_confirmed_is_every_word_that_was_proposed(robin, person):
    until = timezone.localdate() + timedelta(days=10)
    change = propose(robin, person("ada", Role.RESEARCHER), "panel_member", until=until)
    hashes = {change.content_sha256()}
    for name, value in {
        "role": "chair",
        "until": None,
        "reason": "-",
        "email": "x@example.org",
        "kind": "reset",
    }.items():
        setattr(change, name, value)
        hashes.add(change.content_sha256())
    assert len(hashes) == 6


def test_the_page_of_a_change_says_until_when(robin, person, client):
    until = timezone.localdate() + timedelta(days=10)
    change = propose(robin, person("ada", Role.RESEARCHER), "panel_member", until=until)
    login(client, robin)
    page = client.get(change.get_absolute_url()).content.decode()
    assert "Last day" in page
    assert str(until.year) in page


def test_a_role_that_is_over_can_be_given_anew_before_the_bookkeeping(robin, noor, person, time_machine):
    ada = person("ada", Role.RESEARCHER)
    change = propose(robin, ada, "panel_member", until=timezone.localdate())
    role_actions.confirm(accesschange=change, by=noor)
    time_machine.move_to(timezone.now() + timedelta(days=1))
    role_actions.confirm(accesschange=propose(robin, again(ada), "panel_member"), by=again(noor))
    assert again(ada).has_hub_role(Role.PANEL_MEMBER)


def test_she_is_reminded_once_at_each_step(robin, noor, person, mailoutbox, time_machine):
    ada = person("ada", Role.RESEARCHER)
    until = timezone.localdate() + timedelta(days=40)
    role_actions.confirm(accesschange=propose(robin, ada, "panel_member", until=until), by=noor)
    days = []
    for left in range(40, -2, -1):
        before = len(mailoutbox)
        for _twice in range(2):
            tasks.remind_of_ending_roles()
            outbox.drain()
        days += [left] * (len(mailoutbox) - before)
        time_machine.move_to(timezone.now() + timedelta(days=1))
    assert days == [30, 21, 14, 7, 1]
    assert "panel member ends after" in mailoutbox[0].body
    assert "in 30 days" in mailoutbox[0].body
    assert Notice.objects.first().url == "/profile/"


def test_no_reminder_of_a_role_that_was_ended_meanwhile(robin, noor, person, mailoutbox):
    ada = person("ada", Role.RESEARCHER)
    change = propose(robin, ada, "panel_member", until=timezone.localdate() + timedelta(days=5))
    role_actions.confirm(accesschange=change, by=noor)
    role_actions.end_role(by=again(robin), grant=RoleGrant.objects.get(role="panel_member"))
    tasks.remind_of_ending_roles()
    assert not Notice.objects.filter(kind="role.ends").exists()


def test_a_lost_second_factor_is_taken_away_by_two(robin, noor, person, client, mailoutbox):
    ada = person("ada", Role.PANEL_MEMBER)
    login(client, robin)
    assert "lost her second factor" not in client.get(f"/people/{ada.pk}/").content.decode()
    assert client.post(f"/people/{ada.pk}/reset/", REASON).status_code == 409
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "lost her second factor" in client.get(f"/people/{ada.pk}/").content.decode()
    assert client.get(f"/people/{ada.pk}/reset/").status_code == 200
    assert client.post(f"/people/{ada.pk}/reset/").status_code == 400
    assert client.post(f"/people/{ada.pk}/reset/", REASON).status_code == 302
    assert Authenticator.objects.filter(user=ada).exists()
    role_actions.confirm(accesschange=AccessChange.objects.get(), by=noor)
    assert not Authenticator.objects.filter(user=ada).exists()
    outbox.drain()
    assert mailoutbox[-1].to == [ada.email]


def test_anyone_reads_what_each_role_may_do_and_how_many_hold_it(robin, noor, person, client):
    person("ada", Role.RESEARCHER)
    gone = person("gone", Role.RESEARCHER)
    gone.is_active = False
    gone.save()
    page = client.get("/roles/").content.decode()
    assert "Votes on applications" in page
    assert "Robin" not in page
    assert page.count("1 person") == 1
    assert "2 people" in page
    assert set(SENTENCES) == set(Role)
    assert sides.name_of(TRE) == "A secure data centre"
