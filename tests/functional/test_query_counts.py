"""No list or detail page asks the database more often with 300 rows of everything than with 3."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.accounts.models import RoleGrant, User
from apps.core.audit import triggers
from apps.core.audit.act import act, record
from apps.core.panels import actions as panels
from apps.core.panels import condition_actions
from apps.core.panels.models import (
    Attendance,
    Condition,
    Decision,
    Declaration,
    Meeting,
    Minutes,
    Round,
    RoundSeat,
    Seat,
    Vote,
)
from apps.core.workflow.models import SignOff
from apps.hub.datasets.models import Dataset, Tre, WorkflowVersion
from apps.hub.projects.decision_models import TreDecisions
from apps.hub.projects.models import Membership, Project
from apps.hub.researchers.models import Accreditation
from apps.hub.submissions.models import Request, Submission
from apps.node.custody.models import DataGrant, DatasetLocation, MemberAcceptance, ProjectAcceptance, WorkflowApproval
from apps.node.egress.models import EgressRequest, FileVote, OutputFile, RefusedFile
from apps.node.runs.models import Attempt, Run
from tests.functional.federation import CENTRE, asked_here, person, received, review, sign_off, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def clones(row, many: int, **changed) -> list:
    """`many` rows like `row`, each with a key of its own; `changed` gives a field's value by its number."""
    facts = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    key = row._meta.pk
    made = []
    for number in range(many):
        own = {} if key.is_relation else {key.attname: uuid4() if key.get_internal_type() == "UUIDField" else None}
        made.append(type(row)(**facts | own | {name: value(number) for name, value in changed.items()}))
    return type(row).objects.bulk_create(made)


