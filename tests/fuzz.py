"""`make fuzz SECONDS=60`: random edits of a good bag and of its metadata, for as long as is given. A find ends it.

What must hold: check() answers with a report and never raises, and never answers M-40 (something unforeseen).
"""

import copy
import io
import json
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps.core.crates.check import check
from tests.unit.crates.bags import good, phase, with_manifests, write

VALUES = [None, 0, -1, 1.5, True, "", "x", "./", "#", "\x00", "\u202e", [], {}, [[]], {"@id": "./"}, {"@id": 7}, [{}]]
METADATA = "data/ro-crate-metadata.json"


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from places(inner, (*path, key))


def edited_json(chance: random.Random) -> bytes:
    document = phase(chance.choice(["1-request", "9-published"]))
    for _ in range(chance.randint(1, 4)):
        inside = [each for each in places(document) if each]
        if not inside:
            break
        path = chance.choice(inside)
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        if chance.random() < 0.2:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(chance.choice(VALUES))
    return json.dumps(document).encode()


def edited_bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed))
        kind = chance.random()
        if kind < 0.6:
            changed[at] = chance.randrange(256)
        elif kind < 0.8:
            del changed[at : at + chance.randint(1, 20)]
        else:
            changed[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(changed)


def case(chance: random.Random, folder: Path) -> Path:
    path = folder / "case.zip"
    if chance.random() < 0.5:
        return write(path, with_manifests({**good(), METADATA: edited_json(chance)}))
    whole = io.BytesIO(write(path, good()).read_bytes())
    path.write_bytes(edited_bytes(whole.getvalue(), chance))
    return path


def main(seconds: float) -> int:
    logging.disable(logging.CRITICAL)
    end, tried = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            seed = random.SystemRandom().getrandbits(64)
            chance = random.Random(seed)
            path = case(chance, Path(folder))
            report = check(path, phase=chance.choice(["request", "result"]))
            tried += 1
            if any(each.rule == "M-40" for each in report.findings):
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}.zip"
                kept.write_bytes(path.read_bytes())
                print(f"Found after {tried} crates: seed {seed}, kept as {kept}")
                return 1
    print(f"{tried} crates, nothing found.")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
