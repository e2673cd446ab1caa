import json
import sys
from pathlib import Path

from apps.core.crates.check import check
from apps.core.crates.findings import ERROR, Finding, Report
from apps.tools import reports


class Command(reports.CrateCommand):
    help = "Check a Five Safes RO-Crate. Exit 0 accepted (warnings allowed), 1 refused, 2 it could not be read."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        reports.add_own_host(parser)
        parser.add_argument("--as", dest="phase", choices=("request", "result"), default="request")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, file, phase, format, own_host, **options):
        why = reports.why_unreadable(file)
        if why:
            self.stderr.write(why)
            report = Report(
                unreadable=True, findings=[Finding("", ERROR, "", why, "Look at its name and permissions.")]
            )
        else:
            report = check(file, phase=phase, limits=reports.limits(own_host))
        if format == "json":
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        elif not why:
            for line in reports.lines(report):
                self.stdout.write(line)
        sys.exit(reports.EXIT[report.verdict])
