import json
from uuid import UUID

from django.core.management.base import BaseCommand

from apps.core.exchange.keys import public_key_of


class Command(BaseCommand):
    help = "Print the public key of a side, for whoever adds it to the other side's list. Made now where there is none."

    def add_arguments(self, parser):
        parser.add_argument("side", type=UUID, help="the UUID of the TRE (or of the hub)")

    def handle(self, *, side, **options):
        self.stdout.write(json.dumps(public_key_of(side)))
