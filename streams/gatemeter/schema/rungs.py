"""The rungs above the hours: rollups added up per UTC day and month, and what says which of them hold.

A *unit* is one UTC day, or month, of one table, log and partition. Its rows in a rung are the sums of its hours, of
all epochs. `gatemeter.settling` makes them; `settled_usage` (a view) tells which units are settled.
"""

from dataclasses import dataclass
from enum import StrEnum

from gatemeter.schema.rollups import ROLLUPS, Rollup
from gatemeter.schema.table import MONEY, Column, Table


class Rung(StrEnum):
    """What hours are added up to; the value names the unit."""

    DAY = "day"
    MONTH = "month"


_SUFFIXES = {Rung.DAY: "daily", Rung.MONTH: "monthly"}

WIDE_MONEY = "Decimal(76, 24)"
"""Sums of `MONEY`, which wrap around from 10^14 units on."""

SETTLING = "settling"
LAST_HOUR = "last_hour"


@dataclass(frozen=True, slots=True)
class RungTable:
    """The table of `rung` for the rows of `rollup`.

    `hour` is the first hour of the day or month, `last_hour` the last one that a row adds up. `settling` names the
    attempt that wrote the row: only the rows of the attempt that `SETTLED_UNITS` names are to be read.
    """

    rollup: Rollup
    rung: Rung

    @property
    def name(self) -> str:
        """`api_usage_daily`."""
        return f"{self.base_name}_{_SUFFIXES[self.rung]}"

    @property
    def base_name(self) -> str:
        """`api_usage`, which the views `_by_hour`, `_by_day` and `_by_month` begin with, too."""
        return self.rollup.name.removesuffix("_hourly")

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that rows are told apart by: dimensions, labels of amounts, log and partition."""
        return (*self.rollup.table.dimensions, *labels(self.rollup), Column("log", "String"), _PARTITION)

    @property
    def measures(self) -> tuple[Column, ...]:
        """The columns that are added up, with the types of the sums."""
        return tuple(
            Column(column.name, WIDE_MONEY if column.type == MONEY else column.type)
            for column in self.rollup.table.measures
            if column.type != "String"
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in order."""
        return (*self.keys, Column(SETTLING, "UInt128"), Column(LAST_HOUR, "DateTime('UTC')"), *self.measures)

    @property
    def table(self) -> Table:
        """As a stored table."""
        return Table(self.name, (*self.keys, Column(SETTLING, "UInt128")), (), self.columns[len(self.keys) + 1 :])

    @property
    def view_columns(self) -> tuple[Column, ...]:
        """The columns of the views."""
        return tuple(column for column in self.columns if column.name != SETTLING)


_PARTITION = Column("partition", "Int32")


def labels(rollup: Rollup) -> tuple[Column, ...]:
    """The texts among the measures of `rollup`, as the currency of an amount: rows that differ in one are not added."""
    return tuple(column for column in rollup.table.measures if column.type == "String")


RUNG_TABLES = tuple(RungTable(rollup, rung) for rollup in ROLLUPS for rung in Rung)

USAGE_TOUCHES = Table(
    name="usage_touches",
    dimensions=(
        Column("table", "LowCardinality(String)"),
        Column("hour", "DateTime('UTC')"),
        Column("log", "String"),
        Column("partition", "Int32"),
    ),
    lineage=(),
    measures=(Column("touches", "SimpleAggregateFunction(sum, UInt64)"),),
)
"""How often rows of an hour were about to be written, or were. ClickHouse adds `touched_at`, when it was last.

Whoever writes rows of a rollup adds 1 before, and the database adds 1 with the rows, so the sum of a unit's touches
tells whether its rows may have changed. It says nothing else: a write that is repeated is counted again."""

SETTLED_UNITS = Table(
    name="settled_units",
    dimensions=(
        Column("rung", "LowCardinality(String)"),
        Column("table", "LowCardinality(String)"),
        Column("log", "String"),
        Column("partition", "Int32"),
        Column("unit", "DateTime('UTC')"),
    ),
    lineage=(),
    measures=(
        Column(SETTLING, "UInt128"),
        Column("touches", "UInt64"),
        Column("rows", "UInt64"),
    ),
)
"""Which attempt settled a unit last, and the sum of the unit's touches before it read the hours. Written behind the
rows. It holds exactly while the sum is still the same. `unit` is the first hour of the day or month. ClickHouse adds
`settled_at`."""

SETTLING_TABLES = (USAGE_TOUCHES, SETTLED_UNITS, *(rung.table for rung in RUNG_TABLES))
"""The tables that no flush holds rows of, but for `USAGE_TOUCHES`, which the sink fills in."""
