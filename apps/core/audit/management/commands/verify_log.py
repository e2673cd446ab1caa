import os
import sys
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand

from apps.core.audit import publishing
from apps.core.audit.verify import orphans, sides, verify
from apps.core.proofs import notes, published


class Command(BaseCommand):
    help = "Check a log and name everything that is wrong: this database's, one at an address, or one in a folder. Exit 1 then."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "where", nargs="?", help="an address (https://…/log) or a folder; without it, this database"
        )
        parser.add_argument(
            "--openings", action="store_true", help="also that what people read is what was committed to"
        )
        parser.add_argument(
            "--published",
            default="",
            metavar="FOLDER|storage:NAME",
            help="compare with checkpoints that were published there",
        )
        parser.add_argument("--side", type=UUID, help="only this log of the database")
        parser.add_argument(
            "--key", action="append", help="the log's verifier key; else the one that lies beside the log"
        )

        parser.add_argument(
            "--processes", type=int, default=os.cpu_count(), help="how many open the entries side by side (one a core)"
        )

    def handle(self, *, where, openings, published, side, key, processes, **options):
        holds = self.elsewhere(where, key) if where else self.database(side, openings, published, processes)
        if not holds:
            sys.exit(1)

    def database(self, side: UUID | None, openings: bool, where: str, processes: int) -> bool:
        """Every log of this database, also one of which only a trace is left."""
        lost = list(orphans()) if openings else []
        for sentence in lost:
            self.stdout.write(f"WRONG: {sentence}")
        results = [not lost]
        for each in [side] if side else sides():
            check = verify(
                each,
                with_openings=openings,
                heads=publishing.heads_in(publishing.place(where), each) if where else [],
                processes=processes,
            )
            results.append(self.tell(f"the log of {each}", check.read, check.wrong, check.more))
            for sentence in [check.compared(), *check.notes]:
                self.stdout.write(f"Note: {sentence}")
        return all(results)

    def elsewhere(self, where: str, keys: list[str] | None) -> bool:
        """A log at an address, or every log in a folder."""
        if where.startswith(("http://", "https://")):
            return self.one(where, published.over_http(where.rstrip("/")), keys, [])
        logs = sorted(path.parent for path in Path(where).rglob("checkpoint"))
        if not logs:
            self.stdout.write(f"WRONG: there is no published log in {where}.")
        results = []
        for log in logs:
            heads = [(f"the checkpoint kept in {path}", path.read_text()) for path in sorted(log.glob("heads/[0-9]*"))]
            results.append(self.one(str(log), published.from_folder(log), keys, heads))
        return bool(logs) and all(results)

    def one(self, name: str, fetch: published.Fetch, keys: list[str] | None, heads: list) -> bool:
        try:
            known = [notes.parse_verifier(each) for each in keys] if keys else published.keys_of(fetch)
        except (notes.BadNote, published.NotThere) as problem:
            return self.tell(name, 0, [str(problem)], 0)
        size, wrong = published.check(fetch, known, heads)
        holds = self.tell(name, size, wrong, 0)
        others = f"{len(heads)} checkpoints that lie beside it" if heads else "no earlier checkpoint: remember this one"
        self.stdout.write(f"Note: It was compared with {others}.")
        return holds

    def tell(self, name: str, read: int, wrong: list[str], more: int) -> bool:
        for sentence in wrong:
            self.stdout.write(f"WRONG: {sentence}")
        if more:
            self.stdout.write(f"WRONG: and {more} more.")
        if not wrong:
            self.stdout.write(f"OK: {name} has {read} entries, and all of them are as they were written.")
        return not wrong
