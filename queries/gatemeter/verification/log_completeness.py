"""Compares the offsets that a log holds with those that are counted: each is in an epoch, left out for a recorded
reason, or not counted yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.log import LogKind
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import EPOCH_LEDGER
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.finding import FINDINGS_PER_CHECK, Check, CheckResult, Finding
from gatemeter.verification.uncounted_messages import UncountedMessages


@dataclass(frozen=True, slots=True)
class StoredProgress:
    """What the store knows of one partition; `counted_at_ms` is when its last epoch was stored (Unix milliseconds)."""

    epochs: Sequence[StoredEpoch] = ()
    start: CountingStart | None = None
    known_end: int = 0
    counted_at_ms: int | None = None

    @property
    def begin(self) -> int:
        """The first offset that should be counted."""
        return self.start.first_offset if self.start else 0

    @property
    def counted_until(self) -> int:
        """The first offset behind all epochs; 0 without any."""
        return max((epoch.version for epoch in self.epochs), default=0)


@dataclass(slots=True)
class LogCompleteness:
    """`epochs` that were looked at, differences as `findings`, and messages that are `not_counted` yet."""

    epochs: int = 0
    findings: list[Finding] = field(default_factory=list)
    not_counted: list[UncountedMessages] = field(default_factory=list)

    def add(self, other: "LogCompleteness") -> None:
        """Add what another log showed."""
        self.epochs += other.epochs
        self.findings += other.findings
        self.not_counted += other.not_counted

    def result(self) -> CheckResult:
        """The result of the check LOG_COMPLETENESS."""
        named = self.findings[:FINDINGS_PER_CHECK]
        return CheckResult(Check.LOG_COMPLETENESS, self.epochs, self.epochs, len(self.findings), named)


def stored_progress(client: Client, sink: Sink, log: str) -> dict[int, StoredProgress]:
    """By partition, what the store knows of `log`. Raises as `fetch` does."""
    # The ends first: a worker moves them on after the epochs.
    ends = {row["partition"]: row for row in fetch(client, "verification/counted_ends_of_log", {"log": log})}
    starts = sink.counting_starts(log)
    epochs: dict[int, list[StoredEpoch]] = {}
    for epoch in sink.stored_epochs(log):
        epochs.setdefault(epoch.partition, []).append(epoch)
    return {
        partition: StoredProgress(
            epochs.get(partition, ()),
            starts.get(partition),
            *((end["next_offset"], end["counted_at"]) if (end := ends.get(partition)) else (0, None)),
        )
        for partition in sorted({*ends, *starts, *epochs})
    }


def log_completeness(reader: LogReader, stored: Mapping[int, StoredProgress]) -> LogCompleteness:
    """Compare the log of `reader` with what was stored of it before it is read. Raises as the reader does."""
    held = reader.ranges()
    found = LogCompleteness(sum(len(progress.epochs) for progress in stored.values()))
    for partition in sorted({*held, *stored}):
        _Partition(reader, partition, held.get(partition, range(0)), stored.get(partition, StoredProgress())).look(
            found
        )
    return found


@dataclass(frozen=True, slots=True)
class _Partition:
    reader: LogReader
    number: int
    held: range
    stored: StoredProgress

    def look(self, found: LogCompleteness) -> None:
        """Add what is missing of the partition to `found`."""
        found.findings.extend(self._contradictions())
        for offsets in self._uncounted():
            messages, first_time_ms = self._messages(offsets)
            if not messages:
                continue
            if self.stored.epochs and offsets.start >= self.stored.counted_until:
                found.not_counted.append(self._waiting(offsets, messages, first_time_ms))
            else:
                found.findings.append(self._finding(offsets, self._reason(), expected=messages, found=0))

    def _contradictions(self) -> Iterator[Finding]:
        """What is stored of the partition that cannot be true of this log, and what the log lost uncounted."""
        start, end = self.stored.start, self.stored.counted_until
        if start and start.reason is StartReason.LOG_START and self.held.start < start.first_offset and self.held:
            yield self._finding(
                range(self.held.start, start.first_offset),
                "the log holds these offsets, and counting is said to have begun where it began",
            )
        if end > self.held.stop and self.reader.log.kind is not LogKind.FILE:  # an edited file is found by its lines
            yield self._finding(
                range(self.held.stop, end), "these offsets are counted, and the log does not reach them"
            )
        # Where nothing is known of a partition, nothing was promised. What was lost before the first epoch is found by
        # the check `ends`.
        reached = max(end, self.stored.begin)
        if (self.stored.epochs or start) and reached < self.held.start:
            yield self._finding(
                range(reached, self.held.start), "these offsets were deleted from the log before they were counted"
            )

    def _uncounted(self) -> Iterator[range]:
        """The stretches of offsets that the log holds, should be counted, and are in no epoch."""
        covered = max(self.held.start, self.stored.begin)
        for epoch in sorted(self.stored.epochs, key=lambda each: each.first_offset):
            if covered < min(epoch.first_offset, self.held.stop):
                yield range(covered, min(epoch.first_offset, self.held.stop))
            covered = max(covered, epoch.version)
        if covered < self.held.stop:
            yield range(covered, self.held.stop)

    def _reason(self) -> str:
        if not self.stored.epochs:
            return "the log holds messages of this partition, and nothing of it is stored"
        return "the log holds these messages, and no epoch does"

    def _messages(self, offsets: range) -> tuple[int, int | None]:
        """How many messages the log holds at `offsets`, and the time of the first one in Unix milliseconds."""
        messages, first_time_ms = 0, None
        for chunk in self.reader.chunks(self.number, offsets):
            if not messages and chunk.times_ms and chunk.times_ms[0] >= 0:
                first_time_ms = chunk.times_ms[0]
            messages += len(chunk.values)
        return messages, first_time_ms

    def _waiting(self, offsets: range, messages: int, first_time_ms: int | None) -> UncountedMessages:
        log = self.reader.log
        has_times = log.kind is LogKind.KAFKA
        return UncountedMessages(
            topic=log.name,
            log=log.identity,
            partition=self.number,
            first_offset=offsets.start,
            next_offset=offsets.stop,
            messages=messages,
            since_ms=first_time_ms if has_times else self.stored.counted_at_ms,
        )

    def _finding(
        self, offsets: range, detail: str, *, expected: int | None = None, found: int | None = None
    ) -> Finding:
        log = self.reader.log
        return Finding(
            check=Check.LOG_COMPLETENESS,
            topic=log.name,
            log=log.identity,
            partition=self.number,
            first_offset=offsets.start,
            next_offset=offsets.stop,
            table=EPOCH_LEDGER.name,
            expected=expected,
            found=found,
            detail=detail,
        )
