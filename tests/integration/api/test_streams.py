"""Long answers flow from ClickHouse to the client, are broken off where they fail, and end when the client leaves."""

import asyncio
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from clickhouse_connect.driver.client import Client
from starlette.requests import ClientDisconnect, Request

from gatemeter.api.access import Caller
from gatemeter.api.limits import ApiLimits
from gatemeter.api.running import RunningQuestions
from gatemeter.api.store import OpenClient, QueriedStore
from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.query import fetch_composed
from gatemeter.wiring.store import open_store
from tests.integration.api.test_serve_command import serving
from tests.support.api_client import api_client
from tests.support.databases import DatabasePool, Store
from tests.support.parquet_files import parquet_files
from tests.support.tcp_door import TcpDoor
from tests.support.tenant_apis import Apis
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

CONSUMERS = 125_000
"""Whose usage is asked for in eight blocks, of more bytes than fit between the API and a client."""
_LOAD = """
INSERT INTO api_usage_hourly (log, version, partition, hour, consumer_id, requests)
SELECT 'log-1', 1, 1, toDateTime('2026-02-03 10:00:00', 'UTC'), concat(toString(number), hex(randomString(100))),
    number + 1
FROM numbers({count:UInt64})
"""
BY_CONSUMER = "/billable?period=month&csv=true"
PARQUET = "application/vnd.apache.parquet"
ENDLESS = "SELECT sum(sleepEachRow(0.05)) FROM numbers(1000000) SETTINGS max_block_size = 1"
RUNNING = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sleepEachRow(0.05))%'"


@dataclass(frozen=True, slots=True)
class LongStore:
    """A store with many consumers, behind a door, and an API in a process of its own that asks it through the door."""

    store: Store
    door: TcpDoor
    api: str
    log: Path
    process: psutil.Process


@pytest.fixture(scope="module")
def long(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LongStore]:
    log = tmp_path_factory.mktemp("api") / "serve.log"
    with database_pool.store() as store:
        with store.client() as client:
            client.command(_LOAD, parameters={"count": CONSUMERS})
        parts = urlsplit(store.url)
        with TcpDoor((str(parts.hostname), parts.port or 8123)) as door:
            login = f"{parts.username}:{parts.password}@" if parts.username else ""
            url = parts._replace(netloc=f"{login}127.0.0.1:{door.port}").geturl()
            with serving(log, "--clickhouse", url) as (process, api):
                yield LongStore(store, door, api, log, psutil.Process(process.pid))


@contextmanager
def answer_to(long: LongStore, path: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(long.api.removeprefix("http://"), timeout=60)
    try:
        connection.request("GET", path)
        yield connection.getresponse()
    finally:
        connection.close()


class TestLongAnswers:
    @pytest.mark.long(reason="answers with millions of bytes; what is broken off is in `make test`")
    def test_millions_of_bytes_are_not_held_in_memory(self, long: LongStore) -> None:
        before = long.process.memory_info().rss
        with answer_to(long, BY_CONSUMER) as answer:
            assert (answer.status, answer.headers["transfer-encoding"], answer.headers["etag"]) == (
                200,
                "chunked",
                None,
            )
            lines = sum(1 for _ in answer)
        assert lines == CONSUMERS + 1
        assert long.process.memory_info().rss - before < 150_000_000

    def test_what_is_broken_off_never_looks_whole(self, long: LongStore) -> None:
        with answer_to(long, BY_CONSUMER) as answer:
            answer.read(1_000_000)
            long.door.shut()
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        long.door.open()
        wait_for(lambda: "/billable: broken off: " in long.log.read_text(), "the line of the log")
        assert "Traceback" not in long.log.read_text()
        wait_for(lambda: is_answered(long), "the store is opened again")

    @pytest.mark.long(reason="asks for long answers one after the other; tests below show that a question ends")
    def test_a_client_that_leaves_gives_its_place_to_others(self, long: LongStore) -> None:
        for _ in range(ApiLimits().streams_per_token + 1):
            with answer_to(long, BY_CONSUMER) as answer:
                assert answer.status == 200
                answer.read(100_000)

    @pytest.mark.long(reason="asks for one more long answer")
    def test_an_old_client_gets_no_long_answer(self, long: LongStore) -> None:
        host = long.api.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
        connection.request("GET", BY_CONSUMER, headers={"Host": host})
        assert connection.getresponse().status == 426
        connection.close()


def is_answered(long: LongStore) -> bool:
    with answer_to(long, "/readyz") as answer:
        return answer.status == 200


@pytest.mark.parametrize("name", ["billable", "query"])
def test_a_parquet_answer_in_chunks_is_a_file_with_the_rows(apis: Apis, tmp_path: Path, name: str) -> None:
    opened = partial(open_store, None, apis.url, only_reads=True)
    asked = {"by": ["consumer"], "granularity": "month"}
    with api_client(opened, limits=ApiLimits(whole_bytes=100)) as client:
        found = client.get("/billable", "parquet=true") if name == "billable" else client.query(asked, accept=PARQUET)
        said = client.get("/billable").json() if name == "billable" else client.query(asked).json()["rows"]
    assert found.headers["content-disposition"] == f'attachment; filename="{name}.parquet"'
    assert (found.headers["content-type"], found.headers.get("content-length")) == (PARQUET, None)
    (tmp_path / "a.parquet").write_bytes(found.body)
    [file] = parquet_files([tmp_path / "a.parquet"])
    count = "requests" if name == "billable" else "request_count"
    assert [int(row[count]) for row in file.rows] == [row[count] for row in said]


def leaving_request(after_s: float) -> Request:
    """A request whose client leaves after some time."""
    began = asyncio.Event()

    async def receive() -> dict[str, object]:
        if began.is_set():
            await asyncio.sleep(after_s)
            return {"type": "http.disconnect"}
        began.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    return Request({"type": "http", "method": "GET", "headers": []}, receive)


def ask_and_leave(open_client: OpenClient) -> float:
    """How long it took until a question ended whose client left after a second."""
    limits = ApiLimits()
    store = QueriedStore(open_client, limits.query_s)
    running = RunningQuestions(store, limits)
    question = partial(fetch_composed, query="metrics", sql=ENDLESS, parameters={})
    begin = time.monotonic()
    with pytest.raises(ClientDisconnect):
        asyncio.run(running.ask(leaving_request(1.0), Caller(), question))
    took_s = time.monotonic() - begin
    store.ask(lambda client: client.command("SELECT 1"))  # the store was not given up
    store.close()
    return took_s


def test_the_query_of_a_client_that_left_is_gone(clickhouse_client: Client, store: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        leaving = pool.submit(ask_and_leave, partial(open_store, None, store.url, only_reads=True))
        wait_for(lambda: clickhouse_client.command(RUNNING) == 1, "the query")
        assert leaving.result() < 10
    assert clickhouse_client.command(RUNNING) == 0


def test_so_it_is_in_the_engine_of_this_process(tmp_path: Path) -> None:
    @contextmanager
    def opened() -> Iterator[Client]:
        client = connect_embedded(tmp_path)
        yield client
        client.close()

    assert ask_and_leave(opened) < 10
