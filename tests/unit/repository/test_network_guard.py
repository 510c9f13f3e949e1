"""A unit test that opens a connection fails, however the code under test handles errors."""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest


def connect_carelessly() -> None:
    with contextlib.suppress(Exception), socket.socket() as client:
        client.connect(("127.0.0.1", 9))


def test_a_connection_fails_the_test_even_where_errors_are_expected() -> None:
    with pytest.raises(pytest.fail.Exception, match="must not connect"):
        connect_carelessly()


@pytest.fixture(scope="session")
def earlier_thread() -> Iterator[Executor]:
    """A thread that was there before the test, as those of a server that is kept for all tests."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(int).result()
        yield executor


def test_a_thread_that_was_there_before_may_connect(earlier_thread: Executor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        earlier_thread.submit(socket.create_connection, server.getsockname()).result().close()


def test_a_thread_of_the_test_may_not_connect() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(pytest.fail.Exception, match="must not connect"):
        executor.submit(connect_carelessly).result()


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
