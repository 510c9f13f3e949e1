"""Epochs that could not be counted again, told in as few sentences as there are reasons.

Counts stored epochs again from their logs and holds the rows against those that are stored.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.clickhouse.row_diff import RowDifference, differences, repriced_count
from gatemeter.clickhouse.sink import ClickHouseSink, RetryingSink
from gatemeter.clickhouse.stored_rows import StoredRows, has_events, stored_rows
from gatemeter.errors import InputError, LogChangedError
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log, LogKind, LogReader
from gatemeter.metering.rules import Metering
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.progress import ProgressReport, report_progress
from gatemeter.recompute.recount import Recounted, RecountedEpoch, UncountableEpoch, recount
from gatemeter.reports.output import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.query import fetch
from gatemeter.schema import EPOCH_LEDGER, EVENT_LEDGER
from gatemeter.sources.file_reader import FileLogReader
from gatemeter.sources.progress import WatchedLog
from gatemeter.verification.checks import FINDINGS_PER_CHECK, span_parameters
from gatemeter.verification.finding import RECOUNT, CheckResult, Finding
from gatemeter.verification.verify import PAUSE_S


@dataclass(slots=True)
class _Run:
    """Epochs of one partition with one reason."""

    first_offset: int
    next_offset: int
    epochs: int = 1


class UncountedEpochs:
    """Those of the log `name`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._runs: dict[tuple[int, str], _Run] = {}

    def add(self, epoch: StoredEpoch, reason: str) -> None:
        """Note one epoch; those of a partition come in ascending order."""
        run = self._runs.get((epoch.partition, reason))
        if run is None:
            self._runs[epoch.partition, reason] = _Run(epoch.first_offset, epoch.version)
        else:
            run.next_offset = epoch.version
            run.epochs += 1

    def sentences(self) -> list[str]:
        """Where, how many, and why."""
        return [
            f"{self._name}[{partition}]: {count_of(run.epochs, 'epoch')} within offsets {run.first_offset} to "
            f"{run.next_offset - 1} could not be counted again: {reason}"
            for (partition, reason), run in self._runs.items()
        ]


EVENTS_AT_ONCE = 200_000
"""So many events' rows, stored and counted again, are held against each other at a time; an epoch at least."""

_MADE_FROM_NO_LOG = {
    LogKind.REPLAY.value: "replayed dead letters, which no log holds",
    LogKind.CORRECTION.value: "corrections, which no log holds",
}


@dataclass(frozen=True, slots=True)
class LogReconciliation:
    """What was found; `unchecked` are sentences about epochs that could not be counted again, and why."""

    result: CheckResult
    unchecked: Sequence[str]


