"""What went wrong: reported by anyone, followed up by a lead, told to the public in time."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.audit.models import PublicEntry
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.incidents import actions, tasks, text_actions
from apps.core.incidents.models import Incident, IncidentText
from apps.core.notices.models import Notice
from apps.core.workflow.waiting import waiting_on
from tests.functional.incidents import report_one

pytestmark = pytest.mark.django_db(transaction=True)
TRE = UUID("3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01")


@pytest.fixture
def lead(person):
    return person("lead", Role.INCIDENT_LEAD)


@pytest.fixture
def publisher(person):
    return person("pia", Role.PUBLISHER)


@pytest.fixture
def ada(person):
    return person("ada", Role.RESEARCHER)


def login(client, user):
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])


def again(user) -> User:
    return User.objects.get(pk=user.pk)


def now(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def public_words() -> list[str]:
    return [entry.sentence for entry in PublicEntry.objects.order_by("sequence")]


def follow_up(incident, lead, people=3):
    actions.contain(incident=incident, by=lead, how_contained="The link was taken down.")
    actions.assess(incident=incident, by=lead, severity="medium", people_affected=people, assessment="A typing error.")
    actions.notify(incident=incident, by=lead, who_was_told="The keeper of the data, on the same day.")


def test_anyone_reports_and_a_lead_follows_it_up_until_the_public_reads_it(ada, lead, publisher, person, client):
    login(client, ada)
    assert client.get("/incidents/").status_code == 200
    told = {
        "side": settings.HUB_ID,
        "kind": "incident",
        "severity": "low",
        "happened_on": timezone.localdate().isoformat(),
        "what_happened": "A mail with a name in it went to the wrong person.",
    }
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert "has not come yet" in client.post("/incidents/report/", told | {"happened_on": tomorrow}).content.decode()
    assert client.post("/incidents/report/", told | {"side": str(TRE)}).status_code == 400
    page = client.post("/incidents/report/", told, follow=True).content.decode()
    assert "Thank you. It was reported. An incident lead looks at it next." in page
    assert "It is contained" not in page
    incident = Incident.objects.get()
    assert "Incident of" in client.get("/incidents/").content.decode()
    login(client, person("bo", Role.RESEARCHER))
    assert client.get(incident.get_absolute_url()).status_code == 404

    login(client, lead)
    assert "Follow up" in client.get("/home/").content.decode()
    act = f"/act/incidents/incident/{incident.pk}"
    assert client.post(f"{act}/contain/", {"how_contained": "Called back."}).status_code == 302
    form = client.get(f"{act}/assess/").content.decode()
    assert 'value="low" checked' in form
    assessed = {"severity": "high", "people_affected": "4", "assessment": "Two names are alike."}
    assert client.post(f"{act}/assess/", assessed).status_code == 302
    assert client.post(f"{act}/close/", {"actions_taken": "x", "public_words": "y"}).status_code == 409
    client.post(f"{act}/notify/", {"who_was_told": "The person herself."})
    assert public_words() == []
    client.post(f"{act}/close/", {"actions_taken": "Names are checked.", "public_words": "A mail went astray."})
    assert public_words() == []
    text_actions.clear(incidenttext=IncidentText.objects.get(), by=publisher, reason="No name in it.")
    sentence = "There was an incident. How bad: high. It touched fewer than 10 people. A mail went astray."
    assert public_words() == [sentence]
    page = client.get(incident.get_absolute_url()).content.decode()
    for words in (
        "Called back.",
        "Two names are alike.",
        "The person herself.",
        "Names are checked.",
        "reads of it since",
    ):
        assert words in page
    assert waiting_on(lead) == []
    client.logout()
    assert "A mail went astray." in client.get("/log/?topic=incidents").content.decode()


def test_whoever_reported_it_does_not_close_it(lead):
    incident = report_one(lead)
    follow_up(incident, lead)
    with pytest.raises(NotAllowed):
        actions.close(incident=incident, by=lead, actions_taken="-", public_words="-")
    assert now(incident).state == "notified"


def test_a_lead_of_another_side_does_nothing_here(ada, person):
    other = person("other", (Role.INCIDENT_LEAD, TRE))
    incident = report_one(ada)
    with pytest.raises(NotAllowed):
        actions.contain(incident=incident, by=other, how_contained="-")
    with pytest.raises(BadInput):
        actions.report(
            by=ada, side=TRE, kind="incident", severity="low", happened_on=date(2026, 1, 1), what_happened="-"
        )
    assert report_one(other, side=TRE).side == TRE
    assert list(Incident.objects.visible_to(other).values_list("side", flat=True)) == [TRE]


@pytest.mark.parametrize(
    ("people", "words"),
    [(None, "not known yet"), (0, "nobody"), (1, "fewer than 10 people"), (9, "fewer than 10"), (10, "10 people")],
)
def test_the_public_never_reads_a_small_number(ada, lead, publisher, people, words):
    incident = report_one(ada)
    follow_up(incident, lead, people)
    actions.close(incident=incident, by=lead, actions_taken="-", public_words="Done.")
    text_actions.clear(incidenttext=IncidentText.objects.get(), by=publisher, reason="Plain.")
    assert words in public_words()[0]


def test_after_90_days_the_public_reads_of_it_once_closed_or_not(ada, lead, publisher, time_machine):
    incident = report_one(ada, kind="near_miss")
    start = timezone.now()
    time_machine.move_to(start + timedelta(days=90))
    tasks.tell_of_old_incidents()
    assert public_words() == []
    time_machine.move_to(start + timedelta(days=91))
    for _twice in range(2):
        tasks.tell_of_old_incidents()
    assert len(public_words()) == 1
    assert "a near miss" in public_words()[0]
    assert "It is still being looked into." in public_words()[0]
    follow_up(incident, lead)
    actions.close(incident=incident, by=lead, actions_taken="-", public_words="Late words.")
    assert len(public_words()) == 1
    text_actions.clear(incidenttext=IncidentText.objects.get(), by=again(publisher), reason="Plain.")
    assert public_words()[1:] == ["New words about an incident that was told before: Late words."]
    with pytest.raises(WrongState):
        actions.ask_longer(incident=incident, by=lead, until=timezone.localdate() + timedelta(days=99), reason="-")


def test_a_longer_time_in_private_takes_two_and_is_told(ada, lead, person, client, time_machine):
    robin = person("robin", Role.ADMINISTRATOR)
    incident = report_one(ada)
    longer = timezone.localdate() + timedelta(days=200)
    address = incident.get_absolute_url()
    login(client, lead)
    assert client.get(f"{address}longer/").status_code == 200
    seen = {"seen": now(incident).shown_sha256()}
    assert client.post(f"{address}longer/", {"until": longer.isoformat()} | seen).status_code == 400
    early = {"until": timezone.localdate().isoformat(), "reason": "The police asked."} | seen
    too_early = client.post(f"{address}longer/", early)
    assert too_early.status_code == 400
    assert "It is private until then in any case." in too_early.content.decode()
    assert "Ask for it" in too_early.content.decode(), "the form again, as it was filled in"
    assert client.post(f"{address}agree/").status_code == 409
    asked = {"until": longer.isoformat(), "reason": "The police asked."}
    unseen = client.post(f"{address}longer/", asked)
    assert unseen.status_code == 409
    assert "This was changed since you opened the page." in unseen.content.decode()
    assert "The police asked." in unseen.content.decode()
    assert now(incident).longer_until is None
    assert client.post(f"{address}longer/", asked | {"seen": now(incident).shown_sha256()}).status_code == 302
    assert "Agree to it" not in client.get(address).content.decode()
    assert client.post(f"{address}agree/").status_code == 403
    assert waiting_on(lead)[-1].title.startswith("Follow up")
    login(client, robin)
    assert "longer time in private" in client.get("/home/").content.decode()
    assert "Agree to it" in client.get(address).content.decode()
    assert client.post(f"{address}agree/").status_code == 409
    with pytest.raises(WrongState, match="changed since you opened the page"):
        actions.ask_longer(incident=incident, by=lead, until=longer + timedelta(days=1), reason="-", seen="")
    assert client.post(f"{address}agree/", {"seen": now(incident).shown_sha256()}).status_code == 302
    assert now(incident).private_until == longer
    assert public_words() == [f"Two people agreed that an incident stays private until {date_format(longer, 'j F Y')}."]
    with pytest.raises(WrongState):
        actions.agree_longer(incident=incident, by=User.objects.get(pk=robin.pk))
    time_machine.move_to(timezone.now() + timedelta(days=150))
    tasks.tell_of_old_incidents()
    assert now(incident).published_at is None
    with pytest.raises(NotAllowed):
        actions.agree_longer(incident=incident, by=ada)


def told(kind: str) -> dict[str, str]:
    """Who was told, and in which words."""
    return {notice.person.email.partition("@")[0]: notice.sentence for notice in Notice.objects.filter(kind=kind)}


def test_leads_hear_of_a_report_and_a_second_person_of_a_longer_time_without_a_word_of_what_happened(ada, lead, person):
    second, robin = person("second", Role.INCIDENT_LEAD), person("robin", Role.ADMINISTRATOR)
    person("other", (Role.INCIDENT_LEAD, TRE))
    incident = report_one(second)
    assert told("incident.reported") == {"lead": "Incident of 1 January 2026 was reported. Follow it up."}
    until = timezone.localdate() + timedelta(days=200)
    actions.ask_longer(incident=incident, by=lead, until=until, reason="The police asked.")
    words = told("incident.longer_asked")
    assert set(words) == {"second", "robin"}
    assert str(until.year) in words["robin"]
    assert "police" not in words["robin"]
    assert incident.get_absolute_url() == Notice.objects.get(person=robin).url


def test_what_is_signed_off_binds_to_every_word(ada):
    incident = now(report_one(ada))
    before = incident.content_sha256()
    incident.assessment = "Changed."
    assert incident.content_sha256() != before


def test_a_number_that_no_database_holds_is_an_error_of_the_form():
    from apps.core.incidents.forms import number_of_people

    with pytest.raises(ValidationError):
        number_of_people().clean("99999999999")
