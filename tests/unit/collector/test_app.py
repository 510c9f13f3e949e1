"""Whatever is asked, the answer is one that the OpenAPI document names; nothing is an error of the server."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clock import SystemClock
from gatemeter.collector.admission import Access, MemoryBudget
from gatemeter.collector.app import CollectorApp
from gatemeter.collector.delivery import Delivery
from gatemeter.collector.intake import Intake
from gatemeter.collector.limits import CollectorLimits
from gatemeter.collector.metrics import CollectorMetrics
from tests.support.asgi import ask_application
from tests.unit.collector.test_intake import GOOD, Broker

LIMITS = CollectorLimits(body_bytes=10_000, answer_s=5.0, linger_s=0.0001)


async def is_ready() -> bool:
    return True


class Client:
    """Asks an application without a server."""

    def __init__(self) -> None:
        clock, self._memory = SystemClock(), MemoryBudget(LIMITS.memory_bytes)
        delivery = Delivery(Broker(), LIMITS.linger_s, clock)
        intake = Intake(delivery, Access(None, "x-key", clock), self._memory, LIMITS, clock, lambda *_: None)
        self.app = CollectorApp(intake, CollectorMetrics(delivery, self._memory), clock, is_ready)
        self._asgi = self.app.application()
        self._runner = asyncio.Runner()

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}, query: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        return self._runner.run(self._ask(method, path, body, headers, query))

    async def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], query: str
    ) -> tuple[int, dict[str, str], bytes]:
        answered = await ask_application(self._asgi, method, path, body, headers, query)
        assert self._memory.held_bytes == 0
        return answered

    def close(self) -> None:
        self._runner.close()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    found = Client()
    yield found
    found.close()


def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.ask("GET", "/openapi.json")[2])
    return found


BODIES = st.binary(max_size=200) | st.sampled_from([GOOD, b"[" + GOOD + b"]", b"[[]]", b"{}", b"[" * 5000, b"null"])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "application/x-protobuf", "text/plain", "a/b", "", ";"]),
        "content-encoding": st.sampled_from(["gzip", "zstd", "br", "identity", ""]),
        "ce-specversion": st.just("1.0"),
        "ce-id": st.text(max_size=5),
        "x-gatemeter-source": st.text(max_size=5),
        "idempotency-key": st.text(max_size=5),
        "authorization": st.text(max_size=10),
        "origin": st.just("null"),
    },
)


@given(st.data())
def test_every_answer_is_one_that_the_document_names(client: Client, data: st.DataObject) -> None:
    paths = document(client)["paths"]
    path = data.draw(st.sampled_from(sorted(paths)))
    method = data.draw(st.sampled_from(["post", "put", "patch"]) if "post" in paths[path] else st.just("get"))
    asked = path.replace("{format}", data.draw(st.sampled_from(["kong-log", "otlp", "nginx-combined", "x y"])))
    query = data.draw(st.sampled_from(["", "strict=1", "strict=0", "strict=%ff"]))
    status, headers, body = client.ask(method.upper(), asked, data.draw(BODIES), data.draw(HEADERS), query)
    assert str(status) in paths[path][method]["responses"]
    assert status < 500
    if headers.get("content-type") == "application/problem+json":
        assert json.loads(body)["status"] == status
        assert len(body) < 3000


def test_another_method_is_405_and_told_which_are_allowed(client: Client) -> None:
    status, headers, _ = client.ask("DELETE", "/")
    assert (status, headers["allow"]) == (405, "POST, PUT, PATCH")


def test_a_stopping_collector_takes_nothing(client: Client) -> None:
    client.app.is_stopping = True
    try:
        answers = [client.ask("POST", "/", GOOD), client.ask("GET", "/readyz"), client.ask("GET", "/healthz")]
    finally:
        client.app.is_stopping = False
    assert [status for status, _, _ in answers] == [503, 503, 200]


def test_metrics_count_answers_and_name_no_path_of_a_client(client: Client) -> None:
    client.ask("POST", "/ingest/kong-log", GOOD)
    client.ask("POST", "/ingest/s3cret", GOOD)
    text = client.ask("GET", "/metrics")[2].decode()
    assert 'gatemeter_collector_requests_total{path="/ingest/{format}",status="404"}' in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("method", "path", "media_type", "status", "named"),
    [
        ("POST", "/nothing/here", "application/json", 404, "/ingest/{format}"),
        ("POST", "/ingest/kong", "application/json", 404, "kong-log"),
        ("POST", "/healthz", "application/json", 405, "GET"),
        ("POST", "/ingest/kong-log", "image/png", 415, "application/x-ndjson"),
    ],
)
def test_a_refusal_names_what_there_is(
    client: Client, method: str, path: str, media_type: str, status: int, named: str
) -> None:
    found, headers, body = client.ask(method, path, GOOD, {"content-type": media_type})
    assert (found, headers["content-type"]) == (status, "application/problem+json")
    assert named in json.loads(body)["detail"]


RECORDS = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%b]}]}]}'
OTLP_JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"resourceLogs":[]}',
        b'{"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": []}]}',
        RECORDS % b"",
    ],
)
def test_an_export_of_nothing_rejects_nothing(client: Client, body: bytes) -> None:
    status, headers, content = client.ask("POST", "/v1/logs", body, OTLP_JSON)
    assert (status, headers["content-type"], json.loads(content)) == (200, "application/json", {})
    assert "x-gatemeter-rejected" not in headers


@pytest.mark.parametrize("body", [RECORDS % b"{}", b'{"logs":[]}', b'{"resourceLogs":{}}', b"[]x"])
def test_what_is_no_empty_export_is_an_event_that_cannot_be_read(client: Client, body: bytes) -> None:
    _, headers, content = client.ask("POST", "/v1/logs", body, OTLP_JSON)
    assert headers["x-gatemeter-rejected"] == "1"
    assert json.loads(content)["partialSuccess"]["rejectedLogRecords"] == "1"


def test_paths_of_other_signals_are_refused_as_problems(client: Client) -> None:
    for path in ("/v1/traces", "/v1/metrics"):
        status, headers, _ = client.ask("POST", path, b"{}", OTLP_JSON)
        assert (status, headers["content-type"]) == (404, "application/problem+json")
