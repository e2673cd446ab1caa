"""What the public reads of an incident is written by one person and cleared by another; what was corrected stays."""

import importlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from apps.core.accounts.roles import Role
from apps.core.audit.act import act as act_of_the_log
from apps.core.audit.models import PublicEntry
from apps.core.errors import NotAllowed, WrongState
from apps.core.incidents import actions, tasks, text_actions
from apps.core.incidents.models import Incident, IncidentText
from apps.core.notices.models import Notice
from apps.core.workflow.models import sign_offs
from tests.functional.incidents import report_one

pytestmark = pytest.mark.django_db(transaction=True)
TRE = "3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01"


@pytest.fixture
def lead(person):
    return person("lead", Role.INCIDENT_LEAD)


@pytest.fixture
def publisher(person):
    return person("pia", Role.PUBLISHER)


@pytest.fixture
def text(person, lead, publisher):
    """What the lead wrote at the closing of what Ada reported."""
    return closed(person("ada", Role.RESEARCHER), lead)


def closed(reporter, lead, words="A mail went astray.", side=settings.HUB_ID) -> IncidentText:
    incident = report_one(reporter, side=side)
    actions.contain(incident=incident, by=lead, how_contained="Called back.")
    actions.assess(incident=incident, by=lead, severity="medium", people_affected=3, assessment="A typing error.")
    actions.notify(incident=incident, by=lead, who_was_told="The person herself.")
    actions.close(incident=incident, by=lead, actions_taken="Names are checked.", public_words=words)
    return incident.texts.get()


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])


def public_words() -> list[str]:
    return [entry.sentence for entry in PublicEntry.objects.order_by("sequence")]


def states() -> dict[str, str]:
    return dict(IncidentText.objects.values_list("text", "state"))


def act(text, verb) -> str:
    return f"/act/incidents/incidenttext/{text.pk}/{verb}/"


def test_the_public_reads_nothing_before_a_second_person_clears_it(text, lead, publisher, client):
    tasks.tell_of_old_incidents()
    assert public_words() == []
    assert [notice.person for notice in Notice.objects.filter(kind="incident.words_proposed")] == [publisher]
    login(client, lead)
    assert "Only a publisher clears a text" in client.get(text.get_absolute_url()).content.decode()
    assert client.post(act(text, "clear"), {"reason": "Mine."}).status_code == 403
    login(client, publisher)
    assert "Clear for the public: Incident of" in client.get("/home/").content.decode()
    page = client.get(text.get_absolute_url()).content.decode()
    assert "A mail went astray." in page
    assert "fewer than 10 people" in page
    assert client.get(text.incident.get_absolute_url()).status_code == 404
    assert client.post(act(text, "clear"), {"reason": "No name in it."}).status_code == 302
    assert public_words()[0].endswith("It touched fewer than 10 people. A mail went astray.")
    assert client.post(act(text, "clear"), {"reason": "Again."}).status_code == 409
    assert len(public_words()) == 1
    assert sign_offs(text).get().binds(IncidentText.objects.get())


def test_a_correction_supersedes_what_it_corrects_and_both_stay(text, lead, publisher, client):
    text_actions.clear(incidenttext=text, by=publisher, reason="Plain.")
    login(client, lead)
    form = f"/incidents/{text.incident_id}/text/"
    assert form in client.get(text.incident.get_absolute_url()).content.decode()
    assert "A mail went astray." in client.get(form).content.decode()
    assert client.post(form, {"text": ""}).status_code == 400
    page = client.post(form, {"text": "Two mails went astray."}, follow=True).content.decode()
    assert "A publisher has to clear it." in page
    assert states() == {"A mail went astray.": "published", "Two mails went astray.": "proposed"}
    new = IncidentText.objects.get(state="proposed")
    text_actions.clear(incidenttext=new, by=publisher, reason="Counted again.")
    assert states() == {"A mail went astray.": "superseded", "Two mails went astray.": "published"}
    assert len(public_words()) == 2
    assert public_words()[1].endswith("Two mails went astray.")
    page = client.get(text.incident.get_absolute_url()).content.decode()
    assert page.index("Two mails went astray.") < page.index("A mail went astray.")


