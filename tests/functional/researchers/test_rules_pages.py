"""What is asked of everybody: read by all, changed by few."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.core.accounts.ror import check_ror
from apps.core.audit.models import PublicEntry
from apps.core.errors import NotAllowed, WrongState
from apps.hub.researchers import actions
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import AgreementVersion, Organisation, Requirement
from apps.hub.researchers.requirements import FIRST, install
from tests.functional.researchers.papers import in_days, login, organisation, publish, sponsor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(person):
    return person("officer", "accreditation_officer")


@pytest.fixture
def administrator(person):
    return person("admin", "administrator")


def test_a_new_portal_asks_for_something_and_a_changed_one_keeps_its_changes():
    assert list(Requirement.objects.values_list("key", flat=True)) == [each["key"] for each in FIRST]
    Requirement.objects.exclude(key="sponsor").delete()
    install("default")
    assert Requirement.objects.get().key == "sponsor"


def test_anybody_reads_what_is_asked_and_the_agreement(client, officer):
    assert "None yet." in client.get(reverse("researchers:agreement")).content.decode()
    assert "A sponsor&#x27;s word" in client.get(reverse("researchers:rules")).content.decode()
    publish(officer, "First text.")
    page = client.get(reverse("researchers:agreement")).content.decode()
    assert "First text." in page
    assert "Publish" not in page
    assert "Agreement, version 1" in client.get(reverse("researchers:rules")).content.decode()


def test_the_officer_publishes_a_text_and_the_public_hears_of_it(client, officer, person):
    login(client, officer)
    address = reverse("researchers:new_agreement")
    assert client.post(address, {"text": "", "grace_days": 3}).status_code == 400
    assert client.post(address, {"text": "First text.", "grace_days": 3}).status_code == 302
    assert "First text." in client.get(address).content.decode()
    assert client.post(address, {"text": "Second text.", "grace_days": 3}).status_code == 302
    assert list(AgreementVersion.objects.values_list("number", flat=True)) == [1, 2]
    assert PublicEntry.objects.filter(verb="agreement.published").count() == 2
    assert "Second text." in client.get(reverse("researchers:agreement")).content.decode()
    with pytest.raises(NotAllowed):
        publish(person("mira", "researcher"))


def test_the_administrator_asks_for_more_and_the_officer_does_not(client, officer, administrator):
    login(client, administrator)
    new = {"key": "x", "kind": "training", "title": "X", "why": "Y.", "to_do": "Z.", "order": 5, "required": "on"}
    assert client.post(reverse("researchers:new_requirement"), {}).status_code == 400
    assert client.post(reverse("researchers:new_requirement"), new | {"required_from": in_days(9)}).status_code == 302
    made = Requirement.objects.get(key="x")
    page = client.get(reverse("researchers:rules")).content.decode()
    assert "Asked from this day on:" in page
    changed = client.post(reverse("researchers:requirement", args=[made.pk]), new | {"title": "Better"})
    assert changed.status_code == 302
    assert Requirement.objects.get(key="x").title == "Better"
    with pytest.raises(NotAllowed, match="Only an administrator"):
        evidence.set_requirement(by=officer, key="y")


def test_organisations_are_added_and_corrected(client, officer):
    login(client, officer)
    assert "None yet." in client.get(reverse("researchers:organisations")).content.decode()
    new = {"name": "Oxford", "kind": "university", "country": "United Kingdom", "ror": "052gg0110"}
    address = reverse("researchers:new_organisation")
    assert client.post(address, new | {"ror": "052gg0111"}).status_code == 400
    assert client.post(address, new).status_code == 302
    made = Organisation.objects.get()
    assert made.ror == "https://ror.org/052gg0110"
    one = reverse("researchers:organisation", args=[made.pk])
    assert client.post(one, new | {"kind": "company"}).status_code == 302
    assert Organisation.objects.get().kind == "company"
    page = client.get(reverse("researchers:organisations")).content.decode()
    assert "commercial company · United Kingdom · https://ror.org/052gg0110" in page


@pytest.mark.parametrize("value", ["https://ror.org/03yrm5c26", " 013MEH722/ ", "02mhbdp94"])
def test_real_ror_ids_are_known(value):
    assert check_ror(value) == f"https://ror.org/{value.strip().rstrip('/').rsplit('/', 1)[-1].lower()}"


@pytest.mark.parametrize("value", ["03yrm5c27", "13yrm5c26", "03yrm5c2", "03yrl5c26", "ror"])
def test_a_ror_id_with_a_slip_is_refused(value):
    with pytest.raises(ValidationError):
        check_ror(value)


def test_no_ror_id_is_none():
    assert check_ror(" ") == ""


def test_what_is_no_longer_asked_for_is_not_taken(officer, person):
    mine = actions.draft(by=person("mira", "researcher"), organisation=organisation())
    Requirement.objects.filter(kind="sponsor").delete()
    with pytest.raises(WrongState, match="not asked for"):
        sponsor(mine)
