"""Compares the stored rows of an epoch with the recounted ones, column by column."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf
from typing import Any

from gatemeter.clickhouse.stored_rows import Row, StoredRows
from gatemeter.metering.log import LogKind
from gatemeter.schema import (
    CORRECTIONS,
    DEAD_LETTERS,
    EPOCH_LEDGER,
    EVENT_LEDGER,
    LLM_USAGE,
    MINUTE_USAGE,
    ORIGINAL_COLUMNS,
    TABLES,
    Table,
    TableRows,
)
from gatemeter.schema.bookkeeping import CORRECTED, COUNTED, OTHER_KIND
from gatemeter.schema.table import VERSION_COLUMN

_LINEAGE = ("log", "partition", "epoch_first_offset")
_FIRST_EVENT_TIME = "first_event_time"
_MINUTES_FROM = "minutes_from"
_PRICE_VERSION = "price_version"
_OF_BOOK = ("cost_currency", "cost_gaps")
"""Columns of a row without a price that may differ: they say what book had none."""

_PRICED = (
    "cost_computed",
    "embeddings_cost",
    "cost_savings",
    "unpriced_calls",
    "cost_evidence",
    _PRICE_VERSION,
    *_OF_BOOK,
)
_FILE_COLUMNS = ("topic", "content_hash", "unterminated_line")
"""Columns of the ledger that are not compared for files: the path, and hashes that `check_unchanged` compares."""

_DAY_S = 86_400
_UNITS_S = {"Date": _DAY_S, "DateTime": 1, "DateTime64": 0.001}
"""The unit of each type of time in a `Row`, in seconds."""
_TYPES = {table.name: {column.name: column.type for column in table.columns} for table in TABLES}


class DifferenceKind(StrEnum):
    """How the stored row and the recounted row differ."""

    MISSING = "missing"
    """The row should be stored, and is not."""
    EXTRA = "extra"
    """The row is stored, and nothing in the log gives it."""
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row of `table`: its key without log, partition and epoch, and both values of each differing column."""

    table: str
    kind: DifferenceKind
    key: Mapping[str, Any]
    stored: Mapping[str, Any]
    recounted: Mapping[str, Any]

    def __str__(self) -> str:
        """A sentence with the key, and both values of each differing column."""
        key = {name: value for name, value in self.key.items() if value != ""}
        named = ", ".join(f"{name}={self._value_text(name, value)}" for name, value in key.items()) or "of the epoch"
        if self.kind is DifferenceKind.MISSING:
            return f"row {named} is not stored"
        if self.kind is DifferenceKind.EXTRA:
            return f"row {named} is stored, and nothing in the log makes it"
        columns = ", ".join(
            f"{name} is {self._value_text(name, value)}, counted again {self._value_text(name, self.recounted[name])}"
            for name, value in self.stored.items()
        )
        return f"row {named}: {columns}"

    def _value_text(self, column: str, value: Any) -> str:
        """A time in ISO 8601, any other value as its `repr`."""
        unit_s = _UNITS_S.get(_TYPES[self.table][column].partition("(")[0])
        if unit_s is None or not isinstance(value, int):
            return repr(value)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value * unit_s)
        if unit_s == _DAY_S:
            return f"{moment:%Y-%m-%d}"
        return f"{moment:%Y-%m-%dT%H:%M:%S}{f'.{moment.microsecond // 1000:03d}' if unit_s < 1 else ''}Z"


def differences(stored: StoredRows, recounted: Sequence[TableRows], kind: LogKind) -> list[RowDifference]:
    """All differences of one epoch, by table and key.

    These are not differences: a version below the one of the ledger (the last flush that changed the row), a retracted
    dead letter, its encrypted original, an event that was corrected or replayed, an event or minute whose row has
    expired, a minute that one of both did not keep, and costs by other prices.
    """
    stored = replace(stored, minutes_from=_compared_minutes(stored, recounted))
    by_table: dict[str, list[TableRows]] = {}
    for rows in recounted:
        by_table.setdefault(rows.table.name, []).append(rows)
    found = []
    for table in TABLES:
        if table not in (CORRECTIONS, EVENT_LEDGER) or (table is EVENT_LEDGER and stored.by_table.get(table.name)):
            found += _table_differences(table, stored, _as_rows(by_table.get(table.name, ())), kind)
    return found


def _compared_minutes(stored: StoredRows, recounted: Sequence[TableRows]) -> float:
    """The Unix second from which on both sides have kept the minutes of the epoch; infinite if one has none."""
    again = _as_rows(rows for rows in recounted if rows.table is EPOCH_LEDGER)
    begins = [row[_MINUTES_FROM] for row in (*stored.by_table.get(EPOCH_LEDGER.name, ()), *again)]
    return max([stored.minutes_from, *(inf if begin is None else begin for begin in begins)])


