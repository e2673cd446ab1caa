"""The keys that sign a side's checkpoints: in KEYS_DIR as `<side>.log-<number>.pem`, mode 0600, apart from its document key.

The log's name (origin) is that of its first key, taken from PUBLIC_URL: it stays when the portal moves. Every key that ever
signed is a row; the newest signs, and older ones sign beside it for as long as their files lie in KEYS_DIR.
"""

from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit import verbs
from apps.core.audit.act import act, locked_head, record
from apps.core.audit.models import LogKey
from apps.core.errors import WrongState
from apps.core.proofs import notes

verbs.register(
    "log.key_replaced",
    verbs.Audience.PUBLIC,
    gettext_lazy("The key that signs this log was replaced. It was {old}. It is now {new}."),
)


def place_of(side: UUID) -> str:
    """The path of a side's log: `log` for the hub's, and below it the side for a TRE's."""
    return "log" if str(side) == settings.HUB_ID else f"log/{side}"


def address_of(side: UUID) -> str:
    """Where a side's log is read."""
    return f"{settings.PUBLIC_URL}/{place_of(side)}"


def path_of(side: UUID, number: int) -> Path:
    """The file of a side's key."""
    return Path(settings.KEYS_DIR) / f"{side}.log-{number}.pem"


def make(side: UUID, number: int, name: str) -> LogKey:
    """Make (or find) the key file and its row."""
    key = notes.kept_signing_key(path_of(side, number))
    verifier = str(notes.verifier_of(key, name))
    return LogKey.objects.get_or_create(side=side, number=number, defaults={"verifier": verifier})[0]


def name_of(side: UUID) -> str:
    """The name that a log's first key gives it: its address without the scheme."""
    parts = urlsplit(address_of(side))
    return parts.netloc + parts.path


def keys_of(side: UUID) -> list[LogKey]:
    """Every key of a side's log, newest first; the first is made when it is first asked for."""
    return list(LogKey.objects.filter(side=side).order_by("-number")) or [make(side, 1, name_of(side))]


def verifiers_of(side: UUID) -> list[notes.Verifier]:
    """The public side of every key of a side's log, newest first."""
    return [notes.parse_verifier(key.verifier) for key in keys_of(side)]


def known_verifiers(side: UUID) -> list[notes.Verifier]:
    """The same, and nothing is made: a check of a log writes nothing, also where an old backup lies that has no key yet."""
    if LogKey.objects.filter(side=side).exists() or not path_of(side, 1).exists():
        return [notes.parse_verifier(key.verifier) for key in LogKey.objects.filter(side=side).order_by("-number")]
    return [notes.verifier_of(notes.kept_signing_key(path_of(side, 1)), name_of(side))]


def signing_keys(side: UUID) -> list[tuple[Ed25519PrivateKey, str]]:
    """(key, name) of those whose files are here, the newest first. Raises WrongState where the newest is not."""
    found = []
    for key in keys_of(side):
        path, verifier = path_of(side, key.number), notes.parse_verifier(key.verifier)
        private = notes.kept_signing_key(path) if path.exists() else None
        if private and notes.verifier_of(private, verifier.name) == verifier:
            found.append((private, verifier.name))
        elif not found:
            raise WrongState(_("The log's key %(file)s is missing or another one. Put it back.") % {"file": path.name})
    return found


def replace(*, side: UUID, by, reason: str) -> LogKey:
    """From now on a new key signs the checkpoints of a side. The log itself says so."""
    with act():
        locked_head(side)
        old = keys_of(side)[0]
        new = make(side, old.number + 1, notes.parse_verifier(old.verifier).name)
        facts = {"old": old.verifier, "new": new.verifier}
        record("log.key_replaced", by=by, subject=new, public=facts, reason=reason)
    return new
