"""An in-memory sink for tests that replaces rows by version as ClickHouse does."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import StoredEpoch
from gatemeter.schema import COUNTING_STARTS, EPOCH_LEDGER, Table, TableRows
from gatemeter.schema.table import DELETED_COLUMN, VERSION_COLUMN

Row = dict[str, Any]


class MemorySink:
    """Implements `gatemeter.metering.sink.Sink`: of rows with one key, the highest version stays."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[tuple[Any, ...], Row]] = {}

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows; see `Sink.write`. Never raises RetryableError."""
        for rows in batch:
            stored = self._tables.setdefault(rows.table.name, {})
            names, key_names = rows.table.column_names, rows.table.key_columns
            for values in zip(*rows.columns, strict=True):
                row = dict(zip(names, values, strict=True))
                key = tuple(row[name] for name in key_names)
                if key not in stored or row[VERSION_COLUMN] >= stored[key][VERSION_COLUMN]:
                    stored[key] = row

    def rows(self, table: Table) -> list[Row]:
        """The rows that a reader of `table` sees, in key order, as {column: value}; deleted rows are left out."""
        stored = self._tables.get(table.name, {})
        return [stored[key] for key in sorted(stored) if not stored[key].get(DELETED_COLUMN)]

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`; see `Sink.stored_epochs`."""
        return [
            StoredEpoch(
                partition=row["partition"],
                first_offset=row["epoch_first_offset"],
                version=row["version"],
                epoch_size=row["epoch_size"],
                content_hash=row["content_hash"],
                unterminated_line=row["unterminated_line"],
                ruleset_version=row["rules"],
                counts=EventCounts.of(row),
                has_events=row["first_event_time"] is not None,
            )
            for row in self.rows(EPOCH_LEDGER)
            if row["log"] == log
        ]

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """The recorded starts of `log`; see `Sink.counting_starts`."""
        return {
            row["partition"]: CountingStart(row["first_offset"], StartReason(row["reason"]))
            for row in self.rows(COUNTING_STARTS)
            if row["log"] == log
        }

    def close(self) -> None:
        """Does nothing; the rows stay readable."""
