"""How long the event ledger keeps its rows."""

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.migrations.migration_files import render, sql_file
from gatemeter.migrations.runner import run_statements, target_of

LONGEST_DAYS = 10_000
"""ClickHouse ends a date in seconds in 2106. A longer retention would wrap around and delete all rows at once."""

_FILE = "keep_events.sql"


def keep_events(client: Client, days: int, *, cluster: str | None = None) -> None:
    """Delete each event `days` (1 to `LONGEST_DAYS`) after its own time; this applies to stored events too.

    The database must have been migrated, on `cluster` if it is on one. Raises as `migrate` does.
    """
    with classified("migrate"):
        run_statements(client, sql_file(_FILE), cluster, {"days": days})


def keep_events_sql(client: Client, days: int, *, cluster: str | None = None) -> str:
    """The SQL that `keep_events` would run, as text for clickhouse-client."""
    return f"-- keep_events\nSET param_days = {days};\n{render(sql_file(_FILE), target_of(client, cluster))}"
