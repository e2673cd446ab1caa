import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.core.proofs import notes, published, witnessing


class Command(BaseCommand):
    help = "Be a witness of a log: see that it continues what it signed before, sign that, and shout where it does not (exit 1)."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--origin", required=True, help="the log's address, for example https://portal.example/log")
        parser.add_argument(
            "--key", type=Path, required=True, help="your own key; made, and kept to you, where there is none"
        )
        parser.add_argument("--state", type=Path, required=True, help="where this witness remembers what it saw")
        parser.add_argument(
            "--name", default="witness.example", help="your name as a witness, such as example.org/witness"
        )
        parser.add_argument("--log-key", action="append", help="the log's key; else the one it shows on the first look")

    def handle(self, *, origin, key, state, name, log_key, **options):
        origin = origin.rstrip("/")
        remembered: dict = json.loads(state.read_text()) if state.exists() else {"note": "", "keys": []}
        fetch = published.over_http(origin)
        try:
            private = notes.kept_signing_key(key)
            told = [notes.parse_verifier(each) for each in (log_key or []) + remembered["keys"]]
            keys = told or published.keys_of(fetch)
            said, note = witnessing.look(fetch, keys, remembered["note"])
        except witnessing.Broken as broken:
            self.shout(broken, state)
        except (notes.BadNote, published.NotThere) as problem:
            self.stderr.write(f"The log could not be checked. {problem}")
            sys.exit(1)
        known = [str(each) for each in dict.fromkeys(keys)]
        draft = state.with_name(f".{state.name}.part")
        draft.write_text(json.dumps({"origin": said.origin, "size": said.size, "keys": known, "note": note}, indent=2))
        draft.replace(state)
        before = "as it did when last seen" if remembered["note"] else "seen for the first time"
        self.stdout.write(f"OK: {said.origin} has {said.size} entries, {before}.")
        self.stdout.write(f"Your verifier key: {notes.verifier_of(private, name, notes.COSIGNATURE)}")
        self.stdout.write(self.hand_in(origin, witnessing.cosigned(note, private, name, int(time.time()))))

    def shout(self, broken: witnessing.Broken, state: Path) -> None:
        """Keep both of the log's signed words as evidence, and end with 1. What was remembered stays."""
        evidence = state.with_name(f"{state.name}.evidence-{int(time.time())}.json")
        both = {"what": str(broken), "before": broken.before, "now": broken.now}
        evidence.write_text(json.dumps(both, indent=2))
        self.stderr.write(f"THIS LOG IS BROKEN. {broken} Both signed statements are kept in {evidence}. Tell others.")
        sys.exit(1)

    def hand_in(self, origin: str, note: str) -> str:
        """Give the cosignature to the log; it may not know this witness, which changes nothing for the witness."""
        asked = urllib.request.Request(f"{origin}/cosignatures", note.encode(), {"Content-Type": "text/plain"})  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=published.SECONDS):  # noqa: S310 - http or https: it was read before
                return "The log took your cosignature."
        except urllib.error.HTTPError as problem:
            return f"The log did not take your cosignature: {problem.read().decode(errors='replace').strip()}"
        except OSError as problem:
            return f"The log could not be told: {problem}"
