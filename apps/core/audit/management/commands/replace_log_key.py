from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.audit import log_keys


class Command(BaseCommand):
    help = (
        "Let a new key sign a log from now on. The log says so; the old key signs beside it until you delete its file."
    )

    def add_arguments(self, parser):
        parser.add_argument("reason", help="why, as the log will say it to auditors")
        parser.add_argument("--side", type=UUID, default=UUID(settings.HUB_ID), help="whose log (the hub's)")

    def handle(self, *, reason, side, **options):
        self.stdout.write(f"{log_keys.replace(side=side, by='operator', reason=reason)} signs from now on.")
