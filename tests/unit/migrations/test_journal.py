"""What migrations read on a replica is what all replicas have written."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.migrations import runner
from gatemeter.migrations.journal import await_replicated_rows
from gatemeter.migrations.migration_files import shipped_migrations, sql_file

TABLES = {"tables": ["counted_ends", "counting_starts", "epoch_ledger", "moved_counting_starts", "schema_migrations"]}
SYNC = "SYSTEM SYNC REPLICA `counting_starts` LIGHTWEIGHT"


class RecordingClient:
    """A database that was never migrated, whose tables `replicated` are replicated; `asked` is what it was asked."""

    database = "gatemeter"

    def __init__(self, *replicated: str) -> None:
        self.asked: list[str] = []
        self._replicated = replicated

    def query(self, text: str, parameters: Mapping[str, object] | None = None) -> SimpleNamespace:
        if text == sql_file("replicated_tables.sql"):
            assert parameters == TABLES
            return SimpleNamespace(result_rows=[(name,) for name in self._replicated])
        self.asked.append(text)
        return SimpleNamespace(result_rows=[] if text == sql_file("stored_comments.sql") else [(0,)])

    def command(self, text: str, **_: object) -> None:
        self.asked.append(text)

    def insert(self, table: str, *_: Any, **__: Any) -> None:
        self.asked.append(table)


@pytest.mark.parametrize(
    ("replicated", "commands"),
    [
        ([], []),
        (["schema_migrations"], ["SYSTEM SYNC REPLICA `schema_migrations` LIGHTWEIGHT"]),
    ],
)
def test_replicated_tables_are_awaited_before_they_are_read(replicated: list[str], commands: list[str]) -> None:
    client = RecordingClient(*replicated)
    await_replicated_rows(cast("Client", client))
    assert client.asked == commands


def test_the_journal_is_read_after_the_replica_has_all_its_rows() -> None:
    client = RecordingClient("counting_starts")
    assert runner.pending_sql(cast("Client", client)) != ""
    assert client.asked[:2] == [SYNC, sql_file("journal_exists.sql")]


def test_rows_are_awaited_before_each_copy_and_each_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    (moving,) = [each for each in shipped_migrations() if each.title == "0026_earliest_start"]
    monkeypatch.setattr(runner, "shipped_migrations", lambda: (moving,))
    client = RecordingClient("counting_starts")
    runner.migrate(cast("Client", client))
    risky = [number for number, text in enumerate(client.asked) if text.startswith(("INSERT", "DROP"))]
    assert len(risky) == 4
    assert [client.asked[number - 1] for number in risky] == [SYNC] * 4
