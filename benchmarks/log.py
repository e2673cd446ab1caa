"""The log at 1,000 and at 1,000,000 events: append, many writers, proof, search, stream, check. On PostgreSQL.

    python benchmarks/log.py [--events 1000000] [--seconds 6]

Makes a database of its own beside the one that DATABASE_URL names, fills it with `generate_log`, and drops it at the end. Each time
is told as it is and as a ratio to the barest thing that does the same work, so that another machine can be compared.
"""

import argparse
import hashlib
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from itertools import combinations
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="trefx-benchmark-")
os.environ["DJANGO_SETTINGS_MODULE"] = "trefx_portal.settings"
os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import override_settings

from apps.core.audit import receipts, tree, verbs, verify
from apps.core.audit.act import act, record
from apps.core.audit.models import Event, LogHead, PublicEntry
from apps.core.proofs import merkle
from apps.hub.transparency import exports, search

PROCESSES = 8
SMALL, LARGE, BUSY = UUID(int=1), UUID(int=2), UUID(int=3)
verbs.register("log.measured", verbs.Audience.PRIVATE, "Something was measured.")


class Thing:
    class _meta:
        label = "benchmark.Thing"

    def __init__(self, side):
        self.side, self.pk = side, uuid4()


def one_act(side: UUID) -> None:
    with act():
        record("log.measured", by="portal", subject=Thing(side), reason="Measured.", count=3)


def time_of(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def append_times(rounds: int = 600) -> tuple[float, float]:
    """Medians of one act at both sizes, taken in turn so that the machine's moods fall on both."""
    for side in (SMALL, LARGE):
        one_act(side)
    times = [(time_of(lambda: one_act(SMALL)), time_of(lambda: one_act(LARGE))) for _ in range(rounds)]
    return statistics.median(small for small, _ in times), statistics.median(large for _, large in times)


def bare(_side) -> None:
    """What no log can do without: lock a row, insert one, count."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT size FROM bare_head FOR UPDATE")
        cursor.execute("INSERT INTO bare_event (number, leaf) VALUES (%s, %s)", [cursor.fetchone()[0], b"x" * 600])
        cursor.execute("UPDATE bare_head SET size = size + 1")


def write_for(what, side: UUID, seconds: float, answer) -> None:
    connections.close_all()
    what(side)
    end, done = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        what(side)
        done += 1
    answer.put(done + 1)
    connections.close_all()


def at_once(what, side: UUID, seconds: float) -> tuple[int, float]:
    """(acts in all, a second) of PROCESSES that write one log as fast as they can."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    writers = [context.Process(target=write_for, args=(what, side, seconds, answer)) for _ in range(PROCESSES)]
    for writer in writers:
        writer.start()
    done = sum(answer.get() for _ in writers)
    for writer in writers:
        writer.join()
    return done, done / seconds


def bare_hashing(leaves: list[bytes]) -> float:
    """Seconds to hash these leaves and the nodes above them, from memory."""

    def work():
        hashes = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=False)
            hashes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]

    return time_of(work)


def thing(number: int) -> SimpleNamespace:
    """Something that `generate_log` has invented, as a filter names it."""
    return SimpleNamespace(pk=UUID(int=number))


def filters() -> dict[str, list]:
    """Values of each filter, many of which never meet: another centre's dataset, another organisation's project or kind."""
    halfway = date.today() - timedelta(days=750)
    return {
        "q": ["asthma", "saltmarsh asthma 77", "zebra"],
        "project": [str(UUID(int=7))],
        "tre": [thing(1), thing(2)],
        "dataset": [thing(9)],
        "organisation": [thing(7), thing(8)],
        "kind": ["public body", "university", "commercial"],
        "topic": ["results", "log", "people"],
        "since": [halfway, date.today() - timedelta(days=3)],
        "until": [halfway, date.today() - timedelta(days=1490)],
    }


def time_of_search(asked: dict) -> tuple[float, int]:
    """(seconds in the database, queries) of the slowest of the newest, the oldest and the last page; each the better of two."""
    times, spent = [], []

    def timed(execute, *arguments):
        start = time.perf_counter()
        answer = execute(*arguments)
        spent.append(time.perf_counter() - start)
        return answer

    for order, beyond in (("-place", {}), ("place", {}), ("-place", {"place__lt": 3000})):
        tries = []
        for _ in range(2):
            spent.clear()
            with connection.execute_wrapper(timed):
                found = search.asked_of(PublicEntry.objects.shown(LARGE), asked).filter(**beyond)
                list(found.order_by(order)[:51])
            tries.append(sum(spent))
        times.append(min(tries))
    return max(times), len(spent)


