"""Tables to take away, as comma-separated lines (RFC 4180) that no spreadsheet runs."""

import csv
from collections.abc import Iterable, Iterator

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(headings: Iterable[str], rows: Iterable[Iterable]) -> Iterator[str]:
    """The lines of a table, as they come."""
    writer = csv.writer(Echo())
    yield writer.writerow(headings)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell):
    """A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    if isinstance(cell, int | float):
        return cell
    text = str("" if cell is None else cell)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text
