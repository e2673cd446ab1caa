import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.workflow.diagrams import states_page


class Command(BaseCommand):
    help = "Write docs/states.md from the state machines; with --check, fail when it is stale."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--file", default=str(Path(settings.BASE_DIR) / "docs" / "states.md"))

    def handle(self, *, check, file, **options):
        path, page = Path(file), states_page()
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page)
        elif not path.exists() or path.read_text() != page:
            self.stderr.write(f"{path.name} is stale. Run: python manage.py states")
            sys.exit(1)
