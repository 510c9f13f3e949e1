"""The result of a verification: each check, what it compared, and the differences it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from gatemeter.verification.cross_epoch_duplicates import CrossEpochDuplicatePair
from gatemeter.verification.uncounted_messages import UncountedMessages

FINDINGS_PER_CHECK = 1000
"""How many findings a check names at most; the SQL files have the same limit."""


_FINDING_FIELDS = ("topic", "log", "partition", "first_offset", "next_offset", "table", "expected", "found", "detail")


class Check(StrEnum):
    """The checks. The value is the check's name in every output; docs/verification.md explains each of them."""

    EVENT_ACCOUNTING = "law"
    OFFSET_RANGES = "ranges"
    PARTITION_ENDS = "ends"
    HOURLY_REQUESTS = "requests"
    MONTHLY_REQUESTS = "monthly_requests"
    MONTH_TOTALS = "months"
    STREAM_SESSIONS = "sessions"
    METERS = "meters"
    ROW_COUNTS = "calls"
    LATENCIES = "latencies"
    DEAD_LETTERS = "letters"
    REPLAYS = "replays"
    CORRECTIONS = "corrections"
    ROWS_AHEAD = "ahead"
    UNKNOWN_EPOCHS = "unknown_epochs"
    RULESETS = "rulesets"
    SCHEMA = "schema"
    RUNGS = "rungs"
    MINUTES = "minutes"
    COSTS = "costs"
    SEALS = "seals"
    LEDGER_EVENTS = "events"
    LEDGER_CONSUMERS = "consumers"
    KEPT_EVENTS = "kept_events"
    CORRECTED_EVENTS = "corrected_events"
    CROSS_EPOCH_DUPLICATES = "far_duplicates"
    LOG_COMPLETENESS = "complete"
    LOG_RECONCILIATION = "recount"
    CORRECTION_ROWS = "recount_corrections"
    REPLAY_ROWS = "recount_replays"

    @property
    def query(self) -> str:
        """The query of this check: `sql/event_accounting.sql` for EVENT_ACCOUNTING. What Python compares has none."""
        return f"verification/{self.name.lower()}"


class Finding(BaseModel):
    """One difference: its offsets in the log, its table, and what should be stored there.

    `next_offset` is the first offset behind the range. A finding about an epoch has the epoch's range. `expected` and
    `found` are counts or offsets, as `detail` says; both are None where there is nothing to count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    check: Check
    topic: str
    log: str
    partition: int
    first_offset: int
    next_offset: int
    table: str
    expected: int | None = None
    found: int | None = None
    detail: str


@dataclass(slots=True)
class CountedFindings:
    """Counts differences, and keeps the first `FINDINGS_PER_CHECK` of their findings."""

    differences: int = 0
    findings: list[Finding] = field(default_factory=list)

    def count(self, finding: Finding) -> None:
        """Count a difference, and keep its finding unless there are enough."""
        self.count_all(1, [finding])

    def count_all(self, differences: int, findings: Sequence[Finding]) -> None:
        """Count so many differences, which `findings` name, or the first of them."""
        self.differences += differences
        self.findings += findings[: FINDINGS_PER_CHECK - len(self.findings)]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How much a check compared, and its `differences`; `findings` names only the first of many.

    `epochs` and `rows` count what was compared. `rows` includes replaced versions where leaving them out would cost
    another pass. `pairs` sums cross-epoch duplicates up by the two logs that hold the copies.
    """

    check: Check
    epochs: int
    rows: int
    differences: int
    findings: Sequence[Finding]
    pairs: Sequence[CrossEpochDuplicatePair] = ()

    @classmethod
    def of_row(cls, check: Check, row: Mapping[str, Any]) -> Self:
        """The result that a row of `sql/parts/check_result.sql` holds."""
        return cls(
            check,
            epochs=int(row["epochs"]),
            rows=int(row["rows"]),
            differences=int(row["differences"]),
            findings=[
                Finding(check=check, **dict(zip(_FINDING_FIELDS, values, strict=True))) for values in row["findings"]
            ],
        )

    def with_more(self, other: Self) -> Self:
        """This result and that of the same check over other epochs, as one."""
        found = sorted([*self.findings, *other.findings], key=lambda each: (each.topic, each.log, each.partition))
        return replace(
            self,
            epochs=self.epochs + other.epochs,
            rows=self.rows + other.rows,
            differences=self.differences + other.differences,
            findings=found[:FINDINGS_PER_CHECK],
        )

    def record(self) -> dict[str, Any]:
        """The result as a JSON object, without its findings."""
        return {
            "check": self.check,
            "looked_at": {"epochs": self.epochs, "rows": self.rows},
            "findings": self.differences,
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one store, which counted `events` events of `logs` logs in `epochs` epochs.

    `replays` and `corrections` count further epochs, which hold one event each and belong to no log. `notes` are facts
    that break no rule, `identities` how copies of events are known. `unchecked` are sentences about what this
    verification could not check. `not_counted` are messages that logs hold behind what was counted of them, which only
    `--deep` knows. `unproven` are sentences about what makes the numbers uncertain although no table contradicts
    another.
    """

    logs: int
    epochs: int
    events: int
    checks: Sequence[CheckResult]
    notes: Sequence[str] = field(default_factory=list)
    identities: Sequence[str] = field(default_factory=list)
    unchecked: Sequence[str] = field(default_factory=list)
    not_counted: Sequence[UncountedMessages] = field(default_factory=list)
    unproven: Sequence[str] = field(default_factory=list)
    replays: int = 0
    corrections: int = 0

    @property
    def differences(self) -> int:
        """The number of differences that all checks found."""
        return sum(check.differences for check in self.checks)

    @property
    def holds(self) -> bool:
        """Whether no check found a difference."""
        return self.differences == 0

    @property
    def is_proven(self) -> bool:
        """Whether nothing makes the numbers uncertain; of a log that was read, some epoch was counted again."""
        logs = [check for check in self.checks if check.check is Check.LOG_RECONCILIATION]
        return not self.unproven and (self.is_empty or all(check.epochs for check in logs))

    @property
    def is_empty(self) -> bool:
        """Whether the store has counted nothing yet."""
        return not (self.epochs or self.replays or self.corrections)

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings of all checks, in the order of the checks."""
        return [finding for check in self.checks for finding in check.findings]

    def record(self) -> dict[str, Any]:
        """The verification as one JSON object, whose keys docs/verification.md describes."""
        return {
            "holds": self.holds,
            "proven": self.holds and self.is_proven,
            "logs": self.logs,
            "epochs": self.epochs,
            "events": self.events,
            "replays": self.replays,
            "corrections": self.corrections,
            "differences": self.differences,
            "checks": [check.record() for check in self.checks],
            "findings": [finding.model_dump() for finding in self.findings],
            "notes": list(self.notes),
            "identities": list(self.identities),
            "unchecked": list(self.unchecked),
            "unproven": list(self.unproven),
            "not_counted": [messages.record() for messages in self.not_counted],
        }
