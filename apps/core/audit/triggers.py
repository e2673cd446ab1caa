"""Triggers on both engines: what Python refuses, the database refuses too.

Installed after every migration, because Django rebuilds SQLite tables without them. A system check compares the catalogue.
"""

from contextlib import contextmanager
from dataclasses import dataclass

from django.core.checks import Error
from django.db import connections


@dataclass(frozen=True)
class Trigger:
    """A row trigger. `condition` is SQL over OLD and NEW that must not hold; it must read alike on both engines."""

    name: str
    table: str
    event: str  # UPDATE, DELETE or INSERT
    condition: str
    message: str


_triggers: dict[str, Trigger] = {}


def register(trigger: Trigger) -> None:
    """Add a trigger; the same name again replaces it."""
    _triggers[trigger.name] = trigger


def append_only(table: str, *, delete_when: str = "TRUE") -> None:
    """No row of `table` is ever changed; none is deleted where `delete_when` holds."""
    register(Trigger(f"{table}_no_update", table, "UPDATE", "TRUE", f"{table} is append-only"))
    register(Trigger(f"{table}_no_delete", table, "DELETE", delete_when, f"{table} is append-only"))


def all_triggers() -> list[Trigger]:
    """Every registered trigger, by name."""
    return [_triggers[name] for name in sorted(_triggers)]


def statements(trigger: Trigger, vendor: str) -> list[str]:
    """The SQL that makes a trigger (dropping an older one of its name) on `postgresql` or `sqlite`."""
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {trigger.name}",
            f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} FOR EACH ROW "
            f"WHEN {trigger.condition} BEGIN SELECT RAISE(ABORT, '{trigger.message}'); END",
        ]
    row = "OLD" if trigger.event == "DELETE" else "NEW"
    made = [
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {trigger.condition} THEN RAISE EXCEPTION '{trigger.message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $$",
        f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}",
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} FOR EACH ROW "
        f"EXECUTE FUNCTION {trigger.name}()",
    ]
    if trigger.event == "DELETE":
        made += [
            f"CREATE OR REPLACE FUNCTION {trigger.table}_truncated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{trigger.message}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"DROP TRIGGER IF EXISTS {trigger.table}_no_truncate ON {trigger.table}",
            f"CREATE TRIGGER {trigger.table}_no_truncate BEFORE TRUNCATE ON {trigger.table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION {trigger.table}_truncated()",
        ]
    return made


def expected_names(vendor: str, tables: set[str]) -> dict[str, str]:
    """Name -> table of every trigger that should stand on the given tables."""
    names = {each.name: each.table for each in all_triggers() if each.table in tables}
    if vendor == "postgresql":
        truncates = [each.table for each in all_triggers() if each.event == "DELETE" and each.table in tables]
        names |= {f"{table}_no_truncate": table for table in truncates}
    return names


def installed_names(connection) -> set[str]:
    """The names of the triggers that the database has."""
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        return {name for (name,) in cursor.fetchall()}


def install(connection) -> None:
    """Make every trigger whose table exists. Safe to repeat."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for trigger in all_triggers():
            if trigger.table in tables:
                for statement in statements(trigger, connection.vendor):
                    cursor.execute(statement)


def remove(connection) -> None:
    """Drop every trigger of ours. Only for the flush of a transactional test."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name, table in expected_names(connection.vendor, tables).items():
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


@contextmanager
def lifted(connection):
    """The triggers gone for a while, and back afterwards whatever happens."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def install_after_migrate(app_config, using, **options) -> None:
    """post_migrate: once, after the last application."""
    from django.apps import apps

    if app_config == [each for each in apps.get_app_configs() if each.models_module][-1]:
        install(connections[using])


def check_triggers(app_configs, databases=None, **options) -> list[Error]:
    """System check: the database has every trigger that stands between its rows and a quiet change."""
    errors = []
    for alias in databases or []:
        connection = connections[alias]
        expected = expected_names(connection.vendor, set(connection.introspection.table_names()))
        for name in sorted(set(expected) - installed_names(connection)):
            errors.append(Error(f"The trigger {name} is missing. Run: python manage.py migrate", id="audit.E002"))
    return errors