def repriced_count(stored: StoredRows, recounted: Sequence[TableRows]) -> int:
    """The number of rows of model usage that were priced with another price version than the recounted rows."""
    again = _by_key(LLM_USAGE, _as_rows(rows for rows in recounted if rows.table is LLM_USAGE))
    before = _by_key(LLM_USAGE, stored.by_table.get(LLM_USAGE.name, ()))
    return sum(row[_PRICE_VERSION] != again[key][_PRICE_VERSION] for key, row in before.items() if key in again)


def _table_differences(table: Table, stored: StoredRows, rows: Iterable[Row], kind: LogKind) -> list[RowDifference]:
    before = _by_key(table, _comparable(table, stored.by_table.get(table.name, ()), stored))
    again = _by_key(table, _comparable(table, rows, stored))
    found = []
    for key in sorted(before.keys() | again.keys()):
        old, new = before.get(key), again.get(key)
        if old is None and new is not None:
            if not _may_be_gone(table, new, stored):
                found.append(_difference(table, DifferenceKind.MISSING, new, ()))
        elif new is None and old is not None:
            if not _was_replayed(table, old, stored):
                found.append(_difference(table, DifferenceKind.EXTRA, old, ()))
        elif old is not None and new is not None:
            columns = tuple(_differing_columns(table, old, new, kind))
            if columns:
                found.append(_difference(table, DifferenceKind.DIFFERENT, old, columns, new))
    return found


def _comparable(table: Table, rows: Iterable[Row], stored: StoredRows) -> Iterable[Row]:
    """`rows` without minutes that may have expired, or that one of both sides did not keep."""
    return (row for row in rows if row["minute"] >= stored.minutes_from) if table is MINUTE_USAGE else rows


def _differing_columns(table: Table, old: Row, new: Row, kind: LogKind) -> Iterator[str]:
    left_out = set(_FILE_COLUMNS) if kind.can_move else set()
    if table is EPOCH_LEDGER:
        left_out.add(_MINUTES_FROM)  # it depends on when the epoch was counted
    if table is EPOCH_LEDGER and old[_FIRST_EVENT_TIME] is None:
        left_out.add(_FIRST_EVENT_TIME)  # counted without the event ledger
    if table is DEAD_LETTERS:
        left_out.update(ORIGINAL_COLUMNS)
    if table is LLM_USAGE and old[_PRICE_VERSION] != new[_PRICE_VERSION]:
        left_out.update(_PRICED)
    elif table is LLM_USAGE and not old[_PRICE_VERSION]:
        left_out.update(_OF_BOOK)
    for name in table.column_names:
        if name not in left_out and not _agree(table, name, old[name], new[name]):
            yield name


def _agree(table: Table, column: str, old: Any, new: Any) -> bool:
    if column == VERSION_COLUMN and table is not EPOCH_LEDGER:
        return bool(old <= new + (table is EVENT_LEDGER))  # the version of a corrected event is higher by one
    if table is EVENT_LEDGER and column == "outcome" and old == CORRECTED:
        return bool(new in (COUNTED, OTHER_KIND))
    return bool(old == new)


def _may_be_gone(table: Table, row: Row, stored: StoredRows) -> bool:
    if table is DEAD_LETTERS:
        return (row["offset"], row["line"], row["event_index"]) in stored.retracted
    # Events expire by their own time.
    return table is EVENT_LEDGER and row["time"] < min(each["time"] for each in stored.by_table[table.name])


def _was_replayed(table: Table, row: Row, stored: StoredRows) -> bool:
    """Whether the row is an event that a replay counted, which reading the log does not give.

    It stands at its dead letter, or behind the first event of one that holds several.
    """
    if table is not EVENT_LEDGER or row["epoch_first_offset"] not in stored.replayed:
        return False
    offset, *first = stored.replayed[row["epoch_first_offset"]]
    return bool(row["offset"] == offset and [row["line"], row["event_index"]] >= first)


def _difference(
    table: Table, kind: DifferenceKind, row: Row, columns: Sequence[str], new: Row | None = None
) -> RowDifference:
    return RowDifference(
        table.name,
        kind,
        {name: row[name] for name in table.key_columns if name not in _LINEAGE},
        {name: row[name] for name in columns},
        {name: new[name] for name in columns} if new is not None else {},
    )


def _by_key(table: Table, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    names = table.key_columns
    return {tuple(row[name] for name in names): row for row in rows}


def _as_rows(parts: Iterable[TableRows]) -> Iterator[Row]:
    return (
        dict(zip(rows.table.column_names, values, strict=True))
        for rows in parts
        for values in zip(*rows.columns, strict=True)
    )
