"""Seed the demonstration federation through the same actions that people use. Interrupted and run again, it goes on."""

import secrets
import tempfile
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from apps.core.accounts import actions as accounts
from apps.core.accounts import role_actions
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.exchange import keys
from apps.core.exchange.service import know
from apps.core.incidents import actions as incidents
from apps.core.incidents.models import Incident
from apps.core.panels import actions as votes
from apps.core.panels import seat_actions as panels
from apps.core.panels.models import Panel, Round
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre, WorkflowVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import application_actions as applications
from apps.hub.projects import panel_actions
from apps.hub.projects.application_forms import as_data
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY
from apps.hub.researchers import actions as researchers
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, AgreementVersion, Organisation, Requirement
from apps.hub.submissions.actions import member, project_evidence
from apps.node.custody import actions as custody
from apps.node.custody import policy as policies
from apps.node.custody import reliance
from apps.node.custody.models import AgreementPolicy, DataGrant, DatasetLocation, Reliance, WorkflowApproval
from apps.node.runs import standing
from apps.node.runs.models import StandingSignOff
from apps.tools.federation import meetings
from apps.tools.federation.application import answers_for, apply_for, write_sections
from apps.tools.federation.people import CENTRES, HUB_PEOPLE, PASSWORD, Centre, Person, staff_of
from apps.tools.federation.population import DICTIONARY, write_population
from apps.tools.federation.workflow_crate import OUTPUTS, PARAMETERS, write_workflow_crate

HUB = UUID(settings.HUB_ID)
REASON = "Part of the demonstration."
WAITS = "dina@northgate.example"  # for the officer to look at
TRAINING_DAYS = {"cleo@northgate.example": 10}
AGREEMENT = """I use the data for my project alone, and inside the secure data centre alone.

I try to recognise nobody, and I tell nobody what could let others do so.

I tell the secure data centre at once when something goes wrong.

If I break this, my access ends, my employer is told, and I may be fined."""
# The least that is a PDF: the demonstration's certificates are invented.
CERTIFICATE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
)
WINTER_SUMMARY = (
    "Cold air makes asthma worse. We want to know if more people with asthma fall ill in hard winters, and where. "
    "Then help can be there before the cold is."
)


PANEL = (
    ("chair@hub.example", "expert", "Westmoor University"),
    ("expert@hub.example", "expert", "Institute of Breathing"),
    ("caretaker@hub.example", "custodian", "Hillfoot Secure Data Centre"),
    ("lay@hub.example", "lay", ""),
    ("lay2@hub.example", "lay", ""),
    ("coordinator@hub.example", "coordinator", ""),
)
RULE = {"quorum": 3, "least_lay": 1, "least_organisations": 2}


def seed_federation(data_dir: Path) -> None:
    """Everything the demonstration needs. `data_dir`: where the invented datasets are written."""
    seed_people()
    for centre in CENTRES:
        seed_centre(centre)
    seed_researchers()
    version = seed_workflow()
    versions = [seed_dataset(centre, data_dir) for centre in CENTRES]
    seed_incident()
    panel = seed_panel()
    approved = seed_project("ASTHMA-24", "Where people live with asthma", "ada@northgate.example", versions)
    put_in_review(approved)
    meetings.call_together(approved)
    approve(approved)
    meetings.hold(panel)
    waiting = seed_project("ASTHMA-25", "Asthma and school days", "bo@northgate.example", versions[:1])
    put_in_review(waiting)
    meetings.plan_next(waiting)
    seed_draft()
    for centre, dataset_version in zip(CENTRES, versions, strict=True):
        accept(centre, approved, version, dataset_version)
    sign_off_in_advance(CENTRES[1], approved)
    rely(CENTRES[1])
    for centre in CENTRES:
        publish_policy(centre)


def seed_incident() -> None:
    """A near miss at the hub that somebody follows up."""
    if not Incident.objects.exists():
        told = incidents.report(
            by=user("ada@northgate.example"),
            side=HUB,
            kind="near_miss",
            severity="low",
            happened_on=timezone.localdate() - timedelta(days=2),
            what_happened="I nearly sent a draft to the wrong colleague. Nothing left the portal.",
        )
        lead = user("coordinator@hub.example")
        incidents.contain(incident=told, by=lead, how_contained="The draft was taken back before it was sent.")


def user(email: str) -> User:
    """A person by her address, read again so that her roles are those of now."""
    return User.objects.get(email=email)


