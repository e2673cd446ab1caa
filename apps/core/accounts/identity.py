"""Who is who across the border: by ORCID iD and by a keyed hash of each verified e-mail address, never by user id.

An offer carries its own random key; whoever compares hashes her staff's addresses with that key (HMAC-SHA-256). So that who
changes her address or iD is still known again, each side remembers a mark of every one that it has known, and an offer carries
the marks, too, under its key. A mark is a digest: the former address itself is not kept.
"""

import hashlib
import hmac
from collections.abc import Iterable
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


ADDRESS, ORCID = "mailto", "orcid"


def mark_of(kind: str, value: str) -> str:
    """What is remembered of an address or an ORCID iD: 64 hex digits, the same on every side."""
    return hmac.new(b"trefx-mark", f"{kind}:{value.strip().lower()}".encode(), hashlib.sha256).hexdigest()


def marks_of(emails: list[str], orcid: str) -> set[str]:
    """The marks of verified addresses and of an ORCID iD."""
    bare = bare_orcid(orcid)
    return {mark_of(ADDRESS, email) for email in emails} | ({mark_of(ORCID, bare)} if bare else set())


def identity_of(user, key: str) -> Identity:
    """The identity of a person of ours, under the key of a document: as she is now, and as she was ever known."""
    return identity_from(user.orcid, user.emails(), user.marks_kept(), key)


def identity_from(orcid: str, emails: list[str], marks: Iterable[str], key: str) -> Identity:
    """The same of what was read for many at once."""
    known_by = [*emails, *marks_of(emails, orcid), *marks]
    return Identity(bare_orcid(orcid), frozenset(hash_of(each, key) for each in known_by))


def can_compare(own: Identity, others: list[Identity], *, has_address: bool) -> bool:
    """True where each of `others` can be told from her: by ORCID iD or by address."""
    return all((own.orcid and other.orcid) or (has_address and other.email_hashes) for other in others)


def check_is_none_of(user, others: list[Identity], key: str, sentence) -> None:
    """ "Never your own": raises NotAllowed with `sentence` where `user` is one of `others`, and where nothing can be compared."""
    own = identity_of(user, key)
    if not can_compare(own, others, has_address=bool(user.emails())):
        raise NotAllowed(
            _("We cannot tell whether this is your own work. Add your ORCID iD and verify your e-mail address first.")
        )
    if any(own.matches(other) for other in others):
        raise NotAllowed(sentence)
