"""What a TRE publishes of its policy, as its node says it. The hub keeps the newest and shows it to everybody."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import record
from apps.core.errors import BadInput
from apps.core.exchange import bodies
from apps.hub.datasets.models import Tre

# What a node may say of its policy; anything else is left out.
WORDS: dict[str, type] = {
    "least_count": int,
    "rounding": int,
    "file_types": list,
    "most_megabytes": int,
    "review": str,
    "other_organisation": bool,
    "days_promised": int,
    "asked_of_people": str,
    "requirements": list,
    "version": int,
}
MOST_CHARACTERS, MOST_TYPES = 4000, 50


def read(told: Any) -> dict:
    """The policy that a document tells. Raises BadInput where a word of it is missing, or not what it should be."""
    if isinstance(told, dict):
        told = {"requirements": []} | told  # of a node that is older than these
    if not isinstance(told, dict) or any(type(told.get(name)) is not kind for name, kind in WORDS.items()):
        raise BadInput(_("This policy does not say what a policy says."))
    types = [str(each)[:100] for each in told["file_types"][:MOST_TYPES]]
    short = {"asked_of_people": told["asked_of_people"][:MOST_CHARACTERS], "review": told["review"][:20]}
    asked = [requirement(each) for each in told["requirements"][:MOST_TYPES]]
    return {name: told[name] for name in WORDS} | {"file_types": types, "requirements": asked} | short


def requirement(told: Any) -> dict:
    """One thing that a TRE asks of everybody whom it accepts. Raises BadInput."""
    kinds = {"title": str, "sentence": str, "evidence": bool}
    if not isinstance(told, dict) or any(type(told.get(name)) is not kind for name, kind in kinds.items()):
        raise BadInput(_("This policy does not say what a policy says."))
    return {"title": told["title"][:100], "sentence": told["sentence"][:500], "evidence": told["evidence"]}


def take(*, document) -> None:
    """A TRE's policy, as its node signed it. An older one that comes late changes nothing."""
    bodies.check(document.body, {"policy": dict})
    policy = read(document.body["policy"])
    tre = Tre.objects.select_for_update().get(pk=document.peer)
    if policy["version"] <= tre.policy.get("version", 0):
        return
    tre.policy, tre.policy_at = policy, timezone.now()
    tre.save()
    public, about = {"tre": tre.name}, {"tre": tre.pk}
    record("tre.policy_published", by=document.peer, subject=tre, policy=policy, public=public, about=about)
