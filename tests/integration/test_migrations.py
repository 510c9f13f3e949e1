"""All migrations up and down on the real engine, and what the runner refuses."""

import dataclasses
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clock import ManualClock
from gatemeter.errors import ConflictError, SettingsError, StopError
from gatemeter.migrations import runner
from gatemeter.migrations.migration_files import Migration, shipped_migrations
from gatemeter.migrations.runner import MigrationState, migrate, migration_states, pending_sql, revert_all
from gatemeter.migrations.schema_check import declared_schema_differences, require_declared_schema
from gatemeter.schema import PROGRESS_TABLES, TABLES, Table

pytestmark = pytest.mark.clickhouse

TITLES = [migration.title for migration in shipped_migrations()]
CLOCK = ManualClock(datetime(2026, 2, 3, 10, tzinfo=UTC))


def tables_of(client: Client) -> set[str]:
    rows = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()").result_rows
    return {name for (name,) in rows}


def ship(monkeypatch: pytest.MonkeyPatch, *migrations: Migration) -> None:
    """Let this version ship `migrations`."""
    monkeypatch.setattr(runner, "shipped_migrations", lambda: migrations)


@pytest.mark.long(reason="applies and undoes every migration; each is applied once in `make test`")
def test_migrations_go_all_up_all_down_and_up_again(empty_clickhouse: Client) -> None:
    assert migrate(empty_clickhouse) == TITLES
    assert revert_all(empty_clickhouse) == TITLES[::-1]
    assert tables_of(empty_clickhouse) == {"schema_migrations"}
    assert migrate(empty_clickhouse) == TITLES


def test_a_second_migrate_finds_nothing_to_do(module_client: Client) -> None:
    assert migrate(module_client) == []
    assert pending_sql(module_client) == ""


