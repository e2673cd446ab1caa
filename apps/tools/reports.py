"""What a check found, as lines for a terminal, and the exit code that goes with it."""

import io
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.crates.findings import Report
from apps.core.crates.limits import Limits

EXIT = {"accepted": 0, "refused": 1, "unreadable": 2}
NOBODY_READS = 141  # as a shell tells it of what SIGPIPE ended


def lines(report: Report) -> list[str]:
    """The verdict, each finding with how to mend it, each review that was taken out."""
    told = [f"{report.verdict} (SHA-256 {report.sha256})"]
    for each in report.findings:
        place = f" [{each.entity}]" if each.entity else ""
        told.append(f"{each.level} {each.rule}{place}: {each.message} {each.mend}")
    told += [f"removed: {identifier}" for identifier in report.stripped]
    return [inert(line) for line in told]


def inert(text: str) -> str:
    """A stranger's text as one line, without what a terminal would act on."""
    return "".join(each if each.isprintable() or each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in text)


def add_own_host(parser) -> None:
    """The option --own-host of a command that looks into crates."""
    text = "a host, or host:port, that may stand on a private address (repeatable)"
    parser.add_argument("--own-host", action="append", default=[], metavar="HOST", help=text)


def limits(own_host: list[str]) -> Limits:
    """The usual bounds; this portal's own hosts, and those that were named, may stand on private addresses."""
    return Limits(own_hosts=settings.OWN_HOSTS.union(own_host))


def why_unreadable(path: Path) -> str:
    """Why there is nothing to read at a path, as a sentence; empty where there is."""
    try:
        if not path.is_file():
            return inert(f"There is no file {path}.")
        path.open("rb").close()
    except OSError as problem:
        return inert(f"{path} cannot be read: {problem.strerror}.")
    return ""


class CrateCommand(BaseCommand):
    """A command about one crate, without a database. It ends quietly where nobody reads what it says."""

    requires_system_checks = []

    def __init__(self, stdout=None, **options):
        super().__init__(stdout or sys.stdout or io.StringIO(), **options)

    def execute(self, *arguments, **options):
        try:
            try:
                return super().execute(*arguments, **options)
            finally:
                self.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to say goes nowhere
            sys.exit(NOBODY_READS)
