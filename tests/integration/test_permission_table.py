"""Who may do what, and when: every state, step and kind of person, asked of the pages, and compared with docs/permissions.md."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core.incidents.models import IncidentText
from apps.core.workflow import machines, steps
from apps.hub.projects.models import Project
from apps.tools import permission_table
from apps.tools.management.commands import permissions
from apps.tools.permission_table import KINDS, SAID, NoThing, cells, is_legal, page

# One person may always stop, an administrator of a TRE too. To start anything is not hers.
STOPPING = {"revoke", "end", "withdraw", "stop", "cancel", "suspend"}
# What was stopped any of a TRE's staff may ask for again; a second person decides.
ASKING = {"request_again", "offer_again", "propose_again"}
# Who is to decide on projects in a TRE, its panel or its custodians, is set by two people: an administrator may be one.
SETTING = {"propose_end", "confirm_end", "keep", "drop"}
DECIDES_NOTHING = ("auditor", "researcher", "other")


@pytest.mark.no_cover  # thousands of pages, each of which another test covers: measuring them takes longer than asking
@pytest.mark.django_db(transaction=True)
def test_every_cell_of_the_table_is_as_it_is_written_down(federation):
    found = list(cells(all_of_them=True))
    printed = {(cell.model, cell.state, cell.step.verb, cell.kind) for cell in found if cell.is_legal}
    arrows = [
        (model, state, step.verb)
        for model in machines.machines()
        for state in machines.states(model)
        for step in steps.steps_of(model)
        if is_legal(model, state, step)
    ]
    assert printed == {(*arrow, kind) for arrow in arrows for kind in KINDS}
    assert {cell.status for cell in found} <= set(SAID)
    illegal = [cell for cell in found if not cell.is_legal]
    assert illegal
    assert [cell for cell in illegal if cell.status == 200] == []
    legal = [cell for cell in found if cell.is_legal]
    assert [cell for cell in legal if cell.status == 409] == []
    assert [cell for cell in legal if cell.status == 200 and cell.kind in DECIDES_NOTHING] == []
    by_administrators = {cell.step.verb for cell in legal if cell.status == 200 and cell.kind == "TRE administrator"}
    assert by_administrators <= STOPPING | ASKING | SETTING
    written = Path(settings.BASE_DIR) / "docs" / "permissions.md"
    assert page(found) == written.read_text(), "docs/permissions.md is stale. Run: python manage.py permissions"


@pytest.mark.django_db(transaction=True)
def test_what_is_printed_is_asked_only_where_the_machine_has_an_arrow(federation, monkeypatch):
    monkeypatch.setattr(permission_table, "ask_for_an_analysis", lambda: None)
    monkeypatch.setattr(permission_table.machines, "machines", lambda: [IncidentText, Project])
    found = list(cells(all_of_them=False))
    assert {cell.model for cell in found} == {IncidentText, Project}
    assert all(cell.is_legal for cell in found)
    clearing = {cell.kind for cell in found if cell.step.verb == "clear" and cell.status == 200}
    assert clearing == {"publisher"}
    assert len(page(found).splitlines()) > len(found) / len(KINDS)
    monkeypatch.setattr(permission_table.machines, "machines", lambda: [IncidentText])
    assert {cell.is_legal for cell in cells(all_of_them=True)} == {True, False}


@pytest.mark.django_db(transaction=True)
def test_what_the_demonstration_lacks_is_made_for_the_table(federation):
    permission_table.ask_for_an_analysis()
    for model in machines.machines():
        if model._meta.label in permission_table.THINGS:
            assert type(permission_table.thing_of(model)) is model


@pytest.mark.django_db
def test_a_machine_without_a_thing_says_what_to_add(monkeypatch):
    from apps.node.runs.models import Run

    with pytest.raises(NoThing, match="THINGS"):
        permission_table.thing_of(Run)

    def none(**options):
        raise NoThing("Seed one.")

    monkeypatch.setattr(permissions, "seed_federation", lambda folder: None)
    monkeypatch.setattr(permissions, "cells", none)
    monkeypatch.setattr(permissions, "call_command", lambda *args, **options: None)
    with pytest.raises(CommandError, match="Seed one"):
        permissions.Command().asked()


def test_the_command_writes_the_page_and_its_check_compares(tmp_path, monkeypatch, capsys):
    file = tmp_path / "permissions.md"
    monkeypatch.setattr(permissions.Command, "asked", lambda self: "the table")
    monkeypatch.setenv(permissions.THROWAWAY, str(settings.DATA_DIR))
    with pytest.raises(SystemExit):
        call_command("permissions", check=True, file=str(file))
    call_command("permissions", file=str(file))
    assert file.read_text() == "the table"
    call_command("permissions", check=True, file=str(file))


def test_the_command_works_in_a_process_and_a_database_of_its_own(monkeypatch):
    ran = []
    monkeypatch.delenv(permissions.THROWAWAY, raising=False)

    def run(command, env, cwd):
        ran.append((command, env))
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr(permissions.subprocess, "run", run)
    with pytest.raises(SystemExit, match="3"):
        call_command("permissions", check=True)
    command, environment = ran[0]
    assert command[0] == sys.executable
    assert command[-1] == "--check"
    assert environment["DATA_DIR"] in environment["DATABASE_URL"]
    assert environment["DATA_DIR"] != str(settings.DATA_DIR)
