"""Time travel: access ends at the very minute that something required ends, and people hear before it does."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.notices.models import Notice
from apps.hub.researchers import actions, tasks
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, Evidence, Requirement, SponsorRequest, rules_now
from apps.hub.researchers.queries import accredited_until
from tests.functional.researchers.papers import (
    accept,
    accredited,
    add_training,
    fresh,
    in_days,
    publish,
    training,
)

pytestmark = pytest.mark.django_db(transaction=True)
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def officer(person):
    made = person("officer", "accreditation_officer")
    publish(made)
    return made


@pytest.fixture
def mira(person):
    return person("mira", "researcher")


def end_of(day) -> datetime:
    return datetime.combine(day, datetime.max.time(), tzinfo=LONDON)


def shorten(accreditation, kind, days):
    """Let the piece of evidence of one kind end so, as the officer saw it."""
    row = accreditation.evidence.get(requirement__kind=kind)
    row.until = in_days(days)
    row.save()
    actions.confirm(accreditation=accreditation, by=row.confirmed_by, reason="As it is.")
    return fresh(accreditation)


@pytest.mark.parametrize(
    ("kind", "to_do"),
    [
        ("training", "Take the course"),
        ("identity", "An officer gets in touch"),
        ("sponsor", "Name a sponsor"),
        ("agreement", "Read the agreement"),
    ],
)
def test_access_ends_at_the_minute_that_a_required_record_ends(officer, mira, kind, to_do):
    mine = shorten(accredited(mira, officer), kind, 10)
    last = end_of(in_days(10))
    assert mine.why_not(last) == ""
    sentence = mine.why_not(last + timedelta(seconds=1))
    assert f"ended on {in_days(10):%-d %B %Y}" in sentence
    assert to_do in sentence
    assert accredited_until(mine, last) == in_days(10)
    assert accredited_until(mine, last + timedelta(seconds=1)) is None


def test_access_ends_with_the_officers_own_day(officer, mira):
    mine = accredited(mira, officer, until=10)
    last = end_of(in_days(10))
    assert mine.in_force(last)
    assert "The accreditation ended on" in mine.why_not(last + timedelta(seconds=1))


def test_training_that_lapsed_and_was_renewed_gives_access_again(officer, mira, time_machine):
    mine = accredited(mira, officer, days=2)
    time_machine.move_to(timezone.now() + timedelta(days=4))
    tasks.expire_lapsed()
    assert not fresh(mine).in_force(timezone.now())
    add_training(mine, start=0)
    assert "an officer has still to look at it" in fresh(mine).why_not(timezone.now())
    actions.confirm(accreditation=mine, by=officer, reason="Seen.")
    assert fresh(mine).in_force(timezone.now())


def test_a_certificate_with_a_gap_does_not_carry_on(officer, mira):
    mine = accredited(mira, officer, days=10)
    add_training(mine, start=12, days=300)
    actions.confirm(accreditation=mine, by=officer, reason="Seen.")
    mine = fresh(mine)
    assert accredited_until(mine, timezone.now()) == in_days(10)
    assert not mine.in_force(timezone.now() + timedelta(days=11))
    assert mine.in_force(timezone.now() + timedelta(days=12))


def test_a_new_agreement_asks_again_and_after_its_grace_access_stops(officer, mira, time_machine):
    mine = accredited(mira, officer)
    publish(officer, "I keep it safer.", grace_days=5)
    assert Notice.objects.filter(person=mira, kind="agreement.published").count() == 1
    assert fresh(mine).in_force(end_of(in_days(5)))
    assert accredited_until(fresh(mine), timezone.now()) == in_days(5)
    publish(officer, "I keep it safest.", grace_days=90)
    assert accredited_until(fresh(mine), timezone.now()) == in_days(5)
    time_machine.move_to(end_of(in_days(5)) + timedelta(seconds=1))
    assert "Read the agreement and accept it" in fresh(mine).why_not(timezone.now())
    accept(mine)
    assert fresh(mine).in_force(timezone.now())
    assert fresh(mine).evidence.filter(agreement__number=3).count() == 1


def test_what_is_newly_asked_of_everybody_ends_access_on_its_day(officer, mira, person, time_machine):
    administrator = person("admin", "administrator")
    mine = accredited(mira, officer)
    words = {"title": "Second course", "why": "More to know.", "to_do": "Take it."}
    second = evidence.set_requirement(
        by=administrator, key="second", kind="training", required=True, required_from=in_days(20), **words
    )
    assert accredited_until(fresh(mine), timezone.now()) == in_days(19)
    assert fresh(mine).in_force(end_of(in_days(19)))
    assert "Second course: this is missing. Take it." in fresh(mine).why_not(timezone.now() + timedelta(days=20))
    add_training(mine, requirement=second)
    actions.confirm(accreditation=mine, by=officer, reason="Seen.")
    assert accredited_until(fresh(mine), timezone.now()) == in_days(365)
    evidence.set_requirement(by=administrator, requirement=second, required=False)
    assert fresh(mine).in_force(timezone.now() + timedelta(days=30))


def test_reminders_come_once_each_also_after_a_pause(officer, mira, time_machine):
    accredited(mira, officer, days=40)
    start = timezone.now()
    told = []
    for day in range(45):
        if 12 <= day <= 20:  # the worker was off
            continue
        time_machine.move_to(start + timedelta(days=day))
        for _twice in range(2):
            tasks.remind_of_ends()
        told.append((day, Notice.objects.filter(person=mira, kind="accreditation.ends").count()))
    counts = dict(told)
    first_of = {number: min(day for day, count in told if count == number) for number in set(counts.values())}
    # 30 days before the end is day 10; 21 fell into the pause and is told when it ends; then 14, 7 and 1.
    assert first_of == {0: 0, 1: 10, 2: 21, 3: 26, 4: 33, 5: 39}
    last = Notice.objects.filter(person=mira, kind="accreditation.ends").latest("created_at")
    assert "Safe researcher training" in last.sentence
    assert "in 1 days" in last.sentence


def test_whoever_leads_her_projects_hears_too(federation, time_machine):
    from apps.core.accounts.models import User
    from apps.core.outbox import service as outbox

    cleo, ada, bo = (User.objects.get(email=f"{name}@northgate.example") for name in ("cleo", "ada", "bo"))
    mail.outbox.clear()
    tasks.remind_of_ends()
    tasks.remind_of_ends()
    assert Notice.objects.filter(person=cleo, kind="accreditation.ends").count() == 1
    for lead in (ada, bo):
        notice = Notice.objects.get(person=lead, kind="accreditation.member_ends")
        assert "Cleo Marchetti" in notice.sentence
    assert not Notice.objects.filter(person=ada, kind="accreditation.ends").exists()
    outbox.drain()
    assert [each for each in mail.outbox if each.to == [cleo.email]]
    time_machine.move_to(timezone.now() + timedelta(days=11))
    accreditation = cleo.accreditations.get()
    assert "Safe researcher training: it ended on" in accreditation.why_not(timezone.now())
    tasks.remind_of_ends()
    assert Notice.objects.filter(person=cleo, kind="accreditation.ends").count() == 1


def test_nobody_is_reminded_of_what_has_no_end(officer, mira):
    mine = accredited(mira, officer)
    assert Requirement.objects.filter(required=True).count() == 4
    Evidence.objects.exclude(requirement=training()).update(until=None)
    mine.until = None
    assert mine.earliest_end(timezone.now())[0] == in_days(365)
    mine.evidence.filter(requirement=training()).update(until=None)
    assert mine.earliest_end(timezone.now()) is None
    tasks.remind_of_end(mine, rules_now())
    assert not Notice.objects.filter(kind="accreditation.ends").exists()


def test_reminders_hold_few_rows_at_a_time(federation, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 1)
    with CaptureQueriesContext(connection) as asked:
        tasks.remind_of_ends()
    of_papers = [each for each in asked.captured_queries if 'FROM "researchers_evidence"' in each["sql"]]
    assert len(of_papers) >= Accreditation.objects.filter(state="approved").count() > 1
    assert Notice.objects.filter(kind="accreditation.ends").count() == 1


def test_a_sponsor_request_is_known_by_the_address_it_went_to():
    assert str(SponsorRequest(email="sponsor@example.org")) == "sponsor@example.org"
