"""Small logs for the tests of counting, and readable views of what was counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.commit import Commit
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema import TABLES, Table, TableRows

METERING = Metering(PriceTable("USD", []))
"""Without a price for anything."""

DECODERS = METERING.decoders()
FROM_THE_START = StartPosition(0, 0)


def kafka_log(epoch_size: int = 10) -> Log:
    return Log("topic-id-1", "access", LogKind.KAFKA, epoch_size)


def counter_of(epoch_size: int = 10, start: StartPosition = FROM_THE_START) -> PartitionCounter:
    return PartitionCounter(kafka_log(epoch_size), 0, start, METERING)


def chunk_of(first_offset: int, values: Sequence[bytes], next_offset: int | None = None) -> LogChunk:
    """Messages at consecutive offsets from `first_offset` on."""
    end = first_offset + len(values)
    return LogChunk(
        first_offset, end if next_offset is None else next_offset, range(first_offset, end), values, None, "kong-log"
    )


def chunk_at(first_offset: int, next_offset: int, value_at: Mapping[int, bytes]) -> LogChunk:
    """Messages at the offsets of `value_at`; the other offsets do not exist."""
    offsets = sorted(value_at)
    values = [value_at[offset] for offset in offsets]
    return LogChunk(first_offset, next_offset, offsets, values, [1_000 + o for o in offsets], "kong-log")


def commit_of(counter: PartitionCounter) -> Commit | None:
    """What the worker of `counter` commits."""
    return None if counter.commit_offset is None else Commit(counter.commit_offset)


def lost_chunk(first_offset: int, next_offset: int) -> LogChunk:
    return LogChunk(first_offset, next_offset, [], [], None, "kong-log", is_lost=True)


def flush_to(counter: PartitionCounter, sink: MemorySink) -> None:
    """Write what changed and acknowledge it."""
    flush = counter.take_flush()
    sink.write(flush.rows)
    counter.flushed(flush)


def as_records(batch: Iterable[TableRows], table: Table) -> list[dict[str, Any]]:
    """The rows of `table` in `batch` as {column: value}."""
    return [
        dict(zip(table.column_names, values, strict=True))
        for rows in batch
        if rows.table is table
        for values in zip(*rows.columns, strict=True)
    ]


def without_version(sink: MemorySink) -> dict[str, list[dict[str, Any]]]:
    """All that a reader sees; the version of a row depends on when it was last written, its values do not."""
    return {
        table.name: [{name: value for name, value in row.items() if name != "version"} for row in sink.rows(table)]
        for table in TABLES
    }


def requests_by_consumer(sink: MemorySink, table: Table) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in sink.rows(table):
        totals[row["consumer_id"]] += row["requests"]
    return totals


def counts(
    consumed: int,
    *,
    counted: int = 0,
    duplicates: int = 0,
    dead_letters: int = 0,
    other_kind: int = 0,
    ignored: int = 0,
) -> EventCounts:
    return EventCounts(consumed, counted, duplicates, dead_letters, other_kind, ignored)
