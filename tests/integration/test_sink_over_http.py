"""The sink keeps its contract over the network too, and says clearly what is wrong with a server."""

import socket
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ClickHouseUnavailable
from gatemeter.metering.sink import Sink
from tests.contract.sink_contract import ReadRows, SinkContract
from tests.support.stored_table import read_stored

pytestmark = pytest.mark.clickhouse


class TestClickHouseSinkOverHttp(SinkContract):
    @pytest.fixture
    def sink(self, clickhouse_client: Client) -> Sink:
        return ClickHouseSink(clickhouse_client, rows_per_insert=2)

    @pytest.fixture
    def read(self, clickhouse_client: Client) -> ReadRows:
        return lambda table: read_stored(clickhouse_client, table)


def test_a_wrong_password_is_named_and_not_shown(database: str) -> None:
    address = replace(ClickHouseAddress.parse(database), password="wrong-secret")
    with pytest.raises(ClickHouseUnavailable, match="refused user") as caught:
        connect(address)
    assert "wrong-secret" not in str(caught.value)


def test_a_missing_database_is_named(database: str) -> None:
    with pytest.raises(ClickHouseUnavailable, match="there is no database 'nowhere'; run gatemeter migrate"):
        connect(replace(ClickHouseAddress.parse(database), database="nowhere"))


def test_an_address_where_nothing_listens_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ClickHouseUnavailable, match=rf"cannot reach ClickHouse at 127\.0\.0\.1:{port} \("):
            connect(ClickHouseAddress("127.0.0.1", port))
