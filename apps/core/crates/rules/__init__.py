"""The rules of the profile, grouped as the specification groups them. Each is a generator (Subject) -> findings."""

from dataclasses import dataclass

from apps.core.crates.graph import Graph
from apps.core.crates.package import Bag


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: the graph, and the bag it came in."""

    graph: Graph
    bag: Bag
