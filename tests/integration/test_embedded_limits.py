"""Strangers and hanging statements do not exhaust the embedded ClickHouse or keep it from ending."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
import psutil
import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.clickhouse_process import LONGEST_STOP_S
from gatemeter.embedded.ports import LOOPBACK
from tests.support.http_answers import basic_login, get
from tests.support.processes import children_of
from tests.support.servers import clickhouse_process
from tests.support.smoke import smoke
from tests.support.waiting import wait_for

pytestmark = pytest.mark.clickhouse

ANSWER_BYTES = 300_000_000
LARGE = "SELECT repeat('x', 499) AS a FROM numbers({}) FORMAT {}"
HANGING = b"SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1"
RUNNING = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleepEachRow%'"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedClickHouse, ChildProcess]]:
    with clickhouse_process(tmp_path_factory.mktemp("engine")) as found:
        yield found


@pytest.fixture
def client(engine: tuple[EmbeddedClickHouse, ChildProcess]) -> Iterator[Client]:
    with connected(engine[0]) as client:
        yield client


def connected(engine: EmbeddedClickHouse) -> AbstractContextManager[Client]:
    return closing(clickhouse_connect.get_client(dsn=engine.url, autogenerate_session_id=False))


def post(port: int, *headers: str, body: bytes = b"") -> socket.socket:
    """A connection on which a request was begun."""
    connection = socket.create_connection((LOOPBACK, port), timeout=30)
    connection.sendall("\r\n".join(["POST / HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body)
    return connection


BUSY_MACHINE_S = 30.0
"""What other processes may add to an end in time; the statement would run for a quarter of an hour."""


def hang(engine: EmbeddedClickHouse) -> socket.socket:
    login = f"Authorization: {basic_login(engine.url)}"
    return post(engine.port, login, f"Content-Length: {len(HANGING)}", body=HANGING)


def test_a_stranger_s_body_is_refused_before_it_is_read(engine: tuple[EmbeddedClickHouse, ChildProcess]) -> None:
    clickhouse, process = engine
    (pid,) = children_of(process.guard_pid)
    before_bytes = psutil.Process(pid).memory_info().rss
    body = b"a" * 100_000_000
    with closing(post(clickhouse.port, f"Content-Length: {len(body)}")) as connection:
        assert connection.recv(12) == b"HTTP/1.1 401"
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            connection.sendall(body)
    assert psutil.Process(pid).memory_info().rss - before_bytes < 30_000_000


@pytest.mark.parametrize("form", smoke(["JSON", "TabSeparated", "Native"], 1, reason="two more forms of 300 MB"))
def test_a_large_answer_is_never_held_in_memory(engine: tuple[EmbeddedClickHouse, ChildProcess], form: str) -> None:
    clickhouse, process = engine
    (pid,) = children_of(process.guard_pid)
    before_bytes = psutil.Process(pid).memory_info().rss
    body = LARGE.format(ANSWER_BYTES // 500, form).encode()
    login = f"Authorization: {basic_login(clickhouse.url)}"
    received_bytes = 0
    with closing(post(clickhouse.port, login, "Connection: close", f"Content-Length: {len(body)}", body=body)) as one:
        while piece := one.recv(1_000_000):
            received_bytes += len(piece)
            if received_bytes < 50_000_000:
                assert psutil.Process(pid).memory_info().rss - before_bytes < 100_000_000
    assert received_bytes > ANSWER_BYTES
    assert not list((clickhouse.path / "answers").iterdir())


@pytest.mark.parametrize("reads_only", [False, True])
@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (b"SELECT 1 AS a;", b"1\n"),
        (b"SELECT 1 AS a -- FORMAT CSVWithNames", b"1\n"),
        (b"SELECT ' FORMAT CSV' FORMAT JSONCompactEachRow ;", b'[" FORMAT CSV"]\n'),
        (b"SELECT 1 AS a FORMAT CSVWithNames SETTINGS readonly = 1", b'"a"\n1\n'),
        (b"SELECT count() FROM numbers(3) GROUP BY 'x' WITH TOTALS", b"3\n\n3\n"),
        (b"(SELECT 1) UNION ALL (SELECT 1)", b"1\n1\n"),
        (b"EXISTS TABLE gatemeter.missing", b"0\n"),
        (b"SELECT 1 FORMAT Null", b""),
    ],
)
def test_a_statement_of_any_form_has_its_answer(
    engine: tuple[EmbeddedClickHouse, ChildProcess], statement: bytes, answer: bytes, reads_only: bool
) -> None:
    url = engine[0].reader_url if reads_only else engine[0].url
    assert get(url, "/", body=statement) == (200, answer)


@pytest.mark.parametrize("statement", [b"SELECT 1 FROM", b"SELECT throwIf(number = 200000) FROM numbers(300000)"])
def test_an_error_comes_first_and_names_no_file(
    engine: tuple[EmbeddedClickHouse, ChildProcess], statement: bytes
) -> None:
    status, body = get(engine[0].url, "/", body=statement)
    assert status in {400, 500}
    assert body.startswith(b"Code: ")
    assert b"OUTFILE '" not in body
    assert not list((engine[0].path / "answers").iterdir())


def test_a_statement_ends_when_its_client_leaves(
    engine: tuple[EmbeddedClickHouse, ChildProcess], client: Client
) -> None:
    connection = hang(engine[0])
    wait_for(lambda: client.command(RUNNING) == 1, "the statement")
    connection.close()
    wait_for(lambda: client.command(RUNNING) == 0, "its end")
    assert client.command(RUNNING) == 0


def test_the_ping_answers_while_every_place_is_taken(
    engine: tuple[EmbeddedClickHouse, ChildProcess], client: Client
) -> None:
    with ExitStack() as connections:
        for _ in range(12):
            connections.enter_context(closing(hang(engine[0])))
        assert engine[0].is_ready()
    wait_for(lambda: client.command(RUNNING) == 0, "their end")


def test_sigterm_ends_it_in_time_despite_a_hanging_statement(tmp_path: Path) -> None:
    with clickhouse_process(tmp_path) as (clickhouse, process), connected(clickhouse) as client:
        client.command("CREATE TABLE kept (a Int8) ENGINE = MergeTree ORDER BY a")
        client.command("INSERT INTO kept VALUES (7)")
        with closing(hang(clickhouse)):
            wait_for(lambda: client.command(RUNNING) == 1, "the statement")
            (pid,) = children_of(process.guard_pid)
            began_s = time.monotonic()
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: process.exit_code() is not None, "the end")
        assert time.monotonic() - began_s < LONGEST_STOP_S + BUSY_MACHINE_S
    with clickhouse_process(tmp_path) as (clickhouse, _), connected(clickhouse) as client:
        assert client.command("SELECT a FROM kept") == 7
    assert str(urlsplit(clickhouse.url).password) not in clickhouse.log_path.read_text()
