"""A crate is written whole or not at all, whatever happens to whoever writes it."""

import io
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.core.crates.check import check
from apps.core.crates.write import write_bag
from tests.unit.crates.bags import phase

ROOT = Path(__file__).resolve().parents[3]
BAG = {
    "top": "bag",
    "metadata": phase("1-request"),
    "external_identifier": "urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99",
}
# Writes a bag whose payload comes to a stop after its first piece, in the middle of a file on the disk.
STOPS = """
import io, os, signal, sys
from pathlib import Path
from apps.core.crates.write import write_bag

class Endless(io.BytesIO):
    def read(self, size):
        if self.tell():
            print("half", flush=True)
            signal.pause()
        self.seek(1)
        return os.urandom(size)

write_bag(Path(sys.argv[1]), top="bag", metadata={}, payload=[("x.csv", Endless)], external_identifier="x")
"""
# Writes a bag that is larger than any file may be.
FAILS = """
import io, os, resource, signal, sys
from pathlib import Path
from apps.core.crates.write import write_bag

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
large = io.BytesIO(os.urandom(1_000_000))
write_bag(Path(sys.argv[1]), top="bag", metadata={}, payload=[("x.csv", lambda: large)], external_identifier="x")
"""


def write(destination: Path) -> None:
    write_bag(destination, payload=[("inputs/regions.csv", lambda: io.BytesIO(b"x"))], **BAG)


def is_whole(path: Path) -> bool:
    return check(path).verdict == "accepted"


def drafts(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


@contextmanager
def half_written(destination: Path):
    """Another process that has written half of a bag, and is killed at the end."""
    command = [sys.executable, "-c", STOPS, str(destination)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "half\n"
            yield
        finally:
            process.kill()


@pytest.fixture(params=["absent", "there"])
def destination(request, tmp_path) -> Path:
    path = tmp_path / "result[1].zip"
    if request.param == "there":
        write(path)
    return path


def test_a_writer_that_is_killed_leaves_what_was_there_and_the_next_one_tidies_up(destination):
    before = destination.read_bytes() if destination.exists() else None
    with half_written(destination):
        pass
    assert (destination.read_bytes() if destination.exists() else None) == before
    assert len(drafts(destination.parent)) == 1
    write(destination)
    assert is_whole(destination)
    assert drafts(destination.parent) == []


def test_a_disk_that_takes_no_more_leaves_what_was_there(destination):
    before = destination.read_bytes() if destination.exists() else None
    failed = subprocess.run([sys.executable, "-c", FAILS, str(destination)], cwd=ROOT, capture_output=True, text=True)
    assert "OSError: [Errno 27] File too large" in failed.stderr
    assert (destination.read_bytes() if destination.exists() else None) == before
    assert drafts(destination.parent) == []


def test_a_draft_that_somebody_still_writes_is_left_alone(destination):
    with half_written(destination):
        write(destination)
        assert is_whole(destination)
        assert len(drafts(destination.parent)) == 1
