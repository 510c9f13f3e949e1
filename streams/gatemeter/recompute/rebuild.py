"""Counts a log, or some of its offsets, into a database that holds nothing of it: the same rows as at first."""

from collections.abc import Callable, Collection, Iterator, Sequence

from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError
from gatemeter.metering.counting_start import CountingStart, StartReason, counting_start_rows
from gatemeter.metering.counts import COUNT_COLUMNS, EventCounts
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.recompute.rebuild_plan import EpochKey, PartitionPlan
from gatemeter.schema import EPOCH_LEDGER, TableRows
from gatemeter.sources.file_meter import FLUSH_ROWS
from gatemeter.sources.log_reader import LogReader

HOUR_COLUMN = "hour"

OnOffsetsCounted = Callable[[int, int], None]
"""Called with the offsets read and the events counted so far."""


class Rebuild:
    """One run. With `hours` (Unix seconds) only epochs that hold usage of these hours are written, each whole.

    The rows of an epoch then wait in memory until it ends; without `hours` at most `FLUSH_ROWS` rows wait. `stored`
    are the epochs that an earlier run has written, `present` those that have rows in any table.
    """

    def __init__(
        self,
        reader: LogReader,
        sink: Sink,
        metering: Metering,
        *,
        hours: range | None = None,
        stored: Sequence[StoredEpoch] = (),
        present: Collection[EpochKey] = (),
        on_progress: OnOffsetsCounted = lambda _offsets, _events: None,
    ) -> None:
        self._reader = reader
        self._sink = sink
        self._metering = metering
        self._hours = hours
        self._written = {(epoch.partition, epoch.first_offset): epoch.counts for epoch in stored}
        self._present = present
        self._on_progress = on_progress
        self._offsets_read = 0
        self._events_before = 0

    @property
    def epochs(self) -> int:
        """How many epochs have been written, those of the earlier run included."""
        return len(self._written)

    @property
    def totals(self) -> EventCounts:
        """What became of the events of the written epochs."""
        totals = EventCounts()
        for counts in self._written.values():
            totals.add(counts)
        return totals

    def run(self, plans: Sequence[PartitionPlan]) -> None:
        """Count all plans, one after another. Raises as reader and sink do, and ConflictError."""
        for plan in plans:
            counter = PartitionCounter(self._reader.log, plan.partition, plan.start, self._metering)
            for next_offset in self._reader.count(counter, range(plan.read_from, plan.stop)):
                _require_repeatable(counter)
                self._flush_if_due(counter, next_offset, plan.stop)
                self._on_progress(
                    self._offsets_read + next_offset - plan.read_from, self._events_before + counter.totals.consumed
                )
            self._offsets_read += plan.stop - plan.read_from
            self._events_before += counter.totals.consumed

    def _flush_if_due(self, counter: PartitionCounter, next_offset: int, stop: int) -> None:
        is_full = counter.dirty_count >= FLUSH_ROWS
        is_epoch_over = next_offset % self._reader.log.epoch_size == 0
        if next_offset != stop and not (is_full if self._hours is None else is_epoch_over):
            return
        flush = counter.take_flush()
        if flush.rows and self._is_wanted(flush.rows):
            counts = _ledger_counts(flush.rows)
            self._record_start(counts)
            self._sink.write(flush.rows)
            self._written.update(counts)
        counter.flushed(flush)

    def _record_start(self, counts: Collection[EpochKey]) -> None:
        """Record where the partition of these epochs, about to be written, begins, if they are its first ones."""
        for partition, first_offset in sorted(counts)[:1]:
            if first_offset and all(written != partition for written, _ in self._written):
                start = {partition: CountingStart(first_offset, StartReason.REBUILD)}
                self._sink.write([counting_start_rows(self._reader.log, start, SystemClock().now())])

    def _is_wanted(self, rows: Sequence[TableRows]) -> bool:
        """Whether to write the rows, which with `hours` are the rows of one epoch. Raises ConflictError."""
        if self._hours is None or any(hour in self._hours for hour in _hours_of(rows)):
            return True
        for partition, first_offset in _ledger_counts(rows).keys() & set(self._present):
            raise ConflictError(
                f"this store holds the epoch at offset {first_offset}, which has no usage of the period",
                where=f"{self._reader.log.name}[{partition}]",
                do="rebuild into a fresh --data directory or database",
            )
        return False


def _require_repeatable(counter: PartitionCounter) -> None:
    for segment in counter.take_unrepeatable():
        raise ConflictError(
            f"the log has lost messages since offsets {segment.offsets.start} to {segment.offsets.stop - 1} were "
            f"rebuilt ({segment.stored.consumed} events then, {segment.recounted.consumed} now)",
            where=f"{counter.log.name}[{counter.partition}]",
            do="rebuild into a fresh --data directory or database, while the log holds everything",
        )


def _hours_of(rows: Sequence[TableRows]) -> Iterator[int]:
    for each in rows:
        if HOUR_COLUMN in each.table.column_names:
            yield from each.columns[each.table.column_names.index(HOUR_COLUMN)]


def _ledger_counts(rows: Sequence[TableRows]) -> dict[EpochKey, EventCounts]:
    """The counts of each epoch whose ledger row is among `rows`."""
    names = EPOCH_LEDGER.column_names
    indexes = [names.index(name) for name in ("partition", "epoch_first_offset", *COUNT_COLUMNS)]
    found = {}
    for each in rows:
        if each.table is EPOCH_LEDGER:
            for partition, first_offset, *counts in zip(*(each.columns[index] for index in indexes), strict=True):
                found[partition, first_offset] = EventCounts(*counts)
    return found
