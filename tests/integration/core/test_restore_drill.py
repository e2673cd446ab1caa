"""The restore drill of docs/operator.md: backup, lose, restore, verify, tell what is missing."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from apps.core.audit.models import Event
from tests.integration.core.logs import SIDE, written

pytestmark = [pytest.mark.both_engines]


def back_up(path) -> None:
    """As docs/operator.md says for each engine."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
    else:
        subprocess.run(["pg_dump", "--format=custom", f"--file={path}", address()], check=True)


def address(name: str = "") -> str:
    """The address of the test's database, or of another beside it."""
    database = connection.settings_dict
    user, host = database["USER"], database["HOST"] or "127.0.0.1"
    return f"postgres://{user}:{database['PASSWORD']}@{host}:{database['PORT'] or 5432}/{name or database['NAME']}"


@contextmanager
def restored(path):
    """The address of a database that was made out of a backup."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{path}"
        return
    name = f"{connection.settings_dict['NAME']}_restored"
    try:
        subprocess.run(["psql", "--quiet", "--command", f"CREATE DATABASE {name}", address("postgres")], check=True)
        subprocess.run(["pg_restore", f"--dbname={address(name)}", path], check=True)
        yield address(name)
    finally:
        subprocess.run(
            ["psql", "--quiet", "--command", f"DROP DATABASE IF EXISTS {name}", address("postgres")], check=True
        )


@pytest.mark.django_db(transaction=True)
def test_what_an_old_backup_has_lost_is_told(tmp_path):
    written(300)
    back_up(tmp_path / "backup")
    written(100)
    call_command("checkpoint", "--publish", str(tmp_path / "kept"))
    assert Event.objects.filter(side=SIDE).count() == 400
    with restored(tmp_path / "backup") as database:
        environment = os.environ | {
            "DATABASE_URL": database,
            "DATA_DIR": str(tmp_path / "data"),
            "KEYS_DIR": str(settings.KEYS_DIR),
            "DJANGO_SETTINGS_MODULE": "trefx_portal.settings",
        }

        def verify(*options) -> subprocess.CompletedProcess:
            command = [sys.executable, "manage.py", "verify_log", "--openings", *options]
            return subprocess.run(
                command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
            )

        alone, compared = verify(), verify("--published", str(tmp_path / "kept"))
    assert (alone.returncode, "has 300 entries" in alone.stdout) == (0, True), alone.stdout + alone.stderr
    assert compared.returncode == 1
    assert "an older copy was put back: it ends at 300, but the checkpoint kept in" in compared.stdout
    assert "stands for 400 entries" in compared.stdout
