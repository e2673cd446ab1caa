"""A text for the public is cleared by a second person; a correction supersedes it, and both stay."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.core.accounts.models import RoleGrant
from apps.core.errors import NotAllowed
from apps.hub.projects import text_actions
from apps.hub.projects.models import Project, PublicText
from tests.functional.federation import person

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@northgate.example"


def login(email) -> Client:
    client = Client()
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def publisher(federation) -> str:
    """Somebody who clears texts, and coordinates besides."""
    RoleGrant.objects.create(user=person("coordinator@hub.example"), role="publisher", side=settings.HUB_ID)
    return "coordinator@hub.example"


def story(project) -> str:
    return Client().get(reverse("project_story", args=[project.pk])).content.decode()


def written(project, text: str) -> PublicText:
    return text_actions.propose_text(project=project, by=person(ADA), title="What we found", text=text)


def test_a_text_is_published_by_a_second_person_and_a_correction_keeps_what_it_corrects(publisher):
    project = Project.objects.get(code="ASTHMA-24")
    ada, clears = login(ADA), login(publisher)
    form = reverse("projects:propose_text", args=[project.pk])
    assert form in ada.get(project.get_absolute_url()).content.decode()
    assert ada.post(form, {"title": "What we found", "text": ""}).status_code == 400
    address = ada.post(form, {"title": "What we found", "text": "Ten clinics are missing."})["Location"]
    assert "Ten clinics" not in story(project)
    assert "Clear for the public: What we found" in clears.get(reverse("home")).content.decode()
    text = PublicText.objects.get()
    assert "Only a publisher" in ada.get(address).content.decode()
    assert ada.post(f"/act/projects/publictext/{text.pk}/clear/", {"reason": "Mine."}).status_code == 403
    assert clears.post(f"/act/projects/publictext/{text.pk}/clear/", {"reason": "It is so."}).status_code == 302
    assert "Ten clinics are missing." in story(project)
    assert "A text about the project" in Client().get(reverse("log")).content.decode()
    assert "Ten clinics are missing." in ada.get(form).content.decode()
    correction = written(project, "Twelve clinics are missing.")
    text_actions.clear(publictext=correction, by=person(publisher), reason="Counted again.")
    page = story(project)
    assert page.index("Twelve clinics") < page.index("Corrected since:") < page.index("Ten clinics")
    assert {each.state for each in PublicText.objects.all()} == {"published", "superseded"}
    assert "was corrected" in Client().get(reverse("log")).content.decode()


def test_what_is_returned_is_never_read_by_the_public(publisher):
    project = Project.objects.get(code="ASTHMA-24")
    text = written(project, "We are the best.")
    text_actions.send_back(publictext=text, by=person(publisher), reason="Says nothing.")
    assert "We are the best." not in story(project)
    assert "Says nothing." in login(ADA).get(text.get_absolute_url()).content.decode()


def test_nobody_clears_her_own_words_or_her_own_project(publisher):
    project = Project.objects.get(code="ASTHMA-24")
    own = text_actions.propose_text(project=project, by=person(publisher), title="T", text="x")
    with pytest.raises(NotAllowed, match="You wrote this text"):
        text_actions.clear(publictext=own, by=person(publisher), reason="x")
    RoleGrant.objects.create(user=person(ADA), role="publisher", side=settings.HUB_ID)
    with pytest.raises(NotAllowed, match="your own project"):
        text_actions.clear(publictext=own, by=person(ADA), reason="x")
    with pytest.raises(NotAllowed, match="writes for the public"):
        text_actions.propose_text(project=project, by=person("officer@hub.example"), title="T", text="x")
    assert login("lay@hub.example").get(own.get_absolute_url()).status_code == 200
    assert login("dina@northgate.example").get(own.get_absolute_url()).status_code == 404