@dataclass(slots=True)
class _Tally:
    epochs: int = 0
    rows: int = 0
    events: int = 0
    differences: int = 0
    repriced: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, finding: Finding) -> None:
        self.differences += 1
        if len(self.findings) < FINDINGS_PER_CHECK:
            self.findings.append(finding)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The epochs of a log that are to be checked, by partition and first offset."""

    topic: str
    log_kind: str
    epochs: frozenset[tuple[int, int]]

    def holds(self, epoch: StoredEpoch) -> bool:
        return (epoch.partition, epoch.first_offset) in self.epochs


def deep_check(
    client: Client,
    readers: Sequence[LogReader],
    metering: Metering,
    span: TimeSpan,
    *,
    pause: Callable[[float], None],
    console: Console | None = None,
) -> LogReconciliation:
    """Hold all epochs in `span` whose log is among `readers` against what their logs say.

    An epoch of a partition's end that differs is looked at again after `pause(PAUSE_S)`: a worker may be writing it.
    How far it is is shown on `console`. Raises as the readers and as reports do.
    """
    scopes = {row["log"]: _scope(row) for row in fetch(client, "verification_recount", span_parameters(span))}
    tally = _Tally()
    unchecked: list[str] = []
    for reader in readers:
        scope = scopes.pop(reader.log.identity, None)
        if scope is None:
            unchecked.append(f"{reader.log.name}: no epoch of this log is of the time asked for")
            continue
        unchecked += _LogCheck(client, reader, metering, scope, tally, pause).run(console)
    unchecked += [_without_reader(identity, scope) for identity, scope in scopes.items()]
    if tally.repriced:
        unchecked.append(f"costs of {tally.repriced:,} rows: they were made with other prices; give the same --prices")
    result = CheckResult(RECOUNT, tally.epochs, tally.rows, tally.differences, tally.findings)
    return LogReconciliation(result, unchecked)


def require_stored(readers: Sequence[LogReader], sink: Sink) -> None:
    """Raise InputError if nothing is stored of one of the logs: it has nothing to be held against."""
    for reader in readers:
        if not sink.stored_epochs(reader.log.identity):
            raise InputError(
                f"nothing of this log is stored here (log {reader.log.identity})",
                where=reader.log.name,
                do="name the log that was counted, and the store that counts it",
            )


class _LogCheck:
    """The check of one log."""

    def __init__(
        self,
        client: Client,
        reader: LogReader,
        metering: Metering,
        scope: _Scope,
        tally: _Tally,
        pause: Callable[[float], None],
    ) -> None:
        self._client = client
        self._reader = reader
        self._log: Log = reader.log
        self._sink: Sink = RetryingSink(ClickHouseSink(client))
        self._has_events = has_events(client, self._log.identity)
        self._metering = replace(metering, event_ledger=self._has_events)
        self._scope = scope
        self._tally = tally
        self._pause = pause

    def run(self, console: Console | None) -> list[str]:
        """Check all epochs; what could not be checked."""
        stored = self._sink.stored_epochs(self._log.identity)
        uncounted = UncountedEpochs(self._log.name)
        total = sum(epoch.version - epoch.first_offset for epoch in filter(self._scope.holds, stored))
        with report_progress(f"counting {self._log.name} again", total, console=console) as progress:
            try:
                again = self._recounted(stored, progress)
            except LogChangedError as error:
                self._tally.found(self._finding(stored[0], stored[-1].version, EPOCH_LEDGER.name, error.what))
                return []
            ends = _last_two(stored)
            for batch in _batches(again, uncounted):
                self._compare(batch, ends, uncounted)
        return uncounted.sentences()

    def _recounted(self, stored: Sequence[StoredEpoch], progress: ProgressReport) -> Iterator[Recounted]:
        # A message holds an event at least.
        watched = WatchedLog(self._reader, lambda offsets: progress.update(offsets, max(offsets, self._tally.events)))
        unfinished = NO_UNTERMINATED_LINE
        if isinstance(self._reader, FileLogReader):
            self._reader.check_unchanged(stored)
            unfinished = self._reader.unterminated_line
        return recount(watched, stored, self._metering, chosen=self._scope.holds, unfinished_line=unfinished)

    def _compare(self, batch: Sequence[RecountedEpoch], ends: set[tuple[int, int]], uncounted: UncountedEpochs) -> None:
        for each, rows in zip(batch, self._stored_rows(batch), strict=True):
            _leave_out_partial_events(rows, each)
            found = differences(rows, each.rows, self._log.kind)
            if found and (each.epoch.partition, each.epoch.first_offset) in ends:
                self._pause(PAUSE_S)
                if self._has_moved(each.epoch):
                    uncounted.add(each.epoch, "a worker is counting it at present")
                    continue
                [rows] = self._stored_rows([each])
                _leave_out_partial_events(rows, each)
                found = differences(rows, each.rows, self._log.kind)
            self._note(each, rows, found)

    def _stored_rows(self, batch: Sequence[RecountedEpoch]) -> list[StoredRows]:
        epochs = [each.epoch for each in batch]
        return stored_rows(self._client, self._log.identity, epochs, with_events=self._has_events)

    def _has_moved(self, epoch: StoredEpoch) -> bool:
        return epoch not in self._sink.stored_epochs(self._log.identity)

    def _note(self, each: RecountedEpoch, rows: StoredRows, found: Sequence[RowDifference]) -> None:
        self._tally.epochs += 1
        self._tally.events += each.epoch.counts.consumed
        self._tally.rows += sum(map(len, rows.by_table.values()))
        self._tally.repriced += repriced_count(rows, each.rows)
        for difference in found:
            self._tally.found(self._finding(each.epoch, each.epoch.version, difference.table, str(difference)))

    def _finding(self, epoch: StoredEpoch, next_offset: int, table: str, detail: str) -> Finding:
        return Finding(
            check=RECOUNT,
            topic=self._log.name,
            log=self._log.identity,
            partition=epoch.partition,
            first_offset=epoch.first_offset,
            next_offset=next_offset,
            table=table,
            expected=None,
            found=None,
            detail=detail,
        )


def _batches(again: Iterator[Recounted], uncounted: UncountedEpochs) -> Iterator[list[RecountedEpoch]]:
    """Epochs of one partition that are compared together; those without rows to compare are noted as uncounted."""
    batch: list[RecountedEpoch] = []
    events = 0
    for each in again:
        if isinstance(each, UncountableEpoch):
            uncounted.add(each.epoch, each.reason)
            continue
        if batch and (events >= EVENTS_AT_ONCE or batch[-1].epoch.partition != each.epoch.partition):
            yield batch
            batch, events = [], 0
        batch.append(each)
        events += each.epoch.counts.consumed
    if batch:
        yield batch


def _leave_out_partial_events(rows: StoredRows, again: RecountedEpoch) -> None:
    """Without all events of the epoch (they expire, and are kept only while that is asked for) nothing can be said.

    A replayed event stands among them by its offset, but is none of the epoch.
    """
    kept = sum(
        row["epoch_first_offset"] == again.epoch.first_offset for row in rows.by_table.get(EVENT_LEDGER.name, ())
    )
    if kept < sum(part.row_count for part in again.rows if part.table is EVENT_LEDGER):
        rows.by_table.pop(EVENT_LEDGER.name, None)


def _last_two(stored: Sequence[StoredEpoch]) -> set[tuple[int, int]]:
    """The epochs that a worker may be writing: of each partition the open one and the one it is about to close."""
    by_partition: dict[int, list[int]] = {}
    for epoch in stored:
        by_partition.setdefault(epoch.partition, []).append(epoch.first_offset)
    return {(partition, first) for partition, firsts in by_partition.items() for first in sorted(firsts)[-2:]}


def _scope(row: dict[str, object]) -> _Scope:
    epochs = frozenset((int(partition), int(first)) for partition, first in row["epochs"])  # type: ignore[attr-defined]
    return _Scope(str(row["topic"]), str(row["log_kind"]), epochs)


def _without_reader(identity: str, scope: _Scope) -> str:
    count = len(scope.epochs)
    if scope.log_kind in _MADE_FROM_NO_LOG:
        return f"{scope.topic}: {count_of(count, 'epoch')} of {_MADE_FROM_NO_LOG[scope.log_kind]}"
    return f"{scope.topic}: {count_of(count, 'epoch')} of the log {identity}, which was not named"
