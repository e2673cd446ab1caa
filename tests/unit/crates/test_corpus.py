"""The corpus of hostile crates: each is told by its rule, within bounds, and touches nothing but itself."""

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from apps.core.crates import table
from apps.core.crates.check import check, document_of, read
from apps.core.crates.limits import Limits
from apps.core.crates.verify import verify
from tests.unit.crates.bags import files_of, good, phase, with_manifests, write
from tests.unit.crates.corpus import CASES

MEMORY = 128 * 1024 * 1024
BATCH = 120
# A row of section 5 whose crates are told where they are met, because they are only wrong beside something else.
ELSEWHERE = {
    "M-31": ("tests/functional/test_uploads.py", "but the crate names Stian Soiland-Reyes"),
    "M-32": ("tests/functional/test_uploads.py", "was accepted before"),
    "M-33": ("tests/unit/crates/test_results.py", "Another workflow or run was asked for."),
    "M-40": ("tests/unit/crates/test_check.py", 'rules(report) == {"M-40"}'),
}


HEAVY = {"M-01", "M-04", "M-06", "M-21"}


def checked(cases, folder: Path) -> list[dict]:
    """What a fresh process tells of each case's file, with the time, the memory and what it touched."""
    lines = []
    for index, case in enumerate(cases):
        place = folder / str(index)
        place.mkdir()
        lines.append(json.dumps([str(case.make(place)), case.phase]))
    command = [sys.executable, "-m", "tests.unit.crates.bounded"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # nothing that watches
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, cwd=settings.BASE_DIR, env=plain
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(cases), f"{cases[len(told)]} ended its process: {done.stderr[-2000:]}"
    return told


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """told(case) -> what was told of it; cases are checked in batches, each in a process of its own."""
    known: dict[int, dict] = {}

    def of(case) -> dict:
        start = CASES.index(case) // BATCH * BATCH
        if start not in known:
            batch = CASES[start : start + BATCH]
            known[start] = checked(batch, tmp_path_factory.mktemp("corpus"))
        return known[start][CASES.index(case) - start]

    return of


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_case_is_told_by_its_rule_within_bounds_and_touches_nothing_else(case, told):
    answer = told(case)
    assert ({each["rule"] for each in answer["findings"]}, answer["verdict"]) == (case.rules, case.verdict)
    for each in answer["findings"]:
        assert each["message"]
        assert each["mend"]
        assert len(json.dumps(each)) < 2000
    assert answer["memory"] < MEMORY
    assert answer["touched"] == []


@pytest.mark.parametrize("case", [each for each in CASES if each.code not in HEAVY], ids=str)
def test_each_case_is_told_the_same_here(case, tmp_path):
    report = check(case.make(tmp_path), phase=case.phase)
    assert ({each.rule for each in report.findings}, report.verdict) == (case.rules, case.verdict)


def test_every_row_of_the_specification_has_a_case():
    rows = {f"M-{number:02}" for number in range(1, 41)}
    assert {case.code for case in CASES} - {"fine"} | set(ELSEWHERE) == rows
    for file, sentence in ELSEWHERE.values():
        assert sentence in (settings.BASE_DIR / file).read_text()
    assert rows <= set(table.RULES)
    assert len({str(case) for case in CASES}) == len(CASES)


# Where a crate names an address that somebody might be tempted to fetch.
NETWORKED = {
    "socket",
    "ssl",
    "http",
    "requests",
    "urllib3",
    "httpx",
    "aiohttp",
    "asyncio",
    "ftplib",
    "subprocess",
    "webbrowser",
}


def crates_full_of(address: str, folder: Path) -> list[Path]:
    """A request and a result in which this address stands wherever one may stand."""
    made = []
    for name in ("1-request", "9-published"):
        document = phase(name)
        files = files_of(document)
        text = json.dumps(document["@graph"]).replace("https://workflows.example.org", address)
        text = text.replace("https://tre.example.org", address).replace("https://ror.org", address)
        document = {
            "@context": ["https://w3id.org/ro/crate/1.2/context", f"{address}/context"],
            "@graph": json.loads(text),
        }
        root = next(each for each in document["@graph"] if each["@id"] == "./")
        root["conformsTo"] = [root["conformsTo"], {"@id": f"{address}/profile"}]
        root["hasPart"].append({"@id": f"{address}/data.csv"})
        root["distribution"] = {"@id": f"{address}/crate.zip"}
        far = {
            "@id": f"{address}/data.csv",
            "@type": "File",
            "name": "x",
            "url": f"{address}/x",
            "contentUrl": f"{address}/x",
        }
        document["@graph"] += [far | {"sameAs": {"@id": f"{address}/y"}, "schemaVersion": f"{address}/z"}]
        bag = good(document, files) | {"fetch.txt": f"{address}/f - data/f\n".encode()}
        made.append(write(folder / f"{name}.zip", with_manifests(bag)))
    return made


def read_all(paths: list[Path], limits: Limits) -> None:
    """Everything that this library does with a file from outside."""
    for path in paths:
        for phase_name in ("request", "result"):
            assert {"5S-META-02", "5S-PKG-15"} <= {
                each.rule for each in check(path, phase=phase_name, limits=limits).findings
            }
        read(path, limits)
        document_of(path, limits)
        verify(path, request=paths[0], limits=limits)


def test_a_server_that_every_address_names_hears_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        read_all(crates_full_of(f"http://{host}", tmp_path), Limits(own_hosts=frozenset({host})))
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_nothing_opens_a_socket(tmp_path, monkeypatch):
    def closed(*arguments, **options):
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, closed)
    read_all(crates_full_of("https://example.org", tmp_path), Limits())


def test_no_module_of_the_library_can_reach_the_network():
    for path in (settings.BASE_DIR / "apps/core/crates").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not NETWORKED & {name.split(".")[0] for name in names}, path
            assert "urllib.request" not in names, path
