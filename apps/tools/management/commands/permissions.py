import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test import override_settings

from apps.tools.federation.seed import seed_federation
from apps.tools.permission_table import NoThing, cells, page

QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"
THROWAWAY = "TREFX_THROWAWAY"


class Command(BaseCommand):
    help = (
        "Write docs/permissions.md by asking each page of a throw-away federation; with --check, fail when it is stale."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--file", default=str(Path(settings.BASE_DIR) / "docs" / "permissions.md"))

    def handle(self, *, check, file, **options):
        if os.environ.get(THROWAWAY) != str(settings.DATA_DIR):
            with tempfile.TemporaryDirectory(prefix="trefx-permissions-") as folder:
                sys.exit(self.in_a_throwaway(folder, check, file))
        path, found = Path(file), self.asked()
        if not check:
            path.write_text(found)
        elif not path.exists() or path.read_text() != found:
            self.stderr.write(f"{path.name} is stale. Run: python manage.py permissions")
            sys.exit(1)

    def in_a_throwaway(self, folder: str, check: bool, file: str) -> int:
        """The same command in a process, a database and folders of its own."""
        folder = str(Path(folder).resolve())
        own = {"DATA_DIR": folder, "KEYS_DIR": f"{folder}/keys", "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}
        own |= {THROWAWAY: folder, "ROLE": "solo", "REQUIRE_SECOND_FACTOR": "0", "LOG_LEVEL": "CRITICAL"}
        own |= {"ALLOWED_HOSTS": "testserver", "BROKER_URL": "memory://"}
        command = [sys.executable, "manage.py", "permissions", "--file", str(Path(file).resolve())]
        environment = {**os.environ, **own}
        return subprocess.run(
            [*command, *(["--check"] if check else [])], env=environment, cwd=settings.BASE_DIR
        ).returncode

    def asked(self) -> str:
        call_command("migrate", verbosity=0)
        with override_settings(PASSWORD_HASHERS=[QUICK]):  # nobody signs in with these passwords
            seed_federation(Path(settings.DATA_DIR) / "data")
        try:
            return page(list(cells(all_of_them=False)))
        except NoThing as missing:
            raise CommandError(str(missing))
