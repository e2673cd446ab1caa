"""What checking a crate costs, as ratios to the least that has to be done for the same bytes, in one run.

python benchmarks/crates.py [OFFICIAL_REQUEST.zip] [--megabytes 1024]
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps.core.crates.check import check
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.write import from_file, write_bag

IDENTIFIER = "urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99"


def median(function: Callable, times: int) -> float:
    """The median of many runs, in seconds."""
    measured = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        measured.append(time.perf_counter() - began)
    return statistics.median(measured)


def floor(path: Path) -> None:
    """Unzip, hash each member with SHA-512, and parse the metadata: what nobody can do without."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as stream:
                digest = hashlib.sha512()
                kept = []
                while chunk := stream.read(MEGABYTE):
                    digest.update(chunk)
                    kept.append(chunk if name.endswith("ro-crate-metadata.json") else b"")
            if name.endswith("ro-crate-metadata.json"):
                json.loads(b"".join(kept))


def document(files: list[str]) -> dict:
    """A request that names these files as parts."""
    parts = [{"@id": name} for name in files]
    graph = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": "n", "description": "d", "hasPart": parts},
        *({"@id": name, "@type": "File", "name": name, "encodingFormat": "text/csv"} for name in files),
    ]
    return {"@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph}


def bag(folder: Path, count: int, size: int) -> Path:
    """A bag of `count` files of `size` bytes: half text, half noise."""
    payload = []
    for number in range(count):
        path = folder / f"{number}"
        path.write_bytes(os.urandom(size) if number % 2 else (b"region,count\nNorth,12\n" * (size // 22 + 1))[:size])
        payload.append((f"files/{number}.csv", from_file(path)))
    target = folder / "bag.zip"
    names = [name for name, _write in payload]
    write_bag(target, top="bag", metadata=document(names), payload=payload, external_identifier=IDENTIFIER)
    return target


def small(path: Path) -> None:
    least, whole = median(lambda: floor(path), 50), median(lambda: check(path), 50)
    print(f"official request: {whole * 1000:.2f} ms, {whole / least:.2f} x the floor of {least * 1000:.2f} ms")


def large(megabytes: int) -> None:
    limits = Limits(upload_bytes=4096 * MEGABYTE, unpacked_bytes=4096 * MEGABYTE, ratio=10**6)
    with tempfile.TemporaryDirectory() as folder:
        count = max(4, megabytes // 16)
        path = bag(Path(folder), count, megabytes * MEGABYTE // count)
        least, whole = median(lambda: floor(path), 1), median(lambda: check(path, limits=limits), 1)
        print(
            f"{megabytes} MB bag, with the secrets scan: {whole:.1f} s, {least / whole:.2f} of the floor's throughput"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this whole process: {peak:.0f} MB")


def many() -> None:
    took = {}
    for count in (5_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            path = bag(Path(folder), count, 22)
            took[count] = median(lambda path=path: check(path), 3)
    print(
        f"5,000 files: {took[5_000]:.2f} s; 10,000 files: {took[10_000]:.2f} s, "
        f"{took[10_000] / took[5_000]:.2f} times (with package and checksums)"
    )


def imported() -> None:
    code = "import time; t = time.perf_counter(); import apps.core.crates.check; print(time.perf_counter() - t)"
    took = statistics.median(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    )
    print(f"import of apps.core.crates.check: {took * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("official", type=Path, nargs="?")
    parser.add_argument("--megabytes", type=int, default=1024)
    given = parser.parse_args()
    imported()
    if given.official:
        small(given.official)
    many()
    large(given.megabytes)


if __name__ == "__main__":
    main()
