"""The Safes as records: each step by its own role, never one's own, and nothing twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant, User
from apps.core.errors import BadInput, NotAllowed
from apps.core.exchange.models import Witnessed
from apps.core.panels.models import Panel
from apps.core.workflow import steps
from apps.hub.datasets import actions as datasets
from apps.hub.datasets import leaving
from apps.hub.datasets.models import Dataset, DatasetVersion, LeavingTick, Tre, Workflow, WorkflowVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import application_actions as applications
from apps.hub.projects import panel_actions, queries
from apps.hub.projects.models import Project
from apps.hub.researchers import actions as researchers
from apps.hub.researchers.models import Accreditation, Organisation
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request
from apps.node.custody import actions as custody
from apps.node.custody.models import AgreementPolicy, DataGrant, DatasetLocation, MemberAcceptance, ProjectAcceptance
from apps.node.executors import home
from apps.node.runs import actions as runs
from apps.node.runs.models import Run
from apps.tools.federation.seed import seed_federation
from apps.tools.federation.workflow_crate import OUTPUTS, PARAMETERS, write_workflow_crate
from tests.functional.federation import (
    CENTRE,
    asked_here,
    person,
    received,
    second_officer,
    show_certificate,
    sign_off,
    staff,
    tell_outcome,
    work_until_done,
)

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.localdate()
YES = {"reason": "Good.", "until": TODAY + timedelta(days=10)}


def login(client, email):
    client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def act(client, thing, verb, **fields):
    """Take a step through its page."""
    address = steps.get(type(thing), verb).url_for(thing)
    page = client.get(address)
    assert page.status_code == 200
    seen = page.context["form"].fields.get("seen")
    return client.post(address, ({"seen": seen.initial} if seen and seen.initial else {}) | fields)


def test_the_catalogue_is_decided_by_somebody_else(federation, tmp_path):
    officer, admin = person("officer@hub.example"), person("admin@hub.example")
    with pytest.raises(NotAllowed, match="keeps the catalogue"):
        datasets.add_tre(by=officer, name="X", slug="x", summary="s", contact_email="x@example.org", public_key={})
    tre = datasets.add_tre(by=admin, name="X", slug="x", summary="s", contact_email="x@example.org", public_key={})
    datasets.submit(tre=tre, by=admin)
    with pytest.raises(NotAllowed, match="Only an accreditation officer"):
        datasets.accredit(tre=tre, by=admin, reason="x")
    datasets.send_back(tre=tre, by=officer, reason="More?")
    datasets.submit(tre=tre, by=admin)
    show_certificate(tre)
    datasets.accredit(tre=tre, by=officer, reason="x")
    datasets.suspend(tre=tre, by=officer, reason="x")
    with pytest.raises(NotAllowed, match="You stopped this"):
        datasets.reinstate(tre=tre, by=officer, reason="x")
    datasets.reinstate(tre=tre, by=second_officer(), reason="x")
    datasets.announce_leaving(tre=tre, by=officer, reason="x")
    Witnessed.objects.create(side=settings.HUB_ID, peer=tre.pk, size=1, note="-")
    for item in LeavingTick.Item.values:
        leaving.tick_off(tre=tre, by=admin, item=item, words="x")
    datasets.leave(tre=tre, by=officer, reason="x")
    tre = Tre.objects.get(pk=tre.pk)
    assert (tre.state, tre.why_closed(TODAY)) == ("left", "X is “left”: no new request goes there.")
    tre = Tre.objects.get(pk=CENTRE.id)
    coordinator = person("coordinator@hub.example")
    dataset = datasets.describe_dataset(by=coordinator, tre=tre, name="New", summary="s")
    with pytest.raises(NotAllowed, match="Only an accreditation officer"):
        datasets.publish(dataset=dataset, by=coordinator, reason="x")
    datasets.publish(dataset=dataset, by=officer, reason="x")
    datasets.suspend_dataset(dataset=dataset, by=officer, reason="x")
    with pytest.raises(NotAllowed, match="You stopped this"):
        datasets.reinstate_dataset(dataset=dataset, by=officer, reason="x")
    datasets.reinstate_dataset(dataset=dataset, by=second_officer(), reason="x")
    datasets.withdraw(dataset=dataset, by=officer, reason="x")
    assert Dataset.objects.get(pk=dataset.pk).state == "withdrawn"
    write_workflow_crate(tmp_path / "w.zip")
    facts = {"name": "W", "summary": "s", "label": "2", "parameters": PARAMETERS, "outputs": OUTPUTS}
    with pytest.raises(BadInput, match="already"):
        datasets.add_workflow_version(by=coordinator, crate=tmp_path / "w.zip", **facts)
    from apps.core.accounts.models import RoleGrant

    RoleGrant.objects.create(user=officer, role="operator", side=tre.pk)
    other = datasets.describe_dataset(by=coordinator, tre=tre, name="Other", summary="s")
    officer = person("officer@hub.example")
    with pytest.raises(NotAllowed, match="your own"):
        datasets.publish(dataset=other, by=officer, reason="x")
    again = datasets.add_tre(by=admin, name="Y", slug="y", summary="s", contact_email="y@example.org", public_key={})
    RoleGrant.objects.create(user=officer, role="administrator", side=settings.HUB_ID)
    officer = person("officer@hub.example")
    datasets.submit(tre=again, by=officer)
    with pytest.raises(NotAllowed, match="handed in"):
        datasets.accredit(tre=again, by=officer, reason="x")
    for thing in (
        tre,
        other,
        Workflow.objects.first(),
        WorkflowVersion.objects.first(),
        DatasetVersion.objects.first(),
    ):
        assert str(thing)


def project(state: str) -> Project:
    found = Project.objects.get(code="ASTHMA-25")
    assert found.state == state, found.state
    return found


def test_who_may_not_decide_on_a_project(federation, person):

    one = project("in_review")
    bo = one.lead
    lay = User.objects.get(email="lay@hub.example")
    for refused in (
        lambda: panel_actions.approve(project=one, by=lay, reason="x"),
        lambda: projects.submit(project=one, by=lay),
        lambda: panel_actions.take_up(project=one, by=lay),
        lambda: projects.suspend(project=one, by=lay, reason="x"),
        lambda: projects.end(membership=one.memberships.first(), by=lay, reason="x"),
        lambda: projects.approve_member(membership=one.memberships.first(), by=lay, reason="x"),
        lambda: applications.begin(by=lay, panel=one.panel, title="x", code="x", organisation=one.organisation),
    ):
        with pytest.raises(NotAllowed):
            refused()
    officer = User.objects.get(email="officer@hub.example")
    member = projects.propose_member(project=one, by=bo, email=officer)
    with pytest.raises(NotAllowed, match="your own"):
        projects.approve_member(membership=member, by=officer, reason="x")


def second_chair() -> User:
    lay = person("lay@hub.example")
    RoleGrant.objects.create(user=lay, role="chair", side=settings.HUB_ID)
    return User.objects.get(pk=lay.pk)


def test_a_project_is_suspended_closed_withdrawn_and_runs_out(federation, client):
    chair, officer = person("chair@hub.example"), person("officer@hub.example")
    coordinator, now = person("coordinator@hub.example"), timezone.now()
    one = Project.objects.get(code="ASTHMA-24")
    projects.suspend(project=one, by=chair, reason="x")
    with pytest.raises(NotAllowed, match="You stopped this"):
        projects.reinstate(project=one, by=chair, reason="x")
    projects.reinstate(project=one, by=second_chair(), reason="x")
    projects.suspend(project=one, by=officer, reason="x")
    assert "is “suspended”" in Project.objects.get(pk=one.pk).why_not(now)
    projects.reinstate(project=one, by=chair, reason="x")
    one = Project.objects.get(pk=one.pk)
    assert one.in_force(now)
    assert "ended on" in one.why_not(now + timedelta(days=400))
    Project.objects.filter(pk=one.pk).update(lay_summary="Quietly changed")
    assert "changed since" in Project.objects.get(pk=one.pk).why_not(now)
    Project.objects.filter(pk=one.pk).update(until=TODAY - timedelta(days=2))
    projects.expire_lapsed()
    projects.ask_for_outcome(project=one, by=coordinator)
    with pytest.raises(NotAllowed, match="what was found"):
        projects.close(project=one, by=coordinator, reason="x")
    tell_outcome(one)
    projects.close(project=one, by=coordinator, reason="x")
    assert Project.objects.get(pk=one.pk).state == "closed"
    two = project("in_review")
    login(client, two.lead.email)
    assert client.post(f"/projects/{two.pk}/members/new/", {"email": "nobody@example.org"}).status_code == 400
    new = {"email": "dina@northgate.example"}
    assert client.post(f"/projects/{two.pk}/members/new/", new).status_code == 302
    assert client.post(f"/projects/{two.pk}/members/new/", new).status_code == 409
    login(client, officer.email)
    assert "Decide:" in client.get("/home/").content.decode()
    dina = two.memberships.get(user__email=new["email"])
    projects.refuse(membership=dina, by=officer, reason="Training lapsed.")
    cleo = two.memberships.get(user__email="cleo@northgate.example")
    assert act(client, cleo, "end", reason="She left.").status_code == 302
    projects.withdraw(project=two, by=two.lead, reason="x")
    assert queries.project_named(["nothing", f"https://x.example/{two.code}/"]) == two
    assert queries.project_named([]) is None


def test_an_application_goes_to_the_panel_that_decides_and_to_none_that_was_set_up_since(federation, client):
    """Whatever their keys are: a panel for appeals is set up by one person, and has no rule and no members at first."""
    deciding = Panel.objects.get(side=settings.HUB_ID)
    Panel.objects.create(id=UUID(int=1), side=settings.HUB_ID, name="Appeal panel")
    login(client, "cleo@northgate.example")
    form = {"title": "New", "code": "NEW-1", "organisation": Organisation.objects.get().pk}
    assert client.post("/projects/new/", form).status_code == 302
    assert Project.objects.get(code="NEW-1").panel == deciding


def test_before_a_panel_can_decide_no_application_begins(db, client):
    user = User.objects.create_user("cleo@example.org", name="Cleo")
    RoleGrant.objects.create(user=user, role="researcher", side=settings.HUB_ID)
    organisation = Organisation.objects.create(name="A", kind="charity")
    login(client, user.email)
    answer = client.post("/projects/new/", {"title": "New", "code": "NEW-1", "organisation": organisation.pk})
    assert answer.status_code == 409
    assert "There is no panel yet" in answer.content.decode()


def test_a_project_is_applied_for_through_its_form(federation, client):
    login(client, "cleo@northgate.example")
    form = {"title": "New", "code": "NEW-1", "organisation": Organisation.objects.get().pk}
    assert client.post("/projects/new/", form | {"code": "asthma-24"}).status_code == 400
    assert client.post("/projects/new/", form).status_code == 302
    one = Project.objects.get(code="NEW-1")
    page = client.get(f"/projects/{one.pk}/").content.decode()
    assert "Name another person" in page
    login(client, "lay@hub.example")
    assert client.get(f"/projects/{one.pk}/").status_code == 404


def test_what_a_tre_accepts_runs_out_and_is_never_its_own_deciders(federation):
    grant = asked_here(DataGrant).get()
    asked_here(ProjectAcceptance).update(hub_until=TODAY - timedelta(days=2))
    custody.expire_lapsed()
    acceptance = asked_here(ProjectAcceptance).get()
    assert acceptance.state == "expired"
    member = asked_here(MemberAcceptance).first()
    MemberAcceptance.objects.filter(pk=member.pk).update(accredited_until=None)
    assert "no evidence" in MemberAcceptance.objects.get(pk=member.pk).why_not(timezone.now())
    DataGrant.objects.filter(pk=grant.pk).update(dataset_name="Quietly changed")
    assert "changed since" in DataGrant.objects.get(pk=grant.pk).why_not(timezone.now())
    with pytest.raises(NotAllowed, match="custodian"):
        custody.offer_project_again(projectacceptance=acceptance, by=staff("operator"), reason="x")
    custody.offer_project_again(projectacceptance=acceptance, by=staff("custodian"), reason="x")
    custodian = staff("custodian")
    custodian.orcid = member.orcid
    custodian.save()
    with pytest.raises(NotAllowed, match="own project"):
        custody.accept_project(projectacceptance=acceptance, by=custodian, **YES)
    with pytest.raises(NotAllowed, match="staff"):
        custody.revoke_grant(datagrant=grant, by=person("ada@northgate.example"), reason="x")
    version = DatasetLocation.objects.for_tre(CENTRE.id).get().dataset_version
    with pytest.raises(NotAllowed, match="operator"):
        custody.locate_dataset(tre=CENTRE.id, by=custodian, dataset_version=version, name="x", path="/nothing")
    with pytest.raises(BadInput, match="no file"):
        custody.locate_dataset(tre=CENTRE.id, by=staff("operator"), dataset_version=version, name="x", path="/nothing")
    for thing in (AgreementPolicy.objects.first(), DatasetLocation.objects.first()):
        assert str(thing)
    assert DatasetLocation.objects.for_tre(CENTRE.id).get().side == CENTRE.id


def test_newer_evidence_takes_the_place_of_older_and_a_custodian_is_told_what_waits(federation, client):
    acceptance = asked_here(ProjectAcceptance).get()
    evidence = {
        "id": str(acceptance.project),
        "code": acceptance.code,
        "title": "A new title",
        "lay_summary": "x",
        "until": TODAY.isoformat(),
        "content_sha256": "0" * 64,
    }
    custody.propose_project(tre=CENTRE.id, by="portal", project=evidence)
    assert "changed since" in ProjectAcceptance.objects.get(pk=acceptance.pk).why_not(timezone.now())
    custody.end_project(projectacceptance=acceptance, by=staff("operator"), reason="x")
    custody.offer_project_again(projectacceptance=acceptance, by=staff("operator"), reason="x")
    login(client, "custodian@saltmarsh.example")
    assert "Decide:" in client.get("/home/").content.decode()
    page = steps.get(ProjectAcceptance, "accept").url_for(acceptance)
    seen = {"seen": ProjectAcceptance.objects.get(pk=acceptance.pk).shown_sha256()}
    assert client.post(page, {"reason": "x", "until": TODAY - timedelta(days=1)} | seen).status_code == 400
    assert client.post(page, {"reason": "x", "until": TODAY} | seen).status_code == 302
    assert client.get("/tre/?kind=nonsense").status_code == 200


def test_a_custodian_is_told_of_a_grant_whose_evidence_changed_until_she_looks_at_it_again(federation, client):
    login(client, "custodian@saltmarsh.example")
    told = "Look at it again, the evidence changed: Use of"
    assert told not in client.get("/home/").content.decode()
    grant = asked_here(DataGrant)[0]
    custody.propose_grant(
        tre=grant.tre,
        by="portal",
        project={"id": str(grant.project), "code": grant.project_code},
        dataset_version=grant.dataset_version,
        dataset_name=grant.dataset_name,
        variables=grant.approved_variables[1:],
    )
    assert "changed since" in DataGrant.objects.get(pk=grant.pk).why_not(timezone.now())
    assert told in client.get("/home/").content.decode()
    custody.revoke_grant(datagrant=grant, by=staff("operator"), reason="Fewer columns.")
    assert told not in client.get("/home/").content.decode()


def test_seeding_twice_changes_nothing(federation):
    before = Project.objects.count(), User.objects.count(), DataGrant.objects.count(), Accreditation.objects.count()
    seed_federation(federation)
    assert before == (
        Project.objects.count(),
        User.objects.count(),
        DataGrant.objects.count(),
        Accreditation.objects.count(),
    )
    assert home().is_absolute()


def test_a_project_tells_centre_by_centre_what_was_said_and_asked(federation, executor, client, tmp_path):
    login(client, "ada@northgate.example")
    project = Project.objects.get(code="ASTHMA-24")
    page = lambda: client.get(project.get_absolute_url()).content.decode()  # noqa: E731
    work_until_done()
    assert page().count("Nothing was asked of it yet.") == project.tres.count()
    assert "It promises an answer within" in page()
    run = received(tmp_path)
    assert "1 request waits for it." in page()
    runs.send_back(run=run, by=staff("approver"), reason="Which years?", declared=True)
    work_until_done()
    assert "It asks about 1 request." in page()
    request = Request.objects.get()
    submissions.answer(request=request, by=person("ada@northgate.example"), answer="2023.")
    work_until_done()
    sign_off(Run.objects.get())
    work_until_done()
    assert "It agreed to 1 request." in page()


def test_the_public_reads_who_takes_part_each_named_as_she_chose(federation, client):
    project = Project.objects.get(code="ASTHMA-24")
    page = lambda: client.get(reverse("project_story", args=[project.pk])).content.decode()  # noqa: E731
    told = page()
    assert "Who takes part" in told
    assert f"{project.lead.name}<br>" in told
    Accreditation.objects.filter(user=project.lead).update(named_as=Accreditation.NamedAs.ORGANISATION)
    assert project.lead.name not in page()
    assert "a researcher of Northgate University<br>" in page()


@pytest.mark.parametrize("many", [3, 30])
def test_lists_cost_the_same_however_long_they_are(many, federation, client, person, django_assert_max_num_queries):
    organisation = Organisation.objects.get()
    for number in range(many):
        researchers.draft(
            by=person(f"p{number}", "researcher"),
            organisation=organisation,
        )
    login(client, "officer@hub.example")
    # Who asks (3), the list (3), unread notices, seats, conditions; and of an officer's own work: 8.
    with django_assert_max_num_queries(17):
        page = client.get(reverse("researchers:list")).content.decode()
    # The entries in a transaction of their own (4), hidden ones, and what the form offers (3); who asks and her work: 14.
    with django_assert_max_num_queries(22):
        client.get(reverse("log"))
    if many > 25:
        following = page.split('href="/researchers/?after=')[1].split('"')[0]
        second = client.get(f"/researchers/?after={following}".replace("&amp;", "&")).content.decode()
        assert "First page" in second
        assert client.get("/researchers/?after=nonsense").status_code == 200
