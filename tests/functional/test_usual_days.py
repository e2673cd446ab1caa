"""How long a secure data centre usually takes to answer: told beside what it promises, where there were enough answers."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from apps.hub.datasets.models import WorkflowVersion
from apps.hub.projects.models import Project
from apps.hub.submissions import actions as submissions
from apps.hub.submissions import said
from apps.hub.submissions.models import Request, Submission
from apps.node.runs import actions as runs
from tests.functional.federation import CENTRE, person, received, staff, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = timezone.datetime(2026, 11, 16, 10, tzinfo=timezone.get_current_timezone())
NOW = MONDAY + timedelta(days=10)


@pytest.fixture
def now(federation, time_machine):
    """A day whose weekends and bank holidays are known, after the centres told their policies."""
    work_until_done()
    time_machine.move_to(NOW)


def answered(days_after: list[int], *, sent=MONDAY) -> None:
    """Requests to the TRE, each answered so many days after it was sent."""
    project, version = Project.objects.get(code="ASTHMA-24"), WorkflowVersion.objects.first()
    for days in days_after:
        submission = Submission.objects.create(
            project=project, by=project.lead, workflow_version=version, file_name="x.zip", size=1
        )
        again = Request.objects.create(submission=submission, tre_id=CENTRE.id)
        Request.objects.filter(pk=again.pk).update(created_at=sent, decided_at=sent + timedelta(days=days))


def of_centre() -> int | None:
    return said.of_requests(Project.objects.get(code="ASTHMA-24"))[CENTRE.id].usual


def page(client) -> str:
    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.get(Project.objects.get(code="ASTHMA-24").get_absolute_url()).content.decode()


def test_the_first_decision_is_kept_and_no_later_one(federation, executor, tmp_path):
    run = received(tmp_path)
    asked = Request.objects.get()
    assert (asked.state, asked.decided_at) == ("awaiting_approval", None)
    runs.send_back(run=run, by=staff("approver"), reason="Which years?", declared=True)
    work_until_done()
    first = Request.objects.get().decided_at
    assert first >= asked.created_at
    submissions.answer(request=Request.objects.get(), by=person("ada@northgate.example"), answer="2023.")
    work_until_done()
    runs.refuse(run=type(run).objects.get(pk=run.pk), by=staff("approver"), reason="Too old.", declared=True)
    work_until_done()
    assert (Request.objects.get().state, Request.objects.get().decided_at) == ("refused", first)
    Request.objects.update(decided_at=None)
    module = importlib.import_module("apps.hub.submissions.migrations.0005_decided_at")
    module.first_decisions(apps, None)
    assert abs(Request.objects.get().decided_at - first) < timedelta(minutes=1)


def test_it_is_told_from_ten_answers_of_the_last_year_on(now, client):
    answered([1] * 20, sent=NOW - timedelta(days=370))
    answered([1, 1, 1, 1, 4, 7, 7, 7, 7])
    assert of_centre() is None
    assert "half of its answers" not in page(client)
    answered([7])
    assert of_centre() == 4
    told = page(client)
    assert "In the last year half of its answers or more came within 4 working days." in told
    assert told.index("It promises an answer within") < told.index("half of its answers")


@pytest.mark.parametrize(("after", "sentence"), [(0, "came on the same working day."), (1, "within 1 working day.")])
def test_a_quick_centre_is_told_of_in_words(now, client, after, sentence):
    answered([after] * 10)
    assert sentence in page(client)


def test_the_middle_is_of_working_days_and_one_query_tells_of_any_number(now, django_assert_num_queries):
    answered([7] * 10)
    project = Project.objects.get(code="ASTHMA-24")
    with django_assert_num_queries(1):
        assert said.of_requests(project)[CENTRE.id].usual == 5
    answered([3] * 300, sent=MONDAY + timedelta(days=4))  # Friday to Monday is one working day
    with django_assert_num_queries(1):
        assert said.of_requests(project)[CENTRE.id].usual == 1
