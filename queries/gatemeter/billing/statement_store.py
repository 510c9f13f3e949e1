"""Closed bills in ClickHouse."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.statement import Statement, decoded, encoded
from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.errors import ConflictError
from gatemeter.schema.billing_statements import BILLING_STATEMENTS


def stored_statements(client: Client) -> Sequence[Statement]:
    """All of them by number. Raises ConflictError for a row that is no statement, and as `fetch` does."""
    # An insert that was tried again may be there twice.
    rows = {(row["number"], row["sha256"]): row for row in fetch(client, "billing/statements", {})}
    return [_statement(row) for row in rows.values()]


def store_statement(client: Client, statement: Statement) -> None:
    """Store one, whole or not at all: it is one row. Raises ConflictError where another one has its number by now."""
    columns: list[list[object]] = [
        [statement.number],
        [statement.period],
        [datetime.fromisoformat(statement.closed_at)],
        [statement.sha256],
        [encoded(statement).decode()],
    ]
    types = {column.name: column.type for column in BILLING_STATEMENTS.columns}
    insert_columns(client, BILLING_STATEMENTS.name, types, columns)
    others = [each for each in stored_statements(client) if each.number == statement.number]
    if len({each.sha256 for each in others}) > 1:
        raise ConflictError(
            f"{len(others)} statements have the number {statement.number}: two were closed at the same time",
            where=f"database {client.database}, table billing_statements",
            do="delete the rows of one of them, and run gatemeter statement check",
        )


def _statement(row: dict[str, object]) -> Statement:
    try:
        return decoded(str(row["statement"]).encode())
    except msgspec.DecodeError as error:
        raise ConflictError(
            f"statement {row['number']} cannot be read: it is not what gatemeter wrote",
            where="table billing_statements",
            do="restore it from an exported statement (gatemeter statement show)",
        ) from error
