import json
import sys
from pathlib import Path

from apps.core.crates.verify import verify
from apps.core.proofs.signatures import check_bytes, is_public_key
from apps.tools import reports


class Command(reports.CrateCommand):
    help = "For whoever receives a result, offline: one line for each thing that holds or does not. Exit 1 where one does not."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        reports.add_own_host(parser)
        parser.add_argument("--request", type=Path, help="the request that it should answer")
        parser.add_argument("--key", type=Path, help="the TRE's public key, as manage.py public_key prints it")

        text = "a key of the TRE's log, as its page of keys shows it (repeatable)"
        parser.add_argument("--log-key", action="append", metavar="KEY", help=text)

    def handle(self, *, file, request, key, own_host, log_key, **options):
        for path in filter(None, (file, request, key)):
            why = reports.why_unreadable(path)
            if why:
                self.stderr.write(why)
                sys.exit(1)
        public = public_key_of(key) if key else None
        if key and not public:
            self.stderr.write(reports.inert(f"{key} is no public key as manage.py public_key prints it."))
            sys.exit(1)
        fits = (lambda data, signature: check_bytes(signature, data, public)) if key else None
        lines = verify(file, request=request, check_signature=fits, log_keys=log_key, limits=reports.limits(own_host))
        if not key:
            self.stdout.write("not looked at: the signature. Give the TRE's public key with --key.")
        for holds, sentence in lines:
            self.stdout.write(f"{'holds' if holds else 'DOES NOT HOLD'}: {sentence}")
        if not all(holds for holds, _sentence in lines):
            sys.exit(1)


def public_key_of(path: Path) -> dict[str, str] | None:
    """The key in a file; None where it holds none."""
    try:
        key = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    return key if is_public_key(key) else None
