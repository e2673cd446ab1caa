"""The code that a run brings, as its approver reads it: all of it, with what is new since the last sign-off."""

import difflib
from dataclasses import dataclass

from apps.core.crates.limits import Limits
from apps.core.crates.package import open_bag
from apps.core.crates.parameters import CODE_BYTES, is_code
from apps.core.workflow.models import SignOff
from apps.node.runs.models import Run
from apps.node.runs.receipt import local_copy


@dataclass(frozen=True)
class Line:
    """One line of code: `mark` is added, removed or same."""

    mark: str
    text: str


@dataclass(frozen=True)
class Code:
    """What one parameter brings. `lines` is empty where nothing was signed before, or nothing is new."""

    parameter: str
    label: str
    text: str
    compared_with: Run | None
    lines: list[Line]

    @property
    def is_unchanged(self) -> bool:
        """True where the very same code was signed off before."""
        return self.compared_with is not None and not self.lines


def code_of(run: Run) -> list[Code]:
    """Every piece of code that a run brings, compared with the run of its project and workflow that was signed last."""
    if not run.has_code():
        return []
    last = last_signed(run)
    before = code_texts(last) if last else {}
    labels = {each["name"]: each["label"] for each in run.parameters_told}
    return [
        Code(name, labels[name], text, last if name in before else None, difference(before.get(name, text), text))
        for name, text in code_texts(run).items()
    ]


def last_signed(run: Run) -> Run | None:
    """The run of the same project and workflow, of any version, that was signed off last before this one. Two queries."""
    alike = Run.objects.for_tre(run).exclude(pk=run.pk).select_related("workflow_approval")
    alike = alike.filter(project=run.project, workflow_approval__name=run.workflow_approval.name)
    rows = SignOff.objects.filter(subject_id__in=alike.values("pk"), outcome=SignOff.Outcome.APPROVED)
    newest = rows.order_by("-at").values_list("subject_id", flat=True).first()
    return alike.get(pk=newest) if newest else None


def code_texts(run: Run) -> dict[str, str]:
    """{parameter: its code}, typed or out of a file of the crate."""
    names = [each["name"] for each in run.parameters_told if is_code(each)]
    found = {name: str(run.parameters[name]) for name in names if name in run.parameters}
    paths = {name: run.files[name] for name in names if name in run.files}
    return found | (read_files(run, paths) if paths else {})


def read_files(run: Run, paths: dict[str, str]) -> dict[str, str]:
    """{parameter: the text of its file}; receipt refuses one that is longer than CODE_BYTES."""
    with local_copy("offers", run.crate) as crate:
        bag = open_bag(crate, Limits())
        with bag.archive:
            return {
                name: bag.read(f"data/{path}", CODE_BYTES).decode("utf-8", "replace") for name, path in paths.items()
            }


def difference(before: str, now: str) -> list[Line]:
    """All lines of both, in order, each with its mark; empty where they are the same."""
    if before == now:
        return []
    old, new = before.splitlines(), now.splitlines()
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            lines += [Line("same", text) for text in new[new_from:new_to]]
        else:
            lines += [Line("removed", text) for text in old[old_from:old_to]]
            lines += [Line("added", text) for text in new[new_from:new_to]]
    return lines