def seed_people() -> None:
    """Administrators first; they give everybody else her role."""
    ensure_person(HUB_PEOPLE[0])
    ensure_administrator(HUB_PEOPLE[0], HUB)
    for person in HUB_PEOPLE[1:]:
        ensure_person(person)
        ensure_roles(person.email, person.hub_roles, HUB, "admin@hub.example")


def ensure_person(person: Person) -> None:
    if not User.objects.filter(email=person.email).exists():
        made = User.objects.create_user(
            person.email, PASSWORD, name=person.name, orcid=person.orcid, organisation=person.organisation
        )
        made.emailaddress_set.create(email=person.email, verified=True, primary=True)


def ensure_administrator(person: Person, side: UUID) -> None:
    if not user(person.email).has_role(Role.ADMINISTRATOR, side):
        accounts.first_administrator(email=person.email, name=person.name, password=PASSWORD, side=side)


def ensure_roles(email: str, roles, side: UUID, administrator: str) -> None:
    """One administrator proposes, her deputy confirms; the deputy herself is appointed by the first one alone."""
    for role in roles:
        if not user(email).has_role(role, side):
            proposer, deputy = user(administrator), user(administrator.replace("admin@", "deputy@"))
            person = user(email)
            change = role_actions.propose_role(by=proposer, user=person, role=role, side=side, reason=REASON)
            if not change.is_first:
                role_actions.confirm(accesschange=change, by=deputy)


def seed_centre(centre: Centre) -> None:
    """A TRE: its staff and policy inside, its description and accreditation at the hub, each other's keys."""
    staff = staff_of(centre)
    for person in staff:
        ensure_person(person)
    ensure_administrator(staff[0], centre.id)
    for person in staff[1:]:
        ensure_roles(person.email, person.tre_roles, centre.id, staff[0].email)
    AgreementPolicy.objects.get_or_create(
        tre=centre.id,
        defaults={
            "tre_name": centre.name,
            "address": f"https://{centre.slug}.example/",
            "name": f"Agreement policy of {centre.name}, version 1",
        },
    )
    know(side=centre.id, peer=HUB, name="The hub", public_key=keys.public_key_of(HUB))
    tre = Tre.objects.filter(pk=centre.id).first() or datasets.add_tre(
        by=user("admin@hub.example"),
        id=centre.id,
        name=centre.name,
        slug=centre.slug,
        summary=centre.summary,
        contact_email=f"office@{centre.slug}.example",
        opt_out=centre.opt_out,
        public_key=keys.public_key_of(centre.id),
    )
    if tre.state == Tre.State.DRAFT:
        datasets.submit(tre=tre, by=user("admin@hub.example"))
        tre = Tre.objects.get(pk=tre.pk)
    seed_certificate(tre)
    if tre.state == Tre.State.SUBMITTED:
        datasets.accredit(tre=tre, by=user("officer@hub.example"), reason=REASON)


def seed_certificate(tre: Tre) -> None:
    """Evidence that it works to a standard, for three years, confirmed by an officer."""
    if tre.certificates.exists():
        return
    shown = datasets.hand_in_certificate(
        tre=tre,
        by=user("admin@hub.example"),
        standard="ISO/IEC 27001",
        issuer="Kestrel Certification (invented)",
        number=f"KC-{tre.slug}",
        until=timezone.localdate() + timedelta(days=3 * 365),
        file=ContentFile(CERTIFICATE, "certificate.pdf"),
    )
    datasets.confirm_certificate(certificate=shown, by=user("officer@hub.example"), reason=REASON)


def seed_researchers() -> None:
    """Researchers with full papers: two hold for a year, one's training ends in ten days, one waits for the officer."""
    officer = user("officer@hub.example")
    organisation = Organisation.objects.filter(name="Northgate University").first() or evidence.keep_organisation(
        by=officer, name="Northgate University", kind="university", country="United Kingdom"
    )
    if not AgreementVersion.objects.exists():
        evidence.publish_agreement(by=officer, text=AGREEMENT, grace_days=30)
    for person in HUB_PEOPLE:
        if Role.RESEARCHER in person.hub_roles:
            seed_accreditation(person.email, organisation, TRAINING_DAYS.get(person.email, 365))


