"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature v1). Pure Python.

A checkpoint says in three lines whose log it is (origin), how many entries it has and its root; a blank line and signature
lines follow. A key is told as a verifier key: `name+key id in hex+base64(algorithm byte || 32 bytes)`.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from apps.core.proofs import signatures

ED25519 = 0x01
COSIGNATURE = 0x04
MOST_CHARACTERS = 64 * 1024
MOST_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LARGEST_TIME = 2**63 - 1


class BadNote(Exception):
    """A note, checkpoint or key that is not written as the specification says, or not signed as it should be."""


@dataclass(frozen=True)
class Verifier:
    """A key that signatures are checked with. `algorithm` is ED25519 (a log's) or COSIGNATURE (a witness's)."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The verifier key, as configurations and key pages write it."""
        key = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def fits(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One signature line: who, with which key, and the bytes."""

    name: str
    key_id: bytes
    data: bytes

    def is_by(self, verifier: Verifier) -> bool:
        return (self.name, self.key_id) == (verifier.name, verifier.key_id)


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says. `text` is exactly what was signed."""

    origin: str
    size: int
    root: bytes
    text: str


@dataclass(frozen=True)
class Cosignature:
    """A witness's word that at `at` (seconds since 1970) this was the largest consistent checkpoint it had seen."""

    witness: Verifier
    at: int
    line: str


def parse_verifier(text: str) -> Verifier:
    """Read a verifier key. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    key_id, _, key = rest.partition("+")
    data = _from_base64(key)
    if not _NAME.fullmatch(name) or len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
        raise BadNote(f"This is not a verifier key: {text[:80]}")
    verifier = Verifier(name, data[0], data[1:])
    if verifier.key_id.hex() != key_id:
        raise BadNote(f"The verifier key of {name} does not fit its own identifier.")
    return verifier


def verifier_of(key: Ed25519PrivateKey, name: str, algorithm: int = ED25519) -> Verifier:
    """The public side of a key under a name."""
    return Verifier(name, algorithm, key.public_key().public_bytes_raw())


def parse_signer(text: str) -> tuple[Ed25519PrivateKey, str]:
    """(key, name) of a signer key PRIVATE+KEY+name+id+base64. Raises BadNote, which never tells the key."""
    parts = text.strip().split("+", 4)
    try:
        private, word, name, key_id, data = parts
        seed = _from_base64(data)
        key = Ed25519PrivateKey.from_private_bytes(seed[1:])
    except ValueError:
        raise BadNote("This is not a signer key.")
    fits = (private, word, seed[0]) == ("PRIVATE", "KEY", ED25519) and _NAME.fullmatch(name)
    if not fits or verifier_of(key, name).key_id.hex() != key_id:
        raise BadNote("This is not a signer key, or it does not fit its own identifier.")
    return key, name


def signer_text(key: Ed25519PrivateKey, name: str) -> str:
    """A signer key as `parse_signer` reads it."""
    data = base64.b64encode(bytes([ED25519]) + key.private_bytes_raw()).decode()
    return f"PRIVATE+KEY+{name}+{verifier_of(key, name).key_id.hex()}+{data}"


def kept_signing_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key kept at `path` (PEM, mode 0600), made once where there is none."""
    signatures.kept_key(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadNote(f"The key in {path.name} is not an Ed25519 key.")
    return key


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign(text: str, key: Ed25519PrivateKey, name: str) -> str:
    """A log's signature line over a note's text, with its newline."""
    return _line(verifier_of(key, name), key.sign(text.encode()))


def cosign(text: str, key: Ed25519PrivateKey, name: str, at: int) -> str:
    """A witness's cosignature line over a checkpoint's text at `at` (seconds since 1970), with its newline."""
    signature = key.sign(_cosigned(text, at))
    return _line(verifier_of(key, name, COSIGNATURE), at.to_bytes(8, "big") + signature)


def parse_note(note: str) -> tuple[str, list[Signature]]:
    """(text, signatures) of a note, nothing checked but its form. Raises BadNote."""
    text, blank, lines = note.rpartition("\n\n")
    if len(note) > MOST_CHARACTERS or not blank or not text or not lines.endswith("\n") or _CONTROL.search(note):
        raise BadNote("This is not a signed note.")
    signed = [_parse_line(line) for line in lines[:-1].split("\n")]
    if len(signed) > MOST_SIGNATURES:
        raise BadNote("The note has too many signatures.")
    return text + "\n", signed


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text (without signatures). Extension lines are allowed and not read. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):
        raise BadNote("This is not a checkpoint.")
    root = _from_base64(lines[2])
    if len(root) != 32:
        raise BadNote("The root of a checkpoint is not 32 bytes.")
    return Checkpoint(lines[0], int(lines[1]), root, text)


def open_checkpoint(note: str, keys: list[Verifier]) -> Checkpoint:
    """What a checkpoint says, if one of the log's keys signed it and none of their signatures is wrong. Raises BadNote."""
    text, signed = parse_note(note)
    by_us = [(each, key) for each in signed for key in keys if key.algorithm == ED25519 and each.is_by(key)]
    if not by_us:
        raise BadNote("The checkpoint is not signed with a key of this log.")
    if not all(key.fits(each.data, text.encode()) for each, key in by_us):
        raise BadNote("The signature of the checkpoint does not fit.")
    return parse_checkpoint(text)


def cosignatures(note: str, witnesses: list[Verifier]) -> list[Cosignature]:
    """The cosignatures of these witnesses in a note, each checked; others are ignored. Raises BadNote for a wrong one."""
    text, signed = parse_note(note)
    found = []
    for each in signed:
        for witness in witnesses:
            if witness.algorithm == COSIGNATURE and each.is_by(witness):
                at = int.from_bytes(each.data[:8], "big")
                if len(each.data) != 72 or at > _LARGEST_TIME or not witness.fits(each.data[8:], _cosigned(text, at)):
                    raise BadNote(f"The cosignature of {witness.name} does not fit.")
                found.append(Cosignature(witness, at, _line(witness, each.data)))
    return found


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _line(verifier: Verifier, data: bytes) -> str:
    return f"— {verifier.name} {base64.b64encode(verifier.key_id + data).decode()}\n"


def _parse_line(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.fullmatch(parts[1]):
        raise BadNote("This is not a signature line.")
    data = _from_base64(parts[2])
    if len(data) < 5:
        raise BadNote("A signature is too short.")
    return Signature(parts[1], data[:4], data[4:])


def _from_base64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling. Raises BadNote."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("This is not base64.")
    if base64.b64encode(data).decode() != text:
        raise BadNote("This base64 has another spelling.")
    return data