def measure_searches() -> None:
    """Every filter alone, and every two of them."""
    one = [{name: value} for name, values in filters().items() for value in values]
    pairs = [first | second for first, second in combinations(one, 2) if first.keys() != second.keys()]
    with override_settings(HUB_ID=str(LARGE)):
        told = {"one filter": one, "two filters": pairs}
        for what, asked_for in told.items():
            times = sorted(((*time_of_search(asked), asked) for asked in asked_for), key=itemgetter(0))
            slowest, _queries, asked = times[-1]
            most = max(queries for _time, queries, _asked in times)
            middle = statistics.median(each[0] for each in times)
            print(
                f"{what}: {len(times)} searches, median {middle * 1000:.1f} ms of database time, "
                f"slowest {slowest * 1000:.1f} ms ({', '.join(asked)}), {most} queries at the most"
            )


def measure_stream() -> None:
    """All public entries as CSV: how long, and how much memory above what was there before."""
    with override_settings(HUB_ID=str(LARGE)):
        lines = exports.as_csv(search.streamed(search.asked_of(PublicEntry.objects.shown(LARGE), {})))
        for _ in range(5000):
            next(lines)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, size = time.perf_counter(), sum(len(line) for line in lines)
        seconds = time.perf_counter() - start
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"CSV of all: {size / 1e6:.0f} MB in {seconds:.0f} s; {more / 1024:.0f} MB more memory at the end than after 5,000 lines"
    )


def measure(events: int, seconds: float) -> None:
    filled = time_of(lambda: call_command("generate_log", events, side=LARGE))
    call_command("generate_log", 1000, side=SMALL)
    print(f"generated {events} events in {filled:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CREATE TABLE bare_head (size bigint); INSERT INTO bare_head VALUES (0)")
        cursor.execute("CREATE TABLE bare_event (number bigint PRIMARY KEY, leaf bytea)")

    small, large = append_times()
    print(f"append: {small * 1000:.2f} ms at 1,000, {large * 1000:.2f} ms at {events}, ratio {large / small:.2f}")

    rounds = []
    done = 0
    for _ in range(3):
        _, bare_rate = at_once(bare, BUSY, seconds)
        written, rate = at_once(one_act, BUSY, seconds)
        done += written
        rounds.append((rate / bare_rate, rate, bare_rate))
    ratio, rate, bare_rate = sorted(rounds)[1]
    sequences = list(Event.objects.filter(side=BUSY).order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(done)), "an event was lost, or there is a gap"
    assert verify.verify(BUSY, with_openings=True).wrong == []
    print(
        f"{PROCESSES} processes: {rate:.0f} acts/s, gapless; bare inserts {bare_rate:.0f}/s, ratio {ratio:.2f} "
        f"(of three rounds {', '.join(f'{each[0]:.2f}' for each in sorted(rounds))})"
    )

    head = LogHead.objects.get(side=LARGE)
    size, edge = head.size, bytes(head.edge)
    places = [size * step // 200 for step in range(200)]
    proofs = statistics.median(
        time_of(lambda place=place: tree.tree_of(LARGE, size, edge, [place]).inclusion(place)) for place in places
    )
    whole = statistics.median(time_of(lambda place=place: receipts.receipts_for(LARGE, [place])) for place in places)
    root = time_of(lambda: merkle.root_of(merkle.split(bytes(LogHead.objects.get(side=LARGE).edge))))
    print(
        f"inclusion proof: median {proofs * 1000:.2f} ms; whole receipt {whole * 1000:.2f} ms; root {root * 1000:.2f} ms"
    )

    measure_searches()
    measure_stream()

    sample = min(size, 200_000)
    leaves = Event.objects.filter(side=LARGE, sequence__lt=sample).values_list("leaf", flat=True)
    hashing = bare_hashing([bytes(leaf) for leaf in leaves.iterator()]) / sample
    stored = time_of(lambda: verify.verify(LARGE)) / size
    alone = time_of(lambda: verify.verify(LARGE, with_openings=True)) / size
    cores = os.cpu_count() or 1
    opened = time_of(lambda: verify.verify(LARGE, with_openings=True, processes=cores)) / size
    print(f"bare hashing {hashing * 1e6:.2f} µs an entry")
    print(
        f"verify_log {stored * 1e6:.2f} µs, 1/{stored / hashing:.1f}; with openings {alone * 1e6:.1f} µs in one process, "
        f"1/{alone / hashing:.1f}, {opened * 1e6:.1f} µs in {cores}, 1/{opened / hashing:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=6)
    given = parser.parse_args()
    name = f"log_benchmark_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connections.close_all()
    original = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        measure(given.events, given.seconds)
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = original
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
