from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.node.executors import executor_for, home
from apps.node.executors.provision import provision


class Command(BaseCommand):
    help = "Make the environment of the sandboxed executor, and try the sandbox."

    def handle(self, **options):
        provision(Path(settings.EXECUTOR["runtime"] or home() / "cwl"))
        self.stdout.write(executor_for(settings.EXECUTOR).probe().sentence)
