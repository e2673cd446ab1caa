"""Secrets and what names a patient are found where they lie, told masked, and nothing harmless is."""

import pytest

from apps.core.crates.check import check
from apps.core.crates.rules.secrets import is_nhs_number, looks_like
from tests.unit.crates.bags import good, phase, write

# Each begins like the real thing and is made up here.
FOUND = {
    "a private key": b"-----BEGIN " + b"RSA PRIVATE KEY-----",
    "an access key": b"AKIA" + b"ABCDEFGHIJKLMNOP",
    "an access token": b"ghp_" + b"a1" * 18,
    "a signed token": b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0",
    "an address with a password": b"postgres://ada:opensesame@db.example.org/x",
    "a password": b'"password": "opensesame"',
    "an NHS number": b"943 476 5919",
    "an e-mail address": b"patient.one@example.org",
    "a full postcode": b"SW1A 1AA",
    "a full date of birth": b"id,date_of_birth\n1,1980-02-29\n",
}
HARMLESS = (
    b"region,count\nNorth,120\n2024-01-01\n",
    b"1234567890 0000000000",
    b"https://example.org/password",
    b"eyJust a word",
    b"AKIA and ghp_ alone",
    b"orcid 0000-0002-1825-0097",
)


@pytest.mark.parametrize("what", FOUND)
def test_it_is_found_in_an_input_file_and_told_masked(what, tmp_path):
    content = FOUND[what] if what == "a full date of birth" else b"x,y\n1, " + FOUND[what] + b" ,2\n"
    report = check(write(tmp_path / "c.zip", good(payload={"inputs/regions.csv": content})))
    told = [each for each in report.findings if each.rule == "5S-SEC-10"]
    assert any(what in each.message and each.entity == "inputs/regions.csv" for each in told), report.findings
    assert all(FOUND[what].decode() not in each.message for each in told)
    assert report.verdict == "accepted"


@pytest.mark.parametrize("content", HARMLESS)
def test_what_only_looks_alike_is_left_alone(content):
    assert list(looks_like(content)) == []


def test_a_secret_that_lies_across_two_pieces_is_found(tmp_path):
    content = b"x" * (1024 * 1024 - 10) + FOUND["an access key"] * 2
    report = check(write(tmp_path / "c.zip", good(payload={"inputs/regions.csv": content})))
    assert [each.rule for each in report.findings] == ["5S-SEC-10"]


def test_people_are_looked_for_in_inputs_and_secrets_everywhere(tmp_path):
    document = phase("1-request")
    root = next(each for each in document["@graph"] if each["@id"] == "./")
    root["hasPart"].append({"@id": "preview.html"})
    document["@graph"].append({"@id": "preview.html", "@type": "File", "name": "p", "encodingFormat": "text/html"})
    payload = {"inputs/regions.csv": b"x\n", "preview.html": FOUND["an e-mail address"]}
    assert check(write(tmp_path / "c.zip", good(document, payload))).findings == []
    payload["preview.html"] += FOUND["an access key"]
    assert [each.rule for each in check(write(tmp_path / "c.zip", good(document, payload))).findings] == ["5S-SEC-10"]


def test_a_parameter_that_is_called_a_password_or_holds_one_is_told(tmp_path):
    document = phase("1-request")
    entity = next(each for each in document["@graph"] if each["@id"] == "#min-cell")
    entity["name"] = "db_password"
    report = check(write(tmp_path / "c.zip", good(document)))
    assert [(each.rule, each.entity) for each in report.findings] == [("5S-SEC-10", "#min-cell")]
    entity["name"], entity["value"] = "address", FOUND["an address with a password"].decode()
    assert "an address with a password" in check(write(tmp_path / "c.zip", good(document))).findings[0].message


def test_the_check_digit_of_an_nhs_number():
    assert is_nhs_number("9434765919")
    assert is_nhs_number("9876543210")
    assert not is_nhs_number("9434765918")
    assert not is_nhs_number("1111111111")
