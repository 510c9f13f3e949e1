"""Applies the shipped migrations to a database in order, and sets how long single events are kept. It can be run again.

Every statement of a migration can be repeated (`IF NOT EXISTS`, `IF EXISTS`), and a migration is recorded only after
its last statement. So a run that died half-way is simply started again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.clickhouse.retention import EVENTS, MINUTES, record_retention
from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import SettingsError
from gatemeter.migrations.comments import comment_statements
from gatemeter.migrations.erasures import require_permission
from gatemeter.migrations.journal import applied_migrations, await_replicated_rows, check, record
from gatemeter.migrations.migration_files import Migration, Target, render, shipped_migrations, sql_file, statements

JOURNAL_FILE = "schema_migrations.sql"
_COPIES_OR_DROPS = ("INSERT ", "DROP TABLE ")


class Retention(StrEnum):
    """What is deleted after some time; the values are the files that say how."""

    EVENTS = "keep_events"
    """Rows of the event ledger, by the events' own times."""
    ORIGINALS = "keep_originals"
    """Encrypted originals of dead letters, from when they were stored."""
    MINUTES = "keep_minutes"
    """Rows of requests per minute, by the events' own times."""


_REMEMBERED = {Retention.EVENTS: EVENTS, Retention.MINUTES: MINUTES}

LONGEST_DAYS = 10_000
"""ClickHouse ends a date in seconds in 2106. A longer retention would wrap around and delete all rows at once."""


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A shipped migration and when it was applied (UTC, ISO 8601; '' when it is pending)."""

    migration: str
    applied_at: str


def migrate(
    client: Client, *, cluster: str | None = None, clock: Clock | None = None, may_erase: bool = False
) -> list[str]:
    """Bring the client's database to this version; return the titles of the migrations applied now.

    Comments on tables and columns that are not those of this version are set, too.

    Raises ConflictError when an applied file was changed since, the database is newer than this version, or a
    migration would erase stored texts and it is not said that it `may_erase` them; SettingsError for a cluster that
    cannot be used. Then nothing is changed.
    """
    clock = clock or SystemClock()
    with classified("migrate"):
        _check_cluster(client, cluster)
        todo = _pending(client, cluster)
        require_permission(client, todo, may_erase=may_erase)
        run_statements(client, sql_file(JOURNAL_FILE), cluster)
        for migration in todo:
            _apply(client, migration, cluster)
            record(client, migration, cluster=cluster, at=clock.now())
        run_statements(client, comment_statements(client), cluster)
    return [migration.title for migration in todo]


def _apply(client: Client, migration: Migration, cluster: str | None) -> None:
    for statement in statements(render(migration.up, target_of(client, cluster))):
        if statement.startswith(_COPIES_OR_DROPS):
            await_replicated_rows(client)
        client.command(statement)


def revert_all(client: Client, *, cluster: str | None = None, clock: Clock | None = None) -> list[str]:
    """Revert every applied migration, the latest first, and delete all data; return their titles."""
    clock = clock or SystemClock()
    with classified("migrate"):
        applied = {past.number for past in applied_migrations(client)}
        todo = [migration for migration in reversed(shipped_migrations()) if migration.number in applied]
        for migration in todo:
            run_statements(client, migration.down, cluster)
            record(client, migration, cluster=cluster, at=clock.now(), reverted=True)
    return [migration.title for migration in todo]


def migration_states(client: Client) -> list[MigrationState]:
    """All shipped migrations by number, applied or pending; changes nothing."""
    with classified("migrate"):
        applied_at = {past.number: past.applied_at for past in applied_migrations(client)}
    return [MigrationState(each.title, applied_at.get(each.number, "")) for each in shipped_migrations()]


def pending_sql(client: Client, *, cluster: str | None = None) -> str:
    """The SQL that `migrate` would run, '' when nothing is pending; changes nothing. Raises as `migrate` does.

    Comments on what does not exist yet are not in it.
    """
    with classified("migrate"):
        target = target_of(client, cluster)
        todo = _pending(client, cluster)
        comments = render(comment_statements(client), target)
    return (rendered_sql(todo, target) if todo else "") + comments.lstrip()


def rendered_sql(migrations: Sequence[Migration], target: Target) -> str:
    """One SQL text for `target`: the table `schema_migrations`, then `migrations`, each under its title."""
    parts = {"schema_migrations": sql_file(JOURNAL_FILE)} | {each.title: each.up for each in migrations}
    return "\n".join(f"-- {title}\n{render(text, target)}" for title, text in parts.items())


def keep(client: Client, what: Retention, days: int, *, cluster: str | None = None, clock: Clock | None = None) -> None:
    """Delete `what` after `days` (1 to `LONGEST_DAYS`); this applies to what is stored already, too.

    The store remembers it, so that what has expired is never taken for deleted, or for nothing.

    The database must have been migrated, on `cluster` if it is on one. Raises as `migrate` does.
    """
    with classified("migrate"):
        run_statements(client, sql_file(f"{what}.sql"), cluster, {"days": days})
    if what in _REMEMBERED:
        record_retention(client, _REMEMBERED[what], days, (clock or SystemClock()).now())


def keep_sql(client: Client, what: Retention, days: int, *, cluster: str | None = None) -> str:
    """The SQL that `keep` would run, as text for clickhouse-client."""
    return f"-- {what}\nSET param_days = {days};\n{render(sql_file(f'{what}.sql'), target_of(client, cluster))}"


def target_of(client: Client, cluster: str | None) -> Target:
    """The target that a client's SQL is rendered for."""
    return Target(client.database or "default", cluster)


def run_statements(
    client: Client, text: str, cluster: str | None, parameters: Mapping[str, object] | None = None
) -> None:
    """Render `text` and run its statements one by one."""
    for statement in statements(render(text, target_of(client, cluster))):
        client.command(statement, parameters=dict(parameters or {}))


def _pending(client: Client, cluster: str | None) -> list[Migration]:
    await_replicated_rows(client)
    applied = applied_migrations(client)
    check(applied, shipped_migrations(), cluster)
    numbers = {past.number for past in applied}
    return [migration for migration in shipped_migrations() if migration.number not in numbers]


def _check_cluster(client: Client, cluster: str | None) -> None:
    if cluster is None:
        return
    shards = client.query(sql_file("cluster_shards.sql"), parameters={"cluster": cluster}).result_rows[0][0]
    if shards == 0:
        raise SettingsError(f"the server knows no cluster {cluster!r}", where="--cluster", do="see system.clusters")
    if shards > 1:
        # Without a Distributed table every shard would answer reports with only its own rows.
        raise SettingsError(
            f"cluster {cluster!r} has {shards} shards; replicas are supported, shards are not",
            where="--cluster",
            do="name a cluster of one shard",
        )
