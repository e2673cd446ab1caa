"""Coming in, staying, leaving."""

import re
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core.accounts import actions, links, role_actions
from apps.core.accounts.forms import ProfileForm
from apps.core.accounts.models import AccessChange, Invitation, RoleGrant, User
from apps.core.accounts.roles import Role
from apps.core.errors import WrongState
from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def administrator(person):
    return person("robin", Role.ADMINISTRATOR)


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])


def test_who_has_an_account_but_no_role_here_is_given_one_by_her_address(administrator, person, client, mailoutbox):
    second, back = person("noor", Role.ADMINISTRATOR), person("leonie")
    login(client, administrator)
    asked = {"email": "LEONIE@example.org", "role": "accreditation_officer", "reason": "She is back."}
    assert client.post("/people/invite/", asked).status_code == 302
    change = AccessChange.objects.get()
    assert (change.kind, change.user) == ("give", back)
    role_actions.confirm(accesschange=change, by=second)
    assert User.objects.get(pk=back.pk).has_hub_role(Role.ACCREDITATION_OFFICER)
    assert mailoutbox == []


def test_an_invited_person_joins_with_her_role_and_her_link_works_once(administrator, person, client, mailoutbox):
    second = person("noor", Role.ADMINISTRATOR)
    login(client, administrator)
    asked = {"email": "New@Example.org", "role": "researcher", "reason": "She leads a project.", "until": "2099-12-31"}
    client.post("/people/invite/", asked)
    assert client.post("/people/invite/", asked | {"email": "no address"}).status_code == 400
    over = client.post("/people/invite/", asked | {"email": "late@example.org", "until": "2020-01-31"})
    assert over.status_code == 400
    assert "Last day: Choose a day that has not passed." in over.content.decode()
    assert over.content.decode().count('id="id_role"') == 1, "the filter of the list has a role, too"
    again = client.get("/people/invite/", headers={"Accept": "text/html"})
    assert again.status_code == 405
    assert "only takes what its form sends" in again.content.decode()
    assert again["Allow"] == "POST"
    assert client.post("/people/invite/", asked).status_code == 409
    taken = {"email": second.email, "role": "administrator"}
    assert client.post("/people/invite/", asked | taken).status_code == 409
    assert mailoutbox == []
    role_actions.confirm(accesschange=AccessChange.objects.get(), by=second)
    outbox.drain()
    client.logout()
    link = re.search(r"http://\S+", mailoutbox[0].body)[0].removeprefix(settings.PUBLIC_URL)
    assert client.get("/accounts/signup/").status_code == 200
    assert client.get(link).status_code == 302
    form = {
        "email": "other@example.org",
        "name": "New Person",
        "password1": "a long password 1",
        "password2": "a long password 1",
    }
    assert "You were invited as new@example.org" in client.post("/accounts/signup/", form).content.decode()
    client.post("/accounts/signup/", form | {"email": "new@example.org"})
    user = User.objects.get(email="new@example.org")
    grant = RoleGrant.objects.get(user=user, role="researcher")
    assert (grant.granted_by, grant.confirmed_by, str(grant.until)) == (administrator, second, "2099-12-31")
    assert user.emailaddress_set.get().verified
    assert client.get("/home/").status_code == 200
    role_actions.mail_invitation(invitation=str(Invitation.objects.get().pk))
    assert len(mailoutbox) == 1, "who has come in gets no second link"
    client.logout()
    assert client.get(link).status_code == 404
    assert str(Invitation.objects.get()) == "new@example.org"
    with pytest.raises(WrongState):
        actions.join(invitation=Invitation.objects.get(), user=user)


def test_an_invitation_waits_for_a_mail_server_that_is_down(administrator, person, mailoutbox, monkeypatch):
    second = person("noor", Role.ADMINISTRATOR)
    asked = {
        "email": "new@example.org",
        "role": "researcher",
        "side": settings.HUB_ID,
        "reason": "She leads a project.",
    }
    change = role_actions.invite(by=administrator, **asked)
    role_actions.confirm(accesschange=change, by=second)
    invitation = {"invitation": str(Invitation.objects.get().pk)}
    unsent = Invitation.objects.get().token_sha256
    assert not any(unsent in str(each.arguments) for each in Work.objects.all())
    with monkeypatch.context() as down:
        down.setattr(links, "send_mail", Mock(side_effect=ConnectionRefusedError))
        with pytest.raises(ConnectionRefusedError):
            role_actions.mail_invitation(**invitation)
    assert Invitation.objects.get().token_sha256 == unsent
    role_actions.mail_invitation(**invitation)
    token = re.search(r"/invitation/(\S+)/", mailoutbox[0].body)[1]
    assert actions.invitation_of_token(token) == Invitation.objects.get()


