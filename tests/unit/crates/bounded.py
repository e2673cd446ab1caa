"""Check the files that are named on stdin, one JSON [path, phase] a line, where nothing but that file may be touched.

For each a line of JSON: what was told, how long it took, how much memory it took above an idle import (bytes), and
everything that was opened, or tried, besides the file itself.
"""

import json
import logging
import re
import signal
import sys
import time
from pathlib import Path

from apps.core.crates.check import check

SECONDS = 20
touched: list[str] = []
allowed = ""


def watch(event: str, arguments: tuple) -> None:
    """Notes what the interpreter is about to do; a socket is refused."""
    if event.startswith("socket.") or event.startswith(("subprocess.", "os.", "shutil.", "tempfile.", "urllib.")):
        touched.append(event)
        raise PermissionError(event)
    if event == "open" and str(arguments[0]) not in (allowed, "/proc/self/status", "/proc/self/clear_refs"):
        touched.append(f"open {arguments[0]}")
    if event == "open" and str(arguments[0]) == allowed and arguments[1] not in ("r", "rb", None):
        touched.append(f"open {arguments[1]}")


def peak() -> int:
    """The most memory that this process had at once, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024


def forget_peak() -> None:
    """From here on the peak counts anew (Linux: clear_refs 5)."""
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    global allowed
    logging.disable(logging.CRITICAL)
    lines = [json.loads(line) for line in sys.stdin]
    "".encode("cp437")  # a table that Python loads when it is first needed
    idle = peak()
    sys.addaudithook(watch)
    for path, phase in lines:
        allowed = path
        forget_peak()
        touched.clear()
        signal.alarm(SECONDS)
        started = time.monotonic()
        report = check(Path(path), phase=phase)
        took = time.monotonic() - started
        signal.alarm(0)
        told = report.as_dict() | {"seconds": took, "memory": peak() - idle, "touched": list(touched)}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
