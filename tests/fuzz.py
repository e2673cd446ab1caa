"""`make fuzz SECONDS=60`: random edits of good and of hostile crates, for as long as is given. A find ends it.

What must hold: check() answers with a report that is JSON, never raises, never answers M-40 (something unforeseen), and is
done in a few seconds; what it accepted can be read, and verified.
"""

import copy
import json
import logging
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from apps.core.crates.check import check, read
from apps.core.crates.verify import verify
from tests.unit.crates.bags import good, phase, with_manifests
from tests.unit.crates.corpus import CASES
from tests.unit.crates.zips import archive, of_bag

VALUES = [None, 0, -1, 1.5, True, "", "x", "./", "#", "\x00", "\u202e", [], {}, [[]], {"@id": "./"}, {"@id": 7}, [{}]]
BY_SIZE = ("M-01", "M-04", "M-06", "M-15", "M-21", "M-22", "M-39")
SECONDS = 10
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
        if not changed:
            break
        at = chance.randrange(len(changed))
        kind = chance.random()
        if kind < 0.6:
            changed[at] = chance.randrange(256)
        elif kind < 0.8:
            del changed[at : at + chance.randint(1, 20)]
        else:
            changed[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(changed)


def seeds() -> list[bytes]:
    """The files of the corpus that are not wrong by their size: what is wrong with one is put into another."""
    with tempfile.TemporaryDirectory() as folder:
        return [case.make(Path(folder)).read_bytes() for case in CASES if case.code not in BY_SIZE]


def spliced(chance: random.Random, known: list[bytes]) -> bytes:
    """The beginning of one file of the corpus, a piece of a second, the end of a third."""
    first, second, third = chance.choices(known, k=3)
    at, start, end = (chance.randint(0, len(each)) for each in (first, second, third))
    return first[:at] + second[start : start + chance.randint(0, 400)] + third[end:]


def members(chance: random.Random) -> bytes:
    """A ZIP whose headers lie, each in a field or two."""
    made = of_bag(good())
    for _ in range(chance.randint(1, 3)):
        one = chance.choice(made)
        name = chance.choice(["flags", "method", "crc", "length", "size", "offset", "volume", "mode"])
        value = chance.choice([0, 1, 8, 0x800, 0xFFFF, chance.randrange(2**16)])
        if chance.random() < 0.5 and name in ("flags", "method", "crc", "length", "size"):
            one.local[name] = value
        else:
            setattr(one, name, value)
    return archive(made, comment=chance.randbytes(chance.choice([0, 0, 5])), large=chance.random() < 0.3)


def case(chance: random.Random, known: list[bytes]) -> bytes:
    """The next file to try."""
    kind = chance.random()
    if kind < 0.4:
        return archive(of_bag(with_manifests({**good(), METADATA: edited_json(chance)})))
    if kind < 0.6:
        return edited_bytes(chance.choice(known), chance)
    return spliced(chance, known) if kind < 0.8 else members(chance)


def answers(path: Path, chance: random.Random) -> str:
    """What must not be; empty where all is well."""
    phase_name = chance.choice(["request", "result"])
    started = time.monotonic()
    report = check(path, phase=phase_name)
    if any(each.rule == "M-40" for each in report.findings):
        return "something unforeseen"
    json.dumps(report.as_dict(), allow_nan=False).encode()
    if time.monotonic() - started > SECONDS:
        return f"more than {SECONDS} seconds"
    if report.verdict == "accepted" and phase_name == "request":
        read(path)
    if report.verdict != "unreadable":
        verify(path, request=path)
    return ""


def main(seconds: float) -> int:
    logging.disable(logging.CRITICAL)
    known = seeds()
    end, tried = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.zip"
        while time.monotonic() < end:
            seed = random.SystemRandom().getrandbits(64)
            chance = random.Random(seed)
            path.write_bytes(case(chance, known))
            tried += 1
            try:
                wrong = answers(path, chance)
            except Exception:
                wrong = traceback.format_exc()
            if wrong:
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}.zip"
                kept.write_bytes(path.read_bytes())
                print(f"Found after {tried} crates: {wrong}. Seed {seed}, kept as {kept}")
                return 1
    print(f"{tried} crates, nothing found.")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