def seed_accreditation(email: str, organisation: Organisation, training_days: int) -> None:
    """Everything that is asked for; the officer approves, but leaves one to be looked at."""
    person, officer, today = user(email), user("officer@hub.example"), timezone.localdate()
    found = Accreditation.objects.filter(user=person).first() or researchers.draft(by=person, organisation=organisation)
    if found.state == Accreditation.State.DRAFT:
        seed_papers(found, person, today + timedelta(days=training_days))
        researchers.submit(accreditation=found, by=person)
        found = Accreditation.objects.get(pk=found.pk)
    if found.state == Accreditation.State.SUBMITTED and email != WAITS:
        if not found.evidence.filter(requirement__kind="identity").exists():
            evidence.note_identity(accreditation=found, by=officer, how="Saw her staff card.", on=today)
        until = today + timedelta(days=365)
        researchers.approve(accreditation=found, by=officer, reason=REASON, until=until)


def seed_papers(accreditation: Accreditation, person: User, until: date) -> None:
    """A certificate, a sponsor's word and the agreement: what is not there yet."""
    there = set(accreditation.evidence.values_list("requirement__kind", flat=True))
    if "training" not in there:
        evidence.add_evidence(
            accreditation=accreditation,
            by=person,
            requirement=Requirement.objects.get(key="safe-researcher-training"),
            issuer="Northgate Academy (invented)",
            number=f"NA-{person.pk.hex[:6]}",
            held_from=timezone.localdate() - timedelta(days=30),
            until=until,
            file=ContentFile(CERTIFICATE, "certificate.pdf"),
        )
    if "sponsor" not in there:
        asked = evidence.name_sponsor(accreditation=accreditation, by=person, email="dean@northgate.example")
        words = {"name": "Vera Halloran, dean (invented)", "sentence": "I have worked with her for years."}
        evidence.attest(sponsor_request=asked, by=None, says_yes=True, **words)
    if "agreement" not in there:
        version = AgreementVersion.objects.last()
        evidence.accept_agreement(accreditation=accreditation, by=person, sha256=version.sha256)


def seed_workflow() -> WorkflowVersion:
    """The demonstration workflow in the catalogue."""
    found = WorkflowVersion.objects.select_related("workflow").first()
    if found:
        return found
    with tempfile.TemporaryDirectory() as folder:
        crate = Path(folder) / "workflow.zip"
        write_workflow_crate(crate)
        return datasets.add_workflow_version(
            by=user("coordinator@hub.example"),
            name="Count people with asthma by region and age",
            summary="Counts people with asthma in each region and age band, leaves out small counts, and draws bars.",
            label="1",
            crate=crate,
            parameters=PARAMETERS,
            outputs=OUTPUTS,
        )


def seed_dataset(centre: Centre, data_dir: Path) -> DatasetVersion:
    """An invented dataset: described at the hub, located inside the TRE."""
    tre = Tre.objects.get(pk=centre.id)
    coordinator = user("coordinator@hub.example")
    name = f"{centre.name.split()[0]} health records"
    dataset = Dataset.objects.filter(held_by=tre, name=name).first() or datasets.describe_dataset(
        by=coordinator, tre=tre, name=name, summary="About 5,000 invented people: age, sex, region, illness, dates."
    )
    version = dataset.versions.first() or seed_version(centre, dataset, coordinator)
    if dataset.state == Dataset.State.DRAFT:
        datasets.publish(dataset=dataset, by=user("officer@hub.example"), reason=REASON)
    locate(centre, version, name, data_dir)
    return version


