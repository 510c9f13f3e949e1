"""One epoch of one partition: its running aggregate, its dead letters and its account of every event.

The aggregate is a pure function of the epoch's messages and of the event ids of the epoch before, so whoever computes
it, however often and in whatever portions, computes the same rows.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import compress
from typing import Any

from gatemeter.streams.conservation import EventCounts
from gatemeter.streams.duplicate_filter import DuplicateFilter, EventIds
from gatemeter.streams.event_batch import EventBatch, Rejection
from gatemeter.streams.log_chunk import Log, LogChunk, LogKind
from gatemeter.streams.rollup_accumulator import RollupAccumulator
from gatemeter.streams.rollups import API_USAGE_ROLLUP
from gatemeter.streams.tables import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS, TableRows

NO_UNTERMINATED_LINE = -1

_ROW_BYTES = 512
"""About what a row of usage takes in memory."""


class Epoch:
    """The messages of one epoch from `first_offset` on; those below `next_offset` have been added.

    `first_offset` is where counting begins: the epoch's start, or later when the log's start was already gone.
    """

    def __init__(self, log: Log, partition: int, number: int, count_from: int, previous_ids: EventIds) -> None:
        self.number = number
        self.first_offset = max(number * log.epoch_size, count_from)
        self.next_offset = self.first_offset
        self.counts = EventCounts()
        self.content_hash = ""
        self.unterminated_line = NO_UNTERMINATED_LINE
        self._log = log
        self._partition = partition
        self._filter = DuplicateFilter(previous_ids)
        self._usage = RollupAccumulator(API_USAGE_ROLLUP)
        self._dead_letters: list[tuple[Any, ...]] = []
        self._dead_letter_weight = 0
        self._written_version = self.first_offset

    @property
    def event_ids(self) -> EventIds:
        """The ids of all events seen in this epoch, duplicates included."""
        return self._filter.current

    @property
    def dirty_count(self) -> int:
        """How many rows, at most, `take_rows` would give; a long dead letter weighs as much as several."""
        return self._usage.dirty_count + self._dead_letter_weight

    def warm_up(self, batch: EventBatch) -> None:
        """Remember the ids of events that are counted already."""
        self._filter.mark(batch.event_ids)

    def add(self, batch: EventBatch, chunk: LogChunk) -> EventCounts:
        """Count the events of `chunk`, decoded as `batch`; what became of them."""
        fresh = self._filter.mark(batch.event_ids)
        columns = _selected(batch, fresh)
        self._usage.add(columns[0], columns[1:3], columns[3:])
        self._dead_letters += [self._dead_letter(rejection, chunk) for rejection in batch.rejections]
        self._dead_letter_weight += sum(1 + len(rejection.raw) // _ROW_BYTES for rejection in batch.rejections)
        counted = len(columns[0])
        counts = EventCounts(
            consumed=batch.event_count,
            counted=counted,
            duplicates=len(batch.event_ids) - counted,
            dead_letters=len(batch.rejections),
            other_kind=batch.other_kind,
        )
        self.counts.add(counts)
        self.next_offset = chunk.next_offset
        return counts

    def take_rows(self) -> list[TableRows]:
        """The rows that changed since the last call, whole and at version `next_offset`; none if nothing was added."""
        if self.next_offset == self._written_version:
            return []
        self._written_version = self.next_offset
        lineage = (self._log.identity, self._partition, self.first_offset, self.next_offset)
        rows = [
            self._usage_rows(lineage),
            self._monthly_rows(lineage),
            self._dead_letter_rows(),
            _rows(EPOCH_LEDGER, [(*lineage, *self._ledger_values())]),
        ]
        return [table_rows for table_rows in rows if table_rows.row_count]

    def forget_line(self, offset: int) -> None:
        """Delete the dead letter of a file's line that had no newline when it was read before and is complete now.

        Call it right after the line was added; a line that was rejected again keeps its dead letter.
        """
        if not any(letter[_LETTER_PLACE] == (offset, offset + 1, 0) for letter in self._dead_letters):
            key = self._dead_letter_key(offset, offset + 1, 0, version=offset + 2, is_deleted=1)
            self._dead_letters.append(key + _NO_LETTER)

    def _usage_rows(self, lineage: tuple[Any, ...]) -> TableRows:
        keys, measures = self._usage.take_dirty()
        dimensions = [list(values) for values in zip(*keys, strict=True)] or [[] for _ in API_USAGE.dimensions]
        return TableRows(API_USAGE, [*dimensions, *([value] * len(keys) for value in lineage), *measures])

    def _monthly_rows(self, lineage: tuple[Any, ...]) -> TableRows:
        requests: dict[tuple[int, str, str], int] = defaultdict(int)
        for (hour_s, *_, workspace, _method, _status, source), count in self._usage.counts_by_key():
            requests[_month_of(hour_s), workspace, source] += count
        return _rows(MONTHLY_REQUESTS, [(*key, *lineage, count) for key, count in requests.items()])

    def _dead_letter_rows(self) -> TableRows:
        letters, self._dead_letters = self._dead_letters, []
        self._dead_letter_weight = 0
        return _rows(DEAD_LETTERS, letters)

    def _dead_letter(self, rejection: Rejection, chunk: LogChunk) -> tuple[Any, ...]:
        offset = chunk.offsets[rejection.value_index]
        line = offset + 1 if self._log.kind is LogKind.FILE else rejection.line
        return (
            *self._dead_letter_key(offset, line, rejection.event_index, version=offset + 1, is_deleted=0),
            self._log.name,
            None if chunk.times_ms is None else chunk.times_ms[rejection.value_index],
            chunk.log_format,
            rejection.reason,
            rejection.detail,
            rejection.raw,
            rejection.raw_size_bytes,
        )

    def _dead_letter_key(
        self, offset: int, line: int, event_index: int, *, version: int, is_deleted: int
    ) -> tuple[Any, ...]:
        return (self._log.identity, self._partition, offset, line, event_index, self.first_offset, version, is_deleted)

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
        )


_LETTER_PLACE = slice(DEAD_LETTERS.column_names.index("offset"), DEAD_LETTERS.column_names.index("event_index") + 1)
_NO_LETTER = ("", None, "", "", "", b"", 0)


def _selected(batch: EventBatch, positions: list[int] | None) -> list[Sequence[Any]]:
    columns: list[Sequence[Any]] = [
        batch.keys,
        batch.request_bytes,
        batch.response_bytes,
        batch.request_ms,
        batch.upstream_ms,
        batch.gateway_ms,
    ]
    if positions is None:
        return columns
    kept = bytearray(len(batch.event_ids))
    for position in positions:
        kept[position] = 1
    return [list(compress(column, kept)) for column in columns]


def _rows(table: Any, rows: list[tuple[Any, ...]]) -> TableRows:
    return TableRows(table, [list(column) for column in zip(*rows, strict=True)] or [[] for _ in table.columns])


@lru_cache(maxsize=65_536)
def _month_of(hour_s: int) -> int:
    """The first day of the UTC month of a Unix second, in days since 1970-01-01."""
    day = datetime.fromtimestamp(hour_s, UTC)
    return (date(day.year, day.month, 1) - date(1970, 1, 1)).days
