"""What the portal adds to a run: from signed off to outputs in quarantine, less the executor's own time. One ratio, one run.

    python benchmarks/overhead.py

Seeds a federation of its own, starts web and worker as `make demo` does, walks the journey and reads the times.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="trefx-benchmark-")
os.environ["DJANGO_SETTINGS_MODULE"] = "trefx_portal.settings"

import django

django.setup()

from django.core.management import call_command

from apps.core.audit.models import Opening
from apps.node.egress.models import EgressRequest
from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.tools.federation.journey import walk
from apps.tools.federation.processes import free_port, portal
from apps.tools.federation.seed import seed_federation


def main() -> None:
    call_command("migrate", verbosity=0)
    provision(home() / "cwl")
    seed_federation(home() / "data")
    with portal(free_port(), quiet=True) as address:
        walk(address, lambda line: None, Path(os.environ["DATA_DIR"]) / "results")
    request = EgressRequest.objects.select_related("run").get()
    signed = Opening.objects.get(verb="run.signed_off", subject_id=request.run_id).at
    whole = (request.created_at - signed).total_seconds()
    executor = (request.run.ended_at - request.run.started_at).total_seconds()
    print(f"signed off to quarantine {whole:.2f} s, executor {executor:.2f} s")
    print(f"portal's own {whole - executor:.2f} s, ratio {whole / executor:.2f}")


if __name__ == "__main__":
    main()
