"""Whatever the order of acts and days: nothing is approved against the rule of its panel, by its own people, or on another text.

What must hold is told anew from the rows, in another way than the product does.
"""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.core.accounts.models import User
from apps.core.errors import Problem
from apps.core.panels import actions as panels
from apps.core.panels import condition_actions as conditions
from apps.core.panels import seat_actions as seats
from apps.core.panels.models import Condition, Decision, Panel, Round, Seat, Vote
from apps.core.workflow.models import SignOff
from apps.hub.datasets.models import WorkflowVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects import panel_actions
from apps.hub.projects.application_models import Amendment, ProjectVersion
from apps.hub.projects.models import Membership, Project
from apps.hub.researchers import actions as researchers
from apps.hub.researchers import tasks
from apps.hub.researchers.models import Accreditation, Evidence, Organisation, Requirement
from apps.hub.submissions import eligibility
from apps.tools.federation.accounts import seed_people
from apps.tools.federation.application import answers_for, apply_for, write_sections
from apps.tools.federation.catalogue import seed_dataset, seed_workflow
from apps.tools.federation.centres import seed_centre
from apps.tools.federation.panel import seed_panel
from apps.tools.federation.people import CENTRES
from apps.tools.federation.researchers import seed_researchers
from tests.functional.federation import PANEL, person

CODE = "MACHINE-26"
LEAD, MEMBER, OTHER, OFFICER = "ada@northgate", "cleo@northgate", "bo@northgate", "officer@hub"
VOTERS = tuple(f"{name}@hub" for name in PANEL)
EVERYBODY = (*VOTERS, "coordinator@hub", "admin@hub", LEAD, MEMBER, OTHER, OFFICER)
ANYONE = strategies.sampled_from(EVERYBODY)
# Mostly whose part it is, so that walks get far; sometimes anybody.
CHAIRS = strategies.one_of(strategies.just("chair@hub"), strategies.just("chair@hub"), ANYONE)
KEEPERS = strategies.one_of(strategies.just("coordinator@hub"), strategies.just("coordinator@hub"), ANYONE)
SECONDS = strategies.one_of(strategies.just("admin@hub"), strategies.just("admin@hub"), ANYONE)
LEADS = strategies.one_of(strategies.none(), strategies.none(), strategies.none(), ANYONE)
CHOICES = strategies.sampled_from(Vote.Choice.values)
LIKELY = strategies.sampled_from(["approve", "approve", "approve", "conditions", "refuse", "changes"])
YES = ("approve", "conditions")
SMALL = ("people", "lead", "extension")
KINDS = strategies.sampled_from([*SMALL, "text"])


def of(name) -> User:
    return person(f"{name}.example")


def named_on(project) -> set:
    """Its lead, and who is named on it, approved or not yet; of who sits on a panel, whoever said yes herself."""
    rows = Membership.objects.filter(project=project, state__in=["proposed", "approved"])
    seated = set(Seat.objects.held().values_list("user", flat=True))
    agreed = set(SignOff.objects.filter(verb="membership.agreed").values_list("subject_id", flat=True))
    bound = [each for each in rows if each.state == "approved" or each.pk in agreed or each.user_id not in seated]
    return {project.lead_id, *(each.user_id for each in bound)}


def ties(project, amendment=None) -> set:
    """Everybody who may not vote: of the project, its team, its organisation, or named in the amendment."""
    found = named_on(project)
    if amendment is not None:
        asked = {*amendment.changes.get("people", []), amendment.changes.get("lead")}
        found |= {user.pk for user in User.objects.all() if str(user.pk) in asked}
    teams = Membership.objects.filter(user__in=named_on(project), state="approved").exclude(project=project)
    mates = Membership.objects.filter(project__in=[each.project_id for each in teams], state="approved")
    found |= {each.user_id for each in mates}
    colleagues = Accreditation.objects.filter(organisation=project.organisation)
    return found | {each.user_id for each in colleagues}


