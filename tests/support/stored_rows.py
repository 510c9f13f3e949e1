"""Rows of the stored tables for tests: name what matters, the rest has harmless values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS, Table, TableRows

FEBRUARY = datetime(2026, 2, 3, 10, tzinfo=UTC)

_EMPTY_BY_TYPE: Mapping[str, Any] = {
    "String": "",
    "DateTime('UTC')": FEBRUARY,
    "Date": date(2026, 2, 1),
    "Array(UInt16)": [],
    "Array(UInt64)": [],
    "Array(Int64)": [],
    "Nullable(DateTime64(3, 'UTC'))": None,
}


def table_rows(table: Table, *rows: Mapping[str, Any]) -> TableRows:
    """`rows` of `table` as {column: value}; columns left out are empty, zero, or in February 2026."""
    filled = [[row.get(column.name, _EMPTY_BY_TYPE.get(column.type, 0)) for column in table.columns] for row in rows]
    unknown = {name for row in rows for name in row} - set(table.column_names)
    if unknown:
        raise KeyError(f"{table.name} has no columns {unknown}")
    return TableRows(table, [list(values) for values in zip(*filled, strict=True)] or [[] for _ in table.columns])


def usage(**values: Any) -> Mapping[str, Any]:
    """A row of api_usage_hourly: status 200, one request, epoch 0 at version 1 of log `log-1`."""
    return {"log": "log-1", "version": 1, "status": 200, "requests": 1, **values}


def usage_rows(*rows: Mapping[str, Any]) -> TableRows:
    return table_rows(API_USAGE, *rows)


def monthly_rows(*rows: Mapping[str, Any]) -> TableRows:
    return table_rows(MONTHLY_REQUESTS, *rows)


def ledger_rows(*rows: Mapping[str, Any]) -> TableRows:
    return table_rows(EPOCH_LEDGER, *rows)


def dead_letter_rows(*rows: Mapping[str, Any]) -> TableRows:
    return table_rows(DEAD_LETTERS, *rows)


def sketch(latency: str, values_ns: Sequence[int]) -> Mapping[str, Any]:
    """The latency columns of a row that measured `values_ns`, by the definition of the sketch's buckets."""
    buckets = sorted({bucket_of(value) for value in values_ns})
    return {
        f"latency_{latency}_count": len(values_ns),
        f"latency_{latency}_sum_ns": sum(values_ns),
        f"latency_{latency}_min_ns": min(values_ns),
        f"latency_{latency}_max_ns": max(values_ns),
        f"latency_{latency}_buckets": buckets,
        f"latency_{latency}_bucket_counts": [sum(bucket_of(v) == b for v in values_ns) for b in buckets],
    }


def bucket_of(value_ns: int) -> int:
    """The smallest bucket whose upper bound, gamma^(bucket-1), is not below the value; 0 for 0."""
    if value_ns == 0:
        return 0
    gamma, bound, bucket = 1.01 / 0.99, 1.0, 1
    while bound < value_ns:
        bound, bucket = bound * gamma, bucket + 1
    return bucket
