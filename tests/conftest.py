import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from apps.core.accounts.models import RoleGrant, User
from tests import database

EXAMPLES = Path(settings.BASE_DIR).parent / "shared" / "crates"
TransactionTestCase._fixture_teardown = database.flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A browser's last keep-alive may leave a thread of the live server connected; it must not keep the database."""
    with django_db_blocker.unblock():
        if database.can_be_quick():
            database.remember_migrations()
    yield
    if connections["default"].vendor == "postgresql":
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute(f"{others} AND pid <> pg_backend_pid()")


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


@pytest.fixture(scope="session")
def seeded():
    from tests.seeded import Seeded

    folder = Path(tempfile.mkdtemp(prefix="trefx-test-data-", dir="/var/tmp"))
    yield Seeded(folder)
    shutil.rmtree(folder)


@pytest.fixture
def federation(db, seeded, tmp_path):
    """The demonstration federation, seeded through the actions. Its data lie where a sandbox's user can reach them."""
    seeded.seed(tmp_path)
    yield seeded.data
    shutil.rmtree(seeded.data)


class FakeExecutor:
    """Stands for the executor where a test is about what people do: it ends at once with the outputs it was given."""

    def __init__(self, folder: Path):
        self.folder, self.outputs, self.refused = folder, {}, []
        self.snapshot = None
        self.health_sentence = ""
        self.submitted, self.cancelled = [], []

    def probe(self):
        from apps.node.executors.contract import Health

        return Health(not self.health_sentence, self.health_sentence)

    def submit(self, job):
        self.submitted.append(job.attempt_id)
        return str(job.attempt_id)

    def find(self, attempt_id):
        return str(attempt_id) if attempt_id in self.submitted else None

    def poll(self, reference):
        from apps.node.executors.contract import Snapshot, State

        return self.snapshot or Snapshot(State.COMPLETE, "exit 0", exit_code=0)

    def cancel(self, reference):
        self.cancelled.append(reference)

    def collect(self, reference, destination):
        import hashlib

        from apps.node.executors.contract import Collected, Output

        found = []
        for number, (port, content) in enumerate(self.outputs.items()):
            path = self.folder / f"{number}"
            path.write_bytes(content)
            found.append(Output(port, path, hashlib.sha256(content).hexdigest(), len(content)))
        return Collected(found, self.refused)


@pytest.fixture
def executor(monkeypatch, tmp_path_factory):
    """A fake executor in the place of the sandbox, with two declared outputs."""
    from apps.node.runs import jobs

    fake = FakeExecutor(tmp_path_factory.mktemp("fake"))
    fake.outputs = {"counts": b"region,people\nNorth,120\n", "chart": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
    monkeypatch.setattr(jobs, "executor", lambda: fake)
    return fake
