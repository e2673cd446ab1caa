"""Ed25519 keys and JSON Web Signatures (RFC 7515, algorithm Ed25519 of RFC 9864). Pure Python: no Django, no database."""

import os
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])
_REGISTRY.max_payload_length = 16 * 1024 * 1024


class BadSignature(Exception):
    """A document that was not signed with the key it should have been."""


def new_key() -> OKPKey:
    """A fresh Ed25519 key pair."""
    return OKPKey.generate_key("Ed25519")


def kept_key(path: Path) -> OKPKey:
    """The key kept at `path` (PEM, mode 0600), made once where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(pem)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return OKPKey.import_key(path.read_bytes())


def is_public_key(key: object) -> bool:
    """True for the public half of an Ed25519 key as a JWK (RFC 8037), and nothing more than that."""
    if not isinstance(key, dict) or set(key) != {"kty", "crv", "x"} or key["crv"] != "Ed25519":
        return False
    try:
        OKPKey.import_key(key)
    except (JoseError, ValueError):
        return False
    return True


def public_jwk(key: OKPKey) -> dict[str, str]:
    """The public half as a JWK (RFC 8037)."""
    return {name: str(value) for name, value in key.as_dict(private=False).items() if name in ("kty", "crv", "x")}


def sign_document(key: OKPKey, body: dict[str, Any], kid: str) -> str:
    """A compact JWS over the canonical JSON of `body`."""
    return jws.serialize_compact({"alg": ALGORITHM, "kid": kid}, rfc8785.dumps(body), key, registry=_REGISTRY)


def open_document(signed: str, public: dict[str, str]) -> bytes:
    """The bytes that were signed. Raises BadSignature."""
    try:
        return jws.deserialize_compact(signed, OKPKey.import_key(dict(public)), registry=_REGISTRY).payload
    except (JoseError, ValueError) as problem:
        raise BadSignature("The signature does not fit.") from problem


def sign_bytes(key: OKPKey, data: bytes, kid: str) -> str:
    """A detached compact JWS over `data` (RFC 7515 appendix F)."""
    header, _payload, signature = jws.serialize_compact(
        {"alg": ALGORITHM, "kid": kid}, data, key, registry=_REGISTRY
    ).split(".")
    return f"{header}..{signature}"


def check_bytes(signature: str, data: bytes, public: dict[str, str]) -> bool:
    """True where `signature` is a detached JWS over `data` by `public`."""
    try:
        jws.deserialize_compact(signature, OKPKey.import_key(dict(public)), payload=data, registry=_REGISTRY)
    except (JoseError, ValueError):
        return False
    return True