def seed_version(centre: Centre, dataset: Dataset, coordinator: User) -> DatasetVersion:
    """The version of the demonstration. In its sample half have asthma, so that few people give counts to look at."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{centre.slug}-sample.csv"
        write_population(path, seed=centre.seed + 100, asthma=0.5, mean_age=centre.mean_age, rows=200)
        with path.open("rb") as stream:
            return datasets.add_version(
                by=coordinator,
                dataset=dataset,
                label="2026-1",
                years_from=2015,
                years_to=2024,
                **description(centre),
                dictionary=DICTIONARY,
                sample=File(stream, path.name),
            )


def locate(centre: Centre, version: DatasetVersion, name: str, data_dir: Path) -> None:
    """Write the data where the sandbox can reach them, and say where they lie."""
    path = data_dir / f"{centre.slug}.csv"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o755)
        draft = path.with_suffix(".part")
        write_population(draft, seed=centre.seed, asthma=centre.asthma, mean_age=centre.mean_age)
        draft.chmod(0o644)
        draft.replace(path)
    if not DatasetLocation.objects.for_tre(centre.id).filter(dataset_version=version.pk, path=str(path)).exists():
        operator = user(f"operator@{centre.slug}.example")
        custody.locate_dataset(tre=centre.id, by=operator, dataset_version=version.pk, name=name, path=str(path))


def seed_panel() -> Panel:
    """The panel: two experts, a custodian and two lay members, and a rule that two people gave it."""
    coordinator, administrator = user("coordinator@hub.example"), user("admin@hub.example")
    panel = Panel.objects.filter(side=HUB).first()
    if panel is None:
        panel = panels.found_panel(by=coordinator, side=HUB, name="Data access panel")
    for email, kind, organisation in PANEL:
        if not panel.seats.filter(user__email=email).exists():
            chair = email == "chair@hub.example"
            seat = {"kind": kind, "organisation": organisation, "is_chair": chair}
            # The coordinator, who has a seat too, proposes the others'; hers the administrator, and the chair agrees.
            hers = email == coordinator.email
            by, second = (administrator, user("chair@hub.example")) if hers else (coordinator, administrator)
            made = panels.propose_seat(panel=panel, by=by, user=user(email), **seat)
            panels.confirm_seat(seat=made, by=second, reason=REASON)
    if panel.rule_now() is None:
        rule = panels.propose_rule(panel=panel, by=coordinator, reason=REASON, **RULE)
        panels.confirm_rule(panelrule=rule, by=administrator, reason=REASON)
    return panel


def seed_project(code: str, title: str, lead: str, versions: list[DatasetVersion]) -> Project:
    """A project of one lead and one more member."""
    found = Project.objects.filter(code=code).first()
    if found is None:
        found = apply_for(
            by=user(lead),
            panel=Panel.objects.get(side=HUB),
            code=code,
            title=title,
            organisation=Organisation.objects.get(name="Northgate University"),
            versions=versions,
        )
    other = user("cleo@northgate.example")
    if not found.memberships.filter(user=other).exists():
        projects.propose_member(project=found, by=user(lead), email=other)
    for membership in found.memberships.filter(state="proposed"):
        projects.approve_member(membership=membership, by=user("officer@hub.example"), reason=REASON)
    return found


def seed_draft() -> None:
    """An application that is half written: some parts are done, one has to be mended, the rest is not begun."""
    if Project.objects.filter(code="WINTER-26").exists():
        return
    ada = user("ada@northgate.example")
    begun = applications.begin(
        by=ada,
        panel=Panel.objects.get(side=HUB),
        title="Asthma in hard winters",
        code="WINTER-26",
        organisation=Organisation.objects.get(name="Northgate University"),
    )
    answers = answers_for(begun, [], timezone.localdate() + timedelta(days=400), lay_summary=WINTER_SUMMARY)
    write_sections(begun, ada, answers, only=("summary", "benefit", "money"))
    late = answers | {"until": (timezone.localdate() - timedelta(days=1)).isoformat()}
    applications.save_section(project=begun, by=ada, section=BY_KEY["dates"], data=as_data(late))


def put_in_review(project: Project) -> None:
    project = Project.objects.get(pk=project.pk)
    if project.state == Project.State.DRAFT:
        projects.submit(project=project, by=project.lead)
        project = Project.objects.get(pk=project.pk)
    if project.state == Project.State.SUBMITTED:
        panel_actions.take_up(project=project, by=user("coordinator@hub.example"))


def approve(project: Project) -> None:
    """The panel votes; the chair writes down what the votes say."""
    put_in_review(project)
    project = Project.objects.get(pk=project.pk)
    if project.state != Project.State.IN_REVIEW:
        return
    round = Round.objects.of(project)[0]
    for email, _kind, _organisation in PANEL[:-1]:
        if not round.declarations.filter(by=user(email)).exists():
            votes.declare(round=round, by=user(email), kind="none")
        if not round.votes.filter(by=user(email)).exists():
            votes.vote(round=round, by=user(email), choice="approve", reason="The benefit is clear, the risk is small.")
    panel_actions.approve(project=project, by=user("chair@hub.example"), reason="Five votes for it, two of them lay.")


def accept(centre: Centre, project: Project, version: WorkflowVersion, dataset_version: DatasetVersion) -> None:
    """The TRE accepts the project, its members, the use of its data and the workflow: each by its own decider."""
    custodian = user(f"custodian@{centre.slug}.example")
    approver = user(f"approver@{centre.slug}.example")
    until = timezone.localdate() + timedelta(days=200)
    evidence, key = project_evidence(project), secrets.token_hex(32)
    yes = {"reason": REASON, "until": until}
    offered = custody.propose_project(tre=centre.id, by=custodian, project=evidence)
    if offered.state == "offered":
        custody.accept_project(projectacceptance=offered, by=custodian, **yes)
    for membership in project.members_now():
        told = member(membership, key)
        row = custody.propose_member(tre=centre.id, by=custodian, project=project.pk, member=told, email_key=key)
        if row.state == "offered":
            custody.accept_member(memberacceptance=row, by=custodian, **yes)
    name = dataset_version.dataset.name
    asked = custody.propose_grant(
        tre=centre.id,
        by=custodian,
        project=evidence,
        dataset_version=dataset_version.pk,
        dataset_name=name,
        variables=project.variables_of([dataset_version])[str(dataset_version.pk)],
    )
    if asked.state == "requested":
        custody.grant(datagrant=asked, by=custodian, **yes)
    seed_workflow_approval(centre, version, approver, yes)


def seed_workflow_approval(centre: Centre, version: WorkflowVersion, approver: User, yes: dict) -> None:
    """The operator brings the workflow crate in; the run approver approves this very version."""
    told = {
        "id": version.identifier,
        "name": version.workflow.name,
        "label": version.label,
        "parameters": version.parameters,
        "outputs": version.outputs,
    }
    path = f"{centre.id}/workflows/{version.sha512[:32]}.zip"
    if not storages["offers"].exists(path):
        with storages["crates"].open(version.crate) as stream:
            path = storages["offers"].save(path, stream)
    operator = user(f"operator@{centre.slug}.example")
    row = custody.propose_workflow(tre=centre.id, by=operator, workflow=told, sha512=version.sha512, crate=path)
    if row.state == "proposed":
        custody.approve_workflow(workflowapproval=row, by=approver, **yes)


def sign_off_in_advance(centre: Centre, project: Project) -> None:
    """Two run approvers of one TRE say yes in advance to the counts of one project, within bounds, for ten runs."""
    if StandingSignOff.objects.for_tre(centre.id).exists():
        return
    proposed = standing.propose(
        workflow=WorkflowApproval.objects.for_tre(centre.id).get(),
        grant=DataGrant.objects.for_tre(centre.id).get(project=project.pk),
        by=user(f"approver@{centre.slug}.example"),
        bounds={
            "min_cell": {"least": 10, "most": 50},
            "age_bands": {"pattern": "0-17,18-39,40-64,65+"},
        },
        until=timezone.localdate() + timedelta(days=90),
        most_uses=10,
        reason=REASON,
    )
    standing.confirm(
        standingsignoff=proposed, by=user(f"approver2@{centre.slug}.example"), reason=REASON, declared=True
    )


def description(centre: Centre) -> dict:
    """What the catalogue tells of an invented dataset."""
    nation = {"hillfoot": "Wales"}.get(centre.slug, "England")
    return {
        "extracted_on": date(2026, 3, 31),
        "population": "Everybody who was on the list of a family doctor there for at least a year.",
        "places": f"The area of {centre.name}.",
        "protection": "No names, addresses or numbers. Only the year of birth. Dates are moved by up to two weeks.",
        "nations": [
            {
                "nation": nation,
                "basis": "A task in the public interest (UK GDPR article 6(1)(e)), and research (article 9(2)(j))",
                "opt_out": "applies" if nation == "England" else "does not apply",
                "reason": "It is taken from records of care."
                if nation == "England"
                else "The opt-out is for England; a person here writes to the centre.",
            }
        ],
        "sensitivity": "medium",
        "custodians": f"The data office of {centre.name}",
    }


def rely(centre: Centre) -> None:
    """One TRE takes the panel's word about projects; about people it decides itself."""
    if Reliance.objects.for_tre(centre.id).exists():
        return
    panel = Panel.objects.get(side=HUB)
    proposed = reliance.propose(
        tre=centre.id,
        by=user(f"custodian@{centre.slug}.example"),
        panel=panel.pk,
        panel_name=panel.name,
        for_projects=True,
        for_members=False,
        until=timezone.localdate() + timedelta(days=365),
        reason=REASON,
    )
    reliance.confirm(reliance=proposed, by=user(f"approver@{centre.slug}.example"), reason=REASON)


def publish_policy(centre: Centre) -> None:
    """How one TRE checks results. The worker takes it to the hub."""
    policy = AgreementPolicy.objects.get(pk=centre.id)
    if not policy.version:
        asked = "A talk of an hour with our data office, once a year. (Invented.)" if centre.slug == "linden" else ""
        by = user(f"custodian@{centre.slug}.example")
        policies.publish(policy=policy, by=by, days_promised=5 + centre.seed % 5, asked_of_people=asked)
