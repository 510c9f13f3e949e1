"""Connections that ask for nothing, ask slowly, or send too much are ended; the others are served."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gatemeter.httpserver import limits
from gatemeter.httpserver.limits import LimitedProtocol, LimitError, TooManyError, place_in, read_body
from tests.support.smoke import smoke
from tests.support.waiting import wait_for

pytestmark = pytest.mark.loopback

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BODY_BYTES = 1000
BODY_TIMEOUT_S = 0.5
LARGE_BYTES = 30_000_000


async def answer(request: Request) -> Response:
    try:
        body = await read_body(request, BODY_BYTES, BODY_TIMEOUT_S)
    except LimitError as error:
        return PlainTextResponse(type(error).__name__, headers={"Connection": "close"})
    return PlainTextResponse("x" * LARGE_BYTES if request.url.path == "/large" else f"{len(body)} bytes")


async def answer_in_pieces(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGE_BYTES // 100_000):
            yield b"x" * 100_000

    return StreamingResponse(pieces())


Connect = Callable[[], socket.socket]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, listener: socket.socket) -> Iterator[uvicorn.Server]:
    """A running server whose limits are short."""
    monkeypatch.setattr(limits, "_LOOK_INTERVAL_S", 0.05)
    monkeypatch.setattr(LimitedProtocol, "idle_timeout_s", 1.5)
    monkeypatch.setattr(limits, "READING_TIMEOUT_S", 0.5)
    monkeypatch.setattr(LimitedProtocol, "most_connections", 3)
    routes = [Route("/", answer, methods=["GET", "POST"]), Route("/large", answer), Route("/pieces", answer_in_pieces)]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), http=LimitedProtocol, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the server")
    yield server
    server.should_exit = True
    thread.join()


@pytest.fixture
def connect(server: uvicorn.Server, listener: socket.socket) -> Iterator[Connect]:
    """Opens connections to the server."""
    assert server.started
    opened: list[socket.socket] = []

    def open_one() -> socket.socket:
        opened.append(socket.create_connection(listener.getsockname(), timeout=10))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def is_closed(connection: socket.socket) -> bool:
    """Waits until the other side says something or closes."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def await_answer(connection: socket.socket, text: bytes) -> None:
    """Returns once `text` was received; header and body may come in pieces."""
    received = b""
    while text not in received:
        piece = connection.recv(10_000)
        assert piece, received
        received += piece


@pytest.mark.parametrize(
    "sent",
    smoke(
        [b"POST / HTTP/1.1\r\nHost: x\r\nX-A: ", b"", b"GET / HT"],
        1,
        reason="a request without its end is in `make test`",
    ),
)
def test_a_request_that_never_becomes_whole_ends_the_connection(connect: Connect, sent: bytes) -> None:
    connection = connect()
    connection.sendall(sent)
    assert is_closed(connection)


def test_a_byte_now_and_then_does_not_keep_a_connection(connect: Connect) -> None:
    connection = connect()

    def is_refused() -> bool:
        try:
            connection.sendall(b"G")
        except OSError:
            return True
        return False

    wait_for(is_refused, "the end of the connection", quiet_s=20)
    assert is_closed(connection)


def test_an_idle_connection_is_closed_after_its_answer(connect: Connect) -> None:
    connection = connect()
    connection.sendall(GET)
    await_answer(connection, b"0 bytes")
    assert is_closed(connection)


@pytest.mark.parametrize("path", smoke([b"/pieces", b"/large"], 1, reason="an answer in pieces is in `make test`"))
def test_a_client_that_takes_hardly_anything_of_its_answer_is_left(
    connect: Connect, server: uvicorn.Server, path: bytes
) -> None:
    connection = connect()
    connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    received_bytes = len(connection.recv(1))
    wait_for(lambda: not server.server_state.connections, "the end of the connection")
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1_000_000):
            received_bytes += len(piece)
    assert received_bytes < LARGE_BYTES


def test_the_longest_silent_connection_makes_room_for_a_new_one(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LimitedProtocol, "idle_timeout_s", 600)
    silent = [connect() for _ in range(3)]
    silent[1].sendall(GET)
    await_answer(silent[1], b"0 bytes")
    newest = connect()
    newest.sendall(GET)
    await_answer(newest, b"0 bytes")
    assert is_closed(silent[0])


@pytest.mark.parametrize(
    ("header", "body", "said"),
    [
        (b"Content-Length: 1000", b"x" * 1000, b"1000 bytes"),
        (b"Content-Length: 1001", b"", b"TooLargeError"),
        (b"Transfer-Encoding: chunked", b"3e9\r\n" + b"x" * 1001 + b"\r\n", b"TooLargeError"),
        (b"Content-Length: 2", b"x", b"TooSlowError"),
    ],
)
def test_a_body_has_a_size_and_a_time(connect: Connect, header: bytes, body: bytes, said: bytes) -> None:
    connection = connect()
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n" + body)
    await_answer(connection, said)


def test_whoever_finds_no_place_in_time_is_told_so() -> None:
    async def ask() -> None:
        places = asyncio.Semaphore(1)
        async with place_in(places, 1):
            with pytest.raises(TooManyError, match="at the same time"):
                async with place_in(places, 0.01):
                    pass
        async with place_in(places, 0.01):
            pass

    asyncio.run(ask())
