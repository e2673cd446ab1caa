"""Make the environment that has cwltool. Its Python is the system's, because only /usr is seen inside the sandbox."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
CWLTOOL = "cwltool==3.3.20260925135507"


def provision(runtime: Path) -> bool:
    """Make `runtime` unless it is there, whole or not at all. True where it was made now. Raises CalledProcessError."""
    if is_ready(runtime):
        return False
    runtime.parent.mkdir(parents=True, exist_ok=True)
    runtime.parent.chmod(0o755)
    with (runtime.parent / f".{runtime.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_ready(runtime):
            return False
        draft = runtime.with_name(f".{runtime.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        # Debian's Python may lack ensurepip, so the portal's own pip installs into it.
        subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", str(draft)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(draft / "bin" / "python"), "install", "--quiet"]
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        subprocess.run([*pip, CWLTOOL], check=True, env=environment, stdout=subprocess.DEVNULL)
        (draft / "ready").write_text(CWLTOOL)
        shutil.rmtree(runtime, ignore_errors=True)
        draft.rename(runtime)
    return True


def is_ready(runtime: Path) -> bool:
    """True where the environment is there, with this version of cwltool."""
    return (runtime / "ready").exists() and (runtime / "ready").read_text() == CWLTOOL
