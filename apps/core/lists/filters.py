"""What a list can be narrowed by. Each filter is a field of the list's form and the condition that its value means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.workflow.models import PORTAL_ZONE, last_minute


@dataclass(frozen=True)
class Filter:
    """`field()` makes the form's field; `condition(value)` says which rows fit."""

    name: str
    field: Callable[[], forms.Field]
    condition: Callable[[Any], Q]


@dataclass(frozen=True)
class Sort:
    """An order of rows: its word in the address, how a person reads it, its keys. The last key is unique, none is null."""

    name: str
    label: Any
    by: tuple[str, ...]


NEWEST = Sort("newest", _("newest first"), ("-created_at", "-pk"))
OLDEST = Sort("oldest", _("oldest first"), ("created_at", "pk"))


def choice(name: str, label, choices, *, column: str = "") -> Filter:
    """One of some values of a column."""

    def field() -> forms.Field:
        return forms.ChoiceField(label=label, choices=[("", _("All")), *choices], required=False)

    return Filter(name, field, lambda value: Q(**{column or name: value}))


def flag(name: str, label, condition: Q) -> Filter:
    """A box to tick: only rows that fit `condition`."""
    return Filter(name, lambda: forms.BooleanField(label=label, required=False), lambda _value: condition)


def days(column: str = "created_at") -> tuple[Filter, Filter]:
    """From a day, and up to a day, both counted, in the portal's zone."""

    def day(label) -> Callable[[], forms.Field]:
        widget = forms.DateInput(attrs={"type": "date"})
        return lambda: forms.DateField(label=label, required=False, widget=widget)

    return (
        Filter(
            "from", day(_("From")), lambda day: Q(**{f"{column}__gte": datetime.combine(day, time.min, PORTAL_ZONE)})
        ),
        Filter("to", day(_("To")), lambda day: Q(**{f"{column}__lte": last_minute(day)})),
    )
