"""The border, where import-linter does not look: templates, addresses, string references, migrations. And habits."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

BASE = Path(settings.BASE_DIR)
LOCAL = {config.label: config.name for config in apps.get_app_configs() if config.name.startswith("apps.")}
# Namespaces of addresses and folders of templates are the apps' own labels; `workflow` and `components` are everyone's.
SIDES = {label: name.split(".")[1] for label, name in LOCAL.items()}
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
SOURCES = sorted(path for path in (BASE / "apps").rglob("*.py") if "migrations" not in path.parts)


def may_use(user: str, used: str) -> bool:
    """What a side may name: its own and core; core names itself alone."""
    return used in (user, "core")


def named(text: str) -> set[str]:
    """The apps that a template names by an address, or by another template's folder."""
    addresses = re.findall(r"""{%\s*url\s+['"](\w+):""", text)
    folders = re.findall(r"""{%\s*(?:include|extends)\s+['"](\w+)/""", text)
    return {label for label in [*addresses, *folders] if label in SIDES}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE / "templates")))
def test_a_template_names_nothing_of_the_other_side(path):
    folder = path.relative_to(BASE / "templates").parts[0]
    side = SIDES.get(folder, "core")
    wrong = {label for label in named(path.read_text()) if not may_use(side, SIDES[label])}
    assert wrong == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(BASE)))
def test_no_string_names_the_other_sides_models_or_addresses(path):
    side = path.relative_to(BASE / "apps").parts[0]
    if side == "tools":
        return
    strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    texts = [value for value in strings if isinstance(value, str)]
    labels = {match[1] for text in texts if (match := re.fullmatch(r"(\w+)[.:](\w+)", text))}
    models = {f"{model._meta.label_lower}" for model in apps.get_models()}
    used = {
        match[1]
        for text in texts
        if (match := re.fullmatch(r"(\w+)\.(\w+)", text)) and text.lower() in models and match[1] in SIDES
    }
    used |= {label for label in labels if any(text.startswith(f"{label}:") for text in texts) and label in SIDES}
    assert {label for label in used if not may_use(side, SIDES[label])} == set()


def test_no_migration_depends_on_the_other_side():
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        if label in SIDES:
            for other, _name in migration.dependencies:
                assert other not in SIDES or may_use(SIDES[label], SIDES[other]), (label, name, other)


def test_no_foreign_key_crosses_the_border():
    for model in apps.get_models():
        side = SIDES.get(model._meta.app_label)
        for field in model._meta.get_fields():
            other = (
                SIDES.get(field.related_model._meta.app_label) if field.is_relation and field.related_model else None
            )
            if side and other and not field.auto_created:
                assert may_use(side, other), field


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def test_a_state_is_never_written_but_by_its_machine():
    """`update(state=…)` passes the machine by; `refresh_from_db` can leave its field unprotected (django-fsm)."""
    for path in SOURCES:
        for call in calls(path):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            assert name != "refresh_from_db", path
            written = {keyword.arg for keyword in call.keywords} if name in ("update", "bulk_update") else set()
            assert "state" not in written, (path, call.lineno)


def test_every_choice_of_a_state_is_in_the_databases_own_check():
    for model in apps.get_models():
        if hasattr(model, "get_available_state_transitions"):
            checks = " ".join(str(each.condition) for each in model._meta.constraints if hasattr(each, "condition"))
            assert all(f"'{value}'" in checks for value in model.State.values), model
