"""Reads stored rows back as the values that were written, for comparing and for computing them again."""

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
from gatemeter.schema import CORRECTIONS, DEAD_LETTERS, EVENT_LEDGER, LLM_USAGE, TABLES

Row = Mapping[str, Any]
"""{column: value}: times as whole numbers since 1970 (an hour in s, a day in days, a moment in ms), `raw` as bytes."""

DeadLetterPosition = tuple[int, int, int]
"""Offset, line and index of a dead letter within its partition."""

_TIMES_AS_NUMBERS = {"Date": "int", "DateTime": "int", "DateTime64": "int"}
_BY_LOCATION = (DEAD_LETTERS, EVENT_LEDGER)
_BY_EPOCH = tuple(table for table in TABLES if table not in (*_BY_LOCATION, CORRECTIONS))


@dataclass(slots=True)
class StoredRows:
    """The stored rows of one epoch by the name of their table; `retracted` are its dead letters that were retracted.

    Rows of minutes before `minutes_from`, a Unix second, may have expired.

    `replayed` has the dead letter of each replayed event, by the first offset of the event's own epoch. The event
    ledger has such events among those of the epoch; whoever reads these rows fills it in.
    """

    by_table: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    retracted: set[DeadLetterPosition] = field(default_factory=set)
    replayed: Mapping[int, DeadLetterPosition] = field(default_factory=dict)
    minutes_from: float = 0


def stored_rows(client: Client, log: str, epochs: Sequence[StoredEpoch], *, with_events: bool) -> list[StoredRows]:
    """The rows of each of `epochs`, which are ascending epochs of one partition of `log`.

    `with_events` includes the rows of the event ledger. All rows are in memory at once. Passing faults are tried again
    a few times; raises RetryableError or StopError after that.
    """
    found = [StoredRows() for _ in epochs]
    first_offsets = [epoch.first_offset for epoch in epochs]
    by_first_offset = dict(zip(first_offsets, found, strict=True))
    partition = {"log": log, "partition": epochs[0].partition}
    for table in _BY_EPOCH:
        parameters = {**partition, "table": table.name, "first_offsets": first_offsets}
        for row in _rows(client, "stored_rows_of_epochs", parameters):
            by_first_offset[row["epoch_first_offset"]].by_table[table.name].append(row)
    offsets = {"from_offset": first_offsets[0], "to_offset": max(epoch.version for epoch in epochs)}
    for table in _BY_LOCATION if with_events else (DEAD_LETTERS,):
        for row in _rows(client, "stored_rows_of_offsets", {**partition, **offsets, "table": table.name}):
            index = _epoch_at(epochs, first_offsets, row["offset"])
            if index is not None:
                found[index].by_table[table.name].append(row)
    for offset, line, event_index in _query(client, "retracted_dead_letters", {**partition, **offsets}).result_rows:
        index = _epoch_at(epochs, first_offsets, offset)
        if index is not None:
            found[index].retracted.add((offset, line, event_index))
    return found


def has_events(client: Client, log: str) -> bool:
    """Whether the event ledger was kept of `log`, or holds any of its events. Raises as `stored_rows` does."""
    return bool(_query(client, "has_events", {"log": log}).result_rows)


def has_any_event(client: Client) -> bool:
    """Whether the event ledger was kept of any log, or holds any event. Raises as `stored_rows` does."""
    return bool(_query(client, "has_any_event", {}).result_rows)


def epochs_with_rows(client: Client, log: str) -> set[tuple[int, int]]:
    """Partition and first offset of each epoch of `log` that has rows in any table. Raises as `stored_rows` does."""
    return {
        (partition, first_offset)
        for table in (*_BY_EPOCH, *_BY_LOCATION)
        for partition, first_offset in _query(client, "epochs_with_rows", {"log": log, "table": table.name}).result_rows
        if first_offset >= 0  # a dead letter that a replay retracted has the epoch -1
    }


def llm_usage_rows(client: Client, span: Mapping[str, str]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a span of hours, one day at a time: all columns of `LLM_USAGE`, hours as Unix seconds.

    `span` holds `from` and `to` (which is left out) as ClickHouse writes a DateTime, in UTC. Raises as `stored_rows`
    does.
    """
    # Days keep their type: the next query needs them as dates.
    formats = {"DateTime": "int"}
    for (day,) in _answer(client, "llm_usage_days", span, LLM_USAGE.name, formats).result_rows:
        parameters = {**span, "day": f"{day:%Y-%m-%d}"}
        rows = _answer(client, "llm_usage_of_day", parameters, LLM_USAGE.name, formats)
        if rows.row_count:
            yield rows.result_columns


@cache
def stored_sql(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return files("gatemeter.clickhouse").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _epoch_at(epochs: Sequence[StoredEpoch], first_offsets: Sequence[int], offset: int) -> int | None:
    index = bisect_right(first_offsets, offset) - 1
    return index if index >= 0 and offset < epochs[index].version else None


def _rows(client: Client, name: str, parameters: Mapping[str, Any]) -> Iterator[Row]:
    result = _query(client, name, parameters)
    names = result.column_names
    return (dict(zip(names, values, strict=True)) for values in result.result_rows)


def _query(client: Client, name: str, parameters: Mapping[str, Any]) -> QueryResult:
    table = str(parameters.get("table", name))
    # The text of a dead letter may be any bytes.
    columns = {"raw": "bytes"} if table == DEAD_LETTERS.name else None
    return _answer(client, name, parameters, table, _TIMES_AS_NUMBERS, columns)


def _answer(
    client: Client,
    name: str,
    parameters: Mapping[str, Any],
    table: str,
    type_formats: Mapping[str, str],
    column_formats: Mapping[str, str] | None = None,
) -> QueryResult:
    """The answer to `sql/NAME.sql`; errors name `table`."""

    def run() -> QueryResult:
        with classified(table):
            return client.query(
                stored_sql(name),
                parameters=dict(parameters),
                query_formats=dict(type_formats),
                column_formats=dict(column_formats) if column_formats else None,
            )

    return with_retry(run)
