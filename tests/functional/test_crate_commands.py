"""`check_crate`, `verify_crate`, `rules`, and the page of each rule."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core.crates.check import check
from apps.core.crates.table import RULES
from apps.core.proofs.signatures import new_key, public_jwk, sign_bytes
from apps.tools.management.commands.rules import rules_page
from tests.unit.crates.bags import good, phase, write
from tests.unit.crates.test_results import OUTPUTS, result, story


def exit_of(*arguments, **options) -> int:
    try:
        call_command(*arguments, **options)
    except SystemExit as ended:
        return int(ended.code)
    return 0


def test_a_crate_is_checked_from_the_command_line(tmp_path, capsys):
    fine = write(tmp_path / "fine.zip", good())
    assert exit_of("check_crate", fine) == 0
    assert capsys.readouterr().out.startswith("accepted (SHA-256 ")
    forged = phase("1-request")
    forged["@graph"].append({"@id": "#ok", "@type": "AssessAction", "name": "approved by me"})
    assert exit_of("check_crate", write(tmp_path / "forged.zip", good(forged))) == 0
    assert "removed: #ok" in capsys.readouterr().out
    assert exit_of("check_crate", fine, "--as", "result") == 0
    assert "warning 5S-SGN-01 [./]: This run has not been signed off." in capsys.readouterr().out
    nobody = phase("1-request")
    next(each for each in nobody["@graph"] if each["@type"] == "CreateAction").pop("agent")
    assert exit_of("check_crate", write(tmp_path / "nobody.zip", good(nobody))) == 1
    assert "error 5S-AGT-01" in capsys.readouterr().out
    (tmp_path / "no.zip").write_text("no zip")
    assert exit_of("check_crate", tmp_path / "no.zip", "--format", "json") == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["findings"][0]["rule"]) == ("unreadable", "5S-PKG-01")
    assert set(told) == {"verdict", "profile", "sha256", "external_identifier", "stripped", "findings"}
    assert exit_of("check_crate", tmp_path / "gone.zip") == 2
    assert "There is no file" in capsys.readouterr().err


def test_a_result_is_verified_offline_with_its_request_and_the_key(tmp_path, capsys):
    key = new_key()
    path = result(
        tmp_path,
        story(phase("1-request"), OUTPUTS[:1]),
        ["outputs/counts.csv"],
        sign=lambda data: sign_bytes(key, data, kid="x"),
    )
    request = write(tmp_path / "request.zip", good())
    (tmp_path / "key.json").write_text(json.dumps(public_jwk(key)))
    arguments = ("verify_crate", path, "--request", request, "--key", tmp_path / "key.json")
    assert exit_of(*map(str, arguments)) == 0
    told = capsys.readouterr().out
    assert "holds: The signature of the TRE fits." in told
    assert "holds: Everything that the request described is still described." in told
    changed = phase("1-request")
    changed["@graph"].append({"@id": "#more", "@type": "Thing", "name": "more"})
    other = write(tmp_path / "other.zip", good(changed))
    assert exit_of("verify_crate", str(path), "--request", str(other)) == 1
    assert "DOES NOT HOLD: 5S-X-04: what the request described is gone: #more." in capsys.readouterr().out
    assert exit_of("verify_crate", str(tmp_path / "gone.zip")) == 1
    assert exit_of("verify_crate", str(path)) == 0
    assert "not looked at: the signature." in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", ["{}", "[]", "nonsense", "[" * 100_000, '{"kty": "OKP", "crv": "Ed25519", "x": 5}', "\0"]
)
def test_what_is_no_key_verifies_nothing(content, tmp_path, capsys):
    crate = result(tmp_path, story(phase("1-request"), OUTPUTS[:1]), ["outputs/counts.csv"])
    key = tmp_path / "key.json"
    key.write_text(content)
    assert exit_of("verify_crate", str(crate), "--key", str(key)) == 1
    told = capsys.readouterr()
    assert told.err.strip() == f"{key} is no public key as manage.py public_key prints it."
    assert told.out == ""


def test_what_cannot_be_opened_is_told_as_such(tmp_path, capsys, monkeypatch):
    for missing in (tmp_path / "gone.zip", tmp_path):
        assert exit_of("check_crate", str(missing), "--format", "json") == 2
        told = capsys.readouterr()
        assert told.err.strip() == f"There is no file {missing}."
        assert json.loads(told.out)["verdict"] == "unreadable"
        assert json.loads(told.out)["findings"][0]["message"] == f"There is no file {missing}."
    closed = write(tmp_path / "closed.zip", good())

    def denied(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    for method in ("is_file", "open"):  # a folder that may not be entered, a file that may not be read
        with monkeypatch.context() as patched:
            patched.setattr(Path, method, denied)
            assert exit_of("check_crate", str(closed)) == 2
        assert capsys.readouterr() == ("", f"{closed} cannot be read: Permission denied.\n")


@pytest.mark.parametrize("how", ["| true", ">&-"])
def test_a_reader_who_has_gone_away_gets_no_traceback(how, tmp_path):
    crate = write(tmp_path / "c.zip", good())
    script = f"{shlex.quote(sys.executable)} manage.py check_crate {shlex.quote(str(crate))} {how}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""


def test_what_nobody_reads_any_more_ends_the_command_quietly(tmp_path, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert exit_of("check_crate", str(write(tmp_path / "c.zip", good()))) == 141
    monkeypatch.setattr(sys, "stdout", None)
    assert exit_of("check_crate", str(tmp_path / "c.zip")) == 0


def test_the_page_of_rules_is_in_step_and_a_stale_one_is_told(tmp_path, capsys):
    page = tmp_path / "rules.md"
    assert exit_of("rules", "--check", "--file", str(page)) == 1
    assert "is stale" in capsys.readouterr().err
    assert exit_of("rules", "--file", str(page)) == 0
    assert exit_of("rules", "--check", "--file", str(page)) == 0
    assert all(rule in rules_page() for rule in RULES)


@pytest.mark.django_db
def test_each_rule_has_a_page_that_anyone_can_read(client):
    listed = client.get("/rules/").content.decode()
    for rule in RULES.values():
        assert f"/rules/{rule.id}/" in listed
        page = client.get(f"/rules/{rule.id}/")
        assert page.status_code == 200
        assert not re.search(r"\{\w+\}", page.content.decode())
    secret = client.get("/rules/5S-SEC-10/").content.decode()
    assert "… looks like …: …. A person will look at it." in secret
    assert "whoever gets the crate can read it." in secret
    assert (
        "the hub, at submission, and the TRE, when it receives a request"
        in client.get("/rules/5S-INP-04/").content.decode()
    )
    assert "/rules/5S-PKG-06/" in client.get("/rules/M-14/").content.decode()
    assert client.get("/rules/5S-NO-99/").status_code == 404


def test_what_stands_inside_the_tre_carries_a_permission(tmp_path):
    document = story(phase("1-request"), OUTPUTS[:1])
    inside = {"@id": "https://tre.example.org/x", "@type": "DigitalDocument", "name": "x"}
    permission = {"@id": "#p", "@type": "DigitalDocumentPermission", "name": "p"}
    document["@graph"] += [
        inside | {"hasDigitalDocumentPermission": {"@id": "#p"}},
        permission | {"permissionType": {"@id": "http://schema.org/ReadPermission"}},
    ]
    by_id = {each["@id"]: each for each in document["@graph"]}
    by_id["./"]["hasPart"].append({"@id": inside["@id"]})
    run = next(each for each in document["@graph"] if each["@type"] == "CreateAction")
    run["result"] = [*run["result"], {"@id": inside["@id"]}]
    assert check(result(tmp_path, document, ["outputs/counts.csv"]), phase="result").findings == []


def test_the_portals_own_host_is_known_and_another_is_named(tmp_path, capsys):
    for host, ends in (("127.0.0.1:8000", 0), ("10.0.0.7", 1)):
        text = json.dumps(phase("1-request")).replace("https://workflows.example.org", f"http://{host}")
        crate = str(write(tmp_path / "c.zip", good(json.loads(text))))
        assert exit_of("check_crate", crate) == ends
        assert ("error M-28" in capsys.readouterr().out) is bool(ends)
        assert exit_of("check_crate", crate, "--own-host", "10.0.0.7", "--own-host", "10.0.0.8") == 0
