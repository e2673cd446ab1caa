"""Who is who across the border: by ORCID iD and by a keyed hash of each verified e-mail address, never by user id.

An offer carries its own random key; whoever compares hashes her staff's addresses with that key (HMAC-SHA-256).
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed


@dataclass(frozen=True)
class Identity:
    """A person as a document names her."""

    orcid: str
    email_hashes: frozenset[str]

    def as_json(self) -> dict[str, Any]:
        return {"orcid": self.orcid, "email_hashes": sorted(self.email_hashes)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Identity":
        return cls(orcid=str(value.get("orcid", "")), email_hashes=frozenset(map(str, value.get("email_hashes", ()))))

    def is_empty(self) -> bool:
        return not self.orcid and not self.email_hashes

    def matches(self, other: "Identity") -> bool:
        """True where both have the same ORCID iD or share an address."""
        return bool(self.orcid and self.orcid == other.orcid) or bool(self.email_hashes & other.email_hashes)


def bare_orcid(value: str) -> str:
    """The 16 digits with hyphens of an ORCID iD, however it is written; empty for anything else."""
    last = value.strip().rstrip("/").rsplit("/", 1)[-1].upper()
    return last if len(last) == 19 and last.count("-") == 3 else ""


def hash_of(email: str, key: str) -> str:
    """HMAC-SHA-256 of a lower-case address under a key of hex digits; 64 hex digits."""
    return hmac.new(bytes.fromhex(key), email.strip().lower().encode(), hashlib.sha256).hexdigest()


def identity_of(user, key: str) -> Identity:
    """The identity of a person of ours, under the key of a document."""
    return Identity(bare_orcid(user.orcid), frozenset(hash_of(email, key) for email in user.emails()))


def check_is_none_of(user, others: list[Identity], key: str, sentence) -> None:
    """ "Never your own": raises NotAllowed with `sentence` where `user` is one of `others`, and where nothing can be compared."""
    own = identity_of(user, key)
    if own.is_empty() or any(other.is_empty() for other in others):
        raise NotAllowed(
            _("We cannot tell whether this is your own work. Add your ORCID iD and verify your e-mail address first.")
        )
    if any(own.matches(other) for other in others):
        raise NotAllowed(sentence)
