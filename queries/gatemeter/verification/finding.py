"""What a verification says: findings, and what each check looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from gatemeter.verification.cross_epoch_duplicates import CrossEpochDuplicatePair

CROSS_EPOCH_DUPLICATES = "far_duplicates"
"""The check for events that are counted more than once."""

RECOUNT = "recount"
"""The check that counts the log again."""


class Finding(BaseModel):
    """One difference: where it lies in the log, in which table, and what should have been there.

    Offsets are those of the log, `next_offset` the first one behind; of an epoch they are its range. `expected` and
    `found` are counts or offsets, as `detail` says, and None where there is nothing to count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    check: str
    topic: str
    log: str
    partition: int
    first_offset: int
    next_offset: int
    table: str
    expected: int | None
    found: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check looked at and found; of many `differences` only the first are among `findings`.

    `epochs` and `rows` are what it held against each other, replaced rows included where they cost nothing to count.
    `pairs` sum far duplicates up by the logs that they stand in.
    """

    check: str
    epochs: int
    rows: int
    differences: int
    findings: Sequence[Finding]
    pairs: Sequence[CrossEpochDuplicatePair] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one store; `events` were consumed from `logs` in `epochs`.

    `replays` and `corrections` are epochs as well, of one event each, and of no log.
    `notes` are facts that break no law, `unchecked` what this verification cannot tell.
    """

    logs: int
    epochs: int
    events: int
    checks: Sequence[CheckResult]
    notes: Sequence[str] = field(default_factory=list)
    unchecked: Sequence[str] = field(default_factory=list)
    replays: int = 0
    corrections: int = 0

    @property
    def differences(self) -> int:
        """How many there are in all."""
        return sum(check.differences for check in self.checks)

    @property
    def holds(self) -> bool:
        """Whether there is none."""
        return self.differences == 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is counted."""
        return not (self.epochs or self.replays or self.corrections)

    @property
    def findings(self) -> Sequence[Finding]:
        """Those of all checks, in their order."""
        return [finding for check in self.checks for finding in check.findings]
