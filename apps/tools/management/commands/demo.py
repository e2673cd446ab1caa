import signal
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.node.executors import executor_for, home
from apps.node.executors.provision import provision
from apps.tools.federation.journey import JourneyStopped, walk
from apps.tools.federation.people import CENTRES, HUB_PEOPLE, PASSWORD, WITH_OWN_PANEL, outsider_of, staff_of
from apps.tools.federation.processes import free_port, portal
from apps.tools.federation.seed import seed_federation

NO_SANDBOX = 3


class Command(BaseCommand):
    help = "A small federation on a laptop: seed it, drive one crate through the whole journey, then keep serving."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="exit after the journey; 0 only if the result verifies")

    def handle(self, *, once, **options):
        began = time.monotonic()
        self.prepare()
        health = executor_for(settings.EXECUTOR).probe()
        if not health.ok:
            self.stdout.write(f"No sandbox, no execution. {health.sentence}")
            if once:
                sys.exit(NO_SANDBOX)
        with portal(free_port(), quiet=True, REQUIRE_SECOND_FACTOR="0") as address:
            if health.ok:
                self.journey(address, once)
            if not once:
                self.serve(address, time.monotonic() - began)

    def prepare(self) -> None:
        """Everything that has to be there before the first page, each part only where it is missing."""
        self.stdout.write("Preparing: database, sandbox, federation.")
        call_command("migrate", verbosity=0)
        provision(Path(settings.EXECUTOR["runtime"] or home() / "cwl"))
        seed_federation(home() / "data")

    def journey(self, address: str, once: bool) -> None:
        """The journey, a line for each step; a stop is told, and with --once it is the end."""
        try:
            result = walk(address, self.say, settings.DATA_DIR / "results")
        except JourneyStopped as problem:
            self.stderr.write(f"The journey stopped. {problem}")
            if once:
                sys.exit(1)
        else:
            self.stdout.write(f"The result crate lies at {result}")

    def say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()

    def serve(self, address: str, seconds: float) -> None:
        """Print where and who, then wait for Ctrl-C."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self.tell(address, seconds)
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.stdout.write("Ended.")

    def tell(self, address: str, seconds: float) -> None:
        """The address, and an account for each role."""
        self.stdout.write(f"\nReady after {seconds:.0f} s. Open {address} (Ctrl-C ends it).")
        self.stdout.write(f"Accounts, all with the password “{PASSWORD}”:")
        for person in [*HUB_PEOPLE, *staff_of(CENTRES[0]), outsider_of(WITH_OWN_PANEL)]:
            roles = ", ".join(str(role.label) for role in [*person.hub_roles, *person.tre_roles])
            self.stdout.write(f"  {person.email:32} {person.name:20} {roles}")
        self.stdout.write("  … and the same staff @hillfoot.example and @linden.example")
        self.stdout.flush()
