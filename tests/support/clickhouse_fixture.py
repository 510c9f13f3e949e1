"""The real engine in the test's own process, with new data for each test.

A process opens one data directory at a time, so the engine is closed again at the end of the test.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.migrations.runner import migrate


@pytest.fixture
def empty_clickhouse(tmp_path: Path) -> Iterator[Client]:
    """A client of a new database without tables."""
    client = connect_embedded(tmp_path / "clickhouse")
    yield client
    client.close()


@pytest.fixture
def clickhouse_client(empty_clickhouse: Client) -> Client:
    """A client of a new, migrated database."""
    migrate(empty_clickhouse)
    return empty_clickhouse
