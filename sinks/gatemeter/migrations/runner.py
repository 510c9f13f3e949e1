"""Applies the shipped migrations to a database, in order, and can be run again after any crash.

Every statement of a migration can be repeated (`IF NOT EXISTS`, `IF EXISTS`), so a run that died half-way is simply
started again: what was done is found done, and a migration is remembered only after its last statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import SettingsError
from gatemeter.migrations.journal import applied_migrations, check, record
from gatemeter.migrations.migration_files import Migration, Target, render, shipped_migrations, sql_file, statements

JOURNAL_FILE = "schema_migrations.sql"


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A shipped migration and when it was applied (UTC, ISO 8601; '' when it is pending)."""

    migration: str
    applied_at: str


def migrate(client: Client, *, cluster: str | None = None, clock: Clock | None = None) -> list[str]:
    """Bring the client's database to this version; return the titles of the migrations applied now.

    Raises ConflictError when an applied file was changed since, or the database is newer than this version;
    SettingsError for a cluster that cannot be used.
    """
    clock = clock or SystemClock()
    with classified("migrate"):
        _check_cluster(client, cluster)
        todo = _pending(client, cluster)
        _run(client, sql_file(JOURNAL_FILE), cluster)
        for migration in todo:
            _run(client, migration.up, cluster)
            record(client, migration, cluster=cluster, at=clock.now())
    return [migration.title for migration in todo]


def revert_all(client: Client, *, cluster: str | None = None, clock: Clock | None = None) -> list[str]:
    """Take every applied migration back, the latest first, with all data; return their titles."""
    clock = clock or SystemClock()
    with classified("migrate"):
        applied = {past.number for past in applied_migrations(client)}
        todo = [migration for migration in reversed(shipped_migrations()) if migration.number in applied]
        for migration in todo:
            _run(client, migration.down, cluster)
            record(client, migration, cluster=cluster, at=clock.now(), reverted=True)
    return [migration.title for migration in todo]


def migration_states(client: Client) -> list[MigrationState]:
    """All shipped migrations by number, applied or pending. Reads only."""
    with classified("migrate"):
        applied_at = {past.number: past.applied_at for past in applied_migrations(client)}
    return [MigrationState(each.title, applied_at.get(each.number, "")) for each in shipped_migrations()]


def pending_sql(client: Client, *, cluster: str | None = None) -> str:
    """The SQL that `migrate` would run now, '' when there is nothing to do. Reads only; raises as `migrate` does."""
    with classified("migrate"):
        todo = _pending(client, cluster)
    return rendered_sql(todo, Target(_database(client), cluster)) if todo else ""


def rendered_sql(migrations: Sequence[Migration], target: Target) -> str:
    """The table of migrations and then `migrations` as one SQL text for `target`, each under its title."""
    parts = {"schema_migrations": sql_file(JOURNAL_FILE)} | {each.title: each.up for each in migrations}
    return "\n".join(f"-- {title}\n{render(text, target)}" for title, text in parts.items())


def _pending(client: Client, cluster: str | None) -> list[Migration]:
    applied = applied_migrations(client)
    check(applied, shipped_migrations(), cluster)
    numbers = {past.number for past in applied}
    return [migration for migration in shipped_migrations() if migration.number not in numbers]


def _run(client: Client, text: str, cluster: str | None) -> None:
    for statement in statements(render(text, Target(_database(client), cluster))):
        client.command(statement)


def _database(client: Client) -> str:
    return client.database or "default"


def _check_cluster(client: Client, cluster: str | None) -> None:
    if cluster is None:
        return
    shards = client.query(sql_file("cluster_shards.sql"), parameters={"cluster": cluster}).result_rows[0][0]
    if shards == 0:
        raise SettingsError(f"the server knows no cluster {cluster!r}", where="--cluster", do="see system.clusters")
    if shards > 1:
        # Without a Distributed table each shard would answer reports with its own part of the numbers.
        raise SettingsError(
            f"cluster {cluster!r} has {shards} shards; replicas are supported, shards are not",
            where="--cluster",
            do="name a cluster of one shard",
        )
