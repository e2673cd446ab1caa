"""Checkpoints are read as strictly as they are signed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.core.proofs import notes
from apps.core.proofs.notes import BadNote

ORIGIN, ROOT = "example.com/log", b"r" * 32
TEXT = notes.checkpoint_text(ORIGIN, 42, ROOT)


@pytest.fixture(scope="module")
def log():
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def witness():
    return Ed25519PrivateKey.generate()


def test_a_checkpoint_is_read_back(log, witness):
    note = TEXT + "\n" + notes.sign(TEXT, log, ORIGIN) + notes.cosign(TEXT, witness, "w.example/1", 1_800_000_000)
    opened = notes.open_checkpoint(note, [notes.verifier_of(log, ORIGIN)])
    assert (opened.origin, opened.size, opened.root) == (ORIGIN, 42, ROOT)
    key = notes.verifier_of(witness, "w.example/1", notes.COSIGNATURE)
    (found,) = notes.cosignatures(note, [key])
    assert (found.witness, found.at) == (key, 1_800_000_000)
    assert note.endswith(found.line)
    assert notes.cosignatures(note, [notes.verifier_of(log, "w.example/1", notes.COSIGNATURE)]) == []


def test_the_specifications_own_example_is_read():
    """The example of C2SP tlog-cosignature; its keys are not published, so that its form alone is tried."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 "
        "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    text, signed = notes.parse_note(note)
    assert notes.parse_checkpoint(text).size == 20852163
    assert [len(each.data) for each in signed] == [64, 72]
    assert int.from_bytes(signed[1].data[:8], "big") == 1679315147


def test_a_verifier_key_is_read_back(log):
    key = notes.verifier_of(log, ORIGIN)
    assert notes.parse_verifier(str(key)) == key
    name, _key_id, data = str(key).split("+", 2)
    short = base64.b64encode(b"\x01short").decode()
    for wrong in ("", "x", f"{name}+00000000+{data}", f"{name}+00000000+{short}", f" +00000000+{data}", f"{name}+0+!"):
        with pytest.raises(BadNote):
            notes.parse_verifier(wrong)


def test_another_key_another_text_and_no_signature_are_refused(log, witness):
    key = notes.verifier_of(log, ORIGIN)
    signature = notes.sign(TEXT, log, ORIGIN)
    with pytest.raises(BadNote, match="not signed with a key of this log"):
        notes.open_checkpoint(TEXT + "\n" + notes.sign(TEXT, witness, ORIGIN), [key])
    changed = TEXT.replace("42", "43")
    with pytest.raises(BadNote, match="does not fit"):
        notes.open_checkpoint(changed + "\n" + signature, [key])
    line = notes.cosign(TEXT, witness, "w", 5)
    with pytest.raises(BadNote, match="cosignature of w"):
        notes.cosignatures(changed + "\n" + line, [notes.verifier_of(witness, "w", notes.COSIGNATURE)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "a\n-1\nAAAA\n",
        "a\n1\n!\n",
        "\n1\nAAAA\n",
        "a\n1\nAAAA",
    ],
)
def test_what_is_not_a_checkpoint(text):
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "a\n\n",
        "a\n\n— n",
        "a\n\n— n AAAAAAAA",
        "a\n\n- n AAAAAAAA\n",
        "a\n\n— n+ AAAAAAAA\n",
        "a\n\n— n AAAA\n",
        "a\n\n— n AAAAAA=\n",
        "a\n\n— n AAAAAAB=\n",
        "a\n\n— n m AAAAAAAA\n",
        "a\r\n\n— n AAAAAAAA\n",
        "a\n\n" + "— n AAAAAAAA\n" * 101,
        "a" * 70_000 + "\n\n— n AAAAAAAA\n",
    ],
)
def test_what_is_not_a_note(note):
    with pytest.raises(BadNote):
        notes.parse_note(note)


def test_keys_are_made_once_and_kept_to_oneself(tmp_path):
    first = notes.kept_signing_key(tmp_path / "log.pem")
    assert notes.verifier_of(first, "n") == notes.verifier_of(notes.kept_signing_key(tmp_path / "log.pem"), "n")
    assert (tmp_path / "log.pem").stat().st_mode & 0o777 == 0o600
    other = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "other.pem").write_bytes(other)
    with pytest.raises(BadNote):
        notes.kept_signing_key(tmp_path / "other.pem")
