"""A standing sign-off: two say yes in advance, within bounds, until a day, for a number of runs; each use is checked twice."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from apps.core.accounts.models import RoleGrant
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.workflow.models import SignOff
from apps.core.workflow.steps import get
from apps.node.custody import actions as custody
from apps.node.custody.models import DataGrant, WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.egress.permissions import check_can_check
from apps.node.runs import bounds, standing, tasks
from apps.node.runs.forms import StandingForm
from apps.node.runs.models import Run, StandingSignOff, StandingUse
from apps.node.runs.safes import five_safes
from tests.functional.federation import (
    CENTRE,
    asked_here,
    in_advance,
    propose_in_advance,
    received,
    review,
    save,
    sign_off,
    staff,
    work_until_done,
)

pytestmark = pytest.mark.django_db(transaction=True)


def again(thing):
    return type(thing).objects.get(pk=thing.pk)


def enter(client, role):
    client.force_login(staff(role), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(client, address) -> str:
    return client.get(address).content.decode()


def test_a_run_within_the_bounds_starts_under_both_names_and_the_crate_says_so(federation, executor, tmp_path, client):
    yes = in_advance()
    run = again(received(tmp_path))
    assert run.state == "succeeded"
    signed = SignOff.objects.filter(subject_id=run.pk)
    assert {str(each.by) for each in signed} == {"Priya Saltmarsh", "Nadia Saltmarsh"}
    assert {each.reason for each in signed} == {"Signed off in advance: run 1 of 2, within the bounds."}
    settings_safe = five_safes(run)[3]
    assert settings_safe.passed
    assert settings_safe.signed_by in ("Priya Saltmarsh and Nadia Saltmarsh", "Nadia Saltmarsh and Priya Saltmarsh")
    assert "Run 1 of 2" in settings_safe.sentence
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="")
    work_until_done()
    save("releases", EgressRequest.objects.get().result, tmp_path / "result.zip")
    with zipfile.ZipFile(tmp_path / "result.zip") as bag:
        graph = json.loads(bag.read("result/data/ro-crate-metadata.json"))["@graph"]
    agents = {each["agent"]["@id"] for each in graph if "#signoff-" in each["@id"]}
    assert agents == {f"urn:uuid:{staff(role).pk}" for role in ("approver", "approver2")}
    shown = page(enter(client, "operator"), yes.get_absolute_url())
    assert "1 of 2 runs are left." in shown
    assert "from 5 to 20" in shown
    assert "text like “0-17,*”" in shown
    assert str(run) in shown


def test_who_signed_in_advance_checks_no_outputs(federation, executor, tmp_path):
    in_advance()
    received(tmp_path)
    for role in ("approver", "approver2"):
        RoleGrant.objects.create(user=staff(role), role="output_checker", side=CENTRE.id)
        with pytest.raises(NotAllowed, match="signed this run off"):
            check_can_check(staff(role), EgressRequest.objects.get())


OUTSIDE = {
    "a number": {"min_cell": {"least": 11, "most": 20}, "age_bands": {"pattern": "*"}},
    "a text": {"min_cell": {"least": 1, "most": 20}, "age_bands": {"pattern": "0-17"}},
    "no bounds": {"min_cell": {"least": 1, "most": 20}},
}


@pytest.mark.parametrize("bound", OUTSIDE)
def test_a_run_outside_the_bounds_waits_for_a_person(bound, federation, executor, tmp_path):
    yes = in_advance(bounds=OUTSIDE[bound])
    run = again(received(tmp_path))
    assert run.state == "awaiting_sign_off"
    assert again(yes).used == 0
    assert sign_off(run).state == "signed_off"


def test_after_the_last_use_a_person_is_asked(federation, executor, tmp_path):
    in_advance(most_uses=1)
    assert again(received(tmp_path)).state == "succeeded"
    assert again(received(tmp_path)).state == "awaiting_sign_off"


def test_what_came_before_and_what_somebody_must_look_at_wait(federation, executor, tmp_path):
    run = received(tmp_path)
    yes = in_advance()
    standing.use(str(run.pk))
    assert again(run).state == "awaiting_sign_off"
    now = timezone.now()
    run.received_at = now + timedelta(minutes=1)
    assert yes.why_not(run, now) == ""
    run.suspicions = [{"place": "x", "sentence": "A secret."}]
    assert "a person has to look" in yes.why_not(run, now)
    run.suspicions, run.datasets = [], {}
    assert "other data" in yes.why_not(run, now)
    run.project = yes.pk
    assert "another project" in yes.why_not(run, now)
    assert "has ended" in yes.why_not(run, now + timedelta(days=31))


def test_a_mended_safe_lets_a_waiting_run_start(federation, executor, tmp_path):
    in_advance()
    grant = asked_here(DataGrant).first()
    custody.revoke_grant(datagrant=grant, by=staff("operator"), reason="Wait.")
    run = again(received(tmp_path))
    assert run.state == "awaiting_sign_off"
    custody.request_grant_again(datagrant=grant, by=staff("operator"), reason="Again.")
    custody.grant(
        datagrant=again(grant), by=staff("custodian"), reason="Yes.", until=timezone.localdate() + timedelta(days=9)
    )
    work_until_done()
    assert again(run).state == "succeeded"


def not_yet_dispatched(tmp_path, monkeypatch):
    """A run that its standing sign-off has let start and that no worker has taken to the executor."""
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "intend", lambda run: None)
        run = again(received(tmp_path))
    assert run.state == "signed_off"
    return run


def take_role_away(role):
    RoleGrant.objects.filter(user=staff(role), side=CENTRE.id).update(ended_at=timezone.now(), ended_by=staff("admin"))


LAPSES = {
    "ended": lambda yes: standing.end(standingsignoff=yes, by=staff("approver2")),
    "the first left": lambda yes: take_role_away("approver"),
    "the second left": lambda yes: take_role_away("approver2"),
    "changed": lambda yes: StandingSignOff.objects.filter(pk=yes.pk).update(dataset_name="Another"),
}


@pytest.mark.parametrize("lapse", LAPSES)
def test_one_that_lapses_before_dispatch_leaves_the_run_to_a_person(lapse, federation, executor, tmp_path, monkeypatch):
    yes = in_advance()
    run = not_yet_dispatched(tmp_path, monkeypatch)
    LAPSES[lapse](yes)
    tasks.dispatch(str(run.pk))
    assert again(run).state == "awaiting_sign_off"
    assert executor.submitted == []
    standing.use(str(run.pk))
    assert again(run).state == "awaiting_sign_off", "a use is not used twice"


def test_a_person_signs_off_what_was_left_to_her(federation, executor, tmp_path, monkeypatch):
    yes = in_advance()
    run = not_yet_dispatched(tmp_path, monkeypatch)
    standing.end(standingsignoff=yes, by=staff("approver2"))
    tasks.dispatch(str(run.pk))
    sign_off(again(run))
    work_until_done()
    assert again(run).state == "succeeded"
    assert five_safes(again(run))[3].signed_by == "Priya Saltmarsh"


def test_two_people_and_never_who_granted_nor_a_member(federation, executor):
    proposed = propose_in_advance()
    with pytest.raises(NotAllowed, match="second run approver"):
        standing.confirm(standingsignoff=proposed, by=staff("approver"), reason="x", declared=True)
    with pytest.raises(NotAllowed, match="Only a run approver"):
        standing.confirm(standingsignoff=proposed, by=staff("operator"), reason="x", declared=True)
    RoleGrant.objects.create(user=staff("custodian"), role="run_approver", side=CENTRE.id)
    with pytest.raises(NotAllowed, match="granted the use"):
        standing.confirm(standingsignoff=proposed, by=staff("custodian"), reason="x", declared=True)
    second = staff("approver2")
    second.orcid = "0000-0002-1825-0097"
    second.save()
    with pytest.raises(NotAllowed, match="own project"):
        standing.confirm(standingsignoff=proposed, by=second, reason="x", declared=True)


def test_what_changed_or_passed_or_was_withdrawn_is_not_confirmed(federation, executor):
    def confirm(thing):
        standing.confirm(standingsignoff=thing, by=staff("approver2"), reason="x", declared=True)

    changed = propose_in_advance()
    StandingSignOff.objects.filter(pk=changed.pk).update(most_uses=999)
    with pytest.raises(BadInput, match="changed after"):
        confirm(changed)
    with pytest.raises(BadInput, match="last day"):
        confirm(propose_in_advance(until=timezone.localdate() - timedelta(days=1)))
    proposed = propose_in_advance()
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    custody.withdraw_workflow(workflowapproval=approval, by=staff("operator"), reason="A flaw.")
    with pytest.raises(BadInput, match="approved workflow"):
        confirm(proposed)
    with pytest.raises(BadInput, match="approved workflow"):
        propose_in_advance()


@pytest.mark.parametrize(("kind", "type", "why"), [("code", "string", "takes code"), ("data", "file", "takes a file")])
def test_never_where_a_parameter_is_code_or_a_file(kind, type, why, federation, client):
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    approval.parameters = [*approval.parameters, {"name": "x", "type": type, "kind": kind, "label": "X", "default": ""}]
    approval.save()
    with pytest.raises(BadInput, match=why):
        propose_in_advance()
    assert enter(client, "approver").get(reverse("runs:standing_new", args=[approval.pk])).status_code == 409
    assert why in page(client, reverse("runs:standing_list"))


def test_data_of_another_tre_are_no_part_of_it(federation):
    with pytest.raises(BadInput, match="another secure data centre"):
        standing.propose(
            workflow=WorkflowApproval.objects.for_tre(CENTRE.id).get(),
            grant=DataGrant.objects.exclude(tre=CENTRE.id).first(),
            by=staff("approver"),
            bounds={},
            until=timezone.localdate(),
            most_uses=1,
            reason="x",
        )


def test_a_use_of_data_names_the_version_and_an_offer_changes_nothing_of_what_was_granted(
    federation, executor, tmp_path
):
    before = asked_here(DataGrant).get()
    assert str(before) == "Use of Saltmarsh health records, version 2026-1 for ASTHMA-24"
    received(tmp_path)
    assert asked_here(DataGrant).get().content_sha256() == before.content_sha256()


def test_it_is_proposed_confirmed_and_ended_by_pages(federation, client):
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    address = reverse("runs:standing_new", args=[approval.pk])
    enter(client, "approver")
    asked, grant = page(client, address), asked_here(DataGrant).first()
    assert "The smallest count that is shown: at least" in asked
    assert "20[0-9][0-9] lets 2024 pass" in asked
    assert f"{grant.project_code}: {grant.dataset_name}, until {date_format(grant.until, 'j F Y')}" in asked
    assert 'type="date"' in asked
    fields = {
        "grant": str(asked_here(DataGrant).first().pk),
        "bound_least_min_cell": "10",
        "bound_most_min_cell": "9",
        "bound_pattern_age_bands": "0-17,18-39,40-64,65+",
        "until": timezone.localdate().isoformat(),
        "most_uses": "3",
        "reason": "Weekly counts.",
        "declared": "on",
    }
    wrong = client.post(address, fields)
    assert wrong.status_code == 400
    assert "The most is less than the least." in wrong.content.decode()
    made = client.post(address, fields | {"bound_most_min_cell": "30"})
    assert made.status_code == 302
    shown = page(client, made["Location"])
    assert "You proposed this. A second run approver has to confirm it." in shown
    assert "exactly “0-17,18-39,40-64,65+”" in shown
    enter(client, "approver2")
    assert "Confirm: Sign-off in advance" in page(client, "/home/")
    yes = StandingSignOff.objects.for_tre(CENTRE.id).get()
    confirm = get(StandingSignOff, "confirm").url_for(yes)
    assert client.post(confirm, {"reason": "Yes.", "declared": "on"}).status_code == 302
    assert again(yes).state == "in_force"
    assert "3 of 3 runs left" in page(client, reverse("runs:standing_list"))
    end = get(StandingSignOff, "end").url_for(yes)
    assert end in page(client, yes.get_absolute_url())
    assert client.post(end).status_code == 302
    assert again(yes).state == "ended"
    assert client.post(end).status_code == 409
    assert end not in page(client, yes.get_absolute_url())


def test_its_last_day_counts_and_the_state_follows(federation, executor):
    yes = in_advance(until=timezone.localdate())
    standing.expire_standing()
    assert again(yes).state == "in_force"
    StandingSignOff.objects.filter(pk=yes.pk).update(until=timezone.localdate() - timedelta(days=1))
    standing.expire_standing()
    assert again(yes).state == "expired"
    with pytest.raises(WrongState):
        standing.end(standingsignoff=again(yes), by=staff("approver"))


CHOICE = {"name": "sex", "type": "string", "kind": "choice", "label": "Sex", "default": "all", "choices": ["all", "f"]}
YES_NO = {"name": "draw", "type": "boolean", "kind": "data", "label": "Draw?", "default": "true", "choices": []}
NUMBER = {"name": "x", "type": "number", "kind": "data", "label": "X", "default": "", "choices": []}


@pytest.mark.parametrize(
    ("parameter", "bound", "values", "why"),
    [
        (CHOICE, {"among": ["all"]}, {}, ""),
        (CHOICE, {"among": ["all"]}, {"sex": "f"}, "sex is outside its bounds: one of: all."),
        (YES_NO, {"among": ["true"]}, {"draw": True}, ""),
        (YES_NO, {"among": ["true"]}, {"draw": False}, "draw is outside its bounds: one of: true."),
        (NUMBER, {"least": 0, "most": 1.5}, {"x": 1.5}, ""),
        (NUMBER, {"least": 0, "most": 1.5}, {"x": 1.6}, "x is outside its bounds: from 0 to 1.5."),
        (NUMBER, {"least": 0, "most": 1.5}, {}, "x is not given."),
    ],
)
def test_bounds(parameter, bound, values, why):
    assert bounds.why_outside([parameter], {parameter["name"]: bound}, values) == why


def test_no_parameter_takes_the_place_of_a_question_of_the_form(federation):
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    approval.parameters = [NUMBER | {"name": "uses"}]
    form = StandingForm({"most_uses": "5", "bound_least_uses": "0", "bound_most_uses": str(10**20)}, workflow=approval)
    assert form.fields["most_uses"].max_value == 1000
    assert "bound_most_uses" in form.errors
    assert form.cleaned_data["most_uses"] == 5


def test_a_form_asks_for_choices_and_numbers(federation):
    approval = WorkflowApproval.objects.for_tre(CENTRE.id).get()
    approval.parameters = [CHOICE, YES_NO, NUMBER]
    filled = {
        "bound_among_sex": ["all", "f"],
        "bound_among_draw": ["true"],
        "bound_least_x": "0.5",
        "bound_most_x": "2",
    }
    form = StandingForm(filled, workflow=approval)
    assert not form.is_valid(), "the rest is missing"
    assert form.cleaned_data["bounds"] == {
        "sex": {"among": ["all", "f"]},
        "draw": {"among": ["true"]},
        "x": {"least": 0.5, "most": 2.0},
    }
    assert bounds.choices_of(NUMBER) == []


@pytest.mark.postgres
def test_two_runs_at_once_do_not_both_take_the_last_use(federation, executor, tmp_path, monkeypatch):
    """With two threads in two transactions."""
    from tests.integration.test_pairs import race

    yes = in_advance(most_uses=1)
    with monkeypatch.context() as patch:
        patch.setattr("apps.core.outbox.registry._functions", _without("runs.use_standing"))
        first, second = received(tmp_path), received(tmp_path)
    race(lambda _: standing.use(str(first.pk)), lambda _: standing.use(str(second.pk)), yes)
    assert again(yes).used == 1
    assert StandingUse.objects.filter(standing=yes).count() == 1
    assert sorted(Run.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)) == [
        "awaiting_sign_off",
        "signed_off",
    ]


def _without(name):
    from apps.core.outbox import registry

    return registry._functions | {name: lambda **_: None}
