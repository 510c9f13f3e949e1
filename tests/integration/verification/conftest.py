"""A store with something of everything for the tests of its verification."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.schema import PROGRESS_TABLES, TABLES
from tests.support.databases import DatabasePool
from tests.support.verified_store import fill


@pytest.fixture(scope="module")
def engine(database_pool: DatabasePool) -> Iterator[Client]:
    """A migrated database for all tests here, whose event ledger keeps events for ever."""
    with database_pool.store() as store, store.client() as client:
        client.command("ALTER TABLE event_ledger REMOVE TTL")
        yield client


@pytest.fixture
def empty(engine: Client) -> Client:
    """The database without a row."""
    for table in (*TABLES, *PROGRESS_TABLES):
        engine.command(f"TRUNCATE TABLE {table.name}")
    return engine


@pytest.fixture
def store(empty: Client, tmp_path: Path) -> Client:
    """Two partitions of a topic and a file, counted."""
    fill(empty, tmp_path)
    return empty
