import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.core.crates.verify import verify
from apps.core.proofs.signatures import check_bytes
from apps.tools import reports


class Command(BaseCommand):
    help = "For whoever receives a result, offline: one line for each thing that holds or does not. Exit 1 where one does not."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        reports.add_own_host(parser)
        parser.add_argument("--request", type=Path, help="the request that it should answer")
        parser.add_argument("--key", type=Path, help="the TRE's public key, as manage.py public_key prints it")

        text = "a key of the TRE's log, as its page of keys shows it (repeatable)"
        parser.add_argument("--log-key", action="append", metavar="KEY", help=text)

    def handle(self, *, file, request, key, own_host, log_key, **options):
        for path in filter(None, (file, request, key)):
            if not path.is_file():
                self.stderr.write(f"There is no file {path}.")
                sys.exit(1)
        public = json.loads(key.read_text()) if key else None
        fits = (lambda data, signature: check_bytes(signature, data, public)) if public else None
        lines = verify(file, request=request, check_signature=fits, log_keys=log_key, limits=reports.limits(own_host))
        for holds, sentence in lines:
            self.stdout.write(f"{'holds' if holds else 'DOES NOT HOLD'}: {sentence}")
        if not all(holds for holds, _sentence in lines):
            sys.exit(1)
