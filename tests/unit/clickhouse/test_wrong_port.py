"""What answers at an address is named when it is not the server that was meant."""

import socket
import threading
from collections.abc import Iterator

import pytest

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.errors import ClickHouseUnavailable, KafkaUnavailable
from gatemeter.kafka.client import ClientErrors
from gatemeter.kafka.producer import unreachable

pytestmark = pytest.mark.loopback


@pytest.fixture(params=[b"HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n", b"\x00\x01hello\r\n"], ids=["http", "other"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that answers everything in the same way."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(request.param)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_something_else_is_no_clickhouse(port: int) -> None:
    with pytest.raises(ClickHouseUnavailable, match=rf"what answers at 127\.0\.0\.1:{port} is not ClickHouse's HTTP"):
        connect(ClickHouseAddress("127.0.0.1", port))


def test_nothing_is_no_clickhouse_either() -> None:
    with pytest.raises(
        ClickHouseUnavailable, match=r"cannot reach ClickHouse at 127\.0\.0\.1:9 \(Connection refused\)"
    ):
        connect(ClickHouseAddress("127.0.0.1", 9))


def test_something_else_is_no_kafka_broker(port: int) -> None:
    error = unreachable(f"127.0.0.1:9, 127.0.0.1:{port}", ClientErrors())
    assert isinstance(error, KafkaUnavailable)
    assert f"127.0.0.1:{port} takes connections, but does not answer as a Kafka broker does" in str(error)
