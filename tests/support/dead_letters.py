"""Logs that hold dead letters, and what is stored of them."""

from collections.abc import Sequence
from typing import Any

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.embedded.originals_key import KEY_VARIABLE
from gatemeter.errors import ClickHouseUnavailable
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.log import LogChunk
from gatemeter.metering.originals import OriginalKeys, key_text
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import DEAD_LETTERS, TABLES, Table, TableRows
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from tests.support.logs import FROM_THE_START, METERING, kafka_log

KEYS = OriginalKeys(lambda: [bytes(range(64))])
KEY = {KEY_VARIABLE: key_text(bytes(range(64)))}
"""The same key for commands, in their environment."""

WIDE = Metering(METERING.prices, TimeRange(0, TimeRange().to_ms), original_keys=KEYS)
"""Believes times of before 2010 too."""

SEALING = Metering(METERING.prices, original_keys=KEYS)

IN_1970_MS = 3_600_000
_LINEAGE = ("log", "partition", "epoch_first_offset", "version")


def meter_values(
    sink: MemorySink,
    values: Sequence[bytes],
    metering: Metering = SEALING,
    *,
    log_format: str = "kong-log",
    source_positions: Sequence[str] = (),
) -> None:
    """Count messages of a Kafka log from its start, as a worker does."""
    counter = PartitionCounter(kafka_log(1_000), 0, FROM_THE_START, metering)
    offsets = range(len(values))
    counter.add(LogChunk(0, len(values), offsets, values, None, log_format, source_positions=source_positions))
    sink.write(counter.take_flush().rows)


def dead_letters_in(sink: MemorySink) -> list[DeadLetter]:
    """The dead letters that stand."""
    return [
        DeadLetter(
            EventLocation.of(row),
            row["topic"],
            row["format"],
            row["reason"],
            row["raw"],
            row["raw_size_bytes"],
            is_masked=bool(row["is_masked"]),
            source_positions=row["source_positions"],
            key_id=row["key_id"],
            original=row["original"],
        )
        for row in sink.rows(DEAD_LETTERS)
    ]


def stored(sink: MemorySink) -> dict[str, list[dict[str, Any]]]:
    """All that a reader sees, with its lineage."""
    return {table.name: sink.rows(table) for table in TABLES}


def values_of(sink: MemorySink, table: Table) -> list[dict[str, Any]]:
    """What a reader of `table` sees, whoever counted it."""
    return [{name: value for name, value in row.items() if name not in _LINEAGE} for row in sink.rows(table)]


class DyingSink(MemorySink):
    """Stores so many tables in all, and fails at the next one."""

    def __init__(self, tables: int) -> None:
        super().__init__()
        self.tables_left = tables
        self.written: list[str] = []

    def write(self, batch: Sequence[TableRows]) -> None:
        for rows in batch:
            if not self.tables_left:
                raise ClickHouseUnavailable("went away")
            self.tables_left -= 1
            self.written.append(rows.table.name)
            super().write([rows])
