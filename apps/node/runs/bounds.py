"""Within which bounds a standing sign-off lets each parameter vary. Plain values, no database.

A bound is a JSON object: {"least": number, "most": number} for numbers, {"among": [texts]} for a choice or a yes and no,
{"pattern": text} for typed text, where * stands for any text, ? for one character and [0-9] for one of a range. A text
without any of these has to be given exactly so.
"""

from fnmatch import fnmatchcase  # never slower than the text is long: it tries no place twice
from typing import Any

from django.utils.translation import gettext as _

from apps.core.crates.parameters import BadParameter, Parameter, asked_for, is_code, value_of

Bound = dict[str, Any]
NUMBERS = ("integer", "number")


def is_bounded(parameter: Parameter) -> bool:
    """True where bounds can be set: a typed value that is not code."""
    return parameter["type"] not in ("dataset", "file") and not is_code(parameter)


def choices_of(parameter: Parameter) -> list[str]:
    """What may be chosen: of a choice its list, of a yes and no the two; empty for everything else."""
    return ["true", "false"] if parameter["type"] == "boolean" else list(parameter.get("choices") or [])


def fits(value: Any, bound: Bound) -> bool:
    """True where a value lies within its bound."""
    if "among" in bound:
        return (str(value).lower() if isinstance(value, bool) else value) in bound["among"]
    if "pattern" in bound:
        return fnmatchcase(str(value), bound["pattern"])
    return bound["least"] <= value <= bound["most"]


def why_outside(parameters: list[Parameter], bounds: dict[str, Bound], values: dict[str, Any]) -> str:
    """Which parameter lies outside its bounds, as a sentence; empty where all are within. One that is not given has its
    usual value, which has to lie within, too."""
    for parameter in asked_for(parameters):
        name = parameter["name"]
        if name not in bounds:
            return _("%(name)s has no bounds.") % {"name": name}
        try:
            value = values[name] if name in values else value_of(parameter["default"], parameter)
        except BadParameter:
            return _("%(name)s is not given.") % {"name": name}
        if not fits(value, bounds[name]):
            return _("%(name)s is outside its bounds: %(bounds)s.") % {"name": name, "bounds": in_words(bounds[name])}
    return ""


def in_words(bound: Bound) -> str:
    """A bound as a person reads it."""
    if "among" in bound:
        return _("one of: %(all)s") % {"all": ", ".join(bound["among"])}
    if "pattern" in bound:
        is_exact = not any(sign in bound["pattern"] for sign in "*?[")
        told = _("exactly “%(text)s”") if is_exact else _("text like “%(text)s”")
        return told % {"text": bound["pattern"]}
    return _("from %(least)s to %(most)s") % bound
