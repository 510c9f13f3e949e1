"""Adds up what comparing the epochs of several logs found."""

from dataclasses import dataclass, field

from gatemeter.verification.checks import FINDINGS_PER_CHECK
from gatemeter.verification.finding import Check, CheckResult, Finding


@dataclass(slots=True)
class ComparisonTally:
    """What the comparisons of all logs found. `repriced` counts rows of model usage whose prices differ."""

    epochs: int = 0
    rows: int = 0
    events: int = 0
    differences: int = 0
    repriced: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count a difference, and keep it unless there are `FINDINGS_PER_CHECK` findings already."""
        self.differences += 1
        if len(self.findings) < FINDINGS_PER_CHECK:
            self.findings.append(finding)

    def result(self) -> CheckResult:
        """The tally as the result of the check LOG_RECONCILIATION."""
        return CheckResult(Check.LOG_RECONCILIATION, self.epochs, self.rows, self.differences, self.findings)
