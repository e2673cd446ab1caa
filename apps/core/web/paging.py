"""Pages by key, not by number: a page costs the same wherever it is, and a new row never shifts it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the addresses of the next and of the first (empty where there is none)."""

    items: list[Any]
    next_url: str
    first_url: str


def keyset_page(queryset: QuerySet, request, by: tuple[str, ...] = ("-created_at", "-pk"), size: int = 25) -> Page:
    """One page of `queryset` in the order `by`, whose last key is unique. One query. The cursor is `?after=`."""
    cursor = request.GET.get("after", "")
    after = _read(cursor, by)
    rows = queryset.order_by(*by)
    if after:
        rows = rows.filter(_beyond(by, after))
    items = list(rows[: size + 1])
    next_url = ""
    if len(items) > size:
        items.pop()
        next_url = _with_cursor(request, _write(by, items[-1]))
    return Page(items, next_url, _with_cursor(request, "") if after else "")


def _beyond(by: tuple[str, ...], after: list[str]) -> Q:
    """Rows that come after the keys, key by key."""
    found, equal = Q(), Q()
    for key, value in zip(by, after, strict=True):
        name, comparison = key.removeprefix("-"), "lt" if key.startswith("-") else "gt"
        found |= equal & Q(**{f"{name}__{comparison}": value})
        equal &= Q(**{name: value})
    return found


def _write(by: tuple[str, ...], row: Any) -> str:
    values = [getattr(row, key.removeprefix("-")) for key in by]
    texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return signing.dumps(texts, salt=_salt(by))


def _salt(by: tuple[str, ...]) -> str:
    """A cursor belongs to the order that it was made in."""
    return f"paging {' '.join(by)}"


def _read(cursor: str, by: tuple[str, ...]) -> list[str]:
    """The keys of a cursor that we wrote for this order; nothing for any other."""
    try:
        return signing.loads(cursor, salt=_salt(by)) if cursor else []
    except signing.BadSignature:
        return []


def _with_cursor(request, cursor: str) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    if cursor:
        query["after"] = cursor
    return f"{request.path}?{query.urlencode()}" if query else request.path
