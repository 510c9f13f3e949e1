"""Both sinks keep the contract: the one in memory, and the one on the real engine in this process."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.sink import Sink
from gatemeter.migrations.runner import migrate
from gatemeter.schema import TABLES
from tests.contract.sink_contract import ReadRows, SinkContract
from tests.support.stored_table import read_stored


class TestMemorySink(SinkContract):
    @pytest.fixture
    def sink(self) -> MemorySink:
        return MemorySink()

    @pytest.fixture
    def read(self, sink: MemorySink) -> ReadRows:
        return lambda table: list(sink.rows(table))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The engine in this process, with all tables."""
    with closing(connect_embedded(tmp_path_factory.mktemp("engine"))) as client:
        migrate(client)
        yield client


@pytest.mark.clickhouse
class TestClickHouseSink(SinkContract):
    @pytest.fixture
    def client(self, engine: Client) -> Client:
        for table in TABLES:
            engine.command(f"TRUNCATE TABLE {table.name}")
        return engine

    @pytest.fixture
    def sink(self, client: Client) -> Sink:
        return ClickHouseSink(client, rows_per_insert=2)

    @pytest.fixture
    def read(self, client: Client) -> ReadRows:
        return lambda table: read_stored(client, table)
