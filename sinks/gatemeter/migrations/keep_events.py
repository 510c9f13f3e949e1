"""How long the rows of the event ledger are kept."""

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.migrations.migration_files import Target, render, sql_file, statements

LONGEST_DAYS = 10_000
"""Seconds of the server's dates end in 2106: what were kept for longer would wrap around and be gone at once."""

_FILE = "keep_events.sql"


def keep_events(client: Client, days: int, *, cluster: str | None = None) -> None:
    """Drop events `days` (1 to `LONGEST_DAYS`) after their own time, those that are stored already too.

    The database must have been migrated, on `cluster` if it is on one. Raises as `migrate` does.
    """
    with classified("migrate"):
        for statement in statements(render(sql_file(_FILE), _target(client, cluster))):
            client.command(statement, parameters={"days": days})


def keep_events_sql(client: Client, days: int, *, cluster: str | None = None) -> str:
    """What `keep_events` would run, as text for clickhouse-client."""
    return f"-- keep_events\nSET param_days = {days};\n{render(sql_file(_FILE), _target(client, cluster))}"


def _target(client: Client, cluster: str | None) -> Target:
    return Target(client.database or "default", cluster)
