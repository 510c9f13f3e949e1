"""The marks that go before rows of usage, so that nobody takes a settled day for whole that is about to change."""

from collections.abc import Sequence

from gatemeter.schema import TableRows
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.rungs import USAGE_TOUCHES

_TABLES = {rollup.name for rollup in ROLLUPS}
_PLACE = ("hour", "log", "partition")


def usage_touches(batch: Sequence[TableRows]) -> TableRows:
    """The rows of `USAGE_TOUCHES` that say where `batch` has usage: one for each hour of a table and partition."""
    touched = {(rows.table.name, *place) for rows in batch if rows.table.name in _TABLES for place in _places(rows)}
    found = [(*place, 1) for place in sorted(touched, key=str)]
    return TableRows(USAGE_TOUCHES, [list(column) for column in zip(*found, strict=True)] or _NO_ROWS)


def _places(rows: TableRows) -> set[tuple[object, ...]]:
    names = rows.table.column_names
    return set(zip(*(rows.columns[names.index(name)] for name in _PLACE), strict=True))


_NO_ROWS: list[list[object]] = [[] for _ in USAGE_TOUCHES.columns]
