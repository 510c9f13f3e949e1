"""Closed bills in ClickHouse."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.statement import Statement, chain_faults, decoded, encoded
from gatemeter.clickhouse.errors import classified
from gatemeter.clickhouse.query import fetch, query_sql
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.errors import ConflictError
from gatemeter.schema.billing_statements import BILLING_STATEMENTS


def stored_statements(client: Client) -> Sequence[Statement]:
    """All by number, also changed ones. Raises ConflictError for a row that is not a statement, and as `fetch` does."""
    # An insert that was tried again may be there twice, with the same text.
    rows = {(row["number"], row["statement"]): row for row in fetch(client, "billing/statements", {})}
    return [_statement(row) for row in rows.values()]


def intact_statements(client: Client) -> Sequence[Statement]:
    """All by number. Raises ConflictError where one was changed or does not follow the one before, and as `fetch`."""
    statements = stored_statements(client)
    if faults := chain_faults(statements, is_whole=True):
        raise ConflictError(
            "; ".join(faults),
            where=f"database {client.database}, table billing_statements",
            do="see gatemeter statement check, and restore the table from exported statements or a backup",
        )
    return statements


def store_statement(client: Client, statement: Statement) -> None:
    """Store one, whole or not at all: it is one row.

    Raises ConflictError where another one has its number by now. Of several that are stored at the same time at most
    one stays: that of the caller who got no error.
    """
    taken = next((each for each in stored_statements(client) if each.number == statement.number), None)
    if taken is not None:
        raise ConflictError(
            f"another run has closed {taken.period} meanwhile, by statement {taken.number} of {taken.closed_at}",
            do="see gatemeter statement list; nothing was written",
        )
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
    if any(each.sha256 != statement.sha256 for each in others):
        _withdraw(client, statement)
        raise ConflictError(
            f"another run was closing {statement.period} at the same time: this one has written nothing",
            do="see gatemeter statement list, and close it again where it is not closed",
        )


def _withdraw(client: Client, statement: Statement) -> None:
    """Delete the row of a statement that nobody was told of."""
    parameters = {"number": statement.number, "sha256": statement.sha256}
    settings = {"lightweight_deletes_sync": 2}  # also on other replicas
    with classified(BILLING_STATEMENTS.name):
        client.command(query_sql("billing/withdraw_statement"), parameters=parameters, settings=settings)


def _statement(row: dict[str, object]) -> Statement:
    try:
        return decoded(str(row["statement"]).encode())
    except msgspec.DecodeError as error:
        raise ConflictError(
            f"statement {row['number']} cannot be read: it is not what gatemeter wrote",
            where="table billing_statements",
            do="restore it from an exported statement (gatemeter statement show)",
        ) from error
