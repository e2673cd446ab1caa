"""Every machine, every transition, from every state: what the table allows happens, all else raises."""

import itertools

import pytest
from django.db import DatabaseError, connection, transaction
from django_fsm import TransitionNotAllowed

from apps.core.accounts.models import User
from apps.core.audit import triggers
from apps.core.workflow import machines, steps

ARGUMENTS = {
    "until": None,
    "at": None,
    "fault": "",
    "checkers": 1,
    "by": User(name="A checker"),
    "note": "",
    "answerer": None,
    "outcome": "released",
    "word": "running",
    "number": 1,
    "reason": "",
    "requests": [],
    "missing": {},
    "user": None,
    "presided_by": None,
    "reliance": None,
}


def cases():
    for model in machines.machines():
        yield from itertools.product([model], machines.states(model), machines.verbs_of(model))


@pytest.mark.parametrize(
    ("model", "state", "verb"), list(cases()), ids=lambda value: getattr(value, "__name__", str(value))
)
def test_a_transition_happens_only_where_the_table_has_an_arrow(model, state, verb):
    import inspect

    thing = model()
    thing.__dict__["state"] = state
    method = getattr(thing, verb)
    wanted = inspect.signature(getattr(model, verb)).parameters
    arguments = {name: ARGUMENTS.get(name, "") for name in wanted if name != "self"}
    targets = {jump.target for jump in machines.jumps(model) if (jump.verb, jump.source) == (verb, state)}
    if targets:
        method(**arguments)
        assert thing.state in targets
    else:
        with pytest.raises(TransitionNotAllowed):
            method(**arguments)


@pytest.mark.parametrize("model", machines.machines(), ids=lambda model: model.__name__)
def test_every_state_can_be_reached_and_every_step_is_an_arrow(model):
    reached, jumps = {str(model._meta.get_field("state").default)}, machines.jumps(model)
    for _round in jumps:
        reached |= {jump.target for jump in jumps if jump.source in reached}
    assert reached == set(machines.states(model))
    assert {step.transition for step in steps.steps_of(model)} <= {jump.verb for jump in jumps}


@pytest.mark.both_engines
@pytest.mark.django_db
def test_the_database_refuses_a_jump_that_the_machine_does_not_have(person):
    from apps.hub.datasets.models import Tre

    tre = Tre.objects.create(name="T", slug="t", summary="s", contact_email="t@example.org", public_key={})
    with pytest.raises(DatabaseError, match="illegal jump"), transaction.atomic():
        Tre.objects.filter(pk=tre.pk).update(**{"state": "left"})
    other = Tre(name="U", slug="u", summary="s", contact_email="u@example.org", public_key={})
    other.__dict__["state"] = "accredited"
    with pytest.raises(DatabaseError, match="wrong first state"), transaction.atomic():
        other.save(force_insert=True)


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_triggers_are_there_and_a_missing_one_is_told():
    assert triggers.check_triggers(None, databases=["default"]) == []
    with triggers.lifted(connection):
        errors = triggers.check_triggers(None, databases=["default"])
        assert "audit_event_no_update" in " ".join(error.msg for error in errors)
    assert triggers.check_triggers(None, databases=["default"]) == []


def test_the_diagrams_are_in_step_with_the_machines(tmp_path, capsys):
    from django.core.management import call_command

    page = tmp_path / "states.md"
    with pytest.raises(SystemExit):
        call_command("states", check=True, file=str(page))
    call_command("states", file=str(page))
    call_command("states", check=True, file=str(page))
    assert "draft --> submitted: submit" in page.read_text()
