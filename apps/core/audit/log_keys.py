"""The keys that sign a side's checkpoints: out of LOG_KEYS, or in KEYS_DIR as `<side>.log-<number>.pem`, mode 0600.

The log's name (origin) is that of its first key, taken from PUBLIC_URL: it stays when the portal moves. Every key that ever
signed is a row; the newest signs, and older ones sign beside it for as long as they are in LOG_KEYS or their files lie in KEYS_DIR.
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


def given(name: str) -> dict[str, Ed25519PrivateKey]:
    """The keys of LOG_KEYS that sign under a name, by verifier key."""
    signers = [notes.parse_signer(each) for each in settings.LOG_KEYS]
    return {str(notes.verifier_of(key, its_name)): key for key, its_name in signers if its_name == name}


def make(side: UUID, number: int, name: str) -> LogKey:
    """The row of a side's key of that number: one of LOG_KEYS that has no row yet; else one that is made, or lies in its file."""
    rows = LogKey.objects.filter(side=side)
    fresh = [each for each in given(name) if not rows.filter(verifier=each).exists()]
    verifier = fresh[0] if fresh else str(notes.verifier_of(notes.kept_signing_key(path_of(side, number)), name))
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
    rows = LogKey.objects.filter(side=side).order_by("-number")
    known = [key.verifier for key in rows] or list(given(name_of(side)))
    if known or not path_of(side, 1).exists():
        return [notes.parse_verifier(each) for each in known]
    return [notes.verifier_of(notes.kept_signing_key(path_of(side, 1)), name_of(side))]


def signing_keys(side: UUID) -> list[tuple[Ed25519PrivateKey, str]]:
    """(key, name) of those that are here, the newest first. Raises WrongState where the newest is not."""
    found = []
    for key in keys_of(side):
        verifier = notes.parse_verifier(key.verifier)
        private = private_key(side, key, verifier)
        if private:
            found.append((private, verifier.name))
        elif not found:
            file = path_of(side, key.number).name
            raise WrongState(_("The log's key %(file)s is missing or another one. Put it back.") % {"file": file})
    return found


def private_key(side: UUID, key: LogKey, verifier: notes.Verifier) -> Ed25519PrivateKey | None:
    """The private side of a key, out of LOG_KEYS or from its file; None where it is not here."""
    known = given(verifier.name).get(key.verifier)
    path = path_of(side, key.number)
    if known or not path.exists():
        return known
    kept = notes.kept_signing_key(path)
    return kept if notes.verifier_of(kept, verifier.name) == verifier else None


def replace(*, side: UUID, by, reason: str) -> LogKey:
    """From now on a new key signs the checkpoints of a side. The log itself says so."""
    with act():
        locked_head(side)
        old = keys_of(side)[0]
        new = make(side, old.number + 1, notes.parse_verifier(old.verifier).name)
        facts = {"old": old.verifier, "new": new.verifier}
        record("log.key_replaced", by=by, subject=new, public=facts, reason=reason)
    return new
