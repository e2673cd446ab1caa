"""The items of the service navigation. Each app registers its own in its `waiting.py` or `apps.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Item:
    label: str
    url_name: str
    shown_to: Callable
    order: int


_items: list[Item] = []


def register(label, url_name: str, *, shown_to: Callable, order: int) -> None:
    """Add an item; `shown_to` (user) -> bool is asked for a signed-in person on every page, so it makes no query of its own."""
    _items.append(Item(label, url_name, shown_to, order))


def navigation_for(user, path: str) -> list[dict]:
    """The items for a signed-in `user` as {label, url, current}; none for anyone else."""
    if not user.is_authenticated:
        return []
    shown = sorted((item for item in _items if item.shown_to(user)), key=lambda item: item.order)
    made = [(item, reverse(item.url_name)) for item in shown]
    return [{"label": item.label, "url": url, "current": path.startswith(url)} for item, url in made]
