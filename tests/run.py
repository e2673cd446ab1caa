"""`make test`: the whole suite, and what depends on the engine again on SQLite. Standard library only.

What a missing service or tool would have run is named and left out; with REQUIRE_SERVICES=1 its absence is a failure.
"""

import os
import shutil
import socket
import subprocess
import sys

DATABASE = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("TEST_PROCESSES", "2"), "--dist", "loadfile"]
# In the order of their names, browsers first: files of many quick tests come last and fill up both processes.
PYTEST += ["--no-loadscope-reorder"]


def listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) == 0


def missing() -> dict[str, str]:
    """Marker -> what is not there."""
    there = {
        "postgres": (listens(5432) or "TEST_DATABASE_URL" in os.environ, "PostgreSQL on 127.0.0.1:5432"),
        "redis": (listens(6379), "Redis on 127.0.0.1:6379"),
        "rabbitmq": (listens(5672), "RabbitMQ on 127.0.0.1:5672"),
        "sandbox": (shutil.which("bwrap") is not None, "bubblewrap (apt-get install bubblewrap)"),
        "browser": (shutil.which("chromium") is not None, "Chromium (apt-get install chromium)"),
    }
    return {marker: name for marker, (found, name) in there.items() if not found}


def run(arguments: list[str], **environment: str) -> int:
    return subprocess.call([*PYTEST, *arguments], env={**os.environ, **environment})


def main() -> int:
    left_out = missing()
    for marker, name in left_out.items():
        print(f"Left out: tests marked {marker}, because {name} is missing.")
    if left_out and os.environ.get("REQUIRE_SERVICES") == "1":
        print("REQUIRE_SERVICES=1: what is missing is a failure.")
        return 1
    chosen = ["-m", " and ".join(f"not {marker}" for marker in left_out)] if left_out else []
    if "postgres" in left_out:
        return run([*chosen, *sys.argv[1:]])
    code = run([*chosen, "--cov", "--cov-report=term", *sys.argv[1:]], DATABASE_URL=DATABASE)
    if sys.argv[1:]:
        return code
    again = " and ".join(["both_engines", "not postgres", *(f"not {marker}" for marker in left_out)])
    return run(["-m", again]) or code


if __name__ == "__main__":
    sys.exit(main())
