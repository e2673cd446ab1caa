"""What a check costs is bounded by the size of a file, and never by what somebody wrote into it."""

import io
import time

import pytest

from apps.core.crates import package
from apps.core.crates.check import check
from apps.core.crates.findings import Unreadable
from apps.core.crates.graph import parse
from apps.core.crates.limits import Limits
from apps.core.crates.rules.secrets import SECRETS, Look, secrets_in
from tests.unit.crates.bags import good, phase, write
from tests.unit.crates.test_secrets import FOUND

SECONDS = 5  # what takes a tenth of that, and took hours where every quotation mark was a new beginning


ENDLESS = {
    "escaped quotes": b'"' + b'\\"' * 500_000,
    "quotes": b'"' * 1_000_001,
    "brackets in a text": b'{"a": "' + b"[" * 1_000_000,
}
BEGINNINGS = {
    "parts of a token": b"eyJ" * 300_000 + b".eyJ",
    "second parts": b".eyJ" * 250_000,
    "addresses": b"://a:" * 200_000,
    "a long host": b"://" + b"a" * 10**6,
    "tokens": b"xoxb" * 250_000,
}


@pytest.mark.parametrize("content", ENDLESS.values(), ids=ENDLESS)
def test_texts_that_never_end_are_refused_at_once(content):
    began = time.perf_counter()
    with pytest.raises(Unreadable):
        parse(content, Limits())
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize("content", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_file_of_beginnings_of_secrets_is_searched_at_once(content):
    began = time.perf_counter()
    assert list(secrets_in(content, SECRETS)) == []
    assert time.perf_counter() - began < SECONDS


def many_parts(count: int) -> tuple[dict, dict[str, bytes]]:
    """A request with many folders, each an input."""
    document = phase("1-request")
    named = {each["@id"]: each for each in document["@graph"]}
    folders = [{"@id": f"inputs/{number}/"} for number in range(count)]
    named["./"]["hasPart"] += folders
    named["#run-5f0c6e9e-6d2b-4c53-9f0e-0f6a4a4f7d10"]["object"] += folders
    document["@graph"] += [
        {**each, "@type": "Dataset", "name": "n", "exampleOfWork": {"@id": "#param-regions"}} for each in folders
    ]
    return document, {"inputs/regions.csv": b"x"} | {f"{each['@id']}x.csv": b"x" for each in folders}


def test_each_file_is_not_compared_with_each_input(tmp_path):
    path = write(tmp_path / "c.zip", good(*many_parts(5_000)))
    began = time.perf_counter()
    assert check(path).findings == []
    assert time.perf_counter() - began < SECONDS


def test_a_stream_is_checked_like_a_file_and_left_open(tmp_path):
    path = write(tmp_path / "c.zip", good())
    stream = io.BytesIO(path.read_bytes())
    assert check(stream).as_dict() == check(path).as_dict()
    assert not stream.closed
    too_large = check(stream, limits=Limits(upload_bytes=10))
    assert [each.rule for each in too_large.findings] == ["M-01"]


def test_files_that_are_read_at_once_give_what_they_give_one_by_one(tmp_path, monkeypatch):
    payload = {f"inputs/{number}.csv": b"x" * number + FOUND["an access key"] for number in range(20)}
    files = good(payload={"inputs/regions.csv": b"x", **payload})
    files["data/inputs/7.csv"] += b"!"
    path = write(tmp_path / "c.zip", files)
    one_by_one = check(path).as_dict()
    assert any("7.csv does not match its checksum" in each["message"] for each in one_by_one["findings"])
    assert sum(each["rule"] == "5S-SEC-10" for each in one_by_one["findings"]) == 20
    monkeypatch.setattr(package, "WORTH_THREADS", 0)
    assert check(path).as_dict() == one_by_one


def test_what_is_judged_are_the_bytes_that_were_hashed(tmp_path):
    bag = package.open_bag(write(tmp_path / "c.zip", good()), Limits())
    with bag.archive:
        bag.look = Look()
        assert list(package.check_bag(bag)) == []
        assert set(bag.kept) >= package.JUDGED
        bag.archive.close()
        assert bag.read(package.METADATA, Limits().metadata_bytes).startswith(b"{")


@pytest.mark.parametrize(
    ("name", "is_safe"),
    [
        ("a/é.csv", True),
        ("a/b\u202ec", False),
        ("a/b\x7fc", False),
        ("a/\ud800", False),
        ("a/%0ab", False),
        ("a b/c", True),
    ],
)
def test_a_name_without_marks_is_read_the_quick_way_and_any_other_letter_by_letter(name, is_safe):
    assert package.is_safe_path(name) is is_safe
