"""Who changes her address or her ORCID iD still cannot decide on her own work."""

import pytest

from apps.core.accounts.identity import mark_of
from apps.core.accounts.models import Mark
from apps.core.accounts.profile_actions import change_profile, link_orcid
from apps.core.errors import NotAllowed
from apps.node.custody import permissions as custody
from apps.node.custody.models import ProjectAcceptance
from apps.node.egress import permissions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import permissions as runs
from tests.functional.federation import person, received, staff

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@northgate.example"


def moves_to(user, address: str) -> None:
    """She verifies another address and gives up those that she had."""
    user.emailaddress_set.all().delete()
    user.emailaddress_set.create(email=address, verified=True, primary=True)


def refused(run) -> None:
    """Nothing of the run, of its project or of its outputs is decided by her."""
    project = ProjectAcceptance.objects.for_tre(run).get(project=run.project)
    asked = EgressRequest(run=run, tre=run.tre)
    for check, role, thing in (
        (runs.check_can_sign_off, "approver", run),
        (custody.check_can_accept, "custodian", project),
        (egress.check_can_check, "checker1", asked),
    ):
        with pytest.raises(NotAllowed, match="your own"):
            check(staff(role), thing)


def everybody(function) -> None:
    """The same is done by one of each role."""
    for role in ("approver", "custodian", "checker1"):
        function(staff(role), role)


def test_a_member_of_staff_who_had_the_researchers_address(federation, executor, tmp_path):
    everybody(lambda user, role: moves_to(user, f"{role}.former@northgate.example"))
    everybody(lambda user, role: moves_to(user, f"{role}.new@saltmarsh.example"))
    ada = person(ADA)
    for role in ("approver", "custodian", "checker1"):
        ada.emailaddress_set.create(email=f"{role}.former@northgate.example", verified=True)
    refused(received(tmp_path))


def test_a_researcher_who_had_the_address_of_a_member_of_staff(federation, executor, tmp_path):
    ada = person(ADA)
    for role in ("approver", "custodian", "checker1"):
        moves_to(ada, f"{role}.former@northgate.example")
    moves_to(ada, "ada.new@northgate.example")
    run = received(tmp_path)
    everybody(lambda user, role: moves_to(user, f"{role}.former@northgate.example"))
    refused(run)


def test_a_former_orcid_id_is_remembered_on_both_sides(federation, executor, tmp_path):
    orcid = person(ADA).orcid

    def had_it(user, role):
        change_profile(by=user, name=user.name, orcid=orcid)
        change_profile(by=user, name=user.name, orcid="")

    everybody(had_it)
    run = received(tmp_path)
    refused(run)


def test_an_id_that_orcid_said_is_remembered_too(federation):
    user = staff("approver")
    link_orcid(by=user, orcid="0000-0001-5109-3700")
    link_orcid(by=user, orcid="0000-0002-1694-233X")
    kept = {mark_of("orcid", each) for each in ("0000-0001-5109-3700", "0000-0002-1694-233X")}
    assert kept <= staff("approver").marks_kept()


def test_what_is_kept_is_no_address_and_only_of_what_was_verified(federation):
    user = staff("approver")
    user.emailaddress_set.create(email="unproven@example.org", verified=False)
    marks = set(map(str, Mark.objects.filter(user=user)))
    assert marks == {mark_of("mailto", user.email)}
    assert all(len(each) == 64 for each in marks)
    moves_to(user, "priya.new@saltmarsh.example")
    assert staff("approver").marks_kept() == marks | {mark_of("mailto", "priya.new@saltmarsh.example")}


def test_an_orcid_id_alone_says_nothing_of_one_who_is_known_by_an_address(federation, executor, tmp_path):
    user, run = staff("approver"), received(tmp_path)
    user.emailaddress_set.all().delete()
    change_profile(by=user, name=user.name, orcid="0000-0001-5109-3700")
    run.members = [each | {"orcid": ""} for each in run.members]
    with pytest.raises(NotAllowed, match="cannot tell whether"):
        runs.check_can_sign_off(staff("approver"), run)
