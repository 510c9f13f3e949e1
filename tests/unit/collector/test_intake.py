"""A request is answered with success only when everything of it is stored; bad events never spoil good ones."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clock import SystemClock
from gatemeter.collector.admission import Access, MemoryBudget
from gatemeter.collector.delivery import Delivery
from gatemeter.collector.intake import REJECTED_HEADER, Intake
from gatemeter.collector.limits import CollectorLimits
from gatemeter.formats.registry import FORMATS
from gatemeter.httpserver.problem import Answer, ProblemError
from gatemeter.httpserver.tokens import Role, Token, TokenFile, hash_of
from gatemeter.wire.source_positions import SourcePosition
from tests.support.http_requests import request
from tests.support.kong_events import request_line

GOOD, BAD = request_line("r-1"), b'{"a":1}'
LIMITS = CollectorLimits(body_bytes=100_000, answer_s=30.0, linger_s=0.001, memory_bytes=150_000)


class Broker:
    """Acknowledges a message when it is polled, as long as it is `up`; else it says nothing, or `refuses`."""

    partitions = 2

    def __init__(self) -> None:
        self.up, self.refuses = True, False
        self.messages: list[tuple[str, str, bytes]] = []
        self.positions: list[SourcePosition] = []
        self._waiting: list[Callable[[bool], None]] = []

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def send(
        self,
        partition: int,
        value: bytes,
        log_format: str,
        gateway: str,
        positions: Sequence[SourcePosition],
        on_end: Callable[[bool], None],
    ) -> None:
        self.messages.append((log_format, gateway, value))
        self.positions += positions
        self._waiting.append(on_end)

    def poll(self) -> None:
        if self.up:
            waiting, self._waiting = self._waiting, []
            for on_end in waiting:
                on_end(not self.refuses)

    @property
    def lines(self) -> list[bytes]:
        return sorted(line for _, _, value in self.messages for line in value.split(b"\n"))


class Door:
    """An intake, and the broker behind it."""

    runner: asyncio.Runner

    def __init__(self, *tokens: Token, path: Path | None = None, answer_s: float = LIMITS.answer_s) -> None:
        self._limits = replace(LIMITS, answer_s=answer_s)
        self.broker, self.memory = Broker(), MemoryBudget(LIMITS.memory_bytes)
        self._tokens, self._path, self._clock = tokens, path, SystemClock()
        self._intake: Intake | None = None

    def post(
        self, body: bytes, *, log_format: str = "kong-log", query: str = "", status: int = 200, **headers: Any
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.runner.run(self._post(body, log_format, query, status, named))

    async def _post(self, body: bytes, log_format: str, query: str, status: int, headers: Mapping[str, str]) -> Answer:
        intake = self._made()
        (read_by,) = [each for each in FORMATS if each.name == log_format]
        return await intake.answer(request(body, headers=headers, query=query), read_by, status)

    def _made(self) -> Intake:
        if self._intake is None:
            file = TokenFile(self._path) if self._path else None
            for token in self._tokens:
                assert file is not None
                file.add(token)
            delivery = Delivery(self.broker, LIMITS.linger_s, self._clock)
            access = Access(file, "X-Key", self._clock)
            self._intake = Intake(delivery, access, self.memory, self._limits, self._clock, lambda *_: None)
        return self._intake

    def post_side_by_side(self, bodies: Sequence[bytes], headers: Mapping[str, str]) -> list[int]:
        """The statuses of requests that all begin before one of them has been read."""

        async def post_all() -> list[Answer | BaseException]:
            posts = (self._post(body, "kong-log", "", 200, headers) for body in bodies)
            return await asyncio.gather(*posts, return_exceptions=True)

        answers = self.runner.run(post_all())
        return [answer.status for answer in answers if isinstance(answer, Answer | ProblemError)]

    def refused(self, body: bytes = GOOD, **arguments: Any) -> ProblemError:
        with pytest.raises(ProblemError) as refused:
            self.post(body, **arguments)
        assert self.memory.held_bytes == 0
        return refused.value


@pytest.fixture(autouse=True)
def runner() -> Iterator[None]:
    with asyncio.Runner() as Door.runner:
        yield


@pytest.mark.parametrize("body", [GOOD, b"[" + GOOD + b"]", gzip.compress(GOOD)], ids=["object", "array", "gzip"])
def test_a_stored_event_is_200(body: bytes) -> None:
    door = Door()
    answer = door.post(body, content_encoding="gzip" if body[:1] == b"\x1f" else "")
    assert (answer.status, json.loads(answer.body), door.broker.lines) == (200, {"events": 1, "rejected": 0}, [GOOD])


def test_a_bad_element_is_stored_and_named_and_spoils_nothing() -> None:
    door = Door()
    answer = door.post(b"[" + GOOD + b"," + BAD + b",7]")
    assert (answer.status, answer.headers) == (200, {REJECTED_HEADER: "2"})
    assert door.broker.lines == sorted([GOOD, BAD, b"7"])


def test_a_body_that_is_no_json_is_one_dead_letter() -> None:
    door = Door()
    answer = door.post(b"no\njson")
    assert (answer.status, answer.headers, door.broker.lines) == (200, {REJECTED_HEADER: "1"}, [b"no json"])


def test_strict_names_the_element_and_stores_nothing() -> None:
    door = Door()
    refused = door.refused(b"[" + GOOD + b"," + BAD + b"]", query="strict=1")
    (error,) = refused.members["errors"]
    assert (refused.status, error["element"], error["reason"]) == (400, 1, "not_an_access_log_event")
    assert door.broker.messages == []


def test_a_204_has_no_body() -> None:
    assert Door().post(GOOD, status=204).body == b""


@pytest.mark.parametrize("state", ["up", "refuses"])
def test_what_the_broker_does_not_acknowledge_is_503(state: str) -> None:
    door = Door(answer_s=0.2)
    setattr(door.broker, state, state == "refuses")
    refused = door.refused()
    assert (refused.status, refused.retry_after_s) == (503, 1.0)


def test_a_body_beyond_the_memory_is_503() -> None:
    door = Door()
    refused = door.refused(GOOD + b" " * 60_000)
    assert (refused.status, refused.what) == (503, "too much is being received at present")


def test_a_body_too_large_is_413() -> None:
    assert Door().refused(b"x" * 100_001).status == 413


def test_an_oversized_line_is_cut_and_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.collector.delivery.MAX_EVENT_BYTES", 1000)
    door = Door()
    door.post(b'[{"a":"' + b"x" * 2000 + b'"},' + GOOD + b"]")
    assert sorted(log_format for log_format, _, _ in door.broker.messages) == ["kong-log", "oversized"]


def test_lines_without_ids_get_positions_and_a_resend_the_same() -> None:
    door = Door()
    door.broker.refuses = True
    door.refused(b"one\ntwo", log_format="nginx-combined")
    door.broker.refuses = False
    door.post(b"one\ntwo", log_format="nginx-combined")
    in_doubt, resent = door.broker.positions[:2], door.broker.positions[2:]
    assert sorted(in_doubt) == sorted(resent)
    door.post(b"one\ntwo", log_format="nginx-combined")
    assert [each.offset for each in sorted(door.broker.positions[4:])] == [2, 3]


def test_a_body_with_a_name_has_the_same_positions_everywhere() -> None:
    doors = [Door(), Door()]
    for door in doors:
        door.post(b"one", log_format="nginx-combined", idempotency_key="batch-7")
    assert doors[0].broker.positions == doors[1].broker.positions


def otlp_request() -> bytes:
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    request = service.ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in range(2):
        record = records.add(time_unix_nano=1_770_112_861_007_000_000)
        for key, value in {"http.request.method": "GET", "kong.request.id": f"r-{number}"}.items():
            record.attributes.add(key=key).value.string_value = value
        record.attributes.add(key="http.response.status_code").value.int_value = 200
    found: bytes = request.SerializeToString()
    return found


PROTOBUF = "application/x-protobuf"


def test_records_in_protobuf_are_lines_and_answered_in_protobuf() -> None:
    door = Door()
    answer = door.post(otlp_request(), log_format="otlp", content_type=PROTOBUF)
    assert (answer.status, answer.media_type, answer.body, answer.headers) == (200, PROTOBUF, b"", {})
    assert [json.loads(line)["resourceLogs"][0]["scopeLogs"] != [] for line in door.broker.lines] == [True, True]


def test_garbage_for_protobuf_is_400_in_protobuf() -> None:
    otlp_request()
    door = Door()
    answer = door.post(b"\xff" * 20, log_format="otlp", content_type=PROTOBUF)
    assert (answer.status, answer.media_type, answer.body[:1]) == (400, PROTOBUF, b"\x12")
    assert door.broker.messages == []


def token(**limits: object) -> Token:
    return Token.model_validate({"name": "edge", "role": Role.INGEST, "sha256": hash_of("s3cret"), **limits})


BEARER: dict[str, Any] = {"authorization": "Bearer s3cret"}


@pytest.mark.parametrize(
    "headers",
    [BEARER, {"authorization": "bearer  s3cret"}, {"authorization": "Basic YW55OnMzY3JldA=="}, {"x_key": "s3cret"}],
)
def test_a_token_is_known_in_each_place(headers: dict[str, Any], tmp_path: Path) -> None:
    assert Door(token(), path=tmp_path / "tokens").post(GOOD, **headers).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic !!"}, 401),
        ({"authorization": "Bearer " + "s3cret" * 100}, 401),
    ],
)
def test_without_a_known_token_it_is_401(headers: dict[str, Any], status: int, tmp_path: Path) -> None:
    door = Door(token(), path=tmp_path / "tokens")
    assert door.refused(**headers).status == status
    assert door.broker.messages == []


@pytest.mark.parametrize(
    ("limits", "headers"),
    [
        ({"role": Role.READ}, {}),
        ({"role": Role.ADMIN}, {}),
        ({"formats": ["cloudevents"]}, {}),
        ({"source": "eu-1"}, {"x_gatemeter_source": "us-1"}),
    ],
)
def test_a_token_for_something_else_is_403(limits: dict[str, object], headers: dict[str, Any], tmp_path: Path) -> None:
    assert Door(token(**limits), path=tmp_path / "tokens").refused(**headers, **BEARER).status == 403


def test_events_carry_the_source_of_their_token(tmp_path: Path) -> None:
    door = Door(token(source="eu-1"), path=tmp_path / "tokens")
    door.post(GOOD, **BEARER)
    assert [gateway for _, gateway, _ in door.broker.messages] == ["eu-1"]


def test_more_than_a_token_may_send_is_429(tmp_path: Path) -> None:
    door = Door(token(events_per_s=0.5), path=tmp_path / "tokens")
    door.post(b"[" + b",".join([GOOD] * 3) + b"]", **BEARER)
    refused = door.refused(**BEARER)
    assert refused.status == 429
    assert refused.retry_after_s is not None
    assert 4 < refused.retry_after_s <= 6


def test_bodies_side_by_side_send_no_more_than_one_of_them(tmp_path: Path) -> None:
    door = Door(token(events_per_s=0.5), path=tmp_path / "tokens")
    bodies = [b"\n".join([request_line(f"r-{number}")] * 3) for number in range(5)]
    assert sorted(door.post_side_by_side(bodies, BEARER)) == [200, 429, 429, 429, 429]
    assert len(door.broker.lines) == 3


def test_a_page_in_a_browser_is_403_without_tokens() -> None:
    assert Door().refused(origin="https://evil.example").status == 403


def test_a_source_that_is_no_name_is_400() -> None:
    assert Door().refused(x_gatemeter_source="a b").status == 400
