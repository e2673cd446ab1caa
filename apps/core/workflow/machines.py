"""The state machines, as the code has them: for triggers, diagrams, the admin and generated tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from apps.core.audit import triggers
from apps.core.workflow.models import Governed


@dataclass(frozen=True)
class Jump:
    """One arrow: `verb` moves a `source` state to a `target` state."""

    verb: str
    source: str
    target: str


def machines() -> list[type[Any]]:
    """Every governed model, by label."""
    return sorted(
        (model for model in apps.get_models() if issubclass(model, Governed)), key=lambda model: model._meta.label
    )


def states(model: type[Any]) -> list[str]:
    """The states of a machine, in the order of its choices."""
    return [value for value, _ in model._meta.get_field("state").choices]


def jumps(model: type[Any]) -> list[Jump]:
    """Every arrow of a machine, expanded over its sources and targets, in the order of its states."""
    order = states(model)
    field = model._meta.get_field("state")
    found = {
        Jump(transition.name, source, target)
        for transition in field.get_all_transitions(model)
        for source in (order if transition.source in ("*", "+") else [transition.source])
        for target in _targets(transition.target)
    }
    return sorted(found, key=lambda jump: (order.index(jump.source), order.index(jump.target), jump.verb))


def _targets(target) -> Iterator[str]:
    if isinstance(target, str):
        yield str(target)
    else:
        yield from (str(each) for each in target.allowed_states)


def verbs_of(model: type[Any]) -> list[str]:
    """The names of a machine's transitions."""
    return sorted({transition.name for transition in model._meta.get_field("state").get_all_transitions(model)})


def register_triggers() -> None:
    """For each machine a trigger that refuses an illegal jump and one that refuses a wrong first state."""
    for model in machines():
        table = model._meta.db_table
        pairs = {(jump.source, jump.target) for jump in jumps(model)}
        legal = " OR ".join(f"(OLD.state = '{source}' AND NEW.state = '{target}')" for source, target in sorted(pairs))
        illegal = f"OLD.state <> NEW.state AND NOT ({legal})"
        triggers.register(triggers.Trigger(f"{table}_legal_jump", table, "UPDATE", illegal, f"{table}: illegal jump"))
        first = str(model._meta.get_field("state").default)
        triggers.register(
            triggers.Trigger(
                f"{table}_first_state", table, "INSERT", f"NEW.state <> '{first}'", f"{table}: wrong first state"
            )
        )
