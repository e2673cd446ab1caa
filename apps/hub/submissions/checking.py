"""Look into an uploaded crate, on a copy on the local disk, wherever the storage keeps it."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages

from apps.core.crates.check import Input, check, read
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.rules.secrets import masked


def limits() -> Limits:
    """The bounds of this portal."""
    return Limits(upload_bytes=settings.UPLOAD_LIMIT_MB * MEGABYTE, own_hosts=settings.OWN_HOSTS)


@contextmanager
def local_copy(storage: str, name: str):
    """The path of a stored file on the local disk, for as long as the block lasts; nothing is copied that lies there."""
    if isinstance(storages[storage], FileSystemStorage):
        yield Path(storages[storage].path(name))
        return
    with tempfile.TemporaryDirectory(prefix="crate-") as folder:
        path = Path(folder) / "crate.zip"
        with storages[storage].open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, MEGABYTE)
        yield path


def look_into(path: Path) -> tuple[dict, dict]:
    """(report, facts) of the crate at `path`; no facts where it was not accepted."""
    report = check(path, phase="request", limits=limits())
    if report.verdict != "accepted":
        return report.as_dict(), {}
    crate = read(path, limits())
    suspicious = {each.entity for each in report.findings if each.rule == "5S-SEC-10"}
    facts = {
        "name": crate.name,
        "description": crate.description,
        "requester": crate.requester,
        "project": crate.project,
        "workflow": crate.workflow,
        "run_id": crate.run_id,
        "inputs": [told(each, is_suspicious=each.id in suspicious) for each in crate.inputs],
    }
    return report.as_dict(), facts


def told(given: Input, *, is_suspicious: bool) -> dict:
    """An input as pages show it: a value that looks like a secret is masked, also for who wrote it."""
    is_masked = is_suspicious and not given.path
    return asdict(given) | ({"value": masked(str(given.value).encode())} if is_masked else {})
