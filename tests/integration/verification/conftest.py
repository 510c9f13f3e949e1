"""A store with something of everything for the tests of its verification."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.migrations.runner import migrate
from gatemeter.schema import TABLES
from tests.support.verified_store import (
    fill,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A migrated database for all tests here, whose event ledger keeps events for ever."""
    with closing(connect_embedded(tmp_path_factory.mktemp("engine"))) as client:
        migrate(client)
        client.command("ALTER TABLE event_ledger REMOVE TTL")
        yield client


@pytest.fixture
def empty(engine: Client) -> Client:
    """The database without a row."""
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table.name}")
    return engine


@pytest.fixture
def store(empty: Client, tmp_path: Path) -> Client:
    """Two partitions of a topic and a file, counted."""
    fill(empty, tmp_path)
    return empty
