"""The database between tests: cleared, and filled again from a copy, without waiting for DDL.

Django's flush truncates every table, and ours are append-only: their triggers would have to go and come back after each test.
A superuser of PostgreSQL may say that no trigger and no foreign key is asked for a while; whoever is none gets Django's flush.
"""

from contextlib import contextmanager

from django.db import connections, transaction
from django.test import TransactionTestCase

from apps.core.audit import triggers

# What a migration leaves behind and no test changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}

Rows = dict[str, bytes]  # table -> its rows as COPY writes them

_flush = TransactionTestCase._fixture_teardown
_after_migrations: Rows = {}


def _connection():
    return connections["default"]


def can_be_quick() -> bool:
    """PostgreSQL, and a user who may switch triggers off."""
    if _connection().vendor != "postgresql":
        return False
    with _connection().cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        return cursor.fetchone()[0]


@contextmanager
def _unasked():
    """A cursor for which no trigger fires and no foreign key is looked at."""
    with transaction.atomic(), _connection().cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def _tables_with_rows(cursor) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = sorted({name for (name,) in cursor.fetchall()} - KEPT)
    cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables))
    return [name for (name,) in cursor.fetchall()]


def is_as_migrated() -> bool:
    """Nothing but what the migrations left stands in it."""
    with _connection().cursor() as cursor:
        return set(_tables_with_rows(cursor)) == set(_after_migrations)


def copy_out() -> Rows:
    """Every row of every table, as PostgreSQL's COPY writes them."""
    found = {}
    with _connection().cursor() as cursor:
        for table in _tables_with_rows(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as copy:
                found[table] = b"".join(bytes(part) for part in copy)
    return found


def copy_in(rows: Rows) -> None:
    """Make the tables hold these rows and no other."""
    with _unasked() as cursor:
        for table in _tables_with_rows(cursor):
            cursor.execute(f'DELETE FROM "{table}"')
        for table, content in rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as copy:
                copy.write(content)


def remember_migrations() -> None:
    """Once, after the migrations: what each test starts from."""
    _flush_slowly()
    _after_migrations.update(copy_out())


def _flush_slowly(case: TransactionTestCase | None = None) -> None:
    with triggers.lifted(_connection()):
        _flush(case or TransactionTestCase("__init__"))


def flush(case: TransactionTestCase) -> None:
    """In the place of Django's flush after a test that committed: as it was after the migrations, triggers too."""
    if not _after_migrations:
        _flush_slowly(case)
        return
    copy_in(_after_migrations)
    if triggers.check_triggers(None, databases=["default"]):
        triggers.install(_connection())
