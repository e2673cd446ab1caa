"""What checking a crate costs, as ratios to the least that has to be done for the same bytes, in one run.

python benchmarks/crates.py [OFFICIAL_REQUEST.zip] [--megabytes 1024]

What is compared is measured in turn, once each and again, so that a machine that is busy with other things is busy for both.
"""

import argparse
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps.core.crates import package
from apps.core.crates.check import check, metadata_findings
from apps.core.crates.findings import Report
from apps.core.crates.limits import MEGABYTE, Limits
from apps.core.crates.rules.secrets import Look
from apps.core.crates.write import from_file, write_bag

IDENTIFIER = "urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99"
LARGE = Limits(upload_bytes=4096 * MEGABYTE, unpacked_bytes=4096 * MEGABYTE, ratio=10**6)
IMPORT = "import time; t = time.perf_counter(); import apps.core.crates.check; print(time.perf_counter() - t)"
PEAK = """
import sys
from pathlib import Path
from benchmarks.crates import LARGE, check

def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

idle = peak()
check(Path(sys.argv[1]), limits=LARGE)
print((peak() - idle) / 1024)
"""


def seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def in_turn(times: int, *functions: Callable[[], object]) -> list[list[float]]:
    """Seconds of each function, in every round."""
    rounds = [[seconds(function) for function in functions] for _ in range(times)]
    return [list(measured) for measured in zip(*rounds, strict=True)]


def ratio(above: list[float], below: list[float]) -> float:
    """The median of the rounds' own ratios."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def printed_by(code: str, *arguments: str) -> float:
    """The number that a new process prints."""
    command = [sys.executable, "-c", code, *arguments]
    root = Path(__file__).resolve().parent.parent
    return float(subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout)


def hash_members(source: Path | BinaryIO) -> None:
    """The least: each member unpacked and hashed with SHA-512."""
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist():
            digest = hashlib.sha512()
            with archive.open(name) as stream:
                while chunk := stream.read(MEGABYTE):
                    digest.update(chunk)
            digest.hexdigest()


def hash_and_parse(source: Path | BinaryIO) -> None:
    """The least for a small one: each member unpacked and hashed with SHA-512, the metadata parsed."""
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            hashlib.sha512(content).hexdigest()
            if name.endswith("ro-crate-metadata.json"):
                json.loads(content)


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
    content = path.read_bytes()
    least, whole = in_turn(500, lambda: hash_and_parse(io.BytesIO(content)), lambda: check(io.BytesIO(content)))
    least_ms, whole_ms = (1000 * statistics.median(each) for each in (least, whole))
    print(
        f"official request, from bytes in memory: {whole_ms:.2f} ms, {ratio(whole, least):.2f} times the least "
        f"({least_ms:.2f} ms); at most 3 times, or 1 ms (quickest: {1000 * min(whole):.2f} ms)"
    )


def large(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        count = max(4, megabytes // 16)
        path = bag(Path(folder), count, megabytes * MEGABYTE // count)
        least, without, whole = in_turn(
            3,
            lambda: hash_members(path),
            lambda: check(path, phase="result", limits=LARGE),  # a result is not searched for secrets
            lambda: check(path, limits=LARGE),
        )
        name = f"{megabytes} MB of mixed files"
        print(
            f"{name}, as a result, no search for secrets: {ratio(least, without):.2f} of the least's throughput; >= 0.8"
        )
        print(
            f"{name}, as a request, searched for secrets: {ratio(least, whole):.2f} of the least's throughput; >= 0.4"
        )
        print(f"{name}, peak memory above idle: {printed_by(PEAK, str(path)):.0f} MB; < 128 MB")


def many() -> None:
    own, all_of_it = {}, {}
    for count in (5_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            path = bag(Path(folder), count, 22)
            open_one = package.open_bag(path, Limits())
            open_one.look = Look()
            with open_one.archive:
                metadata, whole = in_turn(5, lambda bag=open_one: read_metadata(bag), lambda path=path: check(path))
        own[count], all_of_it[count] = statistics.median(metadata), statistics.median(whole)
    for what, took in (("metadata", own), ("package, checksums and metadata", all_of_it)):
        print(
            f"{what} of 5,000 and 10,000 files: {took[5_000]:.2f} s and {took[10_000]:.2f} s, "
            f"{took[10_000] / took[5_000]:.2f} times; < 0.3 s, < 0.7 s, <= 2.2 times"
        )


def read_metadata(bag: package.Bag) -> None:
    """The metadata's own part of a check."""
    bag.kept.clear()
    list(metadata_findings(bag, "request", Report()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("official", type=Path, nargs="?")
    parser.add_argument("--megabytes", type=int, default=1024)
    given = parser.parse_args()
    took = statistics.median(printed_by(IMPORT) for _ in range(7))
    print(f"import of apps.core.crates.check: {took * 1000:.0f} ms; < 150 ms")
    if given.official:
        small(given.official)
    many()
    large(given.megabytes)


if __name__ == "__main__":
    main()