def test_the_states_tell_pending_from_applied_migrations(
    empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migration_states(empty_clickhouse) == [MigrationState(title, "") for title in TITLES]
    with monkeypatch.context() as earlier:
        ship(earlier, *shipped_migrations()[:2])
        migrate(empty_clickhouse, clock=CLOCK)
    assert migration_states(empty_clickhouse) == [
        *(MigrationState(title, "2026-02-03T10:00:00Z") for title in TITLES[:2]),
        *(MigrationState(title, "") for title in TITLES[2:]),
    ]


def test_a_dry_run_shows_the_sql_and_changes_nothing(empty_clickhouse: Client) -> None:
    sql = pending_sql(empty_clickhouse)
    assert [line for line in sql.splitlines() if line.removeprefix("-- ") in TITLES] == [f"-- {t}" for t in TITLES]
    assert tables_of(empty_clickhouse) == set()


def test_a_dry_run_shows_only_pending_migrations(empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        ship(earlier, *shipped_migrations()[:2])
        migrate(empty_clickhouse)
    shown = [line for line in pending_sql(empty_clickhouse).splitlines() if line.removeprefix("-- ") in TITLES]
    assert shown == [f"-- {title}" for title in TITLES[2:]]


def test_migrate_continues_after_a_crash_between_statements(
    empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Migration(1, "0001_two", up="CREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Memory;\nSELECT nope;", down="")
    ship(monkeypatch, two)
    with pytest.raises(StopError, match="nope"):
        migrate(empty_clickhouse)
    mended = dataclasses.replace(two, up=two.up.replace("nope", "1"))
    ship(monkeypatch, mended)
    assert migrate(empty_clickhouse) == ["0001_two"]


@pytest.mark.parametrize(("part", "file_name"), [("up", "0002_monthly_requests.up.sql"), ("down", ".down.sql")])
def test_a_file_changed_after_it_was_applied_is_refused(
    module_client: Client, monkeypatch: pytest.MonkeyPatch, part: str, file_name: str
) -> None:
    first, second, *others = shipped_migrations()
    changed = dataclasses.replace(second, **{part: getattr(second, part) + "\n-- a harmless remark\n"})
    ship(monkeypatch, first, changed, *others)
    with pytest.raises(ConflictError, match=f"{file_name}: the file was changed after it had been applied"):
        migrate(module_client)


def test_a_database_of_a_newer_version_is_refused(module_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(monkeypatch, *shipped_migrations()[:-1])
    with pytest.raises(ConflictError, match=f"the database is newer: it has migration {TITLES[-1]}"):
        migrate(module_client)


def test_a_cluster_unknown_to_the_server_is_refused(empty_clickhouse: Client) -> None:
    with pytest.raises(SettingsError, match="knows no cluster 'nowhere'"):
        migrate(empty_clickhouse, cluster="nowhere")
    assert tables_of(empty_clickhouse) == set()


def test_a_single_server_database_refuses_a_cluster(module_client: Client) -> None:
    with pytest.raises(ConflictError, match="was migrated on a single server, not on cluster 'main'"):
        pending_sql(module_client, cluster="main")


def test_the_servers_columns_are_the_declared_ones(module_client: Client) -> None:
    assert declared_schema_differences(module_client) == []
    require_declared_schema(module_client)


def test_all_differences_in_the_schema_are_named(clickhouse_client: Client) -> None:
    for change in (
        "ALTER TABLE dead_letters DROP COLUMN raw, MODIFY COLUMN detail UUID, ADD COLUMN x Int8",
        "DROP TABLE epoch_ledger",
        "ALTER TABLE corrections MODIFY COLUMN reason String FIRST",
    ):
        clickhouse_client.command(change)
    assert sorted(declared_schema_differences(clickhouse_client)) == [
        "corrections has its columns in another order",
        "dead_letters.detail is UUID, declared String",
        "dead_letters.raw is missing, declared String",
        "dead_letters.x is Int8, declared nowhere",
        "table epoch_ledger is missing",
    ]
    with pytest.raises(ConflictError, match="run gatemeter migrate"):
        require_declared_schema(clickhouse_client)


@pytest.mark.long(reason="makes a database for one change; all of them at once are named in `make test`")
@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("DROP TABLE epoch_ledger", "table epoch_ledger is missing"),
        ("ALTER TABLE dead_letters DROP COLUMN raw", "dead_letters.raw is missing, declared String"),
        ("ALTER TABLE dead_letters MODIFY COLUMN detail UUID", "dead_letters.detail is UUID, declared String"),
        ("ALTER TABLE dead_letters ADD COLUMN x Int8", "dead_letters.x is Int8, declared nowhere"),
        ("ALTER TABLE dead_letters MODIFY COLUMN raw String FIRST", "dead_letters has its columns in another order"),
    ],
)
def test_a_difference_in_the_schema_is_named(clickhouse_client: Client, change: str, difference: str) -> None:
    clickhouse_client.command(change)
    assert declared_schema_differences(clickhouse_client) == [difference]
    with pytest.raises(ConflictError, match="run gatemeter migrate"):
        require_declared_schema(clickhouse_client)


@pytest.mark.parametrize("table", [*TABLES, *PROGRESS_TABLES], ids=lambda table: table.name)
def test_rows_replace_each_other_by_the_declared_key(module_client: Client, table: Table) -> None:
    query = (
        "SELECT sorting_key, engine_full FROM system.tables WHERE database = currentDatabase() AND name = {t:String}"
    )
    [(sorting_key, engine)] = module_client.query(query, parameters={"t": table.name}).result_rows
    assert sorting_key == ", ".join(table.key_columns)
    assert engine.startswith("ReplacingMergeTree(version")
    assert "non_replicated_deduplication_window = 0" in engine


def test_every_file_under_sql_is_in_use() -> None:
    folder = files("gatemeter.migrations").joinpath("sql")
    migrations = {f"{title}.{way}.sql" for title in TITLES for way in ("up", "down")}
    others = {entry.name for entry in folder.iterdir()} - migrations
    assert others == {
        "applied_migrations.sql",
        "cluster_shards.sql",
        "columns_of_tables.sql",
        "counted_since.sql",
        "erased_by_0023.sql",
        "erased_by_0024.sql",
        "has_column.sql",
        "journal_exists.sql",
        "keep_events.sql",
        "keep_minutes.sql",
        "keep_originals.sql",
        "replicated_tables.sql",
        "schema_migrations.sql",
        "stored_comments.sql",
    }
