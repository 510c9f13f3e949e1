"""The sink over a ClickHouse client: column-oriented inserts of whole rows into versioned tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import require_writable
from gatemeter.clickhouse.counted_ends import counted_ends
from gatemeter.clickhouse.errors import classified, with_retry
from gatemeter.clickhouse.stored_rows import stored_sql
from gatemeter.clickhouse.usage_touches import usage_touches
from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import ClickHouseUnavailable, RetryableError
from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import StoredEpoch
from gatemeter.schema import TableRows

ROWS_PER_INSERT = 50_000
"""Bounds the memory of one request: 50,000 rows of the widest table are about 30 MB."""

INSERT_SETTINGS = {
    # An acknowledged insert must be stored, not waiting in the server's buffer.
    "async_insert": 0,
    # One file may hold events of many months. Refusing the insert would stop the log at this offset for ever.
    "max_partitions_per_insert_block": 0,
    "log_comment": "gatemeter/sink/1",
}

Result = TypeVar("Result")

_STORED_EPOCHS = stored_sql("stored_epochs")
_COUNTING_STARTS = stored_sql("counting_starts")


class ClickHouseSink:
    """Implements `gatemeter.metering.sink.Sink`. It owns and closes `client`, whose database must be migrated."""

    def __init__(self, client: Client, *, rows_per_insert: int = ROWS_PER_INSERT, clock: Clock | None = None) -> None:
        self._client = client
        self._rows_per_insert = rows_per_insert
        self._clock = clock or SystemClock()

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store which usage is touched, all rows, and then how far their epochs reach; see `Sink.write`.

        That is `schema.rungs.USAGE_TOUCHES` before, and `schema.COUNTED_ENDS` behind.

        Times are aware datetimes or whole epoch seconds, never naive.
        """
        for rows in (usage_touches(batch), *batch, counted_ends(batch, self._clock.now())):
            for columns in _chunks(rows, self._rows_per_insert):
                self._insert(rows, columns)

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        with classified("epoch_ledger"):
            rows = self._client.query(_STORED_EPOCHS, parameters={"log": log}).result_rows
        return [_stored_epoch(row) for row in rows]

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """The recorded starts of `log`; see `Sink.counting_starts`. A start with an unknown reason is left out."""
        parameters = {"log": log, "reasons": [reason.value for reason in StartReason]}
        with classified("counting_starts"):
            rows = self._client.query(_COUNTING_STARTS, parameters=parameters).result_rows
        return {partition: CountingStart(offset, StartReason(reason)) for partition, offset, reason in rows}

    def close(self) -> None:
        """Close the client; idempotent."""
        self._client.close()

    def _insert(self, rows: TableRows, columns: Sequence[Sequence[object]]) -> None:
        types = {column.name: column.type for column in rows.table.columns}
        insert_columns(self._client, rows.table.name, types, columns)


def insert_columns(client: Client, table: str, types: Mapping[str, str], columns: Sequence[Sequence[object]]) -> None:
    """Store one insert's `columns`, whose names and types are `types`, and return once they are stored.

    Raises the errors of `classified`.
    """
    require_writable(client, table)
    with classified(table):
        client.insert(
            table,
            columns,
            column_names=list(types),
            # Named types spare a DESCRIBE before every insert.
            column_type_names=list(types.values()),
            column_oriented=True,
            settings=INSERT_SETTINGS,
        )


def _stored_epoch(row: Sequence[Any]) -> StoredEpoch:
    partition, first_offset, version, epoch_size, content_hash, unterminated_line, ruleset, has_events, *counted = row
    counts = EventCounts(*counted)
    return StoredEpoch(
        partition,
        first_offset,
        version,
        epoch_size,
        content_hash,
        unterminated_line,
        ruleset,
        counts,
        has_events=bool(has_events),
    )


def _chunks(rows: TableRows, size: int) -> Iterator[Sequence[Sequence[object]]]:
    if 0 < rows.row_count <= size:
        yield rows.columns
        return
    for start in range(0, rows.row_count, size):
        yield [column[start : start + size] for column in rows.columns]


class RetryingSink(ClickHouseSink):
    """A `ClickHouseSink` for commands that a person waits for: it tries a handful of times, then gives up.

    Raises ClickHouseUnavailable instead of RetryableError. A worker retries without end in its flusher instead.
    """

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows; see `Sink.write`."""
        write = super().write
        _with_retry_or_stop(lambda: write(batch))

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        stored_epochs = super().stored_epochs
        return _with_retry_or_stop(lambda: stored_epochs(log))

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """The recorded starts of `log`; see `Sink.counting_starts`."""
        counting_starts = super().counting_starts
        return _with_retry_or_stop(lambda: counting_starts(log))


def _with_retry_or_stop(call: Callable[[], Result]) -> Result:
    try:
        return with_retry(call)
    except RetryableError as error:
        raise ClickHouseUnavailable(
            f"{error.what} (tried several times)",
            where=error.where,
            do="run the same command again once the server is well; nothing is counted twice",
        ) from error
