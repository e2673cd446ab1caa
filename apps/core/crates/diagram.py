"""A picture of a workflow's steps: boxes in rows from top to bottom, and arrows between them. Numbers only, no drawing.

Rows are by longest path. An arrow that passes a row gets a lane in it, so that it never runs behind a box. Inputs that
go to the same steps share a box, and so do outputs that come from the same ones.
"""

import textwrap
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from apps.core.crates.cwl import Port, Step, Workflow

MOST_STEPS = 60
MOST_NODES = 1_500
MOST_NAMES = 6
BOX, LANE, GAP, RISE, MARGIN = 264, 24, 32, 48, 2
LINE, PADDING, CHARACTERS, STRONG_CHARACTERS = 22, 14, 26, 23
INPUT, STEP, OUTPUT, PASSING = "input", "step", "output", "passing"


@dataclass(frozen=True)
class Words:
    """A line of text in a box, at its baseline."""

    text: str
    x: int
    y: int
    is_strong: bool = False


@dataclass(frozen=True)
class Box:
    """A box, its lines, and everything that it stands for in full (`title`)."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    words: tuple[Words, ...]
    title: str


@dataclass(frozen=True)
class Arrow:
    """An arrow: the path of its line (SVG path data) and the three corners of its head (SVG points)."""

    path: str
    head: str


@dataclass(frozen=True)
class Picture:
    """All of it, in pixels from the top left."""

    width: int
    height: int
    boxes: list[Box]
    arrows: list[Arrow]


@dataclass
class _Node:
    kind: str
    lines: list[str] = field(default_factory=list)
    strong: int = 1
    title: str = ""
    row: int = 0
    x: float = 0
    y: int = 0

    @property
    def width(self) -> int:
        return LANE if self.kind == PASSING else BOX

    @property
    def height(self) -> int:
        return 0 if self.kind == PASSING else 2 * PADDING + LINE * len(self.lines)

    @property
    def centre(self) -> float:
        return self.x + self.width / 2


def draw(workflow: Workflow) -> Picture | None:
    """The picture of a workflow; None where there is nothing to draw, or too much to be read as a picture."""
    if not workflow.steps or len(workflow.steps) > MOST_STEPS:
        return None
    nodes, links = graph_of(workflow)
    put_in_rows(nodes, links)
    lanes = lanes_of(nodes, links)
    if len(nodes) > MOST_NODES:
        return None
    rows: dict[int, list[str]] = defaultdict(list)
    for key, node in nodes.items():
        rows[node.row].append(key)
    ordered = [rows[row] for row in sorted(rows)]
    put_in_order(ordered, lanes)
    width, height = place(ordered, nodes)
    return Picture(
        width, height, [box(node) for node in nodes.values() if node.kind != PASSING], arrows(ordered, nodes, lanes)
    )


def graph_of(workflow: Workflow) -> tuple[dict[str, _Node], list[tuple[str, str]]]:
    """The boxes by key, and which leads to which."""
    steps = {step.name: f"step {step.name}" for step in workflow.steps}
    inputs = {port.name for port in workflow.inputs}
    uses: dict[str, dict[str, None]] = defaultdict(dict)
    links: dict[tuple[str, str], None] = {}

    def link(source: str, target: str) -> None:
        name = source.split("/", 1)[0]
        if "/" not in source and source in inputs:
            uses[source][target] = None
        elif name in steps and steps[name] != target:
            links[steps[name], target] = None

    outputs: dict[tuple[str, ...], list[Port]] = defaultdict(list)
    for port in workflow.outputs:
        outputs[tuple(sorted(port.sources))].append(port)
    nodes: dict[str, _Node] = {}
    for number, step in enumerate(workflow.steps, start=1):
        nodes[steps[step.name]] = step_node(number, step)
        for port in step.inputs:
            for source in port.sources:
                link(source, steps[step.name])
    for number, (found, ports) in enumerate(outputs.items()):
        nodes[f"output {number}"] = names_node(OUTPUT, "Comes out", ports)
        for source in found:
            link(source, f"output {number}")
    groups: dict[tuple[str, ...], list[Port]] = defaultdict(list)
    for port in workflow.inputs:
        groups[tuple(uses[port.name])].append(port)
    for number, (targets, ports) in enumerate(groups.items()):
        heading = "Comes in" if targets else "Comes in, not used"
        nodes[f"input {number}"] = names_node(INPUT, heading, ports)
        links |= {(f"input {number}", target): None for target in targets}
    return nodes, list(links)


def step_node(number: int, step: Step) -> _Node:
    lines = wrapped(f"{number}. {step.title}", STRONG_CHARACTERS)
    more = wrapped(f"runs {step.runs}", CHARACTERS) if step.runs else []
    more += wrapped("once for each " + ", ".join(step.scatter), CHARACTERS) if step.scatter else []
    more += ["only if a condition holds"] if step.when else []
    title = f"{number}. {step.title}" + (f": {step.does}" if step.does else "")
    return _Node(STEP, [*lines, *more], len(lines), title)


def wrapped(text: str, characters: int) -> list[str]:
    """The text on two lines at most; wide characters take the room of two."""
    is_wide = any(unicodedata.east_asian_width(each) in "WF" for each in text)
    return textwrap.wrap(text, characters // 2 if is_wide else characters, max_lines=2, placeholder="…")


def names_node(kind: str, heading: str, ports: list[Port]) -> _Node:
    shown = [line for port in ports[:MOST_NAMES] for line in wrapped(port.title, CHARACTERS)]
    more = [f"and {len(ports) - MOST_NAMES} more"] if len(ports) > MOST_NAMES else []
    title = f"{heading}: " + ", ".join(port.title for port in ports[:50])
    return _Node(kind, [heading, *shown, *more], title=title)


def put_in_rows(nodes: dict[str, _Node], links: list[tuple[str, str]]) -> None:
    """Each box one row below the lowest that leads to it; inputs just above the first that takes them.

    Boxes that lead to each other in a circle (no workflow may) stand together below the rest; links back up are dropped.
    """
    after: dict[str, list[str]] = defaultdict(list)
    waits = dict.fromkeys(nodes, 0)
    for source, target in links:
        after[source].append(target)
        waits[target] += 1
    ready = [key for key, number in waits.items() if not number]
    done = set(ready)
    while ready:
        key = ready.pop()
        for target in after[key]:
            nodes[target].row = max(nodes[target].row, nodes[key].row + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
                done.add(target)
    lowest = 1 + max(node.row for node in nodes.values())
    for key, node in nodes.items():
        if key not in done:
            node.row = lowest
    for key, node in nodes.items():
        if node.kind == INPUT and after[key]:
            node.row = max(0, min(nodes[target].row for target in after[key]) - 1)
    links[:] = [(source, target) for source, target in links if nodes[source].row < nodes[target].row]


def lanes_of(nodes: dict[str, _Node], links: list[tuple[str, str]]) -> list[list[str]]:
    """Each link as the keys that it passes, from its source to its target, with a lane added for each row between."""
    lanes = []
    for number, (source, target) in enumerate(links):
        passed = [source]
        for row in range(nodes[source].row + 1, nodes[target].row):
            key = f"passing {number} {row}"
            if len(nodes) <= MOST_NODES:
                nodes[key] = _Node(PASSING, row=row)
            passed.append(key)
        lanes.append([*passed, target])
    return lanes


def put_in_order(rows: list[list[str]], lanes: list[list[str]]) -> None:
    """Sort each row by where its neighbours stand, down and up, twice: few arrows cross."""
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for passed in lanes:
        for source, target in pairwise(passed):
            above[target].append(source)
            below[source].append(target)
    place_of = {key: (index + 0.5) / len(row) for row in rows for index, key in enumerate(row)}
    for order, neighbours in [(rows, above), (rows[::-1], below)] * 2:
        for row in order:
            mean = {
                key: sum(place_of[each] for each in neighbours[key]) / len(neighbours[key])
                if neighbours[key]
                else place_of[key]
                for key in row
            }
            row.sort(key=mean.__getitem__)
            place_of |= {key: (index + 0.5) / len(row) for index, key in enumerate(row)}


def place(rows: list[list[str]], nodes: dict[str, _Node]) -> tuple[int, int]:
    """Give every box its place, each row in the middle. (width, height) of the whole."""
    widths = [sum(nodes[key].width for key in row) + GAP * (len(row) - 1) for row in rows]
    widest, y = max(widths), MARGIN
    for row, width in zip(rows, widths, strict=True):
        x = MARGIN + (widest - width) / 2
        for key in row:
            nodes[key].x, nodes[key].y = x, y
            x += nodes[key].width + GAP
        y += max(nodes[key].height for key in row) + RISE
    return widest + 2 * MARGIN, y - RISE + MARGIN


def box(node: _Node) -> Box:
    x, y = round(node.x), node.y
    words = tuple(
        Words(line, x + PADDING, y + PADDING + LINE * number + 16, number < node.strong)
        for number, line in enumerate(node.lines)
    )
    return Box(node.kind, x, y, node.width, node.height, words, node.title)


def arrows(rows: list[list[str]], nodes: dict[str, _Node], lanes: list[list[str]]) -> list[Arrow]:
    """Each link as a line that leaves below its source, keeps to its lanes, and ends above its target."""
    bottoms = [nodes[row[0]].y + max(nodes[key].height for key in row) for row in rows]
    number_of = {key: number for number, row in enumerate(rows) for key in row}
    drawn = []
    for passed in lanes:
        first = nodes[passed[0]]
        path = [f"M{first.centre:.0f} {first.y + first.height}"]
        for source, target in pairwise(passed):
            bottom, end = bottoms[number_of[source]], nodes[target]
            top = end.y - (7 if target == passed[-1] else 0)
            middle = (bottom + top) / 2
            path.append(f"V{bottom}")
            start = nodes[source].centre
            path.append(f"C{start:.0f} {middle:.0f} {end.centre:.0f} {middle:.0f} {end.centre:.0f} {top}")
        x, y = round(nodes[passed[-1]].centre), nodes[passed[-1]].y
        drawn.append(Arrow(" ".join(path), f"{x - 6},{y - 10} {x + 6},{y - 10} {x},{y}"))
    return drawn
