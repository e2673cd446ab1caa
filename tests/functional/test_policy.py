"""A TRE's policy: kept by its custodians, published at the hub without its private numbers, and held to when results leave."""

import html

import pytest
from django.conf import settings
from django.urls import reverse

from apps.core.audit.models import PublicEntry
from apps.core.errors import BadInput, NotAllowed
from apps.core.exchange.models import Incoming
from apps.hub.datasets import policy as at_hub
from apps.hub.datasets.models import Tre
from apps.node.custody import policy
from apps.node.custody.models import AgreementPolicy
from apps.node.egress.models import EgressRequest
from apps.tools.federation.people import CENTRES
from tests.functional.federation import CENTRE, person, received, review, sign_off, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def publish(**changed) -> AgreementPolicy:
    kept = AgreementPolicy.objects.get(pk=CENTRE.id)
    return policy.publish(policy=kept, by=staff("custodian"), **changed)


def seen(client) -> dict:
    """What the page of the policy sends back of what it showed."""
    return {"seen": client.get(reverse("custody:policy")).context["form"]["seen"].value()}


def public_page(client) -> str:
    return client.get(reverse("tre_story", args=[CENTRE.id])).content.decode()


def test_what_a_custodian_saves_anyone_can_read_but_the_private_numbers(federation, client):
    work_until_done()
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = reverse("custody:policy")
    form = client.get(address).content.decode()
    for told in (
        "They stay here.",
        "stays in the log",
        "drawings (SVG)",
        "Induction | You have taken our induction. | evidence",
        "a few of them make up",
    ):
        assert told in form
    assert address in client.get(reverse("custody:list")).content.decode()
    fields = {
        "least_count": "7",
        "rounding": "1",
        "file_types": ["text/csv"],
        "most_megabytes": "3",
        "review": "sequential",
        "days_promised": "12",
        "asked_of_people": "A talk with us.",
        "dominance_largest": "2",
        "dominance_percent": "83",
    }
    fields |= seen(client)
    assert client.post(address, fields | {"review": "none"}).status_code == 400
    assert client.post(address, fields).status_code == 302
    work_until_done()
    client.logout()
    page = public_page(client)
    for told in (
        "7 people",
        "not rounded",
        "tables (CSV). At most 3 MB each.",
        "one after the other",
        "12 working days",
        "A talk",
    ):
        assert told in page
    assert "Neither works where" not in page
    signed = Incoming.objects.filter(kind="policy", peer=CENTRE.id).latest("received_at")
    assert set(signed.body["policy"]) == set(at_hub.WORDS)


def filled_in(client, **changed) -> dict:
    """The form as it is shown, with some of it changed."""
    form = client.get(reverse("custody:policy")).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    shown |= {"requirements": form.fields["requirements"].prepare_value(shown["requirements"])}
    return {name: value for name, value in (shown | changed).items() if value not in (False, None)}


def test_a_number_that_checks_nothing_is_refused(federation, client):
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    before = AgreementPolicy.objects.get(pk=CENTRE.id).version
    for name, wrong in (("least_count", 0), ("rounding", 0), ("most_megabytes", 0), ("dominance_percent", 101)):
        answer = client.post(reverse("custody:policy"), filled_in(client, **{name: wrong}))
        assert answer.status_code == 400
        assert name in answer.context["form"].errors
    assert AgreementPolicy.objects.get(pk=CENTRE.id).version == before


