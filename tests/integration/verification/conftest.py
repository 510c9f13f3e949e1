"""A store with something of everything for the tests of its verification."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.databases import DatabasePool
from tests.support.restored_rows import RestoredRows
from tests.support.verified_store import fill


@pytest.fixture(scope="session")
def engine(database_pool: DatabasePool) -> Iterator[Client]:
    """A migrated database for all tests here, whose event ledger keeps events for ever."""
    with database_pool.store() as store, store.client() as client:
        client.command("ALTER TABLE event_ledger REMOVE TTL")
        yield client


@pytest.fixture(scope="session")
def rows(engine: Client) -> Iterator[RestoredRows]:
    """Brings back the rows that a test begins with."""
    with closing(RestoredRows(engine)) as rows:
        yield rows


@pytest.fixture
def empty(engine: Client, rows: RestoredRows) -> Client:
    """The database without a row of an event."""
    rows.restore()
    return engine


@pytest.fixture
def store(engine: Client, rows: RestoredRows, tmp_path: Path) -> Client:
    """Two partitions of a topic and a file, counted."""
    rows.restore("filled", partial(fill, directory=tmp_path))
    return engine
