"""What a stored table is made of: columns, by the roles they play in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

VERSION_COLUMN = "version"
DELETED_COLUMN = "is_deleted"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and its ClickHouse type, spelled as `system.columns` shows it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A stored table: key columns first, then the values that a newer version replaces.

    `added_dimensions` are the names of those `dimensions` that came after the table had been made: ClickHouse takes
    new columns into a sorting key only at its end.
    """

    name: str
    dimensions: tuple[Column, ...]
    lineage: tuple[Column, ...]
    measures: tuple[Column, ...]
    added_dimensions: tuple[str, ...] = ()
    is_keyed_by_location: bool = False

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The names of the columns in the stored table's ORDER BY, in its order.

        A row replaces the row with the same key and a lower version. Where the location of an event in its log is the
        key, the first offset of the epoch is left out: counting the event again in another segment of the epoch
        replaces the row.
        """
        no_key = {VERSION_COLUMN, DELETED_COLUMN, *(("epoch_first_offset",) if self.is_keyed_by_location else ())}
        names = (column.name for column in self.dimensions + self.lineage)
        first = tuple(name for name in names if name not in no_key and name not in self.added_dimensions)
        return first + self.added_dimensions

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """The names of the dimensions in order."""
        return tuple(column.name for column in self.dimensions)

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


LINEAGE = (
    Column("log", "String"),
    Column("partition", "Int32"),
    Column("epoch_first_offset", "Int64"),
    Column("version", "Int64"),
)
"""Which epoch a row was computed from, and up to which offset; see `gatemeter.schema`."""

CALLER = (
    Column("hour", "DateTime('UTC')"),
    Column("consumer_id", "String"),
    Column("consumer_username", "String"),
    Column("consumer_custom_id", "String"),
    Column("service_id", "String"),
    Column("service_name", "String"),
    Column("route_id", "String"),
    Column("route_name", "String"),
    Column("workspace", "String"),
    Column("team", "String"),
    Column("organisation", "String"),
)
"""Who called what, and in which hour: the dimensions that every rollup of usage begins with."""

ADDED_CALLER = ("team", "organisation")
"""Those of them that came after the tables had been made."""

MONEY = "Decimal(38, 24)"
"""Currency units with 24 decimals; in memory an integer number of yoctos (`gatemeter.money`)."""


def texts(*names: str) -> tuple[Column, ...]:
    """Dimensions that hold text; '' where an event gives none."""
    return tuple(Column(name, "String") for name in names)


def exact_sums(*names: str) -> tuple[Column, ...]:
    """Sums of whole numbers, wide enough for any."""
    return tuple(Column(name, "Int128") for name in names)


def latency_columns(*latencies: str) -> tuple[Column, ...]:
    """Count, exact sum, extremes and quantile sketch (`metering.sketch`) of each latency, in nanoseconds."""
    return tuple(column for latency in latencies for column in _columns_of(latency))


def size_columns(*sizes: str) -> tuple[Column, ...]:
    """Count, extremes and quantile sketch (`metering.sketch`) of each size, in bytes; its sum has a name of its own."""
    return tuple(
        Column(f"{size}_size_{name}", type_)
        for size in sizes
        for name, type_ in (
            ("count", "Int64"),
            ("min_bytes", "Int64"),
            ("max_bytes", "Int64"),
            ("buckets", "Array(UInt16)"),
            ("bucket_counts", "Array(Int64)"),
        )
    )


def _columns_of(latency: str) -> tuple[Column, ...]:
    return (
        Column(f"latency_{latency}_count", "Int64"),
        Column(f"latency_{latency}_sum_ns", "Int128"),
        Column(f"latency_{latency}_min_ns", "Int64"),
        Column(f"latency_{latency}_max_ns", "Int64"),
        Column(f"latency_{latency}_buckets", "Array(UInt16)"),
        Column(f"latency_{latency}_bucket_counts", "Array(Int64)"),
    )