def counted(round, barred) -> list[Vote]:
    """The votes that may count now: newest of each seat that was held when it opened, declared before, of nobody barred or away."""
    said = list(round.declarations.all())
    held = [each.seat for each in round.round_seats.select_related("seat")]
    sitting = {each.pk for each in Seat.objects.sitting()}
    heard = {each.seat_id for each in round.votes.all()}
    away = {each.seat_id for each in round.absences.all()}
    last = {each.by_id: each.kind for each in said}
    silent = {
        seat.pk
        for seat in held
        if seat.pk in away
        or (seat.pk not in sitting and seat.pk not in heard)
        or seat.user_id in barred
        or last.get(seat.user_id, "none") != "none"
    }
    found = []
    for seat in held:
        principal = next((each for each in held if each.pk == seat.deputy_of_id), None)
        votes = [each for each in round.votes.all() if each.seat_id == seat.pk]
        if seat.pk in silent or not votes or (principal is not None and principal.pk not in silent):
            continue
        vote = votes[-1]
        mine = [each for each in said if each.by_id == vote.by_id]
        before = [each for each in mine if each.at < vote.at]
        after = [each for each in mine if each.at >= vote.at]
        if before and before[-1].kind == "none" and all(each.kind == "none" for each in after):
            found.append(vote)
    return found


def check_votes_carry(decision, round, barred) -> None:
    """Quorum, lay members, organisations and majority of an approval."""
    rule, votes = round.rule, [each for each in counted(round, barred) if each.choice != "abstain"]
    assert all(each.content_sha256 == round.content_sha256 for each in votes)
    assert len(votes) >= rule.quorum
    assert sum(each.seat.kind == "lay" for each in votes) >= rule.least_lay
    lay_from = {each.seat.population.lower() for each in votes if each.seat.kind == "lay"}
    assert {each.lower() for each in rule.lay_populations.split("\n") if each} <= lay_from
    assert len({each.seat.organisation.lower() for each in votes} - {""}) >= rule.least_organisations
    yes = sum(each.choice in YES for each in votes)
    no = len(votes) - yes
    chairs = [
        each for each in votes if (each.by_id == round.presided_by_id if round.presided_by_id else each.seat.is_chair)
    ]
    tie_broken = rule.chair_breaks_ties and yes == no and any(each.choice in YES for each in chairs)
    carries = {"simple": yes > no or tie_broken, "two_thirds": yes >= 2 * no and yes, "all": yes and not no}
    assert carries[rule.majority], (rule.majority, yes, no)


