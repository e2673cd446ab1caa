"""The command line of the sandbox: no network, no host files but /usr, an unprivileged user, hard limits.

The whole engine, its parser too, runs inside. Nothing of the host is writable: what comes out leaves as a tar stream.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from apps.node.executors.contract import Limits

# Runs cwltool inside the sandbox and writes its outputs as a tar to the sandbox's standard output. `main.run()` is called
# and its code returned, because `python -m cwltool` exits 0 on failure.
INSIDE = """
import os, sys, tarfile
stream = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
sys.stdout = open("/out/cwl.json", "w")
sys.argv = ["cwltool"] + sys.argv[1:]
from cwltool.main import run
code = run()
sys.stdout.close()
with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
    for name in ("cwl.json", "results"):
        if os.path.lexists("/out/" + name):
            tar.add("/out/" + name, name)
stream.close()
sys.exit(code)
"""
CWLTOOL = ["--no-container", "--disable-pull", "--disable-color", "--eval-timeout", "20", "--outdir", "/out/results"]


def as_user(uid: int | None) -> list[str]:
    """Give up root before the sandbox starts: root inside a sandbox still reads root's files."""
    if uid is None:
        return []
    dropped = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", *dropped]


def limited(limits: Limits) -> list[str]:
    """Limits on each process, set inside the sandbox."""
    return [
        "/usr/bin/prlimit",
        f"--cpu={limits.cpu_seconds}",
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.disk_bytes}",
        f"--nproc={limits.processes}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--",
    ]


def walls(binds: Sequence[tuple[Path, str]], limits: Limits) -> list[str]:
    """bwrap with only /usr, the given read-only binds, and two memory file systems of a limited size."""
    arguments = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--hostname",
        "sandbox",
    ]
    arguments += ["--clearenv", "--setenv", "PATH", "/opt/runner/bin:/usr/bin:/bin", "--setenv", "HOME", "/tmp"]
    arguments += [
        "--setenv",
        "TMPDIR",
        "/tmp",
        "--setenv",
        "LANG",
        "C.UTF-8",
        "--setenv",
        "PYTHONDONTWRITEBYTECODE",
        "1",
    ]
    arguments += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib64", "sbin"):
        if os.path.islink(f"/{name}"):
            arguments += ["--symlink", f"usr/{name}", f"/{name}"]
    arguments += ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
    arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    for size, place in ((limits.disk_bytes, "/out"), (limits.disk_bytes, "/tmp")):
        arguments += ["--size", str(size), "--tmpfs", place]
    for source, target in binds:
        arguments += ["--ro-bind", str(source), target]
    return [*arguments, "--chdir", "/out"]


def command(
    *, uid: int | None, runtime: Path, binds: Sequence[tuple[Path, str]], workflow: str, limits: Limits
) -> list[str]:
    """The whole command of one attempt: /crate, /job, /inputs and /data come from `binds`."""
    engine = ["/opt/runner/bin/python", "-I", "-c", INSIDE, *CWLTOOL, f"/crate/{workflow}", "/job/job.json"]
    bound = [*binds, (runtime, "/opt/runner")]
    return [*as_user(uid), *walls(bound, limits), *limited(limits), *engine]
