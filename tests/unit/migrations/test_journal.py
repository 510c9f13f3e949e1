"""What is read of the journal on a replica is what all replicas have written."""

from types import SimpleNamespace
from typing import cast

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.migrations.journal import await_replicated_rows


class RecordingClient:
    """Answers every query with the same names, and notes commands."""

    def __init__(self, *names: str) -> None:
        self.commands: list[str] = []
        self._names = names

    def query(self, _text: str, parameters: dict[str, object]) -> SimpleNamespace:
        assert parameters == {"tables": ["epoch_ledger", "schema_migrations"]}
        return SimpleNamespace(result_rows=[(name,) for name in self._names])

    def command(self, text: str) -> None:
        self.commands.append(text)


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
    assert client.commands == commands
