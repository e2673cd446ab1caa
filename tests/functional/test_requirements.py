"""What a TRE asks of a person beyond the baseline: published, ticked off one by one, and over when one of them is."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from apps.core.errors import BadInput, NotAllowed
from apps.core.workflow.steps import get
from apps.hub.datasets import policy as at_hub
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.node.custody import actions as custody
from apps.node.custody import policy, reliance, requirements
from apps.node.custody.models import AgreementPolicy, MemberAcceptance
from apps.node.runs.models import Run
from apps.node.runs.safes import five_safes
from tests.functional.federation import CENTRE, asked_here, person, received, sign_off, staff, work_until_done
from tests.functional.test_reliance import forget_what_was_accepted, relying

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = [
    {"title": "House rules", "sentence": "You have read our house rules.", "evidence": False},
    {"title": "Safe room course", "sentence": "You took our course.", "evidence": True},
]
LINES = "House rules | You have read our house rules.\n\nSafe room course | You took our course. | evidence"
TODAY = timezone.localdate()
UNTIL = TODAY + timedelta(days=60)
MET = {
    "House rules": {"until": UNTIL, "evidence": ""},
    "Safe room course": {"until": TODAY + timedelta(days=20), "evidence": "Certificate 7"},
}


def ask(asked=ASKED):
    kept = AgreementPolicy.objects.get(pk=CENTRE.id)
    policy.publish(policy=kept, by=staff("custodian"), requirements=asked)


def offered(run) -> MemberAcceptance:
    """The requester's acceptance, before its decider once more."""
    thing = asked_here(MemberAcceptance).get(member=run.requester["id"])
    custody.end_member(memberacceptance=thing, by=staff("operator"), reason="x")
    custody.offer_member_again(memberacceptance=thing, by=staff("operator"), reason="x")
    return MemberAcceptance.objects.get(pk=thing.pk)


def accept(thing, met=None, **said):
    said = {"by": staff("custodian"), "reason": "She showed all.", "until": UNTIL} | said
    custody.accept_member(memberacceptance=thing, met=met, **said)


def test_a_custodian_lists_them_and_the_researcher_reads_them(federation, client):
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = reverse("custody:policy")
    form = client.get(address).context["form"]
    fields = {name: form[name].value() for name in form.fields if name != "other_organisation"}
    for wrong in ("No sentence", "a | b | c", " | b", LINES + "\nHouse rules | Again.", "\n".join(["x | y"] * 2)):
        refused = client.post(address, fields | {"requirements": wrong})
        assert refused.status_code == 400
        assert refused.context["form"]["requirements"].value() == wrong
        assert "requirements" in refused.context["form"].errors
    assert "“No sentence” is not written like this example: Induction |" in str(
        client.post(address, fields | {"requirements": "No sentence"}).context["form"].errors
    )
    assert client.post(address, fields | {"requirements": LINES}).status_code == 302
    assert AgreementPolicy.objects.get(pk=CENTRE.id).requirements == ASKED
    assert client.get(address).context["form"]["requirements"].value() == LINES.replace("\n\n", "\n")
    work_until_done()
    assert Tre.objects.get(pk=CENTRE.id).policy["requirements"] == ASKED
    client.logout()
    page = client.get(reverse("tre_story", args=[CENTRE.id])).content.decode()
    assert "House rules: You have read our house rules." in page
    assert "You took our course. Bring a paper that shows it." in page
    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(Project.objects.get(code="ASTHMA-24").get_absolute_url()).content.decode()
    assert "Safe room course: You took our course." in page


def test_two_rows_of_one_person_name_their_projects_and_identities_are_for_machines(
    federation, executor, tmp_path, client
):
    thing = offered(received(tmp_path))
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    people = f"{reverse('custody:list')}?kind=people"
    assert f">{thing}, ASTHMA-24</a>" in client.get(people).content.decode()
    assert f"{thing}, ASTHMA-24" in client.get(f"{people}&q=asthma&format=csv").getvalue().decode()
    title = Project.objects.get(code="ASTHMA-24").title
    for address in (thing.get_absolute_url(), get(MemberAcceptance, "accept").url_for(thing)):
        read, _folded, machine = client.get(address).content.decode().partition("<details")
        assert f"ASTHMA-24: {title}" in read
        assert str(thing.member) not in read
        assert str(thing.member) in machine
        assert "for checking by machine" in machine


def test_not_more_than_a_page_of_them():
    many = "\n".join(f"{number} | x" for number in range(requirements.MOST + 1))
    with pytest.raises(ValidationError, match="20 things"):
        requirements.RequirementsField().clean(many)


