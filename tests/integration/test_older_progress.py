"""What migrations make of stores that were counted before progress was recorded, or whose starts were replaced."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink, insert_columns
from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.migrations.migration_files import Migration, render, shipped_migrations, statements
from gatemeter.migrations.runner import run_statements, target_of
from gatemeter.schema import TableRows
from gatemeter.sources.file_meter import meter_file
from gatemeter.verification.log_completeness import stored_progress
from tests.support.logs import METERING
from tests.support.verified_store import LAST, LOG, brief, findings_in, log_values, verified

pytestmark = [
    pytest.mark.clickhouse,
    pytest.mark.long(
        reason="upgrades a store of an older version; what it becomes changes with a new migration at most"
    ),
]

_TITLES = [each.title[5:] for each in shipped_migrations()]
_PROGRESS, _EARLIEST, _OLDER = map(_TITLES.index, ("progress", "earliest_start", "progress_of_older_epochs"))
_STARTS = "SELECT partition, version, first_offset, reason FROM counting_starts FINAL ORDER BY partition"
_ENDS = "SELECT log_kind, partition, version FROM counted_ends FINAL ORDER BY log_kind, partition"


class _OlderSink(ClickHouseSink):
    """Writes what the store has columns for, and no progress, as rows of rules that knew no more than that."""

    def write(self, batch: Sequence[TableRows]) -> None:
        columns = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
        for rows in batch:
            known = {name for (name,) in self._client.query(columns, {"table": rows.table.name}).result_rows}
            kept = [(each, rows.columns[at]) for at, each in enumerate(rows.table.columns) if each.name in known]
            kept = [(each, ["8"] * rows.row_count if each.name == "rules" else values) for each, values in kept]
            types = {column.name: column.type for column, _ in kept}
            if kept and rows.row_count:  # a version that had no such table wrote none of its rows
                insert_columns(self._client, rows.table.name, types, [values for _, values in kept])


def run(client: Client, migrations: Sequence[Migration]) -> None:
    for migration in migrations:
        run_statements(client, migration.up, None)


@pytest.fixture
def old(empty_clickhouse: Client, tmp_path: Path) -> Client:
    """A store of the version before progress was recorded: partition 1 of a topic begins at offset 7; and a file."""
    client = empty_clickhouse
    run(client, shipped_migrations()[:_PROGRESS])
    sink = _OlderSink(client)
    for partition, first in ((0, 0), (1, 7)):
        counter = PartitionCounter(LOG, partition, StartPosition(first, first), METERING)
        counter.add(LogChunk(first, LAST, range(first, LAST), log_values(partition)[first:], None, "kong-log"))
        sink.write(counter.take_flush().rows)
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join(log_values(7)) + b"\n")
    meter_file(path, sink, METERING, log_format="kong-log")
    return client


def test_a_store_of_an_older_version_verifies_after_the_upgrade(old: Client) -> None:
    run(old, shipped_migrations()[_PROGRESS:])
    for _ in range(2):
        assert old.query(_ENDS).result_rows == [("file", 0, LAST), ("kafka", 0, LAST), ("kafka", 1, LAST)]
        assert old.query(_STARTS).result_rows == [(1, -7, 7, "unrecorded")]
        verification = verified(old)
        assert verification.findings == []
        (note,) = [each for each in verification.notes if "counting began" in each]
        assert note.startswith("access[1]: counting began at offset 7 of the log id-1: why is not known")
        run(old, shipped_migrations()[_OLDER : _OLDER + 1])
    known = stored_progress(old, ClickHouseSink(old), LOG.identity)
    assert known[1].start == CountingStart(7, StartReason.UNRECORDED)
    assert [(each.known_end, each.counted_at_ms) for each in known.values()] == [(LAST, None), (LAST, None)]
    old.command("ALTER TABLE epoch_ledger DELETE WHERE epoch_first_offset >= 20 SETTINGS mutations_sync = 2")
    assert {brief(each)[2:] for each in findings_in(old) if each.check == "ends"} == {
        (partition, 20, LAST, LAST, 20) for partition in (0, 1)
    }


def test_progress_that_was_recorded_stays_as_it_is(old: Client) -> None:
    run(old, shipped_migrations()[_PROGRESS:_OLDER])
    recorded_at = "toDateTime64(1, 3, 'UTC')"
    old.command(f"INSERT INTO counting_starts VALUES ('id-1', 1, -5, 5, 'access', 'log_end', {recorded_at})")
    old.command(f"INSERT INTO counted_ends VALUES ('id-1', 0, {LAST}, 'access', 'kafka', {recorded_at})")
    old.command(f"INSERT INTO counted_ends VALUES ('id-1', 1, {LAST + 9}, 'access', 'kafka', {recorded_at})")
    run(old, shipped_migrations()[_OLDER : _OLDER + 1])
    assert old.query(_STARTS).result_rows == [(1, -5, 5, "log_end")]
    assert old.query(_ENDS).result_rows[1:] == [("kafka", 0, LAST), ("kafka", 1, LAST + 9)]
    counted_at = "SELECT toUnixTimestamp(counted_at) FROM counted_ends FINAL WHERE log_kind = 'kafka'"
    assert old.query(counted_at).result_rows == [(1,), (1,)]


def test_the_earliest_recorded_start_outlives_a_migration_that_dies_anywhere(empty_clickhouse: Client) -> None:
    client = empty_clickhouse
    migration, progress = shipped_migrations()[_EARLIEST], shipped_migrations()[_PROGRESS]
    count = len(statements(render(migration.up, target_of(client, None))))
    for done in range(count + 1):
        run_statements(client, progress.down, None)
        run_statements(client, progress.up, None)
        for partition, first_offset, reason in ((0, 0, "log_start"), (0, 10_000, "log_start"), (1, 7, "log_end")):
            row = f"('id-1', {partition}, {first_offset}, 'access', '{reason}', now64(3))"
            client.command(f"INSERT INTO counting_starts VALUES {row}")
        for statement in statements(render(migration.up, target_of(client, None)))[:done]:
            client.command(statement)
        run_statements(client, migration.up, None)
        assert client.query(_STARTS).result_rows == [(0, 0, 0, "log_start"), (1, -7, 7, "log_end")], done
        tables = client.query("SELECT name FROM system.tables WHERE database = currentDatabase()").result_rows
        assert {"counting_starts", "counted_ends"} == {name for (name,) in tables}
