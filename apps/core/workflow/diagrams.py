"""docs/states.md, written from the machines themselves."""

from apps.core.workflow import machines

HEAD = """# State machines

Written by `python manage.py states` from the code; `make check` fails when it is stale.
"""


def states_page() -> str:
    """The whole page: one Mermaid diagram for each governed model."""
    return HEAD + "".join(f"\n## {name(model)}\n\n{diagram(model)}" for model in machines.machines())


def name(model) -> str:
    return f"{str(model._meta.verbose_name).capitalize()} ({model._meta.app_label})"


def diagram(model) -> str:
    """One machine as Mermaid's stateDiagram-v2."""
    first = model._meta.get_field("state").default
    lines = [f"    [*] --> {first}"]
    lines += [f"    {jump.source} --> {jump.target}: {jump.verb}" for jump in machines.jumps(model)]
    arrows = "\n".join(lines)
    return f"```mermaid\nstateDiagram-v2\n{arrows}\n```\n"
