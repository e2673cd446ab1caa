"""Numbers of a table that a checker should look at, by her TRE's published policy: small ones, and unrounded ones.

Which column counts people is for the checker to say: every column of whole numbers is looked at, so an age or a year may
be marked too. Nothing is decided here.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One cell as it stands in the file; `is_small` and `is_unrounded` say why a checker should look."""

    text: str
    is_small: bool = False
    is_unrounded: bool = False


def whole(text: str) -> int | None:
    """The whole number that a cell says, at most 15 digits; None where it says something else."""
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None


def marked(rows: list[list[str]], policy: Any) -> list[list[Cell]]:
    """The rows of a table, the first of which names the columns, each cell held against `policy`'s least count and rounding."""
    names, lines = rows[:1], rows[1:]
    width = max((len(line) for line in lines), default=0)
    counted = {at for at in range(width) if all(whole(line[at]) is not None for line in lines if at < len(line))}
    return [[Cell(name) for name in line] for line in names] + [
        [cell(text, policy) if at in counted else Cell(text) for at, text in enumerate(line)] for line in lines
    ]


def cell(text: str, policy: Any) -> Cell:
    """One whole number: 0 is no group, so it is not small."""
    number = whole(text) or 0
    return Cell(text, 0 < number < policy.least_count, policy.rounding > 1 and number % policy.rounding != 0)
