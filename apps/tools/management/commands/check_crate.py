import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.core.crates.check import check

EXIT = {"accepted": 0, "refused": 1, "unreadable": 2}


class Command(BaseCommand):
    help = "Check a Five Safes RO-Crate. Exit 0 accepted (warnings allowed), 1 refused, 2 it could not be read."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="phase", choices=("request", "result"), default="request")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, file, phase, format, **options):
        if not file.is_file():
            self.stderr.write(f"There is no file {file}.")
            sys.exit(2)
        report = check(file, phase=phase)
        if format == "json":
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            self.tell(report)
        sys.exit(EXIT[report.verdict])

    def tell(self, report) -> None:
        self.stdout.write(f"{report.verdict} (SHA-256 {report.sha256})")
        for each in report.findings:
            place = f" [{each.entity}]" if each.entity else ""
            self.stdout.write(f"{each.level} {each.rule}{place}: {each.message} {each.mend}")
        for identifier in report.stripped:
            self.stdout.write(f"removed: {identifier}")
