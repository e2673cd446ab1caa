"""What a run brings, as its approver reads it: all of its code, with what is new since the last sign-off, and its files."""

import difflib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from apps.core.crates.code import read_code
from apps.core.crates.findings import Unreadable
from apps.core.crates.inert import Beginning, beginning
from apps.core.crates.limits import Limits
from apps.core.crates.package import Bag, open_bag
from apps.core.crates.parameters import BadParameter, is_code
from apps.core.crates.plain import has_hidden, unhidden
from apps.core.workflow.models import SignOff
from apps.node.runs.models import Run
from apps.node.runs.receipt import local_copy

LINE = re.compile(r"[^\n]*\n|[^\n]+")  # with its end; str.splitlines knows more ends than whoever runs the code


@dataclass(frozen=True)
class Line:
    """One line of code: `mark` is added, removed or same."""

    mark: str
    text: str


@dataclass(frozen=True)
class Code:
    """What one parameter brings: `text` with every hidden character by its number (`hides` where there is any), None where
    it cannot be read. `lines` is empty where nothing was signed before, or nothing is new."""

    parameter: str
    label: str
    text: str | None
    hides: bool
    compared_with: Run | None
    lines: list[Line]

    @property
    def is_unchanged(self) -> bool:
        """True where the very same code was signed off before."""
        return self.compared_with is not None and not self.lines


def code_of(run: Run) -> list[Code]:
    """Every piece of code that a run brings, compared with the run of its project and workflow that was signed last. Never
    raises for what the crate holds."""
    if not run.has_code():
        return []
    last = last_signed(run)
    before = code_texts(last) if last else {}
    labels = {each["name"]: each["label"] for each in run.parameters_told}
    return [compared(name, labels[name], text, before.get(name), last) for name, text in code_texts(run).items()]


def compared(name: str, label: str, text: str | None, before: str | None, last: Run | None) -> Code:
    """One piece of code beside what was signed last, where both can be read."""
    if text is None:
        return Code(name, label, None, hides=False, compared_with=None, lines=[])
    lines = [] if before is None else difference(before, text)
    return Code(name, label, unhidden(text), has_hidden(text), None if before is None else last, lines)


def last_signed(run: Run) -> Run | None:
    """The run of the same project and workflow, of any version, that was signed off last before this one was (or until now,
    where it was not). Three queries."""
    alike = Run.objects.for_tre(run).exclude(pk=run.pk).select_related("workflow_approval")
    alike = alike.filter(project=run.project, workflow_approval__name=run.workflow_approval.name)
    signed = SignOff.objects.filter(outcome=SignOff.Outcome.APPROVED).order_by("-at")
    rows = signed.filter(subject_id__in=alike.values("pk"))
    own = signed.filter(subject_id=run.pk).values_list("at", flat=True).first()
    newest = (rows.filter(at__lt=own) if own else rows).values_list("subject_id", flat=True).first()
    return alike.get(pk=newest) if newest else None


def code_texts(run: Run) -> dict[str, str | None]:
    """{parameter: its code}, typed or out of a file of the crate; None for what cannot be read."""
    names = [each["name"] for each in run.parameters_told if is_code(each)]
    typed = {name: str(run.parameters[name]) for name in names if name in run.parameters}
    paths = {name: run.files[name] for name in names if name in run.files}
    return typed | from_crate(run, paths, read_code)


def incoming_files(run: Run) -> list[tuple[str, Beginning | None]]:
    """The request's input files as data coming in: the parameter, and the file's beginning as inert text; None where it
    cannot be read."""
    return list(from_crate(run, run.files, lambda bag, _name, path: beginning(bag, path)).items())


def not_shown(run: Run) -> list[str]:
    """The parameters whose code or file nobody can have read, as the crate does not give it."""
    code = [name for name, text in code_texts(run).items() if text is None]
    return code + [name for name, file in incoming_files(run) if file is None and name not in code]


def from_crate(run: Run, paths: dict[str, str], reader: Callable[[Bag, str, str], Any]) -> dict[str, Any]:
    """{parameter: what `reader` makes of its file}; None for each that cannot be read."""
    found = dict.fromkeys(paths)
    if not paths:
        return found
    with suppress(Unreadable, OSError), local_copy("offers", run.crate) as crate:
        bag = open_bag(crate, Limits())
        with bag.archive:
            for name, path in paths.items():
                with suppress(Unreadable, KeyError, BadParameter):
                    found[name] = reader(bag, name, path)
    return found


def difference(before: str, now: str) -> list[Line]:
    """All lines of both, in order, each with its mark; empty where they are the same."""
    if before == now:
        return []
    old, new = LINE.findall(before), LINE.findall(now)
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            lines += marked("same", new[new_from:new_to])
        else:
            lines += marked("removed", old[old_from:old_to])
            lines += marked("added", new[new_from:new_to])
    return lines


def marked(mark: str, lines: list[str]) -> list[Line]:
    """Lines as they are shown, without their ends."""
    return [Line(mark, unhidden(each).removesuffix("\n")) for each in lines]
