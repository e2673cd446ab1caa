"""Start-up refuses half a configuration, in a sentence; each role starts without the other's apps."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from trefx_portal import configuration

FULL = dict.fromkeys(("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "EMAIL_URL", "CACHE_URL"), "x")


def test_an_unknown_role_is_refused():
    assert configuration.role("hub") == "hub"
    with pytest.raises(ImproperlyConfigured, match="Set ROLE to hub, node or solo"):
        configuration.role("both")


@pytest.mark.parametrize(
    ("role", "name"),
    [("hub", "EXECUTOR_ROOT"), ("hub", "QUARANTINE_DIR"), ("hub", "BACKEND_CREDENTIAL_X"), ("node", "CRATES_DIR")],
)
def test_a_role_refuses_what_it_must_not_hold(role, name):
    with pytest.raises(ImproperlyConfigured, match=name):
        configuration.refuse_what_the_role_must_not_hold(role, {name: "x"})
    configuration.refuse_what_the_role_must_not_hold("solo", {name: "x"})
    configuration.refuse_what_the_role_must_not_hold(role, {})


def test_production_names_all_that_is_missing():
    configuration.refuse_half_a_production(False, {})
    configuration.refuse_half_a_production(True, FULL)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY, EMAIL_URL"):
        configuration.refuse_half_a_production(True, FULL | {"SECRET_KEY": "", "EMAIL_URL": ""})


def test_the_laptops_secret_is_made_once(tmp_path):
    path = tmp_path / "keys" / "secret"
    assert configuration.kept_secret(path) == configuration.kept_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600


PROGRAM = """
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("check", "--fail-level", "WARNING")
labels = {config.label for config in apps.get_app_configs()}
print(sorted(labels & {"submissions", "runs", "egress", "projects"}), Client().get("/health/", HTTP_HOST="localhost").status_code)
"""


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("role", "says"), [("hub", "['projects', 'submissions'] 200"), ("node", "['egress', 'runs'] 200")]
)
def test_a_role_starts_without_the_other_sides_apps(role, says, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DIR")}
    environment |= {"ROLE": role, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "trefx_portal.settings"}
    environment.pop("DATABASE_URL", None)
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert says in ran.stdout, ran.stderr


def test_a_hub_with_an_executor_does_not_start(tmp_path):
    environment = os.environ | {"ROLE": "hub", "EXECUTOR_ROOT": "/x", "DATA_DIR": str(tmp_path)}
    environment |= {"DJANGO_SETTINGS_MODULE": "trefx_portal.settings"}
    command = [sys.executable, "-c", "import django; django.setup()"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "ROLE=hub must not hold EXECUTOR_ROOT" in ran.stderr
