"""What a check found, as a researcher can act on it."""

from collections import Counter
from dataclasses import asdict, dataclass, field

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Finding:
    """One broken rule: its id, how much it matters, the entity or file, the sentence, how to mend it."""

    rule: str
    level: str
    entity: str
    message: str
    mend: str


@dataclass
class Report:
    """The answer of a check. `verdict` is accepted (warnings allowed), refused or unreadable."""

    sha256: str = ""
    profile: str = ""
    external_identifier: str = ""
    stripped: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unreadable: bool = False

    @property
    def verdict(self) -> str:
        if self.unreadable:
            return "unreadable"
        return "refused" if self.errors else "accepted"

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == ERROR]

    def as_dict(self) -> dict:
        """JSON values, as `check_crate --format json` prints them."""
        return {
            "verdict": self.verdict,
            "profile": self.profile,
            "sha256": self.sha256,
            "external_identifier": self.external_identifier,
            "stripped": self.stripped,
            "findings": [asdict(finding) for finding in self.findings],
        }


def first_of_each(findings: list[Finding], most: int = 20) -> list[Finding]:
    """The first of each rule and level, and one line for how many more there are: nobody reads 20,000 (M-14)."""
    told: Counter[tuple[str, str]] = Counter()
    kept = []
    for each in findings:
        told[each.rule, each.level] += 1
        if told[each.rule, each.level] <= most:
            kept.append(each)
    for (rule, level), number in told.items():
        if number > most:
            mend = next(each.mend for each in kept if each.rule == rule)
            kept.append(Finding(rule, level, "", f"The same holds of {number - most} more.", mend))
    return kept


class Unreadable(Exception):
    """The crate cannot be read on; the finding says why."""

    def __init__(self, finding: Finding):
        super().__init__(finding.message)
        self.finding = finding
