"""The verbs of the log: each has a class (public, after embargo, private) and a sentence in plain words.

A sentence names roles, projects and TREs, never a member of staff. Its {fields} come from the `public` facts that the
action gives to `record()`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.core.checks import Error


class Audience(Enum):
    PUBLIC = "public"
    AFTER_EMBARGO = "after embargo"
    PRIVATE = "private"


@dataclass(frozen=True)
class Verb:
    name: str
    audience: Audience
    sentence: str

    @property
    def is_public(self) -> bool:
        """True where everybody may read of it, at once or after an embargo."""
        return self.audience is not Audience.PRIVATE


_verbs: dict[str, Verb] = {}


def register(name: str, audience: Audience, sentence) -> None:
    """Add a verb. `sentence` is a (lazy) text with {fields} out of the public facts."""
    _verbs[name] = Verb(name, audience, sentence)


def register_all(audience: Audience, sentences: Iterable[tuple[str, str]]) -> None:
    """Add (name, sentence) pairs of one audience."""
    for name, sentence in sentences:
        register(name, audience, sentence)


def get(name: str) -> Verb:
    """The verb called `name`. Raises KeyError: a verb without class and sentence is never logged."""
    return _verbs[name]


def all_verbs() -> list[Verb]:
    """Every verb, by name."""
    return sorted(_verbs.values(), key=lambda verb: verb.name)


def sentence(name: str, facts: dict) -> str:
    """The plain words of a log entry."""
    return str(get(name).sentence).format(**facts)


def check_verbs(app_configs, **options) -> list[Error]:
    """System check: no verb without words."""
    return [
        Error(f"The log verb {verb.name} has no sentence.", id="audit.E001")
        for verb in all_verbs()
        if not str(verb.sentence).strip()
    ]
