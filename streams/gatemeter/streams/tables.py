"""The stored tables, declared once.

A declaration drives what the accumulator emits, what the sink inserts, and the check that the server's columns are
the declared ones. Column types are ClickHouse's own spelling, as `system.columns` shows them.

Every row carries its lineage: the `log` (identity of one life of a topic, or of a file), the `partition`, the first
offset of the epoch it was computed from, and a `version`, the next offset at the time of writing. Rows are whole
running values, so a row with a higher version replaces the one before, and a replay replaces a row by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and its ClickHouse type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A stored table: key columns first, then the values that a newer version replaces."""

    name: str
    dimensions: tuple[Column, ...]
    lineage: tuple[Column, ...]
    measures: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in insert order."""
        return self.dimensions + self.lineage + self.measures

    @property
    def column_names(self) -> tuple[str, ...]:
        """All column names in insert order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of one table, column by column: `columns[i]` holds the values of `table.columns[i]`."""

    table: Table
    columns: Sequence[Sequence[Any]]

    @property
    def row_count(self) -> int:
        """How many rows the columns hold."""
        return len(self.columns[0])


LATENCIES = ("request", "upstream", "gateway")
"""The measured latencies: client to client, waiting for the upstream, spent in the gateway."""

LINEAGE = (
    Column("log", "String"),
    Column("partition", "Int32"),
    Column("epoch_first_offset", "Int64"),
    Column("version", "Int64"),
)


def _latency_columns(latency: str) -> tuple[Column, ...]:
    return (
        Column(f"latency_{latency}_count", "UInt64"),
        Column(f"latency_{latency}_sum_ns", "Int128"),
        Column(f"latency_{latency}_min_ns", "Int64"),
        Column(f"latency_{latency}_max_ns", "Int64"),
        Column(f"latency_{latency}_buckets", "Array(UInt16)"),
        Column(f"latency_{latency}_bucket_counts", "Array(UInt64)"),
    )


API_USAGE_DIMENSIONS = (
    Column("hour", "DateTime('UTC')"),
    Column("consumer_id", "String"),
    Column("consumer_username", "String"),
    Column("consumer_custom_id", "String"),
    Column("service_id", "String"),
    Column("service_name", "String"),
    Column("route_id", "String"),
    Column("route_name", "String"),
    Column("workspace", "String"),
    Column("method", "String"),
    Column("status", "Int64"),
    Column("source", "String"),
)

API_USAGE = Table(
    name="api_usage_hourly",
    dimensions=API_USAGE_DIMENSIONS,
    lineage=LINEAGE,
    measures=(
        Column("requests", "UInt64"),
        Column("request_bytes", "Int128"),
        Column("response_bytes", "Int128"),
        *(column for latency in LATENCIES for column in _latency_columns(latency)),
    ),
)
"""Requests per hour and everything they are asked by; an absent text is '', an unknown status is `STATUS_UNKNOWN`."""

STATUS_UNKNOWN = -1
"""Stored where an event gives no status: neither a success nor a failure, and never 0."""

MONTHLY_REQUESTS = Table(
    name="monthly_requests",
    dimensions=(Column("month", "Date"), Column("workspace", "String"), Column("source", "String")),
    lineage=LINEAGE,
    measures=(Column("requests", "UInt64"),),
)
"""The license counters: requests per calendar month (UTC, by the event's own time)."""

DEAD_LETTERS = Table(
    name="dead_letters",
    dimensions=(),
    lineage=(
        Column("log", "String"),
        Column("partition", "Int32"),
        Column("offset", "Int64"),
        Column("line", "UInt32"),
        Column("event_index", "UInt32"),
        Column("epoch_first_offset", "Int64"),
        Column("version", "Int64"),
        Column("is_deleted", "UInt8"),
    ),
    measures=(
        Column("topic", "String"),
        Column("message_time", "Nullable(DateTime64(3, 'UTC'))"),
        Column("format", "String"),
        Column("reason", "String"),
        Column("detail", "String"),
        Column("raw", "String"),
        Column("raw_size_bytes", "UInt64"),
    ),
)
"""Events that could not be counted. `line` is the 1-based line in the message (in the file, for a file),
`event_index` the 0-based place in a line that holds an array of events."""

EPOCH_LEDGER = Table(
    name="epoch_ledger",
    dimensions=(),
    lineage=LINEAGE,
    measures=(
        Column("topic", "String"),
        Column("log_kind", "String"),
        Column("epoch_size", "Int64"),
        Column("consumed", "UInt64"),
        Column("counted", "UInt64"),
        Column("duplicates", "UInt64"),
        Column("dead_letters", "UInt64"),
        Column("other_kind", "UInt64"),
        Column("content_hash", "String"),
        Column("unterminated_line", "Int64"),
    ),
)
"""The conservation law per epoch: consumed = counted + duplicates + dead_letters + other_kind.

`topic` is the topic's name or the file's path, `log_kind` is `kafka` or `file`. For files `content_hash` covers the
epoch's lines up to `version`, and `unterminated_line` is the offset of a last line without newline that could not be
read yet (-1: none), which a later run may find completed.
"""

TABLES = (API_USAGE, MONTHLY_REQUESTS, DEAD_LETTERS, EPOCH_LEDGER)
"""In the order in which a flush writes them: the ledger last, so that it never speaks of rows not yet stored."""
