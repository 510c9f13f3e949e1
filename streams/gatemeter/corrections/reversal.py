"""Reversed rows of usage: added to the rows that they are made from, they leave nothing."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.errors import StopError
from gatemeter.schema import Column, Table, TableRows
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.table import MONEY

_MEMBERS = {(rollup.name, name) for rollup in ROLLUPS for name in rollup.members}
_COUNT_TYPES = {"Int64", "Int128", MONEY}


def reversed_rows(rows: TableRows) -> TableRows:
    """`rows` of usage with the opposite sign of counts, sums, amounts and sketches; keys and texts stay.

    Extremes become 0 and sets of members empty: what a duplicate adds to them, its canonical copy has added too.
    Raises StopError for a column that nothing says how to reverse.
    """
    key_count = len(rows.table.dimensions) + len(rows.table.lineage)
    measures = zip(rows.table.measures, rows.columns[key_count:], strict=True)
    reversals = [list(map(_reversal_of(rows.table, column), values)) for column, values in measures]
    return TableRows(rows.table, [*rows.columns[:key_count], *reversals])


def _reversal_of(table: Table, column: Column) -> Callable[[Any], Any]:
    if column.name.endswith(("_min_ns", "_max_ns")):
        return _zero
    if (table.name, column.name) in _MEMBERS:
        return _no_members
    if column.name.endswith("_bucket_counts"):
        return _negate_each
    if column.name.endswith("_buckets") or column.type == "String":
        return _unchanged
    if column.type in _COUNT_TYPES:
        return _negate
    raise StopError(f"nobody has said how {table.name}.{column.name} is taken back", do="please report this")


def _negate(value: Any) -> Any:
    # The minus sign would round an amount to the 28 digits of Python's default context.
    return value.copy_negate() if isinstance(value, Decimal) and value else -value


def _negate_each(counts: Sequence[int]) -> list[int]:
    return [-count for count in counts]


def _zero(_value: int) -> int:
    return 0


def _no_members(_members: Sequence[int]) -> list[int]:
    return []


def _unchanged(value: Any) -> Any:
    return value
