"""Which rules a crate is asked: chosen in this one place, by the profile that its root says it follows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.core.crates.findings import Finding
from apps.core.crates.graph import Graph, ids
from apps.core.crates.rules import Subject, actions, inputs, metadata, phases, run, secrets, security, workflow
from apps.core.crates.table import finding

FIVE_SAFES = "https://w3id.org/5s-crate/"
Rule = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True)
class Profile:
    """The rules of one version. `refused`: of a result whose outputs were refused, which has no run any more."""

    request: tuple[Rule, ...]
    result: tuple[Rule, ...]
    refused: tuple[Rule, ...]

    def rules(self, phase: str, graph: Graph) -> tuple[Rule, ...]:
        """The rules for a "request" or a "result" (5S-DIS-04, contradiction 2)."""
        if phase == "request":
            return self.request
        return self.refused if phases.is_refused(graph) and not graph.run else self.result


def known_version(subject: Subject) -> Iterator[Finding]:
    """A version of the profile that is not among these is refused by its name."""
    for iri in ids(subject.graph.root.get("conformsTo")):
        if iri.startswith(FIVE_SAFES) and iri not in PROFILES:
            yield finding("5S-ROOT-04", "./", iri=iri)


_EVERY_PHASE = (*metadata.RULES, known_version, *security.RULES, *workflow.RULES)
_RUN = (*run.RULES, *inputs.RESULT_RULES)
_REVIEWS = (*metadata.RESULT_RULES, *actions.RESULT_RULES, *phases.RESULT_RULES)
DEFAULT = metadata.PROFILE
PROFILES = {
    "https://w3id.org/5s-crate/0.4": Profile(
        request=(
            *(*_EVERY_PHASE, *run.RULES, *run.REQUEST_RULES, *inputs.REQUEST_RULES),
            *(*actions.REQUEST_RULES, *secrets.REQUEST_RULES),
        ),
        result=(*_EVERY_PHASE, *_RUN, *_REVIEWS),
        refused=(*_EVERY_PHASE, *_REVIEWS),
    ),
}


def profile_of(graph: Graph) -> Profile:
    """The rules of the version that the root names; those of 0.4 where it names none that we know."""
    named = [iri for iri in ids(graph.root.get("conformsTo")) if iri in PROFILES]
    return PROFILES[named[0] if named else DEFAULT]
