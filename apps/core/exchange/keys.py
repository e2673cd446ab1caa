"""The signing key of each side: kept in KEYS_DIR as `<side>.pem`, mode 0600, made when first asked for."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from joserfc.jwk import OKPKey

from apps.core.proofs import signatures


def key_of(side: UUID) -> OKPKey:
    """The key pair of one of our own sides."""
    return signatures.kept_key(Path(settings.KEYS_DIR) / f"{side}.pem")


def public_key_of(side: UUID) -> dict[str, str]:
    """The public half of the key of one of our own sides, as a JWK."""
    return signatures.public_jwk(key_of(side))


def sign_bytes(side: UUID, data: bytes) -> str:
    """A detached signature of `side` over `data`."""
    return signatures.sign_bytes(key_of(side), data, kid=str(side))
