"""Notices: told with the act or not at all, once where it says once, mailed as each person wishes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from apps.core.accounts.actions import PersonNote
from apps.core.accounts.holders import holders
from apps.core.accounts.models import RoleGrant
from apps.core.accounts.roles import Role
from apps.core.audit.act import OutsideAct, act
from apps.core.notices import actions, kinds
from apps.core.notices.mail import send_digests
from apps.core.notices.models import Claim, Mail, Notice, Preference
from apps.core.notices.reminders import STEPS, horizon, remind, step_due
from apps.core.notices.service import notify
from apps.core.outbox.service import drain

pytestmark = pytest.mark.django_db
TRE = "11111111-2222-5333-8444-555555555555"
NIGHT, MORNING = datetime(2026, 11, 25, 3, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def some_kinds(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("test.calm", name="Calm things", sentence="{who} did something calm.")
    kinds.register("test.urgent", name="Urgent things", sentence="{who} asks you.", urgent=True)
    kinds.register("test.ends", name="Ends", sentence="It ends on {until}, in {days} days.")


def told(kind: str, to, *, side=settings.HUB_ID, **facts) -> None:
    with act():
        notify(kind, to=to, about=PersonNote(TRE, side), **({"who": "Ada"} | facts))


def letters() -> list[tuple[str, str]]:
    return [(each.to[0], each.subject) for each in mail.outbox]


def test_a_notice_is_written_with_its_act_and_never_without(person):
    ada = person("ada")
    with pytest.raises(OutsideAct):
        notify("test.calm", to=ada, about=PersonNote(TRE, TRE), who="Bea")
    with pytest.raises(KeyError), act():  # noqa: PT012 - the second fails, and the first goes with it
        notify("test.urgent", to=ada, about=PersonNote(TRE, TRE), who="Bea")
        notify("test.unknown", to=ada, about=PersonNote(TRE, TRE))
    drain()
    assert (Notice.objects.count(), mail.outbox) == (0, [])


def test_a_sentence_that_cannot_be_said_fails_the_act(person):
    with pytest.raises(KeyError), act():
        notify("test.calm", to=person("ada"), about=PersonNote(TRE, TRE))
    with pytest.raises(KeyError), act():
        notify("test.unknown", to=person("bea"), about=PersonNote(TRE, TRE))
    with pytest.raises(ValueError, match="twice"):
        kinds.register("test.calm", name="Other", sentence="Other.")


def test_each_person_is_told_once_and_a_fact_cannot_break_a_line(person):
    ada, bea = person("ada"), person("bea")
    told("test.calm", [ada, bea, ada], who="Eve\nSubject: x")
    assert sorted(Notice.objects.values_list("person__name", "sentence")) == [
        ("Ada", "Eve Subject: x did something calm."),
        ("Bea", "Eve Subject: x did something calm."),
    ]
    told("test.calm", ada, once="first")
    told("test.calm", [ada, bea], once="first")
    assert (Notice.objects.of(ada).count(), Notice.objects.of(bea).count()) == (2, 2)
    assert str(Notice.objects.of(ada).latest("created_at")) == "Ada did something calm."


def test_urgent_ones_are_mailed_at_once_and_others_together_in_the_morning(person, time_machine):
    time_machine.move_to(NIGHT)
    ada = person("ada")
    told("test.urgent", ada)
    told("test.calm", ada)
    told("test.calm", ada, who="Bea")
    drain()
    assert letters() == [("ada@example.org", "TRE-FX Portal: Urgent things")]
    assert "Ada asks you." in mail.outbox[0].body
    assert reverse("notices:preferences") in mail.outbox[0].body
    send_digests()
    assert drain() == 0
    time_machine.move_to(MORNING)
    send_digests()
    send_digests()
    assert drain() == 1
    assert letters()[1:] == [("ada@example.org", "TRE-FX Portal: 2 notices")]
    assert "Ada did something calm.\nBea did something calm." in mail.outbox[1].body
    told("test.calm", ada)
    send_digests()
    assert drain() == 0
    time_machine.move_to(MORNING + timedelta(days=1))
    send_digests()
    assert drain() == 1


def test_what_was_read_in_the_portal_needs_no_mail_and_who_has_left_gets_none(person, time_machine):
    time_machine.move_to(MORNING)
    ada, bea = person("ada"), person("bea")
    for kind in ("test.urgent", "test.calm"):
        told(kind, [ada, bea])
    assert actions.mark_all_read(by=ada) == 2
    bea.is_active = False
    bea.save()
    send_digests()
    drain()
    assert mail.outbox == []


def test_a_mail_that_could_not_be_sent_is_sent_later(person, monkeypatch, time_machine):
    time_machine.move_to(NIGHT)
    ada = person("ada")

    def down(self, messages):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", down)
        told("test.urgent", ada)
        assert drain() == 0
    assert Notice.objects.get().mailed_at is None
    time_machine.shift(timedelta(minutes=10))
    assert drain() == 1
    assert len(mail.outbox) == 1


def test_mail_from_a_tre_is_a_subject_without_names_and_a_link(person, time_machine):
    time_machine.move_to(MORNING)
    ada = person("ada")
    told("test.urgent", ada, side=TRE)
    told("test.calm", ada, side=TRE)
    told("test.calm", ada)
    drain()
    send_digests()
    drain()
    of_a_tre = [each for each in mail.outbox if each.subject == "TRE-FX Portal: You have something to read"]
    assert len(of_a_tre) == 2
    assert [each.body.strip() for each in of_a_tre] == [
        settings.PUBLIC_URL + reverse("notices:open", args=[notice.pk])
        for notice in Notice.objects.filter(side=TRE).order_by("created_at")
    ]
    assert ("ada@example.org", "TRE-FX Portal: 1 notice") in letters()


def test_a_digest_of_many_says_that_there_are_more(person, monkeypatch, time_machine):
    from apps.core.notices import mail as notice_mail

    monkeypatch.setattr(notice_mail, "IN_A_DIGEST", 2)
    time_machine.move_to(MORNING)
    ada = person("ada")
    for who in ("Bea", "Cyd", "Dot"):
        told("test.calm", ada, who=who)
    send_digests()
    drain()
    body = mail.outbox[0].body
    assert "There are more." in body
    assert "Dot" not in body
    assert settings.PUBLIC_URL + reverse("notices:list") in body


def test_a_person_chooses_how_she_hears_of_each_kind(person, client):
    ada = person("ada")
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(reverse("notices:preferences")).content.decode()
    assert "Urgent things" in page
    wishes = {"test.calm": "off", "test.urgent": "daily", "test.ends": "at_once"}
    assert client.post(reverse("notices:preferences"), wishes | {"test.calm": "shout"}).status_code == 400
    for _again in range(2):
        assert client.post(reverse("notices:preferences"), wishes).status_code == 302
    told("test.calm", ada)
    told("test.urgent", ada)
    told("test.ends", ada, until="x", days=1)
    by_kind = dict(Notice.objects.values_list("kind", "mail"))
    assert by_kind == {"test.calm": Mail.OFF, "test.urgent": Mail.DAILY, "test.ends": Mail.AT_ONCE}


def test_she_chooses_among_what_reaches_her_grouped_by_subject_or_for_all_at_once(person, client, monkeypatch):
    monkeypatch.setattr(kinds, "_subjects", {})
    kinds.about("run", title="Runs", roles=("run_approver",))
    kinds.about("egress", title="Results to check", roles=("output_checker",))
    kinds.about("panel", title="Panels", roles=("chair",), also=lambda user: user.name == "Ada")
    for key in ("run.received", "egress.opened", "panel.vote"):
        kinds.register(key, name=f"Heard of {key}", sentence="Look.", urgent=True)
    kinds.register("run.data", name="Heard of data", sentence="Look.", roles=("custodian",))
    ada = person("ada", (Role.RUN_APPROVER, TRE))
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = reverse("notices:preferences")
    form = client.get(address).context["form"]
    heard = {subject.title: [bound.name for bound in fields] for subject, fields in form.groups()}
    assert heard == {
        "Panels": ["panel.vote"],
        "Runs": ["run.received"],
        "Other things": ["test.calm", "test.ends", "test.urgent"],
    }
    told("run.data", ada)
    page = client.get(address).content.decode()
    assert page.count("<legend") == 3
    assert "Heard of data" in page
    wishes = {name: "daily" for name in form.fields if name != "all"} | {"run.data": "daily", "all": "off"}
    assert client.post(address, wishes).status_code == 302
    assert set(Preference.objects.values_list("mail", flat=True)) == {"off"}
    assert Preference.objects.count() == 6


def test_notices_are_read_one_by_one_or_all_at_once_and_are_ones_own(person, client):
    ada, bea = person("ada"), person("bea")
    told("test.calm", [ada, bea], who="Cyd")
    told("test.calm", ada, who="Dot")
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(reverse("notices:list")).content.decode()
    assert page.index("Dot did") < page.index("Cyd did")
    first = Notice.objects.of(ada).earliest("created_at")
    assert "Cyd did" in client.get(reverse("notices:open", args=[first.pk])).content.decode()
    assert client.post(reverse("notices:read", args=[first.pk]), {"go": "on"})["Location"] == reverse("home")
    assert "Cyd did" not in client.get(reverse("notices:list")).content.decode()
    assert "Cyd did" in client.get(reverse("notices:list") + "?show=all").content.decode()
    assert "Mark as read" not in client.get(reverse("notices:open", args=[first.pk])).content.decode()
    second = Notice.objects.of(ada).unread().get()
    assert client.post(reverse("notices:read", args=[second.pk]))["Location"] == reverse("notices:list")
    assert "Nothing new" in client.post(reverse("notices:read_all"), follow=True).content.decode()
    of_bea = Notice.objects.of(bea).get()
    assert client.get(reverse("notices:open", args=[of_bea.pk])).status_code == 404
    assert client.post(reverse("notices:read", args=[of_bea.pk])).status_code == 404
    assert Notice.objects.of(bea).unread().count() == 1


@pytest.mark.parametrize(
    ("left", "step"), [(31, None), (30, 30), (22, 30), (21, 21), (13, 14), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)]
)
def test_the_step_that_is_due(left, step):
    day = date(2026, 11, 25)
    assert step_due(day + timedelta(days=left), day) == step


@pytest.mark.parametrize("hours", [1, 24, 5 * 24])
def test_each_reminder_comes_once_even_where_the_portal_was_off(person, time_machine, hours):
    """`hours`: how seldom the bookkeeping runs."""
    ada, until = person("ada"), date(2027, 1, 15)
    now = datetime(2026, 12, 10, 12, tzinfo=UTC)
    ends = datetime(2027, 1, 18, tzinfo=UTC)
    while now < ends:
        time_machine.move_to(now)
        remind("test.ends", about=PersonNote(TRE, settings.HUB_ID), to=ada, until=until)
        now += timedelta(hours=hours if now.day > 14 or hours < 24 else 24)
    steps = [int(word.split()[-1]) for word in Notice.objects.order_by("created_at").values_list("once", flat=True)]
    assert steps == sorted(set(steps), reverse=True)
    assert set(steps) == set(STEPS) or hours == 5 * 24
    assert "It ends on 15 January 2027" in Notice.objects.first().sentence


def test_who_holds_a_role(person):
    ada, bea, cyd = person("ada", Role.CHAIR), person("bea", (Role.CUSTODIAN, TRE)), person("cyd", Role.CHAIR)
    RoleGrant.objects.filter(user=cyd).update(ended_at=NIGHT, ended_by=ada)
    assert list(holders(Role.CHAIR, Role.AUDITOR, side=settings.HUB_ID)) == [ada]
    assert list(holders(Role.CUSTODIAN, side=TRE)) == [bea]
    assert list(holders(Role.CUSTODIAN, side=TRE, besides=[bea])) == []


def test_reminders_look_thirty_days_ahead_and_rows_have_names(time_machine):
    time_machine.move_to(MORNING)
    assert horizon() == date(2026, 12, 25)
    assert str(Preference(kind="test.calm", mail=Mail.OFF)) == "test.calm: off"
    assert str(Claim(url="/projects/")) == "/projects/"
