"""Where a TRE's policy says so, nobody signs off, checks or lets out what a colleague of hers asked for."""

import pytest
from django.conf import settings
from django.urls import reverse

from apps.core.accounts.models import User
from apps.core.accounts.profile_actions import change_profile
from apps.core.accounts.workplace import Workplace, check_works_elsewhere
from apps.core.errors import NotAllowed
from apps.hub.researchers.models import Organisation
from apps.node.custody import policy
from apps.node.custody.models import AgreementPolicy
from apps.node.egress import actions as egress
from apps.node.egress import permissions
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from tests.functional.federation import CENTRE, in_advance, person, received, review, sign_off, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@northgate.example"
COLLEAGUE = "You work where the researcher works"


def organisation() -> Organisation:
    return person(ADA).accreditations.get().organisation


def works_at(role: str, name: str, ror: str = "") -> None:
    user = staff(role)
    change_profile(by=user, name=user.name, orcid=user.orcid, organisation=name, ror=ror)


def let_colleagues() -> None:
    kept = AgreementPolicy.objects.get(pk=CENTRE.id)
    policy.publish(policy=kept, by=staff("custodian"), other_organisation=False)


def test_a_colleague_does_not_sign_off_unless_the_policy_lets_her(federation, executor, tmp_path):
    run = received(tmp_path)
    works_at("approver", organisation().name.upper())
    with pytest.raises(NotAllowed, match=COLLEAGUE):
        sign_off(run)
    let_colleagues()
    assert sign_off(run).state == "signed_off"


def test_a_colleague_may_still_say_no(federation, executor, tmp_path):
    run = received(tmp_path)
    works_at("approver", organisation().name)
    runs.refuse(run=run, by=staff("approver"), reason="Too fine.", declared=True)
    assert Run.objects.get(pk=run.pk).state == "refused"


def test_a_colleague_neither_checks_nor_lets_out(federation, executor, tmp_path):
    sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get()
    name = organisation().name
    works_at("checker1", name)
    with pytest.raises(NotAllowed, match=COLLEAGUE):
        review(request, "checker1")
    works_at("checker1", CENTRE.name)
    request = review(review(request, "checker1"), "checker2")
    works_at("checker2", name)
    with pytest.raises(NotAllowed, match=COLLEAGUE):
        egress.release(egressrequest=request, by=staff("checker2"), note="")
    permissions.check_can_check(staff("checker2"), request)  # she may still recall what should not have left
    let_colleagues()
    egress.release(egressrequest=request, by=staff("checker2"), note="")
    work_until_done()
    assert EgressRequest.objects.get().state == "released"


@pytest.mark.parametrize("role", ["approver", "approver2"])
def test_a_sign_off_in_advance_is_not_used_for_a_colleague_of_either(role, federation, executor, tmp_path):
    in_advance()
    works_at(role, organisation().name)
    assert received(tmp_path).state == "awaiting_sign_off"


def test_a_sign_off_in_advance_is_used_where_both_work_elsewhere(federation, executor, tmp_path):
    in_advance()
    assert received(tmp_path).state != "awaiting_sign_off"


def test_where_nothing_can_be_compared_nobody_decides(federation, executor, tmp_path):
    run = received(tmp_path)
    works_at("approver", "")
    with pytest.raises(NotAllowed, match="Say in your profile where you work"):
        sign_off(run)
    works_at("approver", CENTRE.name)
    run.requester.pop("organisation")
    run.save()
    with pytest.raises(NotAllowed, match="cannot tell whether you work"):
        sign_off(run)


@pytest.mark.parametrize(
    ("own", "other", "sentence"),
    [
        (("A", "https://ror.org/052gg0110"), ("B", "https://ror.org/052gg0110"), COLLEAGUE),
        (("The  university", ""), (" the University", "https://ror.org/052gg0110"), COLLEAGUE),
        (("A", "https://ror.org/052gg0110"), ("", ""), "cannot tell"),
        (("A", "https://ror.org/052gg0110"), ("B", "https://ror.org/03yrm5c26"), ""),
    ],
)
def test_the_same_place_is_known_by_its_ror_id_or_its_name(own, other, sentence):
    user = User(organisation=own[0], ror=own[1])
    if sentence:
        with pytest.raises(NotAllowed, match=sentence):
            check_works_elsewhere(user, Workplace(*other))
    else:
        check_works_elsewhere(user, Workplace(*other))
    assert Workplace.from_json(Workplace(*other).as_json()) == Workplace(*other)
    assert Workplace.from_json(None) == Workplace("")


def test_staff_say_in_their_profile_where_they_work_and_researchers_elsewhere(federation, client):
    client.force_login(staff("approver"), backend=settings.AUTHENTICATION_BACKENDS[0])
    address = reverse("profile")
    said = {"name": "Priya", "orcid": "", "organisation": "Northgate", "ror": "052gg0110"}
    assert client.post(address, said | {"ror": "052gg0111"}).status_code == 400
    assert client.post(address, said).status_code == 302
    assert (staff("approver").organisation, staff("approver").ror) == ("Northgate", "https://ror.org/052gg0110")
    client.force_login(person(ADA), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert set(client.get(address).context["form"].fields) == {"name", "orcid"}
    assert client.post(address, {"name": "Ada", "orcid": person(ADA).orcid}).status_code == 302
    assert person(ADA).name == "Ada"


def test_one_without_an_accreditation_is_told_of_without_a_place(federation):
    from apps.hub.submissions.actions import workplace_of

    assert workplace_of(None).as_json() == {"name": "", "ror": ""}
