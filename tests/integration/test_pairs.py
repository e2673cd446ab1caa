"""Each pair of acts that share a row, at the same moment: it ends as if one had come after the other, never otherwise.

What the two orders come to is found by trying both on rows of their own; then the two race, and the end must be one of
the two. PostgreSQL only: SQLite lets one writer in at a time.
"""

import itertools
import threading
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.core.accounts.models import RoleGrant
from apps.core.audit import triggers
from apps.core.audit.act import act
from apps.core.audit.models import Event, Opening
from apps.core.errors import Problem
from apps.core.outbox.registry import TryLater
from apps.core.panels import actions as panels
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Round
from apps.hub.projects import actions as projects
from apps.hub.projects import panel_actions
from apps.hub.projects.models import Project
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Request, Submission
from apps.node.custody import actions as custody
from apps.node.custody import deciding, own_panel, policy
from apps.node.custody.models import AgreementPolicy, DataGrant, MemberAcceptance, ProjectAcceptance
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.executors.contract import Snapshot, State
from apps.node.runs import actions as runs
from apps.node.runs import tasks
from apps.node.runs.models import Attempt, Run
from tests.functional.federation import CENTRE, asked_here, person, received, sign_off, staff, voted, work_until_done
from tests.functional.test_own_panel import equipped, proposed
from tests.functional.test_query_counts import clones

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WHY = {"reason": "x"}


def take(function, thing) -> str:
    """Do it; how it ended, for the one who did it. Anything but a Problem is a fault of ours."""
    try:
        function(type(thing).objects.get(pk=thing.pk))
    except (Problem, TryLater) as problem:
        return type(problem).__name__
    return "done"


def race(first, second, thing) -> list[str]:
    """Both at once, each on a connection of its own."""
    together, ended, faults = threading.Barrier(2), [], []

    def run(function):
        try:
            together.wait(10)
            ended.append(take(function, thing))
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(function,)) for function in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(ended) == 2, "one of the two never ended"
    return ended


def told(thing, related=()) -> tuple:
    """Where a thing stands, and how often the log says what of it."""
    now = type(thing).objects.get(pk=thing.pk)
    verbs = Counter(Opening.objects.filter(subject_id=thing.pk).values_list("verb", flat=True))
    return now.state, bool(getattr(now, "held_at", None)), tuple(sorted(verbs.items())), tuple(f(now) for f in related)


def check_pairs(acts: dict, fresh, related=()) -> None:
    """Every pair of `acts` (also one with itself), on things that `fresh()` makes all alike."""
    wrong = {}
    for (one, first), (other, second) in itertools.combinations_with_replacement(acts.items(), 2):
        orders = []
        for before, after in ((first, second), (second, first)):
            thing = fresh()
            take(before, thing)
            take(after, thing)
            orders.append(told(thing, related))
        thing = fresh()
        race(first, second, thing)
        if told(thing, related) not in orders:
            wrong[one, other] = (told(thing, related), orders)
    assert wrong == {}
    for side in Event.objects.values_list("side", flat=True).distinct():
        numbers = list(Event.objects.filter(side=side).order_by("sequence").values_list("sequence", flat=True))
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def alike(row, **changed):
    """A function that makes one more row like `row`."""

    def fresh():
        with triggers.lifted(connection):
            return clones(row, 1, **changed)[0]

    return fresh


@pytest.fixture
def second_approver(federation):
    RoleGrant.objects.create(user=staff("operator"), role="run_approver", side=CENTRE.id)


def test_acts_on_a_run_that_awaits_its_sign_off(federation, executor, tmp_path, second_approver):
    run = received(tmp_path)
    answer = {"reason": "x", "declared": True}
    document = lambda run: SimpleNamespace(  # noqa: E731
        side=CENTRE.id, peer=UUID(settings.HUB_ID), body={"request": str(run.request), "answer": "x"}
    )

    def obey(run):
        with act():
            runs.obey_stop(document=document(run))

    acts = {
        "sign off": lambda run: runs.sign_off(run=run, by=staff("approver"), **answer),
        "sign off by another": lambda run: runs.sign_off(run=run, by=staff("operator"), **answer),
        "send back": lambda run: runs.send_back(run=run, by=staff("approver"), **answer),
        "refuse": lambda run: runs.refuse(run=run, by=staff("approver"), **answer),
        "stop": lambda run: runs.stop(run=run, by=staff("checker1"), **WHY),
        "hold": lambda run: runs.put_on_hold(run=run, by=staff("checker2"), **WHY),
        "taken back": obey,
        "look again": lambda run: runs.reconsider(CENTRE.id),
    }
    check_pairs(acts, alike(run, request=lambda number: uuid4()))