class World:
    """A journey under review by its checkers, a request that waits, and then many more of everything."""

    def __init__(self, tmp_path):
        self.run = sign_off(received(tmp_path))
        work_until_done()
        self.egress = review(EgressRequest.objects.get(run=self.run), "checker1")
        self.waiting = received(tmp_path)
        self.project = Project.objects.get(code="ASTHMA-24")
        self.request = Request.objects.get(pk=self.run.request)
        self.tre, self.dataset = Tre.objects.get(pk=CENTRE.id), Dataset.objects.get(held_by=CENTRE.id)
        self.met, self.coming = (Meeting.objects.get(state=state) for state in ("minuted", "planned"))
        self.grown = 0
        decision = Decision.objects.get(round__subject_id=self.project.pk)
        due = timezone.localdate() + timedelta(days=9)
        asked = {"owner": self.project.lead, "by": person("chair@hub.example"), "texts": ["Say who pays."], "due": due}
        with act():
            condition_actions.set_conditions(decision=decision, subject=self.project, **asked)
        voted_on = Round.objects.of(Project.objects.get(code="ASTHMA-25"))[0]
        panels.declare(round=voted_on, by=person("chair@hub.example"), kind="none")

    def grow(self, many: int) -> None:
        """Make it `many` of each, seen by whoever sees the first."""
        start, self.grown = self.grown, many
        many -= start
        text = lambda prefix: lambda number: f"{prefix}{start + number}"  # noqa: E731
        fresh = lambda number: uuid4()  # noqa: E731
        users = User.objects.bulk_create(
            User(email=f"u{start + number}@many.example", name=f"Person {start + number}") for number in range(many)
        )
        one_of = lambda number: users[number].pk  # noqa: E731
        for role in ("researcher", "panel_member"):
            RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, side=settings.HUB_ID) for user in users)
        clones(Accreditation.objects.filter(state="approved").first(), many, user_id=one_of)
        tres = clones(self.tre, many, name=text("TRE "), slug=text("tre-"))
        clones(self.dataset, many, name=text("Dataset "))
        clones(self.dataset.versions.first(), many, label=text("v"))
        clones(WorkflowVersion.objects.first(), many, identifier=text("https://w.example/"), sha512=text("s"))
        in_review = Project.objects.get(code="ASTHMA-25")
        for project in (self.project, in_review):
            clones(project, many, code=text(f"{project.code}-"))
            clones(project.memberships.first(), many, user_id=one_of, is_lead=lambda number: False)
        round = Round.objects.of(in_review)[0]
        panel = {"panel": round.panel, "kind": "expert", "state": "held"}
        seats = Seat.objects.bulk_create(Seat(user=user, organisation=user.email, **panel) for user in users)
        RoundSeat.objects.bulk_create(RoundSeat(round=round, seat=seat) for seat in seats)
        numbers = range(10 + start, 10 + start + many)
        said = [{"round": round, "by": user, "number": number} for user, number in zip(users, numbers, strict=True)]
        Declaration.objects.bulk_create(Declaration(kind="none", **each) for each in said)
        voted = {"content_sha256": round.content_sha256, "choice": "abstain", "reason": "x"}
        Vote.objects.bulk_create(Vote(seat=seat, **each, **voted) for seat, each in zip(seats, said, strict=True))
        on_it = clones(round, many, subject_id=fresh)
        clones(self.coming.items.get(round=round), many, round_id=lambda number: on_it[number].pk)
        for meeting in (self.met, self.coming):
            clones(meeting, many)
            Attendance.objects.bulk_create(Attendance(meeting=meeting, seat=seat, how="present") for seat in seats)
        written = {"meeting": self.met, "text": "x", "written_by": users[0], "state": "superseded"}
        Minutes.objects.bulk_create(Minutes(number=number, **written) for number in numbers)
        clones(Condition.objects.first(), many)
        clones(SignOff.objects.filter(subject_id=self.project.pk).first(), many)
        clones(
            TreDecisions.objects.get(tre=CENTRE.id, project=self.project), many, tre_id=lambda number: tres[number].pk
        )
        clones(self.request.submission, many)
        clones(self.request, many, tre_id=lambda number: tres[number].pk)
        clones(asked_here(ProjectAcceptance).first(), many, project=fresh)
        clones(asked_here(MemberAcceptance).first(), many, member=fresh)
        clones(asked_here(DataGrant).first(), many, dataset_version=fresh)
        clones(WorkflowApproval.objects.for_tre(CENTRE.id).first(), many, sha512=text("n"))
        clones(DatasetLocation.objects.for_tre(CENTRE.id).first(), many, dataset_version=fresh)
        runs = clones(self.waiting, many, request=fresh)
        done = clones(self.run, many, request=fresh)
        clones(self.run.attempts.first(), many, number=lambda number: 10 + start + number)
        clones(self.egress, many, run_id=lambda number: done[number].pk)
        files = clones(self.egress.files.first(), many)
        vote = FileVote.objects.filter(file__egress=self.egress).first()
        clones(vote, many, file_id=lambda number: files[number].pk)
        RefusedFile.objects.bulk_create(RefusedFile(egress=self.egress, name="x", why="y") for _ in range(many))
        assert runs
        with act():
            for _ in range(many):
                record("run.held", by="portal", subject=self.run, reason="x")
                record("request.held", by="portal", subject=self.request, public={"tre": "T", "project": "P"})

    def pages(self) -> list[tuple[str, str]]:
        """(who, address) of every list and detail page."""
        ada, officer, lay, auditor = "ada@northgate.example", "officer@hub.example", "lay@hub.example", "auditor"
        staff = f"{{}}@{CENTRE.slug}.example".format
        in_review = Project.objects.get(code="ASTHMA-25")
        found = [
            *((ada, reverse(name)) for name in ("front", "log", "home", "profile", "submissions:list", "projects:new")),
            *((officer, reverse(name)) for name in ("home", "researchers:list", "datasets:list", "projects:list")),
            *((f"{auditor}@hub.example", reverse(name)) for name in ("projects:list", "submissions:list")),
            *((lay, reverse(name)) for name in ("home", "projects:list")),
            *((lay, each.get_absolute_url()) for each in (self.tre, self.dataset, WorkflowVersion.objects.first())),
            ("chair@hub.example", Project.objects.get(code="ASTHMA-25").get_absolute_url()),
            ("coordinator@hub.example", reverse("home")),
            ("coordinator@hub.example", in_review.panel.get_absolute_url()),
            ("coordinator@hub.example", reverse("panels:meetings", args=[in_review.panel_id])),
            ("coordinator@hub.example", reverse("panels:plan_meeting", args=[in_review.panel_id])),
            *((lay, each.get_absolute_url()) for each in (self.met, self.met.minutes.first())),
            (lay, reverse("panels:meeting_papers", args=[self.met.pk])),
            ("coordinator@hub.example", self.coming.get_absolute_url()),
            ("coordinator@hub.example", Round.objects.of(in_review)[0].get_absolute_url()),
            (lay, Condition.objects.first().get_absolute_url()),
            (officer, self.project.get_absolute_url()),
            (ada, self.project.get_absolute_url()),
            (ada, reverse("projects:places")),
            (officer, Accreditation.objects.filter(state="approved").first().get_absolute_url()),
            (ada, self.request.submission.get_absolute_url()),
            (ada, self.request.get_absolute_url()),
            *(
                (ada, reverse(f"submissions:{name}", args=[self.request.submission_id]))
                for name in ("crate", "entities")
            ),
            ("admin@hub.example", reverse("people")),
            ("admin@hub.example", reverse("person", args=[person(ada).pk])),
        ]
        for role in ("approver", "custodian", "operator", "checker2"):
            names = ("home", "custody:list", "runs:list", "egress:list")
            found += [(staff(role), reverse(name)) for name in names]
        found += [
            (staff("custodian"), f"{reverse('custody:list')}?kind={kind}") for kind in ("people", "data", "workflows")
        ]
        kinds = (ProjectAcceptance, MemberAcceptance, DataGrant, WorkflowApproval)
        found += [(staff("custodian"), kind.objects.for_tre(CENTRE.id).first().get_absolute_url()) for kind in kinds]
        found += [(staff("approver"), each.get_absolute_url()) for each in (self.run, self.waiting)]
        found += [(staff("checker2"), self.egress.get_absolute_url()), (staff("operator"), reverse("custody:locate"))]
        file = OutputFile.objects.filter(egress=self.egress, port="counts").first()
        found.append((staff("checker2"), reverse("egress:show", args=[file.pk])))
        for model in admin.site._registry:
            if model._meta.app_label in ("runs", "egress", "custody"):
                found.append(
                    (staff("admin"), reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
                )
            elif model._meta.app_label in ("projects", "submissions", "researchers", "datasets"):
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
                found.append(("admin@hub.example", reverse(name)))
        return found


def queries(pages) -> dict[tuple[str, str], int]:
    counted = {}
    for who, address in pages:
        client = Client()
        client.force_login(User.objects.get(email=who), backend=settings.AUTHENTICATION_BACKENDS[0])
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = client.get(address)
        assert response.status_code == 200, (who, address, response.status_code)
        counted[who, address] = len(captured)
    return counted


def test_no_page_asks_more_often_when_there_is_more_to_show(federation, executor, tmp_path):
    world = World(tmp_path)
    pages = world.pages()
    with triggers.lifted(connection):
        world.grow(3)
    few = queries(pages)
    with triggers.lifted(connection):
        world.grow(300)
    many = queries(pages)
    grown = {page: (few[page], many[page]) for page in pages if many[page] > few[page]}
    assert grown == {}
    assert {page: asked for page, asked in many.items() if asked >= 60} == {}
    assert Attempt.objects.count() >= 300
    assert Membership.objects.count() >= 600
    assert Submission.objects.count() >= 300
    assert Run.objects.count() >= 600