def test_what_says_nothing_new_is_not_published_again(federation, client):
    publish(least_count=11)
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    before = AgreementPolicy.objects.get(pk=CENTRE.id).version
    answer = client.post(reverse("custody:policy"), filled_in(client), follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert AgreementPolicy.objects.get(pk=CENTRE.id).version == before


def test_a_page_from_before_a_colleague_changed_the_policy_overwrites_nothing(federation, client):
    client.force_login(staff("custodian"), backend=settings.AUTHENTICATION_BACKENDS[0])
    old = filled_in(client, days_promised=9, review="sequential", requirements="Talk | You had a talk with us.")
    old.pop("other_organisation", None)
    old["asked_of_people"] = "A talk.\r\nA test."  # as a browser sends the lines of a text
    publish(least_count=17, file_types=["text/csv"], asked_of_people="A talk.\nA test.")
    answer = client.post(reverse("custody:policy"), old)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed the policy" in page
    for now in ("What counts now: 17", "now: tables (CSV)", "now: blind", "now: yes", "now: nothing"):
        assert now in page
    assert "asked_of_people" not in answer.context["form"].errors
    kept = AgreementPolicy.objects.get(pk=CENTRE.id)
    assert (kept.least_count, kept.review) == (17, "blind")
    assert client.post(reverse("custody:policy"), old | seen(client)).status_code == 302
    assert AgreementPolicy.objects.get(pk=CENTRE.id).least_count == 10


def test_anyone_reads_what_a_policy_was_and_is_and_never_its_private_numbers(federation, client):
    work_until_done()
    assert "How this was before" not in public_page(client)
    requirements = [
        {"title": "Talk", "sentence": "You had a talk.", "evidence": True},
        {"title": "Test", "sentence": "You passed.", "evidence": False},
    ]
    publish(least_count=7, rounding=1, review="sequential", other_organisation=False, requirements=requirements)
    work_until_done()
    publish(dominance_largest=3, dominance_percent=71)
    work_until_done()
    publish(asked_of_people="A talk. " * 60, days_promised=1, file_types=["text/csv"], most_megabytes=3)
    work_until_done()
    told = PublicEntry.objects.filter(tre=CENTRE.id, verb__startswith="tre.policy").order_by("sequence")
    assert [each.verb for each in told] == [at_hub.PUBLISHED, at_hub.CHANGED, at_hub.PUBLISHED, at_hub.CHANGED]
    for sentence in (
        "Smallest group that is shown: it was “10 people”, and is now “7 people”.",
        "Counts are rounded to: it was “5”, and is now “not rounded”.",
        "is now “two people, one after the other”.",
        "works elsewhere than the researcher: it was “yes”, and is now “no”.",
        "is now “Talk: You had a talk. Bring a paper that shows it.; Test: You passed.”.",
    ):
        assert sentence in told[1].words
    assert "Days it promises" not in told[1].words
    assert "it was “nothing”, and is now “A talk." in told[3].words
    assert "…”" in told[3].words
    page = html.unescape(public_page(client))
    assert "Told for the first time." in page
    assert "Told again. Nothing that is public changed." in page
    assert "Largest file that may leave: it was “10 MB”, and is now “3 MB”." in page
    assert "and is now “1 working day”." in page
    assert f"“{('A talk. ' * 60)}”" in page
    assert page.index("“3 MB”") < page.index("Told again") < page.index("“7 people”")
    assert "71" not in page[page.index("How this was before") : page.index("Told for the first time.")]
    versions = at_hub.versions_of(Tre.objects.get(pk=CENTRE.id))
    assert [each.is_first for each in versions] == [False, False, False, True]


def test_a_part_that_an_older_policy_did_not_have_was_not_said():
    now = {name: kind() for name, kind in at_hub.WORDS.items()}
    before = {name: value for name, value in now.items() if name != "requirements"}
    assert at_hub.changed(before, now) == [
        "What it checks of each person: it was “nothing was said”, and is now “nothing”."
    ]


def test_nothing_was_said_yet(federation, client):
    Tre.objects.filter(pk=CENTRE.id).update(policy={})
    assert "It has not told us yet." in public_page(client)


def test_only_a_custodian_keeps_it(federation):
    with pytest.raises(NotAllowed, match="custodian"):
        policy.publish(policy=AgreementPolicy.objects.get(pk=CENTRE.id), by=staff("operator"))


def test_an_older_one_that_comes_late_changes_nothing_and_nonsense_is_refused(federation):
    from types import SimpleNamespace

    from apps.core.audit.act import act

    publish(least_count=20)
    publish(least_count=30)
    work_until_done()
    newest = Tre.objects.get(pk=CENTRE.id).policy
    assert newest["least_count"] == 30
    with act():
        late = newest | {"version": newest["version"] - 1, "least_count": 20}
        at_hub.take(document=SimpleNamespace(peer=CENTRE.id, body={"policy": late}))
    assert Tre.objects.get(pk=CENTRE.id).policy["least_count"] == 30
    for nonsense in (None, [], {}, newest | {"least_count": "ten"}, newest | {"rounding": True}):
        with pytest.raises(BadInput):
            at_hub.read(nonsense)
    assert "dominance" not in at_hub.read(newest | {"dominance": 3})


def test_a_file_that_the_policy_keeps_in_is_not_let_out(federation, executor, tmp_path):
    sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get()
    publish(file_types=["text/csv"])
    with pytest.raises(BadInput, match="no file of the type image/svg"):
        review(request, "checker1")
    assert EgressRequest.objects.get().state == "open"
    publish(most_megabytes=0)
    with pytest.raises(BadInput, match="larger than 0 MB"):
        review(request, "checker1", refuse=("chart",))
    publish(most_megabytes=1)
    assert review(request, "checker1", refuse=("chart",)).state == "first_review"


@pytest.mark.parametrize(("how", "seen"), [("blind", False), ("sequential", True)])
def test_whether_the_second_checker_sees_the_first_ones_decision(how, seen, federation, executor, tmp_path, client):
    publish(review=how)
    sign_off(received(tmp_path))
    work_until_done()
    request = review(EgressRequest.objects.get(), "checker1")
    client.force_login(staff("checker2"), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = client.get(request.get_absolute_url()).content.decode()
    assert ("Looked at each cell." in page) is seen


def test_the_private_part_is_read_in_the_admin_by_the_centre_alone(federation, client):
    address = reverse("admin:custody_agreementpolicy_change", args=[CENTRE.id])
    client.force_login(staff("admin"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "Dominance percent" in client.get(address).content.decode()
    for other in ("admin@hub.example", f"admin@{CENTRES[1].slug}.example"):
        client.force_login(person(other), backend=settings.AUTHENTICATION_BACKENDS[0])
        assert client.get(address).status_code == 302, "there is no such row for her"