def test_sign_in_out_and_a_new_password(person, client, mailoutbox):
    user = person("ada", Role.RESEARCHER)
    assert client.post("/accounts/login/", {"login": user.email, "password": "wrong"}).status_code == 200
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    change = {"oldpassword": PASSWORD, "password1": "another long one 2", "password2": "another long one 2"}
    assert client.post("/accounts/password/change/", change).status_code == 302
    client.post("/accounts/logout/")
    assert client.get("/home/").status_code == 302
    client.post("/accounts/password/reset/", {"email": user.email})
    assert "Nobody here will ever ask you for your password." in mailoutbox[-1].body
    assert mailoutbox[-1].subject == "Set a new password"
    link = re.search(r"http://testserver(\S+)", mailoutbox[-1].body)[1]
    page = client.get(link, follow=True)
    address = page.redirect_chain[-1][0]
    client.post(address, {"password1": "a third long one 3", "password2": "a third long one 3"})
    assert client.post("/accounts/login/", {"login": user.email, "password": "a third long one 3"}).status_code == 302


def test_mail_says_in_plain_words_what_it_is_about(person, client, mailoutbox):
    user = person("ada", Role.RESEARCHER)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    add = {"action_add": "", "email": "second@example.org"}
    assert "reauthenticate" in client.post("/accounts/email/", add)["Location"]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", add)
    assert mailoutbox[-1].subject == "Confirm your e-mail address"
    assert "without you, nothing happens" in mailoutbox[-1].body
    client.post("/accounts/logout/")
    client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert mailoutbox[-1].to == ["nobody@example.org"]
    assert "no account here has it" in mailoutbox[-1].body


def test_the_profile_checks_the_orcid_and_shows_the_roles(person, client):
    user = person("ada", Role.RESEARCHER)
    login(client, user)
    assert "researcher" in client.get("/profile/").content.decode()
    client.post("/profile/", {"name": "Ada L", "orcid": "https://orcid.org/0000-0002-1825-0097"})
    assert User.objects.get().orcid == "0000-0002-1825-0097"
    assert client.post("/profile/", {"name": "Ada L", "orcid": "0000-0002-1825-0098"}).status_code == 400
    assert client.post("/profile/", {"name": "Ada\n\nThe portal closes. Sign in at"}).status_code == 400, (
        "mails name her"
    )
    assert ProfileForm({"name": "A", "orcid": "nonsense"}, instance=user).errors["orcid"]
    assert not ProfileForm({"name": "A", "orcid": "0000-0002-1694-233X"}, instance=user).errors
    assert not ProfileForm({"name": "A", "orcid": ""}, instance=user).errors


def test_leaving_ends_everything_but_the_record(person, client):
    user = person("ada", Role.RESEARCHER)
    login(client, user)
    assert client.get("/leave/").status_code == 200
    assert "This is not your password" in client.post("/leave/", {"password": "wrong"}).content.decode()
    assert client.post("/leave/", {"password": PASSWORD}).status_code == 302
    user = User.objects.get()
    assert (user.is_active, user.roles(), RoleGrant.objects.get().ended_by) == (False, frozenset(), user)
    assert client.get("/home/").status_code == 302
    actions.leave(by=person("no-roles"))


def test_the_first_administrator_is_made_by_one_command_and_sets_her_password_by_a_link(client, capsys):
    call_command("create_administrator", "boss@example.org", name="Boss")
    printed = capsys.readouterr().out
    link = printed.split(settings.PUBLIC_URL)[1].strip()
    page = client.get(link, follow=True)
    assert "Set a new password" in page.content.decode()
    with pytest.raises(CommandError, match="has an administrator"):
        call_command("create_administrator", "other@example.org")
    side = "3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01"
    call_command("create_administrator", "boss@example.org", side=side)
    boss = User.objects.get()
    assert boss.has_role(Role.ADMINISTRATOR, side)
    assert (boss.get_full_name(), boss.get_short_name(), str(boss)) == ("Boss", "Boss", "Boss")
    assert User.objects.get_by_natural_key("BOSS@example.org") == boss
    assert boss.has_perm("anything") is False
    assert boss.has_module_perms("accounts") is True


def test_pages_for_what_goes_wrong(person, client):
    login(client, person("ada"))
    assert client.get("/nothing/here/").status_code == 404
    assert client.get("/people/").status_code == 403
    for address in ("act/no/thing", "act/runs/nothing", "act/runs/run"):
        assert client.get(f"/{address}/3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01/sign_off/").status_code == 404
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/accounts/login/", {"login": "x"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_health_tells_of_a_database_that_does_not_answer(client, monkeypatch):
    from django.db import DatabaseError

    from apps.core.web import health

    assert client.get("/health/").json() == {"status": "ok"}

    class Broken:
        def cursor(self):
            raise DatabaseError

    monkeypatch.setattr(health, "connection", Broken())
    assert client.get("/health/").status_code == 503


def test_who_came_in_meanwhile_is_not_invited(administrator, person):
    """The form gives a role to who is here already; whoever came in between its question and its act is not invited either."""
    asked = {
        "email": person("ada").email,
        "role": "researcher",
        "side": settings.HUB_ID,
        "reason": "She leads a project.",
    }
    with pytest.raises(WrongState, match="This person is here already"):
        role_actions.invite(by=administrator, **asked)