class Portal(RuleBasedStateMachine):
    """Everybody tries anything at any time. What is refused changes nothing; anything but a refusal is a fault."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.clock = time_machine.travel(timezone.now(), tick=True)
        self.clock.start()
        self.checked, self.lawful, self.state, self.tied, self.seated = set(), set(), "", set(), {}

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @property
    def project(self) -> Project:
        return Project.objects.get(code=CODE)

    @property
    def amendment(self) -> Amendment | None:
        return Amendment.objects.filter(project=self.project).order_by("-created_at").first()

    def attempt(self, function, **arguments) -> bool:
        try:
            function(**arguments)
        except Problem:
            return False
        return True

    def lead(self, instead=None) -> User:
        return of(instead) if instead else self.project.lead

    def rounds(self) -> list[Round]:
        """The newest about the project, and about its amendment."""
        subjects = [each.pk for each in (self.project, self.amendment) if each is not None]
        newest = [Round.objects.filter(subject_id=pk).order_by("-created_at").first() for pk in subjects]
        return [each for each in newest if each is not None]

    @initialize(
        majority=strategies.sampled_from(["simple", "two_thirds", "all"]),
        quorum=strategies.integers(1, 4),
        least_lay=strategies.integers(0, 2),
        least_organisations=strategies.integers(0, 3),
        ties=strategies.booleans(),
        small=strategies.booleans(),
        populations=strategies.sampled_from(["", "", "Hillfoot", "hillfoot\nSaltmarsh"]),
    )
    def begin(self, majority, quorum, least_lay, least_organisations, ties, small, populations):
        panel = self.project.panel
        numbers = {"quorum": quorum, "least_lay": least_lay, "least_organisations": least_organisations}
        numbers |= {"majority": majority, "chair_breaks_ties": ties, "chair_decides_small": small}
        numbers |= {"lay_populations": populations}
        made = seats.propose_rule(panel=panel, by=of("coordinator@hub"), reason="x", **numbers)
        seats.confirm_rule(panelrule=made, by=of("admin@hub"), reason="x")
        panel_actions.take_up(project=self.project, by=of("coordinator@hub"))

    @rule(who=ANYONE, kind=strategies.sampled_from(["none", "none", "personal"]), which=strategies.integers(0, 1))
    def declare(self, who, kind, which):
        for round in self.rounds()[which:]:
            self.attempt(panels.declare, round=round, by=of(who), kind=kind)

    @rule(who=ANYONE, choice=CHOICES, which=strategies.integers(0, 1))
    def vote(self, who, choice, which):
        told = {"choice": choice, "reason": "x", "conditions": "Say who pays." if choice == "conditions" else ""}
        for round in self.rounds()[which:]:
            self.attempt(panels.vote, round=round, by=of(who), **told)

    @rule(choices=strategies.lists(CHOICES, min_size=5, max_size=5))
    def many_vote(self, choices):
        for who, choice in zip(VOTERS, choices, strict=True):
            self.declare(who, "none", 0)
            self.vote(who, choice, 0)

    @rule(choice=LIKELY, one_other=CHOICES, by=CHAIRS)
    def a_vote_is_held(self, choice, one_other, by):
        """From wherever it stands: handed in, taken up, voted on by all and confirmed."""
        self.hand_in(None)
        self.take_up("coordinator@hub")
        self.hear_appeal("coordinator@hub", "expert@hub")
        self.vote_again("coordinator@hub")
        self.many_vote([one_other] + [choice] * 4)
        verb = {"refuse": "reject", "changes": "send_back"}.get(choice, "approve")
        self.confirm(by, verb, choice == "conditions")

    @rule(choice=LIKELY)
    def a_vote_is_held_as_usual(self, choice):
        self.a_vote_is_held(choice, choice, "chair@hub")

    @rule(kind=KINDS, who=ANYONE, days=strategies.integers(1, 900), choice=LIKELY)
    def it_is_amended_as_usual(self, kind, who, days, choice):
        self.amend(None, kind, who, days)
        self.a_vote_is_held_as_usual(choice)

    @rule(who=ANYONE)
    def the_decision_is_contested(self, who):
        self.appeal(None)
        self.revoke(who)

    @rule(who=ANYONE)
    def say_absent(self, who):
        for round in self.rounds():
            self.attempt(panels.say_absent, round=round, by=of(who))

    @rule(by=KEEPERS, who=ANYONE)
    def name_presiding(self, by, who):
        for round in self.rounds():
            self.attempt(panels.name_presiding, round=round, by=of(by), user=of(who), reason="x")

    @rule(by=CHAIRS)
    def close(self, by):
        for round in self.rounds():
            self.attempt(panels.close, round=round, by=of(by))

    @rule(by=CHAIRS, verb=strategies.sampled_from(["approve", "send_back", "reject"]), held=strategies.booleans())
    def confirm(self, by, verb, held):
        due = timezone.localdate() + timedelta(days=5)
        held = {"conditions": ["Say who pays."], "due": due} if held and verb == "approve" else {}
        if self.amendment is not None and verb != "send_back":
            self.attempt(getattr(amendments, verb), amendment=self.amendment, by=of(by), reason="x", **held)
        self.look()
        self.attempt(getattr(panel_actions, verb), project=self.project, by=of(by), reason="x", **held)

    @rule(by=KEEPERS)
    def vote_again(self, by):
        self.attempt(panel_actions.vote_again, project=self.project, by=of(by))
        if self.amendment is not None:
            self.attempt(amendments.vote_again, amendment=self.amendment, by=of(by))

    @rule(by=ANYONE)
    def revoke(self, by):
        self.attempt(panel_actions.revoke_decision, project=self.project, by=of(by), reason="x")

    @rule(by=LEADS)
    def appeal(self, by):
        self.attempt(panel_actions.appeal, project=self.project, by=self.lead(by), reason="x")

    @rule(by=KEEPERS, presiding=strategies.sampled_from([None, *VOTERS]))
    def hear_appeal(self, by, presiding):
        chair = of(presiding) if presiding else None
        hearing = {"panel": self.project.panel, "presiding": chair, "reason": "x"}
        self.attempt(panel_actions.hear_appeal, project=self.project, by=of(by), **hearing)

    @rule(by=LEADS, words=strategies.sampled_from(["People with asthma.", "Everybody.", "Nobody yet."]))
    def change_the_text(self, by, words):
        project = self.project
        versions = list(project.dataset_versions.all())
        answers = answers_for(project, versions, project.until, who_benefits=words)
        self.attempt(write_sections, project=project, by=self.lead(by), answers=answers, only=("benefit",))

    @rule(by=LEADS)
    def hand_in(self, by):
        self.attempt(projects.submit, project=self.project, by=self.lead(by))

    @rule(by=KEEPERS)
    def take_up(self, by):
        self.attempt(panel_actions.take_up, project=self.project, by=of(by))

    @rule(by=LEADS, kind=KINDS, who=ANYONE, days=strategies.integers(1, 900))
    def amend(self, by, kind, who, days):
        project = self.project
        until = project.until + timedelta(days=days)
        changes = {"text": {"purpose": f"Count anew, {days}."}, "extension": {"until": until.isoformat()}}
        changes |= {"people": {"people": [str(of(who).pk)]}, "lead": {"lead": str(of(who).pk)}}
        lead = self.lead(by)
        if self.attempt(amendments.ask, project=project, by=lead, kind=kind, reason="x", changes=changes[kind]):
            self.attempt(amendments.hand_in, amendment=self.amendment, by=lead)

    @rule(
        by=KEEPERS,
        second=SECONDS,
        who=strategies.sampled_from(VOTERS),
        verb=strategies.sampled_from(["confirm_end", "confirm_end", "keep_seat", "give_up_seat"]),
    )
    def end_a_seat(self, by, second, who, verb):
        for seat in Seat.objects.filter(user=of(who), state="held"):
            self.attempt(seats.propose_end, seat=seat, by=of(by), reason="x")
        for seat in Seat.objects.filter(user=of(who), state="ending"):
            self.attempt(getattr(seats, verb), seat=seat, by=of(second), reason="x")

    @rule(
        by=KEEPERS,
        who=ANYONE,
        kind=strategies.sampled_from(Seat.Kind.values),
        more=strategies.sampled_from(["", "chair", "deputy"]),
        second=SECONDS,
        verb=strategies.sampled_from(["confirm_seat", "confirm_seat", "refuse_seat"]),
    )
    def give_a_seat(self, by, who, kind, more, second, verb):
        principal = Seat.objects.filter(state="held").first() if more == "deputy" else None
        place = {"kind": kind, "organisation": "Elsewhere", "is_chair": more == "chair" and kind != "coordinator"}
        panel = self.project.panel
        self.attempt(seats.propose_seat, panel=panel, by=of(by), user=of(who), deputy_of=principal, **place)
        for seat in Seat.objects.filter(state="proposed"):
            self.attempt(getattr(seats, verb), seat=seat, by=of(second), reason="x")

    @rule(by=LEADS, who=ANYONE)
    def name_a_member(self, by, who):
        self.attempt(projects.propose_member, project=self.project, by=self.lead(by), email=of(who))

    @rule(by=ANYONE)
    def agree_to_join(self, by):
        for each in self.project.memberships.filter(user=of(by)):
            self.attempt(projects.agree_to_join, membership=each, by=of(by))

    @rule(by=ANYONE, verb=strategies.sampled_from(["approve_member", "refuse", "end"]))
    def decide_on_members(self, by, verb):
        for each in self.project.memberships.exclude(user=of(LEAD)):
            self.attempt(getattr(projects, verb), membership=each, by=of(by), reason="x")

    @rule(
        by=strategies.sampled_from([OFFICER, OFFICER, *EVERYBODY]),
        verb=strategies.sampled_from(["suspend", "reinstate"]),
    )
    def stop(self, by, verb):
        thing = Accreditation.objects.get(user=of(LEAD))
        self.attempt(getattr(researchers, verb), accreditation=thing, by=of(by), reason="x")

    @rule(by=CHAIRS, verb=strategies.sampled_from(["suspend", "reinstate", "ask_for_outcome"]))
    def stop_the_project(self, by, verb):
        told = {} if verb == "ask_for_outcome" else {"reason": "x"}
        self.attempt(getattr(projects, verb), project=self.project, by=of(by), **told)

    @rule(by=CHAIRS, verb=strategies.sampled_from(["give_evidence", "accept", "propose_waiver", "waive"]))
    def meet_conditions(self, by, verb):
        told = {"evidence": "We pay."} if verb == "give_evidence" else {"reason": "x"}
        for condition in Condition.objects.filter(subject_id=self.project.pk):
            by = LEAD if verb == "give_evidence" else by
            self.attempt(getattr(conditions, verb), condition=condition, by=of(by), **told)

    @rule(days=strategies.sampled_from([1, 6, 15, 30, 200]), worker=strategies.booleans())
    def days_go_by(self, days, worker):
        self.clock.stop()
        self.clock = time_machine.travel(timezone.now() + timedelta(days=days), tick=True)
        self.clock.start()
        if worker:
            panels.close_overdue()
            panel_actions.suspend_for_conditions()
            projects.expire_lapsed()
            tasks.expire_lapsed()

    @invariant()
    def look(self):
        """Each decision, at the moment at which it was made."""
        project = self.project
        self.each_decision_was_right(project)
        self.each_amendment_was_right(project)
        self.nobody_decided_on_her_own(project)
        if project.state == "approved":
            assert project.content_sha256() in self.lawful
        self.nobody_is_let_through(project)
        self.seats_are_by_two_and_rounds_keep_theirs()
        self.state, self.tied = project.state, named_on(project)

    def seats_are_by_two_and_rounds_keep_theirs(self):
        for seat in Seat.objects.filter(state__in=["held", "ending"], proposed_by__isnull=False):
            assert len({seat.proposed_by_id, seat.decided_by_id, seat.user_id}) == 3
        for round in Round.objects.all():
            seated = set(round.round_seats.values_list("seat", flat=True))
            assert self.seated.setdefault(round.pk, seated) == seated
            assert set(round.votes.values_list("seat", flat=True)) <= seated

    def each_decision_was_right(self, project):
        for decision in Decision.objects.select_related("round__rule").exclude(pk__in=self.checked):
            round = decision.round
            if round.subject_id == project.pk:
                barred = ties(project)
            else:
                barred = ties(project, Amendment.objects.get(pk=round.subject_id)) - (named_on(project) - self.tied)
                barred |= ties(project, Amendment.objects.get(pk=round.subject_id)) & self.tied
            if round.subject_id == project.pk and self.state == "under_appeal":
                earlier = Decision.objects.filter(round__subject_id=project.pk, round__is_appeal=False)
                earlier = [each for each in earlier if each.pk != decision.pk]
                before = {vote.by_id for each in earlier for vote in each.round.votes.all()}
                before |= {each.by_id for each in earlier}
                assert decision.by_id not in before, "Who decided before decided the appeal."
                barred |= before
            assert decision.by_id not in barred
            if decision.outcome in YES:
                check_votes_carry(decision, round, barred)
                if round.subject_id == project.pk:
                    version = ProjectVersion.objects.filter(project=project).order_by("-number").first()
                    assert round.content_sha256 == version.sha256, "A text was approved that nobody handed in."
                    self.lawful.add(version.sha256)
            self.checked.add(decision.pk)

    def each_amendment_was_right(self, project):
        for amendment in Amendment.objects.filter(state="approved").exclude(pk__in=self.checked):
            round = Round.objects.filter(subject_id=amendment.pk).order_by("-created_at").first()
            if round is None:
                assert amendment.kind in SMALL
                assert project.panel.rule_now().chair_decides_small
                assert SignOff.objects.get(subject_id=amendment.pk).by.has_hub_role("chair")
            else:
                assert round.decision.outcome in YES
            assert not Condition.objects.filter(subject_id=project.pk, state="overdue").exists()
            self.lawful.add(ProjectVersion.objects.filter(project=project).order_by("-number").first().sha256)
            self.checked.add(amendment.pk)

    def nobody_decided_on_her_own(self, project):
        things = [project.pk, *(each.pk for each in project.amendments.all())]
        stops = ("project.suspended",)
        made = SignOff.objects.filter(subject_id__in=things, by__isnull=False).exclude(pk__in=self.checked)
        for each in made.exclude(verb__in=stops):
            assert each.by_id not in self.tied, (each.verb, each.by)
            self.checked.add(each.pk)
        for vote in Vote.objects.filter(round__subject_id__in=things).exclude(pk__in=self.checked):
            assert vote.by_id not in self.tied
            self.checked.add(vote.pk)

    def nobody_is_let_through(self, project):
        """Eligibility says yes only where person, papers, membership and project hold today."""
        today, workflow = timezone.localdate(), WorkflowVersion.objects.get()
        for name in (LEAD, MEMBER):
            user = of(name)
            facts = {
                "requester": {"id": f"https://orcid.org/{user.orcid}", "name": user.name},
                "project": {"id": "", "name": CODE, "identifiers": [CODE]},
                "workflow": {"id": workflow.identifier, "name": "x"},
                "inputs": [],
            }
            if eligibility.reasons(facts, user):
                continue
            accreditation = Accreditation.objects.get(user=user)
            assert accreditation.state == "approved"
            assert accreditation.until >= today
            for asked in Requirement.objects.filter(required=True):
                papers = Evidence.objects.filter(accreditation=accreditation, requirement=asked, held_from__lte=today)
                assert [each for each in papers if each.until is None or each.until >= today], asked
            assert project.state == "approved"
            assert project.until >= today
            assert project.memberships.filter(user=user, state="approved").exists()
            assert Condition.objects.filter(subject_id=project.pk, state="overdue").count() == 0


@pytest.fixture
def handed_in(db, tmp_path):
    """One TRE, everybody of the hub, and an application that awaits its panel."""
    seed_people()
    seed_centre(CENTRES[0])
    seed_researchers()
    seed_workflow()
    version = seed_dataset(CENTRES[0], tmp_path / "data")
    seed_panel()
    organisation = Organisation.objects.get(name="Northgate University")
    told = {"panel": Panel.objects.get(), "organisation": organisation, "versions": [version]}
    project = apply_for(by=of(LEAD), code=CODE, title="Asthma, whatever the order", **told)
    projects.propose_member(project=project, by=of(LEAD), email=of(MEMBER))
    for membership in project.memberships.all():
        projects.approve_member(membership=membership, by=of(OFFICER), reason="x")
    projects.submit(project=project, by=of(LEAD))


def test_whatever_the_order_nothing_is_approved_against_the_rule(handed_in):
    quick = settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Portal, settings=quick)
