"""Reading the body of a document strictly: it says what it should, and nothing more. Each raises ValueError or TypeError."""

from typing import Any
from uuid import UUID


def exactly(told: Any, *names: str) -> list[Any]:
    """The values of a JSON object with these names and no other. Raises ValueError."""
    if not isinstance(told, dict) or set(told) != set(names):
        raise ValueError
    return [told[name] for name in names]


def identity(text: str) -> str:
    """A UUID as it is always written. Raises ValueError for anything else."""
    if str(UUID(text)) != text:
        raise ValueError
    return text


def words(told: Any, longest: int | None = None) -> str:
    """A text that a database can keep, of so many characters at most. Raises ValueError for anything else."""
    if not isinstance(told, str) or "\x00" in told or len(told) > (longest or len(told)):
        raise ValueError
    return told
