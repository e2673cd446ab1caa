from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from apps.core.accounts.models import RoleGrant, User
from apps.core.audit import triggers

EXAMPLES = Path(settings.BASE_DIR).parent / "shared" / "crates"
_flush = TransactionTestCase._fixture_teardown


def _flush_without_triggers(self):
    """Append-only tables refuse the flush between transactional tests, so the triggers are lifted for just that."""
    with triggers.lifted(connections["default"]):
        _flush(self)


TransactionTestCase._fixture_teardown = _flush_without_triggers


@pytest.fixture
def official_request() -> Path:
    """The official example request of the profile. It is somebody else's file and lies beside the project."""
    return EXAMPLES / "five-safes-0.4-example-request.bagit.zip"


@pytest.fixture(autouse=True)
def files_of_its_own(settings, tmp_path):
    """Each test has folders of its own for everything that storages and keys keep."""
    from django.core.files.storage import storages

    changed = {name: dict(options) for name, options in settings.STORAGES.items()}
    for name, options in changed.items():
        if name != "staticfiles":
            options["OPTIONS"] = dict(options["OPTIONS"]) | {"location": str(tmp_path / "files" / name)}
    settings.STORAGES = changed
    settings.KEYS_DIR = tmp_path / "keys"
    yield
    storages._storages.clear()


@pytest.fixture
def person(db):
    """person("ada", Role.RESEARCHER, (Role.CUSTODIAN, tre_id)) -> a verified person with these roles."""

    def make(name: str, *roles, orcid: str = "") -> User:
        user = User.objects.create_user(f"{name}@example.org", "correct horse battery", name=name.title(), orcid=orcid)
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
        for role in roles:
            role, side = role if isinstance(role, tuple) else (role, settings.HUB_ID)
            RoleGrant.objects.create(user=user, role=role, side=side)
        return user

    return make
