"""The endpoints over an engine that is played: an answer that outgrows its limit ends its statement."""

import asyncio
import base64
import threading
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from gatemeter.embedded import clickhouse_http
from gatemeter.embedded.clickhouse_accounts import Account, Login, Role
from gatemeter.embedded.clickhouse_answer_files import AnswerFiles, into_file
from gatemeter.embedded.clickhouse_engine import Answer, EngineError
from gatemeter.embedded.clickhouse_http import ClickHouseInterface

LIMIT_BYTES = 1000


class GrowingEngine:
    """Its statements write an answer until they are killed."""

    def __init__(self) -> None:
        self.is_killed = threading.Event()

    def query(self, statement: str, *_: object) -> Answer:
        if statement == "SELECT timezone()":
            return Answer(b"UTC\n", None, 4, 1, 1, 0, 0, 1)
        assert self.is_killed.wait(20)
        raise EngineError("Code: 394. DB::Exception: Query was cancelled", 394)

    def answer_bytes(self, tag: str) -> int:
        assert tag
        return LIMIT_BYTES + 1

    def kill(self, tag: str) -> None:
        assert tag
        self.is_killed.set()


async def status_and_body(interface: ClickHouseInterface, statement: bytes) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []
    asked = asyncio.Queue[dict[str, Any]]()
    asked.put_nowait({"type": "http.request", "body": statement})
    login = b"Basic " + base64.b64encode(b"reader:x")
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"authorization", login)],
    }

    async def send(message: Any) -> None:
        sent.append(message)

    await interface.application()(scope, asked.get, send)
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


def test_an_answer_over_its_limit_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse_http, "_ANSWER_BYTES", {Role.READER: LIMIT_BYTES})
    monkeypatch.setattr(clickhouse_http, "_LOOK_INTERVAL_S", 0.01)
    engine: Any = GrowingEngine()
    interface = ClickHouseInterface(engine, [Account(Login("reader", "x"), Role.READER)])
    status, body = asyncio.run(status_and_body(interface, b"SELECT 1"))
    assert status == 500
    assert body.startswith(b"Code: 396. DB::Exception: The answer is larger than 1000 bytes. Ask for less (LIMIT")
    assert engine.is_killed.is_set()


class WatchedFile(BytesIO):
    """Says when it is closed."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.is_closed = threading.Event()

    def close(self) -> None:
        super().close()
        self.is_closed.set()


class FinishingEngine(GrowingEngine):
    """Its statements go on after they are killed, and have an answer in a file."""

    def __init__(self, rest: BinaryIO) -> None:
        super().__init__()
        self.is_asked = threading.Event()
        self.may_end = threading.Event()
        self._rest = rest

    def query(self, statement: str, *_: object) -> Answer:
        if statement == "SELECT timezone()":
            return super().query(statement)
        self.is_asked.set()
        assert self.may_end.wait(20)
        return Answer(b"1\n", self._rest, 4, 1, 1, 0, 0, 1)

    def kill(self, tag: str) -> None:
        super().kill(tag)
        self.may_end.set()


async def cancelled_answer(interface: ClickHouseInterface, engine: FinishingEngine, rest: WatchedFile) -> None:
    serving = asyncio.create_task(status_and_body(interface, b"SELECT 1"))
    await asyncio.to_thread(engine.is_asked.wait, 20)
    serving.cancel()
    await serving
    assert not rest.closed
    engine.may_end.set()
    assert await asyncio.to_thread(rest.is_closed.wait, 20)


def test_the_file_of_an_answer_that_nobody_waits_for_is_closed() -> None:
    rest = WatchedFile(b"2\n")
    engine = FinishingEngine(rest)
    interface = ClickHouseInterface(cast("Any", engine), [Account(Login("reader", "x"), Role.READER)])
    asyncio.run(cancelled_answer(interface, engine, rest))


def test_the_file_of_an_answer_over_its_limit_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse_http, "_ANSWER_BYTES", {Role.READER: LIMIT_BYTES})
    monkeypatch.setattr(clickhouse_http, "_LOOK_INTERVAL_S", 0.01)
    rest = BytesIO(b"2\n")
    interface = ClickHouseInterface(cast("Any", FinishingEngine(rest)), [Account(Login("reader", "x"), Role.READER)])
    status, _ = asyncio.run(status_and_body(interface, b"SELECT 1"))
    assert (status, rest.closed) == (500, True)


def test_the_file_of_an_answer_is_closed_once_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clickhouse_http, "_ANSWER_BYTES", {Role.READER: LIMIT_BYTES + 1})
    rest = BytesIO(b"2\n")
    engine = FinishingEngine(rest)
    engine.may_end.set()
    interface = ClickHouseInterface(cast("Any", engine), [Account(Login("reader", "x"), Role.READER)])
    status, body = asyncio.run(status_and_body(interface, b"SELECT 1"))
    assert (status, body, rest.closed) == (200, b"1\n2\n", True)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", "SELECT 1\nINTO OUTFILE '/a/t' FORMAT CSV"),
        ("SELECT 1 ; ", "SELECT 1\nINTO OUTFILE '/a/t' FORMAT CSV"),
        ("SELECT 1 format JSON;", "SELECT 1 \nINTO OUTFILE '/a/t' FORMAT JSON"),
        ("SELECT '--' FORMAT JSON", "SELECT '--' \nINTO OUTFILE '/a/t' FORMAT JSON"),
        ("SELECT 1 -- FORMAT JSON", "SELECT 1 -- FORMAT JSON\nINTO OUTFILE '/a/t' FORMAT CSV"),
        ("SELECT 1 -- one", "SELECT 1 -- one\nINTO OUTFILE '/a/t' FORMAT CSV"),
    ],
)
def test_the_file_stands_before_the_format(statement: str, expected: str) -> None:
    assert into_file(statement, Path("/a/t"), "CSV") == expected


def test_answers_of_an_earlier_run_are_deleted(tmp_path: Path) -> None:
    files = AnswerFiles(tmp_path)
    files.path("left").write_bytes(b"x")
    assert files.size_bytes("left") == 1
    AnswerFiles(tmp_path)
    assert files.take("left") is None
    assert files.size_bytes("left") == 0
