"""Where somebody works, as a document tells it and as she says in her profile: compared where a TRE's policy asks for it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import NotAllowed


@dataclass(frozen=True)
class Workplace:
    """An organisation, by its name and, where it has one, its ROR id."""

    name: str
    ror: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "ror": self.ror}

    @classmethod
    def from_json(cls, value: Any) -> "Workplace":
        """Nothing where a document does not tell."""
        told = value if isinstance(value, dict) else {}
        return cls(str(told.get("name", "")), str(told.get("ror", "")))

    def is_same(self, other: "Workplace") -> bool:
        """True where both have the same ROR id, or the same name."""
        return bool(self.ror and self.ror == other.ror) or bool(self.bare_name and self.bare_name == other.bare_name)

    def can_be_compared(self, other: "Workplace") -> bool:
        """True where both have what the other could be known by."""
        return bool(self.ror and other.ror) or bool(self.bare_name and other.bare_name)

    @property
    def bare_name(self) -> str:
        """The name without what people write differently."""
        return " ".join(self.name.casefold().split())


def check_works_elsewhere(user, other: Workplace) -> None:
    """Raises NotAllowed where she works at the same place, and where nothing can be compared."""
    own = Workplace(user.organisation, user.ror)
    if not own.can_be_compared(other):
        raise NotAllowed(
            _("We cannot tell whether you work where the researcher works. Say in your profile where you work.")
        )
    if own.is_same(other):
        raise NotAllowed(_("You work where the researcher works, so somebody else decides."))
