"""What a TRE publishes of its policy, as its node says it. The hub shows the newest to everybody, and what changed and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.audit.act import record
from apps.core.audit.models import Opening
from apps.core.errors import BadInput
from apps.core.exchange import bodies
from apps.core.web.file_types import in_words
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
PUBLISHED, CHANGED = "tre.policy_published", "tre.policy_changed"
MOST_IN_LOG, MOST_VERSIONS = 200, 50


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
    changes = changed(tre.policy, policy, most=MOST_IN_LOG) if tre.policy else []
    tre.policy, tre.policy_at = policy, timezone.now()
    tre.save()
    verb, told = (CHANGED, {"changes": " ".join(changes)}) if changes else (PUBLISHED, {})
    record(verb, by=document.peer, subject=tre, policy=policy, public={"tre": tre.name} | told, about={"tre": tre.pk})


def _people(number: int) -> str:
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


def _rounding(number: int) -> str:
    return str(number) if number > 1 else _("not rounded")


def _review(how: str) -> str:
    if how == "sequential":
        return _("two people, one after the other")
    return _("two people, and neither sees what the other decides")


def _days(number: int) -> str:
    return ngettext("%(n)s working day", "%(n)s working days", number) % {"n": number}


def _requirements(rows: list[dict]) -> str:
    paper = _("Bring a paper that shows it.")
    said = (f"{row['title']}: {row['sentence']}" + (f" {paper}" if row["evidence"] else "") for row in rows)
    return "; ".join(said) or _("nothing")


# What each published part is called, and how its value reads.
READS: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "least_count": (gettext_lazy("Smallest group that is shown"), _people),
    "rounding": (gettext_lazy("Counts are rounded to"), _rounding),
    "file_types": (
        gettext_lazy("Files that may leave"),
        lambda types: ", ".join(str(in_words(each)) for each in types),
    ),
    "most_megabytes": (gettext_lazy("Largest file that may leave"), lambda number: f"{number} MB"),
    "review": (gettext_lazy("Who checks"), _review),
    "other_organisation": (
        gettext_lazy("Whoever checks works elsewhere than the researcher"),
        lambda is_so: _("yes") if is_so else _("no"),
    ),
    "days_promised": (gettext_lazy("Days it promises"), _days),
    "requirements": (gettext_lazy("What it checks of each person"), _requirements),
    "asked_of_people": (gettext_lazy("What it asks of a person"), lambda text: text or _("nothing")),
}


def changed(before: dict, after: dict, *, most: int = 0) -> list[str]:
    """What differs between two policies, a sentence for each part: what it was and what it is. `most`: as many characters of
    each value at most, where that is given."""
    said = []
    for name, (label, reads) in READS.items():
        if before.get(name) != after.get(name):
            old = _shortened(reads(before[name]), most) if name in before else _("nothing was said")
            told = {"what": label, "old": old, "new": _shortened(reads(after[name]), most)}
            said.append(_("%(what)s: it was “%(old)s”, and is now “%(new)s”.") % told)
    return said


def _shortened(text: str, most: int) -> str:
    return Truncator(text).chars(most) if most else text


@dataclass(frozen=True)
class Version:
    """A policy as it was published at that moment, and what had changed; nothing for the first, or where only what is private
    had. `entry` is its number in the log."""

    at: datetime
    entry: int
    changes: list[str]
    is_first: bool


def versions_of(tre: Tre) -> list[Version]:
    """The newest versions of a TRE's policy, newest first. One query."""
    told = Opening.objects.filter(subject_id=tre.pk, subject_type=Tre._meta.label, verb__in=[PUBLISHED, CHANGED])
    rows = list(told.select_related("event").order_by("-event__sequence")[: MOST_VERSIONS + 1])
    pairs = zip(rows, [*rows[1:], None], strict=False)
    return [_version(row, before) for row, before in pairs][:MOST_VERSIONS]


def _version(row: Opening, before: Opening | None) -> Version:
    changes = changed(before.values["policy"], row.values["policy"]) if before else []
    return Version(row.at, row.event.sequence, changes, before is None)
