import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.crates.table import RULES


def rules_page() -> str:
    """docs/rules.md: the table of rules, by id."""
    lines = [
        "# The rules of a crate",
        "",
        "Written from `apps/core/crates/table.py` by `manage.py rules`. *Told as* is what a finding says; where a rule cannot",
        "be told from a crate alone, *held by* says what holds it.",
        "",
        "| Rule | Level | Phase | What it asks | Told as, or held by | Section |",
        "|---|---|---|---|---|---|",
    ]
    for rule in sorted(RULES.values(), key=lambda each: each.id):
        told = f"“{rule.message}”" if rule.is_checked else f"held by: {rule.where}"
        cells = (rule.id, rule.level, rule.phases, rule.rule, told, rule.section)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/rules.md from the table of rules; with --check, fail when it is stale."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--file", default=str(Path(settings.BASE_DIR) / "docs" / "rules.md"))

    def handle(self, *, check, file, **options):
        path, page = Path(file), rules_page()
        if not check:
            path.write_text(page)
        elif not path.exists() or path.read_text() != page:
            self.stderr.write(f"{path.name} is stale. Run: python manage.py rules")
            sys.exit(1)
