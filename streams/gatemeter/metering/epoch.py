"""One epoch of one partition: its running aggregate, its dead letters and its account of every event.

The aggregate is a pure function of the epoch's messages and of the event ids of the epoch before, so whoever computes
it, however often and in whatever portions, computes the same rows.
"""

from collections import defaultdict
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from gatemeter.events.batch import EventBatch, IdentifiedEvents, Rejection
from gatemeter.metering.accumulator import RollupAccumulator
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.dead_letter_rows import DeadLetterValues, dead_letter_key, taking_back
from gatemeter.metering.deduplication import DuplicateFilter, EventIds
from gatemeter.metering.event_ledger import EventLedgerBuffer
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.rules import Metering
from gatemeter.money import storable_amount
from gatemeter.pricing.cost import cost_columns
from gatemeter.schema import DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS, TableRows
from gatemeter.schema.bookkeeping import COUNTED, OTHER_KIND
from gatemeter.schema.rollups import API_USAGE_ROLLUP, LLM_USAGE_ROLLUP, ROLLUPS
from gatemeter.schema.table import MONEY
from gatemeter.wire.event_location import EventLocation

NO_UNTERMINATED_LINE = -1

_ROW_BYTES = 512
"""About what a row of usage takes in memory."""


class Epoch:
    """The messages of one epoch from `first_offset` on; those below `next_offset` have been added.

    `first_offset` is where counting begins: the epoch's start, or later when the log's start was already gone.
    """

    def __init__(
        self, log: Log, partition: int, number: int, count_from: int, previous_ids: EventIds, metering: Metering
    ) -> None:
        self.number = number
        self.first_offset = max(number * log.epoch_size, count_from)
        self.next_offset = self.first_offset
        self.counts = EventCounts()
        self.content_hash = ""
        self.unterminated_line = NO_UNTERMINATED_LINE
        self._log = log
        self._partition = partition
        self._filter = DuplicateFilter(previous_ids)
        self._metering = metering
        self._accumulators = {rollup.name: RollupAccumulator(rollup) for rollup in ROLLUPS}
        self._dead_letters: list[DeadLetterValues] = []
        self._dead_letter_weight = 0
        self._event_rows = EventLedgerBuffer(log, partition, self.first_offset)
        self._written_version = self.first_offset

    @property
    def event_ids(self) -> EventIds:
        """The ids of all events seen in this epoch, duplicates included."""
        return self._filter.current

    @property
    def dirty_count(self) -> int:
        """How many rows, at most, `take_rows` would give; a long dead letter weighs as much as several."""
        usage = sum(each.dirty_count for each in self._accumulators.values())
        return usage + self._dead_letter_weight + len(self._event_rows)

    def forget_event_ids(self) -> None:
        """Let go of them once the next epoch has made its own copy: what waits to be written needs none of them."""
        self._filter = DuplicateFilter(set())

    def warm_up(self, batch: EventBatch) -> None:
        """Remember the ids of events that are counted already."""
        self._filter.mark(batch.requests.identities)
        self._filter.mark(batch.others.identities)

    def add(self, batch: EventBatch, chunk: LogChunk) -> EventCounts:
        """Count the events of `chunk`, decoded as `batch`; what became of them."""
        counted = self._add_fresh(batch.requests, COUNTED, chunk)
        other_kind = self._add_fresh(batch.others, OTHER_KIND, chunk)
        self._dead_letters += [self._dead_letter(rejection, chunk) for rejection in batch.rejections]
        self._dead_letter_weight += sum(1 + len(rejection.raw) // _ROW_BYTES for rejection in batch.rejections)
        identified = len(batch.requests.event_ids) + len(batch.others.event_ids)
        counts = EventCounts(
            consumed=batch.event_count,
            counted=counted,
            duplicates=identified - counted - other_kind,
            dead_letters=len(batch.rejections),
            other_kind=other_kind,
            fields_left_out=batch.fields_left_out,
        )
        self.counts.add(counts)
        self.next_offset = chunk.next_offset
        return counts

    def _add_fresh(self, events: IdentifiedEvents, outcome: str, chunk: LogChunk) -> int:
        """Add the usage of the events that were not seen before; how many they are, which `outcome` is the name of."""
        fresh = self._filter.mark(events.identities)
        self._event_rows.add(events, fresh, outcome, chunk)
        if fresh is None:
            for rows in events.usage.values():
                self._accumulators[rows.rollup.name].add(rows)
            return len(events.event_ids)
        kept = bytearray(len(events.event_ids))
        for position in fresh:
            kept[position] = 1
        for rows in events.usage.values():
            self._accumulators[rows.rollup.name].add(rows.of_events(kept))
        return len(fresh)

    def take_rows(self) -> list[TableRows]:
        """The rows that changed since the last call, whole and at version `next_offset`; none if nothing was added."""
        if self.next_offset == self._written_version:
            return []
        self._written_version = self.next_offset
        lineage = (self._log.identity, self._partition, self.first_offset, self.next_offset)
        rows = [
            *(self._usage_rows(accumulator, lineage) for accumulator in self._accumulators.values()),
            self._monthly_rows(lineage),
            self._dead_letter_rows(),
            self._event_rows.take(),
            _rows(EPOCH_LEDGER, [(*lineage, *self._ledger_values())]),
        ]
        return [table_rows for table_rows in rows if table_rows.row_count]

    def forget_line(self, offset: int) -> None:
        """Delete the dead letter of a file's line that had no newline when it was read before and is complete now.

        Call it right after the line was added; a line that was rejected again keeps its dead letter.
        """
        if not any(letter[_LETTER_PLACE] == (offset, offset + 1, 0) for letter in self._dead_letters):
            place = EventLocation(self._log.identity, self._partition, offset, offset + 1, 0)
            self._dead_letters.append(taking_back(place, self.first_offset))

    def _usage_rows(self, accumulator: RollupAccumulator, lineage: tuple[Any, ...]) -> TableRows:
        table = accumulator.rollup.table
        keys, measures = accumulator.take_dirty()
        if accumulator.rollup is LLM_USAGE_ROLLUP:
            sums = dict(zip(LLM_USAGE_ROLLUP.sums, measures, strict=False))  # they come first
            measures += cost_columns(keys, sums, self._metering.prices)
        for place, column in enumerate(table.measures):
            if column.type == MONEY:
                measures[place] = [storable_amount(yoctos) for yoctos in measures[place]]
        dimensions = [list(values) for values in zip(*keys, strict=True)] or [[] for _ in table.dimensions]
        return TableRows(table, [*dimensions, *([value] * len(keys) for value in lineage), *measures])

    def _monthly_rows(self, lineage: tuple[Any, ...]) -> TableRows:
        requests: dict[tuple[int, str, str], int] = defaultdict(int)
        api_usage = self._accumulators[API_USAGE_ROLLUP.name]
        for (hour_s, *_, workspace, _method, _status, source), count in api_usage.counts_by_key():
            requests[_month_of(hour_s), workspace, source] += count
        return _rows(MONTHLY_REQUESTS, [(*key, *lineage, count) for key, count in requests.items()])

    def _dead_letter_rows(self) -> TableRows:
        letters, self._dead_letters = self._dead_letters, []
        self._dead_letter_weight = 0
        return _rows(DEAD_LETTERS, letters)

    def _dead_letter(self, rejection: Rejection, chunk: LogChunk) -> DeadLetterValues:
        offset = chunk.offsets[rejection.value_index]
        line = offset + 1 if self._log.kind is LogKind.FILE else rejection.line
        place = EventLocation(self._log.identity, self._partition, offset, line, rejection.event_index)
        return (
            *dead_letter_key(place, self.first_offset),
            self._log.name,
            None if chunk.times_ms is None else chunk.times_ms[rejection.value_index],
            chunk.log_format,
            rejection.reason,
            rejection.detail,
            rejection.raw,
            rejection.raw_size_bytes,
        )

    def _ledger_values(self) -> tuple[Any, ...]:
        counts = self.counts
        return (
            self._log.name,
            self._log.kind.value,
            self._log.epoch_size,
            counts.consumed,
            counts.counted,
            counts.duplicates,
            counts.dead_letters,
            counts.other_kind,
            self.content_hash,
            self.unterminated_line,
            counts.fields_left_out,
            self._metering.rules,
        )


_LETTER_PLACE = slice(DEAD_LETTERS.column_names.index("offset"), DEAD_LETTERS.column_names.index("event_index") + 1)


def _rows(table: Any, rows: list[tuple[Any, ...]]) -> TableRows:
    return TableRows(table, [list(column) for column in zip(*rows, strict=True)] or [[] for _ in table.columns])


@lru_cache(maxsize=65_536)
def _month_of(hour_s: int) -> int:
    """The first day of the UTC month of a Unix second, in days since 1970-01-01."""
    day = datetime.fromtimestamp(hour_s, UTC)
    return (date(day.year, day.month, 1) - date(1970, 1, 1)).days
