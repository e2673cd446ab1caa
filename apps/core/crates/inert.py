"""The beginning of a file of a bag, to be shown as text and as nothing else (M-36, M-37)."""

from dataclasses import dataclass

from apps.core.crates.package import Bag, intact
from apps.core.crates.plain import has_hidden, unhidden

SHOWN_BYTES = 4_000


@dataclass(frozen=True)
class Beginning:
    """A payload file. `text` is its beginning, None where it is not text; `is_whole` where nothing was left out; `hides`
    where it holds what nobody would see, which `text` shows by number."""

    path: str
    size: int
    text: str | None
    is_whole: bool
    hides: bool


def beginning(bag: Bag, path: str) -> Beginning:
    """The first SHOWN_BYTES of a payload file. Raises Unreadable for a damaged entry, KeyError for none."""
    size = bag.size(path)
    with intact(path), bag.open(f"data/{path}") as stream:
        content = stream.read(SHOWN_BYTES)
    text, is_whole = text_of(content), size <= len(content)
    if text is None:
        return Beginning(path, size, None, is_whole, hides=False)
    return Beginning(path, size, unhidden(text), is_whole, has_hidden(text))


def text_of(content: bytes) -> str | None:
    """UTF-8 text, also where its last character was cut; None for what is no text."""
    if b"\0" in content:
        return None
    for end in range(len(content), max(len(content) - 4, -1), -1):
        try:
            return content[:end].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None
