"""`gatemeter close` that kills itself before or after it stores the statement, as the first argument says."""

import os
import signal
import sys

from clickhouse_connect.driver.client import Client

from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_store import store_statement
from gatemeter.cli.commands import close as command
from gatemeter.cli.main import main

BEFORE, AFTER = "before the statement", "after the statement"


def die_at(step: str) -> None:
    store = store_statement

    def stored_or_dead(client: Client, statement: Statement) -> None:
        if step == AFTER:
            store(client, statement)
        os.kill(os.getpid(), signal.SIGKILL)

    command.store_statement = stored_or_dead  # type: ignore[attr-defined]


if __name__ == "__main__":
    die_at(sys.argv[1])
    main(["close", *sys.argv[2:]])
