"""Both sinks keep the contract: the one in memory, and the one on the real engine in this process."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.sink import Sink
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER
from gatemeter.wiring.store import open_store
from tests.contract.sink_contract import ReadRows, SinkContract
from tests.support.data_directories import NewDirectory
from tests.support.stored_table import read_stored


class TestMemorySink(SinkContract):
    @pytest.fixture
    def sink(self) -> MemorySink:
        return MemorySink()

    @pytest.fixture
    def read(self, sink: MemorySink) -> ReadRows:
        return lambda table: list(sink.rows(table))


@pytest.fixture(scope="module")
def engine(new_directory: NewDirectory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The engine in this process, with all tables."""
    with open_store(new_directory(tmp_path_factory.mktemp("engine") / "data"), None) as client:
        yield client


@pytest.mark.clickhouse
class TestClickHouseSink(SinkContract):
    @pytest.fixture
    def client(self, engine: Client) -> Client:
        for table in (API_USAGE, DEAD_LETTERS, EPOCH_LEDGER):  # what the contract writes
            engine.command(f"TRUNCATE TABLE {table.name}")
        return engine

    @pytest.fixture
    def sink(self, client: Client) -> Sink:
        return ClickHouseSink(client, rows_per_insert=2)

    @pytest.fixture
    def read(self, client: Client) -> ReadRows:
        return lambda table: read_stored(client, table)
