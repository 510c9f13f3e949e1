"""A unit test that opens a connection fails, however the code under test handles errors."""

import contextlib
import socket

import pytest


def connect_carelessly() -> None:
    with contextlib.suppress(Exception), socket.socket() as client:
        client.connect(("127.0.0.1", 9))


def test_a_connection_fails_the_test_even_where_errors_are_expected() -> None:
    with pytest.raises(pytest.fail.Exception, match="must not connect"):
        connect_carelessly()


def test_sockets_of_this_machine_stay_usable(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("s") / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path


@pytest.mark.loopback
def test_a_marked_test_may_connect_to_its_own_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
