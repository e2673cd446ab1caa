"""Start-up refuses half a configuration, in a sentence that says what to set. Pure functions over the environment."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.core.proofs import notes

ROLES = ("hub", "node", "solo")
ONLY_IN_A_NODE = ("EXECUTOR_", "QUARANTINE_", "RELEASES_", "OFFERS_", "NODE_INBOX_DIR", "BACKEND_CREDENTIAL")
# Who answers for the portal, as /about/ says it. On a laptop somebody who is plainly invented.
INVENTED_CONTROLLER = {
    "CONTROLLER_NAME": "The Example Federation (invented)",
    "CONTROLLER_ADDRESS": "1 Nowhere Street, Exampleton, EX0 0EX (invented)",
    "DPO_EMAIL": "data-protection@hub.example",
    "COMPLAINTS_EMAIL": "complaints@hub.example",
    "LAWFUL_BASIS": "a task in the public interest: UK GDPR, Article 6(1)(e) (invented)",
}
ONLY_IN_A_HUB = ("CRATES_DIR", "RELEASED_DIR", "HUB_INBOX_DIR", "EVIDENCE_DIR")


def role(value: str) -> str:
    """The role of this process: hub, node or solo (design: "The border"). Raises ImproperlyConfigured."""
    if value not in ROLES:
        raise ImproperlyConfigured(f"ROLE is {value!r}. Set ROLE to hub, node or solo.")
    return value


def refuse_what_the_role_must_not_hold(role: str, environment: Mapping[str, str]) -> None:
    """A hub holds no executor, credential or quarantine; a node no store of the hub. Raises ImproperlyConfigured."""
    forbidden = {"hub": ONLY_IN_A_NODE, "node": ONLY_IN_A_HUB, "solo": ()}[role]
    found = sorted(name for name in environment if name.startswith(forbidden)) if forbidden else []
    if found:
        other = "TRE's node" if role == "hub" else "hub"
        raise ImproperlyConfigured(f"ROLE={role} must not hold {', '.join(found)}. Unset it; it belongs to a {other}.")


def refuse_half_a_production(production: bool, environment: Mapping[str, str]) -> None:
    """PRODUCTION=1 needs its secret, host, address, database and mail named. Raises ImproperlyConfigured."""
    needed = ("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "EMAIL_URL", "CACHE_URL")
    missing = [name for name in needed if not environment.get(name)] if production else []
    if missing:
        raise ImproperlyConfigured(f"PRODUCTION=1 also needs {', '.join(missing)}. Set each, or unset PRODUCTION.")


def orcid(environment: Mapping[str, str]) -> dict[str, Any]:
    """How allauth asks ORCID whose iD it is; empty where it is not configured. Raises ImproperlyConfigured."""
    given = {name: environment.get(name, "") for name in ("ORCID_CLIENT_ID", "ORCID_SECRET")}
    if not any(given.values()):
        return {}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise ImproperlyConfigured(f"ORCID needs both its client and its secret. Set {missing[0]}, or unset the other.")
    app = {"client_id": given["ORCID_CLIENT_ID"], "secret": given["ORCID_SECRET"]}
    return {"APPS": [app], "BASE_DOMAIN": environment.get("ORCID_DOMAIN") or "orcid.org"}


def controller(role: str, production: bool, environment: Mapping[str, str]) -> dict[str, str | bool]:
    """Who answers for the portal: {controller_name, controller_address, dpo_email, complaints_email, lawful_basis, is_invented}.

    A public site in production names all of it (UK GDPR, Article 13). Raises ImproperlyConfigured. A node has no public page.
    """
    missing = [name for name in INVENTED_CONTROLLER if not environment.get(name)]
    if missing and production and role != "node":
        raise ImproperlyConfigured(
            f"The public page /about/ must say who answers for this portal. Set {', '.join(missing)}, or unset PRODUCTION."
        )
    instead = {} if production else INVENTED_CONTROLLER
    told = {name.lower(): environment.get(name) or instead.get(name, "") for name in INVENTED_CONTROLLER}
    return told | {"is_invented": bool(missing)}


def kept_secret(path: Path) -> str:
    """A secret key made once and kept at `path` (mode 0600), for a laptop. Two processes at once keep the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def log_keys(keys: list[str]) -> list[str]:
    """The signer keys of logs. Raises ImproperlyConfigured for one that is none; says which, and never the key."""
    for number, key in enumerate(keys, start=1):
        try:
            notes.parse_signer(key)
        except notes.BadNote:
            raise ImproperlyConfigured(f"LOG_KEYS: number {number} is not a signer key (PRIVATE+KEY+name+id+key).")
    return keys


def published_bucket(bucket: str, endpoint: str) -> dict:
    """The storage into which `checkpoint --publish storage:published` writes: a bucket of S3, or what speaks like it."""
    options = {"bucket_name": bucket, "endpoint_url": endpoint or None, "file_overwrite": True, "default_acl": None}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | {"querystring_auth": False}}


def witnesses(keys: list[str]) -> list[str]:
    """The verifier keys of witnesses. Raises ImproperlyConfigured for one that is not a witness's."""
    for key in keys:
        try:
            fits = notes.parse_verifier(key).algorithm == notes.COSIGNATURE
        except notes.BadNote:
            fits = False
        if not fits:
            raise ImproperlyConfigured(f"WITNESSES has {key!r}, which is not a witness's verifier key (name+id+key).")
    return keys


def part_of_the_kingdom(code: str) -> str:
    """ENG, NIR, SCT or WLS, whose bank holidays the portal keeps. Raises ImproperlyConfigured."""
    if code not in ("ENG", "NIR", "SCT", "WLS"):
        raise ImproperlyConfigured(f"BANK_HOLIDAYS_OF is {code!r}. Set it to ENG, NIR, SCT or WLS.")
    return code
