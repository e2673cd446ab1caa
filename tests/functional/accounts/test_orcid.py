"""Whose ORCID iD it is: ORCID says so, or it is marked as typed."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from apps.core.accounts.models import User
from apps.core.accounts.orcid import OrcidLinkAdapter
from trefx_portal import configuration

pytestmark = pytest.mark.django_db(transaction=True)
IDENTIFIER = "0000-0002-1825-0097"


class OrcidsAnswer:
    """Stands for orcid.org, the one part that leaves the process."""

    def __init__(self, path):
        self.path = path

    def get(self, *_address, **_options):
        return self

    def json(self):
        return {"orcid-identifier": {"path": self.path}}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass


@pytest.fixture
def orcid_says(monkeypatch):
    def says(identifier):
        token = {"access_token": "x", "orcid": identifier}
        monkeypatch.setattr(OAuth2Client, "get_access_token", lambda self, code, pkce_code_verifier=None: token)
        monkeypatch.setattr(OrcidLinkAdapter, "get_requests_session", lambda self: OrcidsAnswer(identifier))

    return says


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def come_back(client, **answer):
    away = client.post(reverse("link_orcid"), {"process": "connect"})
    assert away["Location"].startswith("https://orcid.org/oauth/authorize?")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return client.get(reverse("orcid_callback"), {"state": state, **answer})


def test_orcid_links_her_own_id_and_typing_another_unlinks_it(person, client, orcid_says):
    ada = person("ada", "researcher")
    orcid_says(IDENTIFIER)
    assert come_back(login(client, ada), code="c")["Location"] == reverse("profile")
    ada = User.objects.get(pk=ada.pk)
    assert ada.orcid == IDENTIFIER
    page = client.get(reverse("profile")).content.decode()
    assert "verified by ORCID" in page
    assert "ORCID has said that this iD is yours." in page
    client.post(reverse("profile"), {"name": "Ada L", "orcid": IDENTIFIER})
    assert User.objects.get(pk=ada.pk).orcid_verified_at
    client.post(reverse("profile"), {"name": "Ada L", "orcid": "0000-0001-5109-3700"})
    assert User.objects.get(pk=ada.pk).orcid_verified_at is None
    assert "You typed it." in client.get(reverse("profile")).content.decode()


def test_one_id_is_proved_for_one_person_only(person, client, orcid_says):
    orcid_says(IDENTIFIER)
    come_back(login(client, person("ada")), code="c")
    refused = come_back(login(client, person("eve")), code="c")
    assert refused.status_code == 409
    assert User.objects.get(name="Eve").orcid == ""


@pytest.mark.parametrize("answer", [{"error": "access_denied"}, {"error": "broken"}])
def test_who_says_no_at_orcid_comes_back_unchanged(person, client, answer):
    ada = person("ada")
    assert come_back(login(client, ada), **answer)["Location"] == reverse("profile")
    assert "Nothing was changed" in client.get(reverse("profile")).content.decode()


def test_an_answer_that_names_nobody_changes_nothing(person, client, orcid_says, monkeypatch):
    orcid_says("nobody")
    assert come_back(login(client, person("ada")), code="c").status_code == 400

    def fails(self, code, pkce_code_verifier=None):
        raise OAuth2Error("no")

    monkeypatch.setattr(OAuth2Client, "get_access_token", fails)
    assert come_back(client, code="c")["Location"] == reverse("profile")
    assert User.objects.get(name="Ada").orcid == ""


def test_nobody_signs_in_by_orcid(client):
    assert client.get(reverse("orcid_callback"), {"code": "c"})["Location"].startswith("/accounts/login/")
    assert client.post(reverse("link_orcid"))["Location"].startswith("/accounts/login/")


def test_half_of_orcids_settings_stops_the_start():
    assert configuration.orcid({}) == {}
    with pytest.raises(ImproperlyConfigured, match="ORCID_SECRET"):
        configuration.orcid({"ORCID_CLIENT_ID": "APP-1"})
    with pytest.raises(ImproperlyConfigured, match="ORCID_CLIENT_ID"):
        configuration.orcid({"ORCID_SECRET": "s"})
    whole = configuration.orcid({"ORCID_CLIENT_ID": "a", "ORCID_SECRET": "s", "ORCID_DOMAIN": "sandbox.orcid.org"})
    assert whole["BASE_DOMAIN"] == "sandbox.orcid.org"
