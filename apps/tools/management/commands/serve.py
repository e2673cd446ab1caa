import time

from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.tools.federation.processes import free_port, portal


class Command(BaseCommand):
    help = "Web and worker for development, until Ctrl-C."

    def handle(self, **options):
        call_command("migrate", verbosity=0)
        with portal(free_port(), quiet=False) as address:
            try:
                self.stdout.write(f"Serving at {address}")
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                self.stdout.write("Ended.")