def test_acts_on_a_run_that_runs(federation, executor, tmp_path, monkeypatch):
    executor.snapshot = Snapshot(State.RUNNING, "running")
    run = sign_off(received(tmp_path))
    tasks.dispatch(str(run.pk))
    run = Run.objects.get(pk=run.pk)
    assert run.state == "queued"
    again = alike(run, request=lambda number: uuid4())

    def fresh():
        thing = again()
        Attempt.objects.create(id=uuid4(), run=thing, number=1, backend_reference=str(thing.pk))
        return thing

    def ends(state):
        def end(run):
            attempt = run.attempts.get()
            tasks.finish(str(run.pk), attempt, Snapshot(state, "x"))

        return end

    acts = {
        "cancel": lambda run: runs.cancel(run=run, by=staff("checker1"), **WHY),
        "hold": lambda run: runs.put_on_hold(run=run, by=staff("checker2"), **WHY),
        "seen running": lambda run: tasks.note_running(str(run.pk), Snapshot(State.RUNNING, "x")),
        "succeeds": ends(State.COMPLETE),
        "fails": ends(State.FAILED),
    }
    check_pairs(acts, fresh, related=[lambda run: run.attempts.filter(ended_at=None).count()])


def test_two_workers_dispatch_one_run(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    again = alike(run, request=lambda number: uuid4())
    acts = {
        "dispatch": lambda run: tasks.intend(str(run.pk)),
        "stop": lambda run: runs.stop(run=run, by=staff("checker1"), **WHY),
        "hold": lambda run: runs.put_on_hold(run=run, by=staff("checker2"), **WHY),
    }
    check_pairs(acts, again, related=[lambda run: run.attempts.count()])


def test_acts_on_outputs_under_review(federation, executor, tmp_path):
    run = sign_off(received(tmp_path))
    work_until_done()
    asked = EgressRequest.objects.get(run=run)
    again = alike(run, request=lambda number: uuid4())

    def fresh():
        mine = again()
        with triggers.lifted(connection):
            made = clones(asked, 1, run_id=lambda number: mine.pk)[0]
            for file in asked.files.all():
                clones(file, 1, egress_id=lambda number: made.pk)
        return made

    def review(checker, refuse=False):
        def vote(request):
            votes = {
                str(file.pk): {"approves": not refuse, "reason_code": "small_numbers" * refuse, "comment": "x"}
                for file in request.files.all()
            }
            egress.review(egressrequest=request, by=staff(checker), votes=votes, declared=True)

        return vote

    acts = {
        "one checker": review("checker1"),
        "the other": review("checker2", refuse=True),
        "stop the run": lambda request: runs.put_on_hold(run=request.run, by=staff("custodian"), **WHY),
        "release": lambda request: egress.release(egressrequest=request, by=staff("checker1"), note=""),
        "withhold": lambda request: egress.send_back(egressrequest=request, by=staff("checker2"), **WHY),
    }
    check_pairs(acts, fresh, related=[lambda request: bool(Run.objects.get(pk=request.run_id).held_at)])


def test_acts_on_a_request_at_the_hub(federation, executor, tmp_path):
    run = received(tmp_path)
    work_until_done()
    asked = Request.objects.get(pk=run.request)
    submission = asked.submission

    def fresh():
        with triggers.lifted(connection):
            mine = clones(submission, 1)[0]
            return clones(asked, 1, submission_id=lambda number: mine.pk)[0]

    def hears(word, number):
        def hear(request):
            body = {"request": str(request.pk), "number": number, "state": word, "fault": "", "reason": ""}
            with act():
                submissions.hear(document=SimpleNamespace(peer=request.tre_id, body=body))

        return hear

    following = asked.last_number + 1
    acts = {
        "withdraw": lambda request: submissions.withdraw(request=request, by=person("ada@northgate.example"), **WHY),
        "queued": hears("queued", following),
        "refused": hears("refused", following),
        "running": hears("running", following + 1),
    }
    submission_state = lambda request: Submission.objects.get(pk=request.submission_id).state  # noqa: E731
    check_pairs(acts, fresh, related=[submission_state])


def test_acts_on_a_project_in_review(federation):
    one = Project.objects.get(code="ASTHMA-25")
    numbers = itertools.count()
    chair, officer = "chair@hub.example", "officer@hub.example"
    again = alike(one, code=lambda number: f"R-{next(numbers)}")
    last_two = ("lay", "lay2")

    def fresh():
        """In review, and only the lay members have not voted."""
        project = again()
        with act():
            panels.open_round(panel=project.panel, subject=project, by=person("coordinator@hub.example"))
        voted(project, members=("chair", "expert", "caretaker"))
        for name in last_two:
            panels.declare(round=Round.objects.of(project)[0], by=person(f"{name}@hub.example"), kind="none")
        return project

    def vote(name, choice):
        def cast(project):
            round = Round.objects.of(project)[0]
            panels.vote(round=round, by=person(f"{name}@hub.example"), choice=choice, reason="x")

        return cast

    def conflict(project):
        panels.declare(round=Round.objects.of(project)[0], by=person("lay@hub.example"), kind="personal", words="x")

    acts = {
        "lay member votes": vote("lay", "approve"),
        "the other lay member votes": vote("lay2", "refuse"),
        "lay member declares a conflict": conflict,
        "approve": lambda project: panel_actions.approve(project=project, by=person(chair), **WHY),
        "withdraw": lambda project: projects.withdraw(project=project, by=project.lead, **WHY),
        "suspend": lambda project: projects.suspend(project=project, by=person(officer), **WHY),
    }

    def counts(project):
        deliberation = Deliberation(Round.objects.of(project)[0], project)
        return (
            len(deliberation.all_votes),
            len(deliberation.declarations),
            str(sorted(deliberation.outcome.counts.items())),
        )

    check_pairs(acts, fresh, related=[counts])


@pytest.mark.parametrize("model", [ProjectAcceptance, DataGrant])
def test_acts_on_what_a_tre_accepts(model, federation, executor, tmp_path):
    run = received(tmp_path)
    assert run.state == "awaiting_sign_off"
    row = model.objects.for_tre(CENTRE.id).first()
    fresh = alike(row, **{"project": lambda number: uuid4()})
    until = timezone.localdate() + timedelta(days=9)
    noun, again, no = (
        ("projectacceptance", custody.offer_project_again, custody.end_project)
        if model is ProjectAcceptance
        else ("datagrant", custody.request_grant_again, custody.revoke_grant)
    )
    yes = custody.accept_project if model is ProjectAcceptance else custody.grant
    acts = {
        "no": lambda row: no(**{noun: row}, by=staff("operator"), **WHY),
        "again": lambda row: again(**{noun: row}, by=staff("operator"), **WHY),
        "yes": lambda row: yes(**{noun: row}, by=staff("custodian"), until=until, **WHY),
        "look again": lambda row: custody.changed(str(CENTRE.id)),
    }
    check_pairs(acts, fresh)


def test_acts_on_a_person_whom_a_custodian_may_take_to_the_panel(federation):
    """Who is before the panel is not accepted by a custodian alone, also where both happen at once."""
    own = equipped(proposed())
    own_panel.confirm(ownpanel=own, by=staff("custodian"), reason="Yes.")
    row = asked_here(MemberAcceptance).order_by("name")[0]
    custody.end_member(memberacceptance=row, by=staff("operator"), **WHY)
    custody.offer_member_again(memberacceptance=row, by=staff("operator"), **WHY)
    fresh = alike(MemberAcceptance.objects.get(pk=row.pk), member=lambda number: uuid4())
    until = timezone.localdate() + timedelta(days=9)

    def renew(row):
        facts = {"id": str(row.member), "name": row.name, "orcid": row.orcid, "email_hashes": row.email_hashes}
        facts |= {"accredited_until": until.isoformat(), "accreditation_sha256": "0" * 64}
        custody.propose_member(tre=row.tre, by="portal", project=row.project, member=facts, email_key=row.email_key)

    def ask_something_else(row):
        asked = [{"title": str(uuid4()), "sentence": "You did.", "evidence": False}]
        kept = AgreementPolicy.objects.get(pk=CENTRE.id)
        policy.publish(policy=kept, by=staff("custodian"), requirements=asked)

    def votes(row):
        return tuple(sorted((each.state, each.content_sha256 == row.shown_sha256()) for each in Round.objects.of(row)))

    take_there = lambda row: deciding.take_to_panel(memberacceptance=row, by=staff("custodian"))  # noqa: E731
    alone = lambda row: custody.accept_member(memberacceptance=row, by=staff("custodian"), until=until, **WHY)  # noqa: E731
    check_pairs({"take": take_there, "accept alone": alone, "newer evidence": renew}, fresh, related=[votes])
    check_pairs({"take": take_there, "other requirements": ask_something_else}, fresh)


def test_a_sign_off_against_the_end_of_what_it_relies_on(federation, executor, tmp_path):
    """The acceptance ends while the run is signed off: the run is signed off before, or held after; never a deadlock."""
    run = received(tmp_path)
    acceptance = ProjectAcceptance.objects.for_tre(CENTRE.id).get(project=run.project)
    for _round in range(6):
        mine = alike(run, request=lambda number: uuid4())()
        race(
            lambda run: runs.sign_off(run=run, by=staff("approver"), reason="x", declared=True),
            lambda run: custody.end_project(
                projectacceptance=ProjectAcceptance.objects.get(pk=acceptance.pk), by=staff("operator"), **WHY
            ),
            mine,
        )
        after = Run.objects.get(pk=mine.pk)
        assert after.state == "signed_off" or after.held_at
        if after.state == "signed_off":
            assert tasks.intend(str(after.pk)) is None, "what lapsed holds it at the next gate"
            assert Run.objects.get(pk=mine.pk).held_at
        custody.offer_project_again(projectacceptance=acceptance, by=staff("operator"), **WHY)
        until = timezone.localdate() + timedelta(days=9)
        custody.accept_project(projectacceptance=acceptance, by=staff("custodian"), until=until, **WHY)
