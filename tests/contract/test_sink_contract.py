"""Both sinks keep the contract: the one in memory, and the one on the real engine in this process."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.sink import Sink
from tests.contract.sink_contract import ReadRows, SinkContract
from tests.support.stored_table import read_stored


class TestMemorySink(SinkContract):
    @pytest.fixture
    def sink(self) -> MemorySink:
        return MemorySink()

    @pytest.fixture
    def read(self, sink: MemorySink) -> ReadRows:
        return lambda table: list(sink.rows(table))


@pytest.mark.clickhouse
class TestClickHouseSink(SinkContract):
    @pytest.fixture
    def sink(self, clickhouse_client: Client) -> Sink:
        return ClickHouseSink(clickhouse_client, rows_per_insert=2)

    @pytest.fixture
    def read(self, clickhouse_client: Client) -> ReadRows:
        return lambda table: read_stored(clickhouse_client, table)
