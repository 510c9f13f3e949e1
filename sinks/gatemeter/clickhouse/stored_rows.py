"""Runs the SQL files by which stored rows are read back as they were written.

Reads back what epochs have stored, as the values that counting them again gives.

Reads stored rows of LLM usage whole, as they would be written.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from gatemeter.clickhouse.errors import classified, with_retry
from gatemeter.metering.sink import StoredEpoch
from gatemeter.schema import CORRECTIONS, DEAD_LETTERS, EVENT_LEDGER, TABLES

TIMES_AS_NUMBERS = {"Date": "int", "DateTime": "int", "DateTime64": "int"}
"""Times as whole numbers since 1970, in the unit of their column."""


def stored(
    client: Client,
    name: str,
    parameters: Mapping[str, Any],
    *,
    table: str,
    types: Mapping[str, str] = TIMES_AS_NUMBERS,
    columns: Mapping[str, str] | None = None,
) -> QueryResult:
    """The answer to `sql/NAME.sql`, which asks `table`; `types` and `columns` name the forms of values.

    Passing faults are tried again a few times; raises RetryableError or StopError after that.
    """

    def run() -> QueryResult:
        with classified(table):
            return client.query(
                stored_sql(name),
                parameters=dict(parameters),
                query_formats=dict(types),
                column_formats=None if columns is None else dict(columns),
            )

    return with_retry(run)


@cache
def stored_sql(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return files("gatemeter.clickhouse").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


Row = Mapping[str, Any]
"""{column: value}: times as whole numbers since 1970 (an hour in s, a day in days, a moment in ms), `raw` as bytes."""

LetterPosition = tuple[int, int, int]
"""Offset, line and index of a dead letter within its partition."""

_BY_PLACE = (DEAD_LETTERS, EVENT_LEDGER)
_BY_EPOCH = tuple(table for table in TABLES if table not in (*_BY_PLACE, CORRECTIONS))


@dataclass(frozen=True, slots=True)
class StoredRows:
    """All that is stored of one epoch, by the table's name; `taken_back` are its dead letters that stand no longer."""

    by_table: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    taken_back: set[LetterPosition] = field(default_factory=set)


def stored_rows(client: Client, log: str, epochs: Sequence[StoredEpoch], *, with_events: bool) -> list[StoredRows]:
    """The rows of each of `epochs`, ascending ones of one partition of `log`; those of single events if asked for.

    All of them are in memory at once. Raises RetryableError or StopError as reports do.
    """
    found = [StoredRows() for _ in epochs]
    first_offsets = [epoch.first_offset for epoch in epochs]
    by_first_offset = dict(zip(first_offsets, found, strict=True))
    place = {"log": log, "partition": epochs[0].partition}
    for table in _BY_EPOCH:
        parameters = {**place, "table": table.name, "first_offsets": first_offsets}
        for row in _rows(client, "stored_rows_of_epochs", parameters):
            by_first_offset[row["epoch_first_offset"]].by_table[table.name].append(row)
    span = {"from_offset": first_offsets[0], "to_offset": max(epoch.version for epoch in epochs)}
    for table in _BY_PLACE if with_events else (DEAD_LETTERS,):
        for row in _rows(client, "stored_rows_of_offsets", {**place, **span, "table": table.name}):
            index = _epoch_at(epochs, first_offsets, row["offset"])
            if index is not None:
                found[index].by_table[table.name].append(row)
    for offset, line, event_index in _query(client, "letters_taken_back", {**place, **span}).result_rows:
        index = _epoch_at(epochs, first_offsets, offset)
        if index is not None:
            found[index].taken_back.add((offset, line, event_index))
    return found


def has_events(client: Client, log: str) -> bool:
    """Whether the ledger of single events holds any of `log`. Raises as `stored_rows` does."""
    return bool(_query(client, "has_events", {"log": log}).result_rows)


def epochs_with_rows(client: Client, log: str) -> set[tuple[int, int]]:
    """Partition and first offset of each epoch of `log` that any table has rows of. Raises as `stored_rows` does."""
    return {
        (partition, first_offset)
        for table in (*_BY_EPOCH, *_BY_PLACE)
        for partition, first_offset in _query(client, "epochs_with_rows", {"log": log, "table": table.name}).result_rows
        if first_offset >= 0  # else no epoch took the letter back
    }


def _epoch_at(epochs: Sequence[StoredEpoch], first_offsets: Sequence[int], offset: int) -> int | None:
    index = bisect_right(first_offsets, offset) - 1
    return index if index >= 0 and offset < epochs[index].version else None


def _rows(client: Client, name: str, parameters: Mapping[str, Any]) -> Iterator[Row]:
    result = _query(client, name, parameters)
    names = result.column_names
    return (dict(zip(names, values, strict=True)) for values in result.result_rows)


def _query(client: Client, name: str, parameters: Mapping[str, Any]) -> QueryResult:
    table = str(parameters.get("table", name))
    # Letters need not be text.
    return stored(
        client, name, parameters, table=table, columns={"raw": "bytes"} if table == DEAD_LETTERS.name else None
    )


def llm_usage_rows(client: Client, span: Mapping[str, str]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a span of hours, a day at a time: all columns of `LLM_USAGE`, hours as Unix seconds.

    `span` holds `from` and `to` as ClickHouse writes a DateTime, in UTC; the end is left out. Raises RetryableError or
    StopError as reports do.
    """
    for (day,) in _stored(client, "llm_usage_days", span).result_rows:
        rows = _stored(client, "llm_usage_of_day", {**span, "day": f"{day:%Y-%m-%d}"})
        if rows.row_count:
            yield rows.result_columns


def _stored(client: Client, name: str, parameters: Mapping[str, str]) -> QueryResult:
    return stored(client, name, parameters, table="llm_usage_hourly", types={"DateTime": "int"})
