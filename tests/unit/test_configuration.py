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


ANSWERS = {name: f"our {name}" for name in configuration.INVENTED_CONTROLLER}


@pytest.mark.parametrize("role", ["hub", "solo"])
def test_a_public_site_does_not_start_without_somebody_who_answers_for_it(role):
    for name in ANSWERS:
        with pytest.raises(
            ImproperlyConfigured, match=f"/about/ must say who answers.* Set {name}, or unset PRODUCTION"
        ):
            configuration.controller(role, True, ANSWERS | {name: ""})
    told = configuration.controller(role, True, ANSWERS)
    assert told == {name.lower(): value for name, value in ANSWERS.items()} | {"is_invented": False}


def test_a_laptop_says_that_its_controller_is_invented():
    told = configuration.controller("solo", False, {"DPO_EMAIL": "dpo@real.example"})
    assert told["is_invented"]
    assert "invented" in told["controller_name"]
    assert told["dpo_email"] == "dpo@real.example"
    assert not configuration.controller("solo", False, ANSWERS)["is_invented"]


def test_a_node_in_production_has_no_public_page_and_invents_nobody():
    assert configuration.controller("node", True, {})["controller_name"] == ""


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


NODES_PAGES = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
get = lambda path: Client().get(path, HTTP_HOST="localhost")
print(get("/robots.txt").content.decode().split(), get("/glossary/").status_code, get("/about/").status_code)
print("Tell the people who run this portal" in get("/accessibility/").content.decode())
"""


def test_a_node_tells_crawlers_nothing_and_still_explains_its_words(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DIR")}
    environment |= {"ROLE": "node", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "trefx_portal.settings"}
    environment |= dict.fromkeys(("SECRET_KEY", "PUBLIC_URL"), "x") | {"PRODUCTION": "1", "SECURE_SSL_REDIRECT": "0"}
    environment |= {"ALLOWED_HOSTS": "localhost", "DATABASE_URL": f"sqlite:///{tmp_path}/node.sqlite3"}
    environment |= {"EMAIL_URL": "dummymail://", "CACHE_URL": "locmemcache://", "PLAIN_STATIC": "1"}
    command = [sys.executable, "-c", NODES_PAGES]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout == "['User-agent:', '*', 'Disallow:', '/'] 200 404\nTrue\n", ran.stderr


def test_a_hub_with_an_executor_does_not_start(tmp_path):
    environment = os.environ | {"ROLE": "hub", "EXECUTOR_ROOT": "/x", "DATA_DIR": str(tmp_path)}
    environment |= {"DJANGO_SETTINGS_MODULE": "trefx_portal.settings"}
    command = [sys.executable, "-c", "import django; django.setup()"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "ROLE=hub must not hold EXECUTOR_ROOT" in ran.stderr
