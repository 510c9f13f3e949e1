"""`gatemeter close` that kills itself at the step that the first argument names."""

import http.client
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing import statement_store
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_store import store_statement
from gatemeter.cli.commands import close as command
from gatemeter.cli.main import main
from gatemeter.clickhouse.sink import insert_columns

BEFORE, AFTER = "before the statement", "after the statement"
WITHIN, BEHIND = "within the insert", "behind the insert"


def die_at(step: str) -> None:
    store = store_statement

    def stored_or_dead(client: Client, statement: Statement) -> None:
        if step != BEFORE:
            store(client, statement)
        die()

    def inserted_or_dead(
        client: Client, table: str, types: Mapping[str, str], columns: Sequence[Sequence[object]]
    ) -> None:
        if step == WITHIN:
            setattr(http.client.HTTPConnection, "send", half_a_body)  # noqa: B010 - a method cannot be assigned to
        insert_columns(client, table, types, columns)
        die()

    command.store_statement = stored_or_dead  # type: ignore[attr-defined]
    if step in (WITHIN, BEHIND):
        statement_store.insert_columns = inserted_or_dead  # type: ignore[attr-defined]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half_a_body(connection: http.client.HTTPConnection, data: Any) -> None:
    """Send the headers of a request, of its body the first half, and end."""
    if bytes(data[:5]) == b"POST ":
        _send(connection, data)
        return
    _send(connection, data[: len(data) // 2])
    die()


_send = http.client.HTTPConnection.send

if __name__ == "__main__":
    die_at(sys.argv[1])
    main(["close", *sys.argv[2:]])