def test_what_is_returned_is_never_read_by_the_public_and_is_written_anew(text, lead, publisher, client):
    login(client, lead)
    assert "Write anew" not in client.get("/home/").content.decode()
    text_actions.send_back(incidenttext=text, by=publisher, reason="It has a name in it.")
    assert public_words() == []
    assert "Write anew for the public: Incident of" in client.get("/home/").content.decode()
    assert "It has a name in it." in client.get(text.get_absolute_url()).content.decode()
    text_actions.propose_text(incident=text.incident, by=lead, text="Nobody was harmed.")
    assert "Write anew" not in client.get("/home/").content.decode()


def test_nobody_clears_her_own_words_nor_what_she_reported(person, lead):
    both = person("both", Role.INCIDENT_LEAD, Role.PUBLISHER)
    other = person("other", (Role.PUBLISHER, TRE))
    own, reported = closed(lead, both), closed(both, lead)
    for text, by, why in ((own, both, "You wrote"), (reported, both, "You reported"), (own, other, "Only a publisher")):
        with pytest.raises(NotAllowed, match=why):
            text_actions.clear(incidenttext=text, by=by, reason="-")
        with pytest.raises(NotAllowed, match=why):
            text_actions.send_back(incidenttext=text, by=by, reason="-")
    assert set(IncidentText.objects.values_list("state", flat=True)) == {"proposed"}


def test_a_secure_data_centre_has_a_publisher_of_its_own(person):
    lead, clears = person("lead", (Role.INCIDENT_LEAD, TRE)), person("pia", (Role.PUBLISHER, TRE))
    text = closed(person("joan", (Role.OUTPUT_CHECKER, TRE)), lead, side=TRE)
    text_actions.clear(incidenttext=text, by=clears, reason="Plain.")
    assert IncidentText.objects.get().state == "published"


def test_nothing_is_written_about_an_incident_that_is_private_still(lead, person):
    incident = report_one(person("ada", Role.RESEARCHER))
    with pytest.raises(WrongState, match="Close it first"):
        text_actions.propose_text(incident=incident, by=lead, text="Early words.")
    assert not IncidentText.objects.exists()


def test_the_public_is_told_once(text):
    for _again in range(2):
        with act_of_the_log():
            text_actions.publish(Incident.objects.get(pk=text.incident_id))
    assert PublicEntry.objects.filter(verb="incident.told").count() == 1


def test_what_is_cleared_is_the_words_and_the_numbers_beside_them(text):
    hashes = {text.content_sha256()}
    text.text = "Other words."
    hashes.add(text.content_sha256())
    text.incident.people_affected = 30
    hashes.add(text.content_sha256())
    text.incident.severity = "high"
    assert len(hashes | {text.content_sha256()}) == 4


def test_words_that_the_public_read_before_there_was_a_second_person_are_kept(person):
    copied = importlib.import_module("apps.core.incidents.migrations.0003_words_as_texts").words_as_texts
    day, at = timezone.localdate(), timezone.now()
    what = {"side": settings.HUB_ID, "kind": "incident", "severity": "low", "happened_on": day, "what_happened": "-"}
    ada = person("ada")
    read = Incident.objects.create(reported_by=ada, public_words="It was read.", published_at=at, **what)
    late = {"private_until": day - timedelta(days=1), "public_words": "It came after the clock had told."}
    Incident.objects.create(reported_by=ada, published_at=at, **late, **what)
    Incident.objects.create(reported_by=ada, **what)
    copied(apps, SimpleNamespace())
    found = IncidentText.objects.get()
    assert (found.incident, found.text, found.state, found.published_at) == (read, "It was read.", "published", at)
    assert found.written_by is None
