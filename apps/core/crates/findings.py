"""What a check found, as a researcher can act on it."""

from collections import Counter
from dataclasses import asdict, dataclass, field

ERROR, WARNING, INFO = "error", "warning", "info"
MOST = 20


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
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def tell(self, finding: Finding) -> None:
        """Keep a finding, where it is one of the first of its rule: nobody reads 20,000 (M-14)."""
        kind = finding.rule, finding.level, finding.mend
        self.told[kind] += 1
        if self.told[kind] <= MOST:
            self.findings.append(finding)

    def tell_how_many_more(self) -> None:
        """One line for each rule of which not everything was kept."""
        for (rule, level, mend), number in self.told.items():
            if number > MOST:
                self.findings.append(Finding(rule, level, "", f"The same holds of {number - MOST} more.", mend))

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


class Unreadable(Exception):
    """The crate cannot be read on; the finding says why."""

    def __init__(self, finding: Finding):
        super().__init__(finding.message)
        self.finding = finding
