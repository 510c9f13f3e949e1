"""The rows that take stored rows back: added to them, nothing is left."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.contracts.errors import StopError
from gatemeter.streams.rollups import ROLLUPS
from gatemeter.streams.tables import Column, Table, TableRows
from gatemeter.streams.tables.schema import MONEY

_MEMBERS = {(rollup.name, name) for rollup in ROLLUPS for name in rollup.members}
_COUNT_TYPES = {"Int64", "Int128", MONEY}


def negated(rows: TableRows) -> TableRows:
    """`rows` of usage with counts, sums, amounts and sketches negated.

    Extremes are 0 and members none: what a copy adds to them, the copy that stays has added too. Texts stay.
    """
    key_count = len(rows.table.dimensions) + len(rows.table.lineage)
    measures = zip(rows.table.measures, rows.columns[key_count:], strict=True)
    negations = [list(map(_negation(rows.table, column), values)) for column, values in measures]
    return TableRows(rows.table, [*rows.columns[:key_count], *negations])


def _negation(table: Table, column: Column) -> Callable[[Any], Any]:
    if column.name.endswith(("_min_ns", "_max_ns")):
        return _nothing
    if (table.name, column.name) in _MEMBERS:
        return _nobody
    if column.name.endswith("_bucket_counts"):
        return _negated_each
    if column.name.endswith("_buckets") or column.type == "String":
        return _unchanged
    if column.type in _COUNT_TYPES:
        return _negated
    raise StopError(f"nobody has said how {table.name}.{column.name} is taken back", do="please report this")


def _negated(value: Any) -> Any:
    # The minus sign would round an amount to the 28 digits of Python's default context.
    return value.copy_negate() if isinstance(value, Decimal) and value else -value


def _negated_each(counts: Sequence[int]) -> list[int]:
    return [-count for count in counts]


def _nothing(_value: int) -> int:
    return 0


def _nobody(_members: Sequence[int]) -> list[int]:
    return []


def _unchanged(value: Any) -> Any:
    return value
