"""Compares the stored rows of a log's epochs with the rows that reading the log again gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.retention import minutes_kept_from
from gatemeter.clickhouse.row_diff import differences, repriced_count
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.stored_rows import DeadLetterPosition, StoredRows, has_events, stored_rows
from gatemeter.clock import SystemClock
from gatemeter.corrections.replay_log import replayed_dead_letters
from gatemeter.errors import LogChangedError
from gatemeter.metering.log import Log
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.recompute.recount import Recounted, RecountedEpoch, UncountableEpoch, recount
from gatemeter.schema import EPOCH_LEDGER, EVENT_LEDGER
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.comparison_tally import ComparisonTally, UncountedEpochs
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding
from gatemeter.verification.second_look import Look, Pause, looked_twice

EVENTS_PER_BATCH = 200_000
"""Epochs are compared in batches of about so many events, which bounds the rows in memory; an epoch is never split."""

OnRecounted = Callable[[int, int], None]
"""Called with the number of offsets that were read so far and of the events in them."""

LogProgress = Callable[[str, int], AbstractContextManager[OnRecounted]]
"""Called with a log's name and how many of its offsets will be read. The block lasts while the log is read."""


def no_progress(_log_name: str, _offsets: int) -> AbstractContextManager[OnRecounted]:
    """A `LogProgress` that shows nothing."""
    return nullcontext(lambda _offsets, _events: None)


@dataclass(frozen=True, slots=True)
class EpochSelection:
    """The epochs of one log that are to be compared, as (partition, first offset)."""

    topic: str
    log_kind: str
    epochs: frozenset[tuple[int, int]]

    def holds(self, epoch: StoredEpoch) -> bool:
        """Whether `epoch`, which must be of the same log, is selected."""
        return (epoch.partition, epoch.first_offset) in self.epochs


@dataclass(frozen=True, slots=True)
class _BatchLook(Look):
    """`growing` are epochs that a worker counts into; of the others so many `events` and `repriced` rows are meant."""

    events: int = 0
    repriced: int = 0
    growing: Sequence[StoredEpoch] = ()


