"""The federation of the demonstration, seeded once in a process and brought back for every test that asks for it."""

import shutil
from pathlib import Path

from apps.tools.federation.seed import seed_federation
from tests import database


class Seeded:
    """`folder` holds `data`, where the datasets of the test at hand lie, and `kept`, the copy that none changes."""

    def __init__(self, folder: Path):
        folder.chmod(0o755)  # a sandbox's user reads the data
        self.data, self.kept = folder / "data", folder / "kept"
        self.rows: database.Rows = {}

    def seed(self, own: Path) -> None:
        """Fill the database and the folders; `own` is the test's, with its `files` and `keys`."""
        clean = database.can_be_quick() and database.is_as_migrated()
        if clean and self.rows:
            self._bring_back(own)
            return
        seed_federation(self.data)
        if clean:
            self._keep(own)

    def _keep(self, own: Path) -> None:
        shutil.copytree(self.data, self.kept / "data")
        for name in ("files", "keys"):
            shutil.copytree(own / name, self.kept / name)
        self.rows = database.copy_out()

    def _bring_back(self, own: Path) -> None:
        shutil.copytree(self.kept / "data", self.data)
        for name in ("files", "keys"):
            shutil.copytree(self.kept / name, own / name, dirs_exist_ok=True)
        database.copy_in(self.rows)
