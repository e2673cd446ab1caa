"""Web and worker as two processes of ours, ended by pid when we end."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

FIRST_PORT = 8000
START_SECONDS = 30
END_SECONDS = 10
PR_SET_PDEATHSIG = 1


class NotStarted(Exception):
    """The web process did not answer in time."""


def free_port(first: int = FIRST_PORT) -> int:
    """The first free port of 127.0.0.1 from `first`."""
    for port in range(first, min(first + 1000, 65536)):
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                server.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NotStarted("No port is free.")


@contextmanager
def portal(port: int, *, quiet: bool, **variables: str):
    """Web and worker while the block lasts, with these variables in their environment. Raises NotStarted."""
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PUBLIC_URL": address, **variables}
    output = subprocess.DEVNULL if quiet else None
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "trefx_portal.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
    ]
    web += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
    worker = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "trefx_portal",
        "worker",
        "--beat",
        "--pool",
        "solo",
        "--loglevel",
        "warning",
    ]
    streams = {"stdout": output, "stderr": output, "preexec_fn": end_with_parent}
    processes = [subprocess.Popen(command, env=environment, **streams) for command in (web, worker)]
    try:
        wait_until_healthy(address)
        yield address
    finally:
        end(processes)


def end_with_parent() -> None:
    """In a new child: be ended when the parent ends, however it ends (prctl(2); Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # pragma: no cover - between fork and exec


def end(processes: list[subprocess.Popen]) -> None:
    """Ask each to end; kill what does not within END_SECONDS."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(address: str) -> None:
    """Until /health/ answers. Raises NotStarted."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/health/", timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.1)
    raise NotStarted(f"{address} did not answer within {START_SECONDS} seconds.")