class LogComparison:
    """Compares the epochs in `selection` with what `reader` gives, and adds what it finds to `tally`.

    `pause` is called before a difference is believed: a worker may just be writing it.
    """

    def __init__(
        self,
        client: Client,
        reader: LogReader,
        metering: Metering,
        selection: EpochSelection,
        tally: ComparisonTally,
        pause: Pause,
    ) -> None:
        self._client = client
        self._reader = reader
        self._log: Log = reader.log
        self._sink: Sink = RetryingSink(client)
        self._has_events = has_events(client, self._log.identity)
        self._metering = replace(metering, event_ledger=self._has_events)
        self._selection = selection
        self._tally = tally
        self._pause = pause
        self._uncounted = UncountedEpochs(self._log.name)
        self._replayed: Mapping[int, Mapping[int, DeadLetterPosition]] = {}

    def run(self, progress: LogProgress) -> list[str]:
        """Compare all selected epochs; return sentences about those that could not be counted again.

        Raises as the reader and as reports do. A log that was changed is a finding, not an error.
        """
        [changed] = looked_twice([self._look_for_changes], self._pause)
        if not changed.is_clean:
            self._tally.add(*changed.results)
            return []
        stored = self._sink.stored_epochs(self._log.identity)
        offsets = sum(epoch.version - epoch.first_offset for epoch in filter(self._selection.holds, stored))
        with progress(self._log.name, offsets) as on_recounted:
            for batch in self._batches(self._recounted(stored, on_recounted)):
                self._compare(batch)
        return self._uncounted.sentences()

    def _look_for_changes(self) -> Look:
        """Whether the lines that were counted are still those of the log."""
        stored, found = self._sink.stored_epochs(self._log.identity), CountedFindings()
        try:
            self._reader.check_unchanged(stored)
        except LogChangedError as error:
            found.count(self._finding(stored[0], stored[-1].version, EPOCH_LEDGER.name, error.what))
        return Look([CheckResult(Check.LOG_RECONCILIATION, 0, 0, found.differences, found.findings)])

    def _recounted(self, stored: Sequence[StoredEpoch], on_recounted: OnRecounted) -> Iterator[Recounted]:
        return recount(
            self._reader,
            stored,
            self._metering,
            chosen=self._selection.holds,
            # The tally lags by the batch that is being read; every message read holds at least one event.
            on_offsets_read=lambda offsets: on_recounted(offsets, max(offsets, self._tally.events)),
        )

    def _batches(self, recounted: Iterator[Recounted]) -> Iterator[list[RecountedEpoch]]:
        """Epochs of one partition that are compared together. Epochs without rows are added to the uncounted ones."""
        batch: list[RecountedEpoch] = []
        events = 0
        for each in recounted:
            if isinstance(each, UncountableEpoch):
                self._uncounted.add(each.epoch, each.reason)
                continue
            if batch and (events >= EVENTS_PER_BATCH or batch[-1].epoch.partition != each.epoch.partition):
                yield batch
                batch, events = [], 0
            batch.append(each)
            events += each.epoch.counts.consumed
        if batch:
            yield batch

    def _compare(self, batch: Sequence[RecountedEpoch]) -> None:
        [look] = looked_twice([lambda: self._look(batch)], self._pause)
        self._tally.add(*look.results, events=look.events, repriced=look.repriced)
        for epoch in look.growing:
            self._uncounted.add(epoch, "a worker is counting it at present")

    def _look(self, batch: Sequence[RecountedEpoch]) -> _BatchLook:
        """Compare the rows that are stored now with those that the log gave."""
        compared = [
            (each, rows, differences(rows, each.rows, self._log.kind))
            for each, rows in zip(batch, self._stored_rows(batch), strict=True)
        ]
        growing = self._growing([each.epoch for each, _, found in compared if found])
        compared = [one for one in compared if one[0].epoch not in growing]
        counted = CountedFindings()
        for each, _, found in compared:
            for difference in found:
                counted.count(self._finding(each.epoch, each.epoch.version, difference.table, str(difference)))
        stored_rows_compared = sum(len(of_table) for _, rows, _ in compared for of_table in rows.by_table.values())
        result = CheckResult(
            Check.LOG_RECONCILIATION, len(compared), stored_rows_compared, counted.differences, counted.findings
        )
        return _BatchLook(
            [result],
            events=sum(each.epoch.counts.consumed for each, _, _ in compared),
            repriced=sum(repriced_count(rows, each.rows) for each, rows, _ in compared),
            growing=growing,
        )

    def _growing(self, differing: Sequence[StoredEpoch]) -> list[StoredEpoch]:
        """Which of the `differing` epochs have another account by now than the one up to which the log was read."""
        if not differing:
            return []
        stored = {(each.partition, each.first_offset): each for each in self._sink.stored_epochs(self._log.identity)}
        return [each for each in differing if stored.get((each.partition, each.first_offset)) != each]

    def _stored_rows(self, batch: Sequence[RecountedEpoch]) -> list[StoredRows]:
        epochs = [each.epoch for each in batch]
        minutes_from = minutes_kept_from(self._client, SystemClock().now()).timestamp()
        stored = stored_rows(self._client, self._log.identity, epochs, with_events=self._has_events)
        for each, rows in zip(batch, stored, strict=True):
            _leave_out_partial_events(rows, each)
            rows.minutes_from = minutes_from
            rows.replayed = self._replayed_near(rows, each.epoch)
        return stored

    def _replayed_near(self, rows: StoredRows, epoch: StoredEpoch) -> Mapping[int, DeadLetterPosition]:
        """See `StoredRows.replayed`; the replays are read when an event is seen that none of the known ones made."""
        makers = {row["epoch_first_offset"] for row in rows.by_table.get(EVENT_LEDGER.name, ())}
        if makers - {epoch.first_offset} - self._replayed.get(epoch.partition, {}).keys():
            self._replayed = replayed_dead_letters(self._sink, self._log.identity)
        return self._replayed.get(epoch.partition, {})

    def _finding(self, epoch: StoredEpoch, next_offset: int, table: str, detail: str) -> Finding:
        return Finding(
            check=Check.LOG_RECONCILIATION,
            topic=self._log.name,
            log=self._log.identity,
            partition=epoch.partition,
            first_offset=epoch.first_offset,
            next_offset=next_offset,
            table=table,
            detail=detail,
        )


def _leave_out_partial_events(rows: StoredRows, recounted: RecountedEpoch) -> None:
    """Drop the stored events unless all events of the epoch are stored: they expire, and are kept only if asked for.

    A replayed event has an offset within the epoch but belongs to the epoch of its replay.
    """
    events = rows.by_table.get(EVENT_LEDGER.name, ())
    kept = sum(row["epoch_first_offset"] == recounted.epoch.first_offset for row in events)
    if kept < sum(part.row_count for part in recounted.rows if part.table is EVENT_LEDGER):
        rows.by_table.pop(EVENT_LEDGER.name, None)
