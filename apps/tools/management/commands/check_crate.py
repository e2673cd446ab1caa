import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.core.crates.check import check
from apps.tools import reports


class Command(BaseCommand):
    help = "Check a Five Safes RO-Crate. Exit 0 accepted (warnings allowed), 1 refused, 2 it could not be read."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        reports.add_own_host(parser)
        parser.add_argument("--as", dest="phase", choices=("request", "result"), default="request")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, file, phase, format, own_host, **options):
        if not file.is_file():
            self.stderr.write(f"There is no file {file}.")
            sys.exit(2)
        report = check(file, phase=phase, limits=reports.limits(own_host))
        if format == "json":
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            for line in reports.lines(report):
                self.stdout.write(line)
        sys.exit(reports.EXIT[report.verdict])
