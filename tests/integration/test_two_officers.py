"""Two accreditation officers decide on one person at the same moment: one decision stands, the other officer is told so.

PostgreSQL only: SQLite lets one writer in at a time.
"""

import pytest

from apps.core.workflow.models import SignOff
from apps.hub.researchers import actions
from apps.hub.researchers import evidence_actions as evidence
from tests.functional.researchers.papers import fresh, handed_in, in_days, publish, today
from tests.integration.test_pairs import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_exactly_one_of_two_officers_decides(person):
    first, second = person("officer", "accreditation_officer"), person("deputy", "accreditation_officer")
    publish(first)
    decisions = {
        "approved": lambda it: actions.approve(accreditation=it, by=first, reason="All there.", until=in_days(300)),
        "rejected": lambda it: actions.reject(accreditation=it, by=second, reason="Not enough."),
        "returned": lambda it: actions.send_back(accreditation=it, by=second, reason="What of the course?"),
        "approved by another": lambda it: actions.approve(
            accreditation=it, by=second, reason="All there.", until=in_days(200)
        ),
    }
    for number, other in enumerate(["rejected", "returned", "approved by another"] * 2):
        accreditation = handed_in(person(f"mira{number}", "researcher"))
        evidence.note_identity(accreditation=accreditation, by=first, how="Her passport.", on=today())
        ended = race(decisions["approved"], decisions[other], accreditation)
        assert sorted(ended) == ["WrongState", "done"], other
        decided = SignOff.objects.get(subject_id=accreditation.pk)
        assert fresh(accreditation).state == decided.verb.removeprefix("accreditation.")
