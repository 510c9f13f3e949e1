"""What was imported, in ClickHouse: written, read, and forgotten by its source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch, fetch_rows
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.errors import ConflictError
from gatemeter.imported_usage.history_file import IDENTITY_COLUMNS, STATUS_COLUMNS, HistoryFile, HistoryRow
from gatemeter.output.text import count_of
from gatemeter.reports.period import Period
from gatemeter.schema.imported_usage import IMPORTED_USAGE


class ImportedRow(BaseModel):
    """Usage that `source` has counted; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: str
    period: str
    consumer_id: str
    consumer_username: str
    consumer_custom_id: str
    requests: int
    status_1xx: int | None
    """None where the source does not tell."""
    status_2xx: int | None
    status_3xx: int | None
    status_4xx: int | None
    status_5xx: int | None
    status_unknown: int | None
    file: str
    line: int
    imported_at: str
    """`2026-02-03T10:05:00Z`."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many rows of a file are new, and how many were there already."""

    new: int
    known: int


def import_history(client: Client, source: str, kind: Period, file: HistoryFile, now: datetime) -> ImportResult:
    """Store the rows of `file` that are not there yet, as what `source` says. All of them are stored, or none.

    Raises ConflictError where `source` has said another number of a consumer and period, and as `fetch` does.
    """
    stored = {_key(row): row for row in _stored(client, source, kind)}
    new = [row for row in file.rows if not _is_known(file, row, stored.get((row.period, *row.identity)), source)]
    if new:
        _insert(client, [_values(source, kind, file, row, now) for row in new])
    return ImportResult(len(new), len(file.rows) - len(new))


def imported_rows(client: Client, source: str, kind: Period) -> Iterator[ImportedRow]:
    """Rows of one kind of period, of `source` or with '' of all, by source, period and consumer. Raises as `fetch`."""
    rows = fetch_rows(client, "imported_usage/imported", {"source": source, "period_kind": kind.value})
    return map(ImportedRow.model_validate, rows)


def forget_source(client: Client, source: str, now: datetime) -> int:
    """Take back all that was imported as of `source`, and tell how many rows that were. Raises as `fetch` does."""
    stored = fetch(client, "imported_usage/stored", {"source": source, "period_kind": ""})
    if stored:
        _insert(client, [{**row, "version": _version(now, row["version"]), "is_deleted": 1} for row in stored])
    return len(stored)


def _stored(client: Client, source: str, kind: Period) -> list[dict[str, Any]]:
    return fetch(client, "imported_usage/stored", {"source": source, "period_kind": kind.value})


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["period"], *(row[name] for name in IDENTITY_COLUMNS))


def _is_known(file: HistoryFile, row: HistoryRow, stored: dict[str, Any] | None, source: str) -> bool:
    if stored is None:
        return False
    said = (stored["requests"], *(stored[name] for name in STATUS_COLUMNS))
    if said == (row.requests, *row.statuses):
        return True
    place = f"{stored['file']}:{stored['line']}"
    raise ConflictError(
        f"{source} has said something else of this consumer and period before "
        f"({count_of(stored['requests'], 'request')} in {place}, {count_of(row.requests, 'request')} now)",
        where=file.where(row),
        do="import it as another --source, or run gatemeter billable forget first",
    )


def _values(source: str, kind: Period, file: HistoryFile, row: HistoryRow, now: datetime) -> dict[str, Any]:
    return {
        "source": source,
        "period_kind": kind.value,
        "period": row.period,
        **dict(zip(IDENTITY_COLUMNS, row.identity, strict=True)),
        "version": _version(now, 0),
        "is_deleted": 0,
        "requests": row.requests,
        **dict(zip(STATUS_COLUMNS, row.statuses, strict=True)),
        "file": file.path.name,
        "file_sha256": file.sha256,
        "line": row.line,
        "imported_at": now,
    }


def _version(now: datetime, replaced: int) -> int:
    return max(int(now.timestamp() * 1000), replaced + 1)


def _insert(client: Client, rows: Sequence[dict[str, Any]]) -> None:
    types = {column.name: column.type for column in IMPORTED_USAGE.columns}
    insert_columns(client, IMPORTED_USAGE.name, types, [[row[name] for row in rows] for name in types])
