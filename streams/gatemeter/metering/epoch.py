"""One epoch of one partition: its running aggregate, its dead letters and its account of every event.

The aggregate is a pure function of the epoch's messages and of the event ids of the epoch before, so whoever computes
it, however often and in whatever portions, computes the same rows.
"""

from typing import Any

from gatemeter.events.batch import EventBatch, IdentifiedEvents
from gatemeter.events.identity import IdentityKind
from gatemeter.events.usage_rows import UsageRows
from gatemeter.metering.accumulator import RollupAccumulator
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.dead_letters import DeadLetterBuffer
from gatemeter.metering.deduplication import DuplicateFilter, EventIds
from gatemeter.metering.epoch_rows import ledger_row, minute_rows, monthly_rows, usage_rows
from gatemeter.metering.event_ledger import EventLedgerBuffer
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.minutes import MinuteAccumulator
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StoredSegment
from gatemeter.schema import TableRows
from gatemeter.schema.bookkeeping import COUNTED, OTHER_KIND
from gatemeter.schema.rollups import API_USAGE_ROLLUP, METER_USAGE_ROLLUP, ROLLUPS

NO_UNTERMINATED_LINE = -1
_MOST_SLIMMED = 20


class Epoch:
    """The messages of one epoch from `first_offset` on; those below `next_offset` have been added.

    `first_offset` is the epoch's start, or later for a resumed segment: where the log's start was already gone, or
    where a stored segment of the epoch ends that stays as it is. `stored` is what the ledger says of this segment, for
    as long as the count has not been found equal to it.
    """

    def __init__(
        self, log: Log, partition: int, number: int, count_from: int, previous_ids: EventIds, metering: Metering
    ) -> None:
        self.number = number
        self.first_offset = max(number * log.epoch_size, count_from)
        self.stored: StoredSegment | None = None
        self.next_offset = self.first_offset
        self.counts = EventCounts()
        self.unkeyed_messages = 0
        self.meter_events = 0
        self.metered_other = 0
        self.identity_kinds: set[IdentityKind] = set()
        self.slimmed: set[str] = set()
        self.content_hash = ""
        self.unterminated_line = NO_UNTERMINATED_LINE
        self._log = log
        self._partition = partition
        self._filter = DuplicateFilter(previous_ids)
        self._metering = metering
        self._minutes = MinuteAccumulator(metering.minutes.first_second())
        self._accumulators = {
            rollup.name: RollupAccumulator(rollup, metering.prices, self._minutes if rollup.is_timed else None)
            for rollup in ROLLUPS
        }
        self._dead_letters = DeadLetterBuffer(log, partition, self.first_offset, metering.original_keys)
        self._event_ledger = EventLedgerBuffer(log, partition, self.first_offset)
        self._written_version = self.first_offset

    @property
    def event_ids(self) -> EventIds:
        """The ids of all events seen in this epoch, duplicates included."""
        return self._filter.current

    @property
    def known_ids(self) -> EventIds:
        """The ids by which this epoch knows a duplicate: those of the epoch before, and its own."""
        return self._filter.known

    @property
    def folded_count(self) -> int:
        """How many rows of events lost names to `schema.usage.OTHER_NAMES`."""
        return sum(each.folded_count for each in self._accumulators.values())

    @property
    def dirty_count(self) -> int:
        """How many rows, at most, `take_rows` would give; a long dead letter weighs as much as several."""
        single_rows = self._dead_letters.weight + len(self._event_ledger)
        if self.stored is not None:
            return single_rows
        return single_rows + sum(each.dirty_count for each in self._accumulators.values())

    def forget_event_ids(self) -> None:
        """Free the memory of the ids, once the next epoch has its copy; rows that wait to be written need none."""
        self._filter = DuplicateFilter(set())

    def warm_up(self, batch: EventBatch) -> None:
        """Remember the ids of events that are counted already."""
        self._filter.remember(batch.requests.identities)
        self._filter.remember(batch.others.identities)

    def add(self, batch: EventBatch, chunk: LogChunk) -> EventCounts:
        """Count the events of `chunk`, decoded as `batch`; what became of them."""
        counted = self._add_fresh(batch.requests, COUNTED, chunk)
        other_kind = self._add_fresh(batch.others, OTHER_KIND, chunk)
        self._dead_letters.add(batch.rejections, chunk)
        identified = len(batch.requests.event_ids) + len(batch.others.event_ids)
        counts = EventCounts(
            consumed=batch.event_count,
            counted=counted,
            duplicates=identified - counted - other_kind,
            dead_letters=len(batch.rejections),
            other_kind=other_kind,
            ignored_fields=batch.ignored_fields,
        )
        self.counts.add(counts)
        self.unkeyed_messages += len(chunk.unkeyed_offsets)
        self.identity_kinds |= batch.identity_kinds
        if chunk.slimmed:
            self.slimmed.add(chunk.slimmed)
        self.next_offset = chunk.next_offset
        return counts

    def _add_fresh(self, events: IdentifiedEvents, outcome: str, chunk: LogChunk) -> int:
        """Add the usage of the events that were not seen before, which have `outcome`; how many they are."""
        fresh = self._filter.remember(events.identities)
        is_stored = self.stored is not None and self.stored.has_events
        self._event_ledger.add(events, fresh, outcome, chunk, is_stored=is_stored)
        if fresh is None:
            for rows in events.usage.values():
                self._add_rows(rows, outcome)
            return len(events.event_ids)
        kept = bytearray(len(events.event_ids))
        for position in fresh:
            kept[position] = 1
        for rows in events.usage.values():
            self._add_rows(rows.of_events(kept), outcome)
        return len(fresh)

    def _add_rows(self, rows: UsageRows, outcome: str) -> None:
        self._accumulators[rows.rollup.name].add(rows, outcome)
        if rows.rollup is METER_USAGE_ROLLUP:
            self.meter_events += len(rows.keys)
            self.metered_other += len(set(rows.event_indexes or ())) if outcome == OTHER_KIND else 0

    def take_rows(self) -> list[TableRows]:
        """The rows that changed since the last call, whole and at version `next_offset`; none if nothing was added.

        While there is something `stored` they are only dead letters, which are values of one message each, and events
        that the event ledger was never given: no running value, and no outcome of an event, is given before the count
        has caught up with the stored one, for if the log had lost messages it would take some back.
        """
        if self.next_offset == self._written_version:
            return []
        rows = [self._dead_letters.take(), self._event_ledger.take()]
        if self.stored is None:
            rows += self._take_running_values()
        return [table_rows for table_rows in rows if table_rows.row_count]

    def _take_running_values(self) -> list[TableRows]:
        self._written_version = self.next_offset
        lineage = (self._log.identity, self._partition, self.first_offset, self.next_offset)
        return [
            *(usage_rows(each, lineage, self._metering.prices) for each in self._accumulators.values()),
            minute_rows(self._minutes, lineage),
            monthly_rows(self._accumulators[API_USAGE_ROLLUP.name], lineage),
            ledger_row(self._ledger_values(), lineage),
        ]

    def forget_line(self, offset: int) -> None:
        """Delete the dead letter of a file's line that had no newline when it was read before and is complete now.

        Call it right after the line was added; a line that was rejected again keeps its dead letter.
        """
        self._dead_letters.delete_line(offset)

    def _ledger_values(self) -> dict[str, Any]:
        return {
            "topic": self._log.name,
            "log_kind": self._log.kind.value,
            "epoch_size": self._log.epoch_size,
            **self.counts.columns(),
            "content_hash": self.content_hash,
            "unterminated_line": self.unterminated_line,
            "rules": self._metering.ruleset_version,
            "first_event_time": self._event_ledger.first_time_ms,
            "unkeyed": self.unkeyed_messages,
            "identities": ",".join(sorted(self.identity_kinds)),
            "slimmed": "\n".join(sorted(self.slimmed)[:_MOST_SLIMMED]),
            "meter_events": self.meter_events,
            "metered_other": self.metered_other,
            "minutes_from": self._minutes.first_second,
        }
