"""The record of applied migrations that every database keeps in its table `schema_migrations`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError
from gatemeter.migrations.migration_files import Migration, sql_file

_AWAITED = ("counted_ends", "counting_starts", "epoch_ledger", "moved_counting_starts", "schema_migrations")
"""The tables that decide what is pending, and those that migrations copy."""

_COLUMNS = {
    "number": "UInt32",
    "title": "String",
    "up_sha256": "String",
    "down_sha256": "String",
    "cluster": "String",
    "changed_at": "DateTime64(6, 'UTC')",
    "is_deleted": "UInt8",
}


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A migration as it was when it was applied. `cluster` is '' on a single server."""

    number: int
    title: str
    up_sha256: str
    down_sha256: str
    cluster: str
    applied_at: str


def applied_migrations(client: Client) -> list[AppliedMigration]:
    """The applied migrations by number; none in a database that was never migrated."""
    if not client.query(sql_file("journal_exists.sql")).result_rows[0][0]:
        return []
    return [AppliedMigration(*row) for row in client.query(sql_file("applied_migrations.sql")).result_rows]


def await_replicated_rows(client: Client) -> None:
    """Wait until the replica that is asked has what the others have written.

    Else applied migrations look pending, and a migration that copies a table and drops it loses rows.
    Nothing to wait for on a single server. Raises as queries do if the rows do not come.
    """
    tables = client.query(sql_file("replicated_tables.sql"), parameters={"tables": [*_AWAITED]}).result_rows
    for (table,) in tables:
        client.command(f"SYSTEM SYNC REPLICA {quote_identifier(table)} LIGHTWEIGHT")


def record(client: Client, migration: Migration, *, cluster: str | None, at: datetime, reverted: bool = False) -> None:
    """Record that `migration` was applied, or `reverted`."""
    values = (
        migration.number,
        migration.title,
        migration.up_sha256,
        migration.down_sha256,
        cluster or "",
        at,
        int(reverted),
    )
    client.insert(
        "schema_migrations",
        [[value] for value in values],
        column_names=list(_COLUMNS),
        column_type_names=list(_COLUMNS.values()),
        column_oriented=True,
        settings={"async_insert": 0},
    )


def check(applied: Sequence[AppliedMigration], shipped: Sequence[Migration], cluster: str | None) -> None:
    """Raise ConflictError unless `applied` are `shipped` migrations, unchanged and for the same `cluster`."""
    known = {migration.number: migration for migration in shipped}
    for past in applied:
        migration = known.get(past.number)
        if migration is None:
            raise ConflictError(
                f"the database is newer: it has migration {past.title}, unknown to this version",
                do="use the gatemeter version that applied it, or a later one",
            )
        _check_hash(f"{past.title}.up.sql", past.up_sha256, migration.up_sha256)
        _check_hash(f"{past.title}.down.sql", past.down_sha256, migration.down_sha256)
        if past.cluster != (cluster or ""):
            raise ConflictError(
                f"the database was migrated {_on(past.cluster)}, not {_on(cluster or '')}",
                do="repeat with the --cluster it was made with",
            )


def _check_hash(file_name: str, applied_sha256: str, shipped_sha256: str) -> None:
    if applied_sha256 != shipped_sha256:
        raise ConflictError(
            "the file was changed after it had been applied",
            where=file_name,
            do="put the original back and make the change in a new migration",
        )


def _on(cluster: str) -> str:
    return f"on cluster {cluster!r}" if cluster else "on a single server"