def test_each_is_ticked_off_on_the_page(federation, executor, tmp_path, client):
    ask()
    thing = offered(received(tmp_path))
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = get(MemberAcceptance, "accept").url_for(thing)
    page = client.get(address)
    assert "Met: House rules" in page.content.decode()
    assert list(page.context["form"].fields)[:2] == ["met_0", "until_0"]
    assert page.content.decode().count('type="date"') == 3
    fields = {
        **{"met_0": "on", "until_0": UNTIL, "met_1": "on", "until_1": TODAY + timedelta(days=20)},
        **{"evidence_1": "Certificate 7", "until": UNTIL, "reason": "She showed all."},
        "seen": thing.shown_sha256(),
    }
    nothing = client.post(address, {"seen": thing.shown_sha256(), "until_0": "soon"}).content.decode()
    for title in ("House rules", "Safe room course"):
        assert f"“{title}” is asked of everybody here." in nothing
    assert "House rules: until when does it hold? Enter a valid date." in nothing
    for less in ({"met_0": ""}, {"until_1": ""}, {"until_1": TODAY - timedelta(days=1)}, {"evidence_1": ""}):
        refused = client.post(address, fields | less)
        assert refused.status_code == 400
        assert "She showed all." in refused.content.decode()
    assert client.post(address, fields).status_code == 302
    found = MemberAcceptance.objects.get(pk=thing.pk)
    by = staff("custodian").name
    assert found.met == [
        {"title": "House rules", "until": UNTIL.isoformat(), "evidence": "", "by": by},
        {
            "title": "Safe room course",
            "until": (TODAY + timedelta(days=20)).isoformat(),
            "evidence": "Certificate 7",
            "by": by,
        },
    ]
    shown = client.get(found.get_absolute_url()).content.decode()
    until = date_format(TODAY + timedelta(days=20), "j F Y")
    assert f"Safe room course: until {until} (Certificate 7), says {by}" in shown


@pytest.mark.parametrize(
    ("met", "sentence"),
    [
        (None, "“House rules” is asked of everybody here"),
        ({"House rules": MET["House rules"]}, "“Safe room course” is asked of everybody here"),
        (MET | {"House rules": {"until": TODAY - timedelta(days=1)}}, "“House rules” is asked"),
        (MET | {"Safe room course": {"until": UNTIL, "evidence": " "}}, "“Safe room course”: say which paper"),
    ],
)
def test_nobody_is_accepted_while_one_is_not_met(met, sentence, federation, executor, tmp_path):
    ask()
    thing = offered(received(tmp_path))
    with pytest.raises(NotAllowed, match="Only a custodian"):
        accept(thing, met, by=staff("operator"))
    with pytest.raises(BadInput, match=sentence):
        accept(thing, met)
    assert MemberAcceptance.objects.get(pk=thing.pk).state == "offered"


def test_the_lapse_of_one_holds_the_run_and_ends_the_acceptance(federation, executor, tmp_path, time_machine):
    ask()
    run = received(tmp_path)
    thing = offered(run)
    accept(thing, MET)
    people = five_safes(run)[1]
    assert people.passed
    assert people.until == TODAY + timedelta(days=20), "her course ends before the custodian's yes"
    time_machine.move_to(timezone.now() + timedelta(days=21))
    told = f"{thing}: “Safe room course” ended on {TODAY + timedelta(days=20):%-d %B %Y}."
    assert five_safes(run)[1].sentence == told
    assert told in sign_off(run).held_why
    custody.expire_lapsed()
    assert MemberAcceptance.objects.get(pk=thing.pk).state == "expired"
    custody.offer_member_again(memberacceptance=thing, by=staff("custodian"), reason="She took it again.")
    accept(thing, MET | {"Safe room course": {"until": UNTIL, "evidence": "Certificate 8"}})
    work_until_done()
    assert Run.objects.get(pk=run.pk).held_at is None


def test_what_was_ticked_off_is_under_the_sign_off_and_a_new_one_asks_again_on_an_open_page(
    federation, executor, tmp_path
):
    ask()
    thing = offered(received(tmp_path))
    before = thing.shown_sha256()
    ask(ASKED[:1])
    assert thing.shown_sha256() != before
    accept(thing, MET)
    found = MemberAcceptance.objects.get(pk=thing.pk)
    assert [each["title"] for each in found.met] == ["House rules"]
    assert found.why_not(timezone.now()) == ""
    found.met = [found.met[0] | {"by": "Somebody else"}]
    assert "has been changed since" in found.why_not(timezone.now())


def test_a_panels_word_does_not_tick_them_off(federation, executor, tmp_path):
    ask()
    forget_what_was_accepted()
    relying()
    received(tmp_path)
    assert set(asked_here(MemberAcceptance).values_list("state", flat=True)) == {"offered"}
    assert reliance.accept_by(asked_here(MemberAcceptance).first(), None) is None


def test_where_no_policy_is_kept_nothing_is_asked():
    assert AgreementPolicy.asked_at(settings.HUB_ID) == []


def test_the_hub_takes_what_a_node_says_of_them_and_no_nonsense(federation):
    work_until_done()
    told = Tre.objects.get(pk=CENTRE.id).policy
    older = {name: value for name, value in told.items() if name != "requirements"}
    assert at_hub.read(older)["requirements"] == []
    for nonsense in ("x", {"title": "x"}, {"title": "x", "sentence": "y", "evidence": "z"}):
        with pytest.raises(BadInput):
            at_hub.read(told | {"requirements": [nonsense]})
    asked = at_hub.read(told | {"requirements": [ASKED[0] | {"title": "x" * 900, "secret": 1}]})["requirements"]
    assert asked == [ASKED[0] | {"title": "x" * 100}]
